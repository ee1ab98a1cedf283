"""From a caller who waits on the PBX to an alert on a wallboard and at a webhook, over the death of the worker."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.demo_rig import DemoAsterisk, DemoRig
from tests.e2e.stack import Panel, eventually
from tests.queues.receivers import Receiver, answers
from tests.rig.phones import Rig


pytestmark = pytest.mark.timeout(120)

PATIENCE = 20.0
START = 60.0

MAKE = """
from panel.queues.models import Hook, Threshold, Wallboard
hook = Hook.objects.create(name="chat", url="{url}", secret="between us")
Threshold.objects.create(name="t", queues=["front"], what="waiting", limit=1, rise_seconds=0, fall_seconds=0, hook=hook)
print("TOKEN", Wallboard.objects.create(name="hall", queues=["front"], figures=["waiting"]).make_link())
"""
ACKNOWLEDGE = """
from django.utils import timezone
from panel.queues.models import AlertRecord
AlertRecord.objects.update(acknowledged_at=timezone.now(), acknowledged_by="Sue Perry")
"""


REAL = [pytest.param(major, marks=pytest.mark.asterisk) for major in (22, 16)]


@pytest.fixture(params=["demo", *REAL])
def office(request: pytest.FixtureRequest) -> Iterator[tuple[Any, Any]]:
    """A PBX and its phones."""
    if request.param == "demo":
        with DemoAsterisk() as asterisk, DemoRig(asterisk) as rig:
            yield asterisk, rig
    else:
        asterisk = request.getfixturevalue(f"asterisk{request.param}")
        with Rig(asterisk) as rig:
            yield asterisk, rig


class Screen:
    def __init__(self, panel: Panel, token: str) -> None:
        self._address = f"{panel.address}/wallboard/hall/link/{token}/state/"

    def queue(self) -> dict[str, Any]:
        with urllib.request.urlopen(self._address, timeout=5) as answer:
            shown: dict[str, Any] = json.load(answer)["queues"][0]
            return shown

    def until(self, waiting: int, *alerts: dict[str, Any]) -> None:
        def is_shown() -> bool:
            queue = self.queue()
            return queue["figures"] == {"waiting": waiting} and queue["alerts"] == list(alerts)

        eventually(is_shown, PATIENCE, f"{waiting} waiting and {alerts}")


def test_a_caller_who_waits_raises_an_alert_that_outlives_the_worker(office: tuple[Any, Any], tmp_path: Path) -> None:
    asterisk, rig = office
    with Receiver(answers("204 No Content")) as receiver:
        running = Panel(tmp_path, asterisk.ami_url)
        running.environment["WEBHOOK_HOSTS"] = "127.0.0.1"
        with running:
            running.wait_ready()
            made = running.manage("shell", "-c", MAKE.format(url=receiver.url))
            screen = Screen(running, made.split("TOKEN ")[1].strip())
            screen.until(0)
            caller = rig.call_from_outside("5550101")
            new = {"text": "A caller waits", "acknowledged": False}
            screen.until(1, new)
            eventually(lambda: len(receiver.requests) == 1, PATIENCE, "the webhook heard of it")
            running.manage("shell", "-c", ACKNOWLEDGE)
            screen.until(1, new | {"acknowledged": True})
            running.worker.kill()
            running.worker.start()
            eventually(
                lambda: "(epoch 2)" in running.worker.log.read_text(), START, "the next worker keeps the picture"
            )
            running.wait_ready()
            screen.until(1, new | {"acknowledged": True})
            caller.hangup()
            screen.until(0)
            eventually(lambda: len(receiver.requests) == 2, PATIENCE, "the webhook heard that it is over")
    events = [json.loads(request.partition(b"\r\n\r\n")[2])["event"] for request in receiver.requests]
    assert events == ["raised", "fell"]
