"""How soon a change in a queue is on the supervisor's page: demo PBX, worker, Daphne and Chromium on one machine.

`python -m benchmarks queues` prints the table. An AMI session of the benchmark's own notes when a caller joins or
leaves a queue and when a member's phone is called; the page notes when the card of that queue, or the square of that
member, was painted with another number or as ringing. What was taken back before a frame could show it is not looked
for, nor a call to a member whose phone rings on from the one before.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter, defaultdict

from playwright.async_api import async_playwright

from ami_worker.ami import actions
from ami_worker.ami.connection import AmiUrl, Session
from ami_worker.ami.protocol import Message
from benchmarks.office import demo_pbx, log_in, panel_of
from benchmarks.table import Row, median, percentile, show
from tests.rig.chromium import launch_options


EXTENSIONS = 1_000
QUEUES = 50
RATE = 20.0
SECONDS = 90.0
WARM_SECONDS = 30.0
"""Until as many calls end as begin."""

TARGET_P99_MS = 200.0
SHORT_SECONDS = 0.5
"""What lasts less than this may never be painted, and rightly so."""

OBSERVE = """() => {
  window.painted = [];
  const frame = new MessageChannel();
  let waiting = [];
  frame.port1.onmessage = () => {
    const now = performance.timeOrigin + performance.now();
    for (const what of waiting) window.painted.push([what, now / 1000]);
    waiting = [];
  };
  new MutationObserver((records) => {
    const found = [];
    for (const { target, attributeName, oldValue } of records) {
      const now = target.getAttribute(attributeName);
      if (now === oldValue) continue;
      if (attributeName === "data-waiting") found.push("queue " + target.dataset.queue);
      else if (target.dataset.agent !== undefined && now === "ringing") found.push("agent " + target.dataset.agent);
    }
    if (!found.length) return;
    waiting.push(...found);
    frame.port2.postMessage(0);
  }).observe(document.body, {
    subtree: true, attributes: true, attributeOldValue: true, attributeFilter: ["data-state", "data-waiting"],
  });
}"""


def member_at(interface: str) -> str:
    """What the page is asked for, of an interface or a channel: "agent 204"; empty where no extension is behind it."""
    found = re.match(r"\w+/(\d+)", interface)
    return f"agent {found[1]}" if found else ""


class Told:
    """What the PBX told of each queue and member: when, and how long it stayed so."""

    def __init__(self) -> None:
        self.at: dict[str, list[float]] = defaultdict(list)
        self._ringing: dict[str, tuple[str, float]] = {}  # by the Uniqueid of the leg: the member, and since when
        self._rang_until: dict[str, float] = {}  # by the member
        self._phones: dict[str, str] = {}  # that ring, for whatever call: the member by the Uniqueid of the leg

    def hear(self, message: Message) -> None:
        now = time.time()
        match message.event:
            case "queuecallerjoin" | "queuecallerleave":
                self.at[f"queue {message.get('Queue')}"].append(now)
            case "agentcalled":
                self._called(member_at(message.get("Interface")), message.get("DestUniqueid"), now)
            case "agentconnect":
                self._rang(message.get("DestUniqueid"), now)
            case "newstate" if message.get("ChannelStateDesc") == "Ringing":
                self._phones[message.get("Uniqueid")] = member_at(message.get("Channel"))
            case "newstate" | "hangup":
                self._rang_until[self._phones.pop(message.get("Uniqueid"), "")] = now
                if message.event == "hangup":
                    self._rang(message.get("Uniqueid"), now)

    def is_there(self, channel: Message) -> None:
        """One that was there before anything was told."""
        if channel.get("ChannelStateDesc") == "Ringing":
            self._phones[channel.get("Uniqueid")] = member_at(channel.get("Channel"))

    def _called(self, agent: str, leg: str, now: float) -> None:
        """Unless the member's phone rings already, or was called so soon after the last ring (the next caller of a
        queue is offered at once when one has gone) that the page never had another picture of it.
        """
        rings = agent in {*self._phones.values(), *(each for each, _ in self._ringing.values())}
        is_news = not rings and now - self._rang_until.get(agent, float("-inf")) > SHORT_SECONDS
        self._ringing[leg] = (agent, now if is_news else float("inf"))

    def _rang(self, leg: str, now: float) -> None:
        agent, since = self._ringing.pop(leg, ("", float("inf")))
        self._rang_until[agent] = now
        if now - since > SHORT_SECONDS:
            self.at[agent].append(since)

    def lasting(self, what: str) -> list[float]:
        """The times shortly before and after which nothing else was told of it."""
        times = [float("-inf"), *self.at[what], float("inf")]
        return [
            at
            for before, at, after in zip(times, times[1:], times[2:], strict=False)
            if at - before > SHORT_SECONDS and after - at > SHORT_SECONDS
        ]


async def measure(ami_url: str, address: str) -> tuple[list[float], Counter[str]]:
    """Seconds from event to paint for each change, and what was never painted."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(**launch_options())
        page = await browser.new_page(viewport={"width": 1920, "height": 1080})
        await log_in(page, address, EXTENSIONS)
        await page.goto(address + "/queues/")
        await page.wait_for_function("(all) => document.querySelectorAll('[data-queue]').length === all", arg=QUEUES)
        await asyncio.sleep(WARM_SECONDS)
        await page.evaluate(OBSERVE)
        told = Told()
        session = await Session.open(AmiUrl.parse(ami_url), events="call,agent", on_message=told.hear)
        for channel in (await session.list(actions.core_show_channels())).items:
            told.is_there(channel)
        await asyncio.sleep(SECONDS)
        await session.close()
        await asyncio.sleep(2)
        painted: list[tuple[str, float]] = await page.evaluate("window.painted")
        await browser.close()
    paints = defaultdict(list)
    for what, at in painted:
        paints[what].append(at)
    latencies, lost = [], Counter[str]()
    for what in told.at:
        for at in told.lasting(what):
            later = [paint - at for paint in paints[what] if at - 0.05 <= paint <= at + 5]
            if later:
                latencies.append(max(0.0, min(later)))
            else:
                lost[f"{what} at {at:.3f}"] += 1
    return latencies, lost


def run() -> list[Row]:
    """The rows of the table."""
    with demo_pbx(EXTENSIONS, RATE, f"--queues={QUEUES}") as ami_url, panel_of(ami_url) as panel:
        panel.worker.start()
        panel.wait_ready(30)
        latencies, lost = asyncio.run(measure(ami_url, panel.address))
    assert len(latencies) > 100, f"only {len(latencies)} changes"
    what = f"queues: change to painted page, {QUEUES} queues, {EXTENSIONS} members, {RATE:g} calls/s"
    for change in lost:
        print(f"  never painted: {change}")
    return [
        Row(f"{what}, p50", 1000 * median(latencies), "ms"),
        Row(f"{what}, p99", 1000 * percentile(latencies, 99), "ms", TARGET_P99_MS, more=False),
        Row(
            f"queues: changes never painted, of {len(latencies) + lost.total()}",
            float(lost.total()),
            "changes",
            0.0,
            more=False,
        ),
    ]


if __name__ == "__main__":
    show(run())
