"""How soon a browser shows the right picture again after a part has failed, twenty times each.

`python -m benchmarks recovery` prints the table, in a quarter of an hour; `python -m benchmarks.recovery --trials 3` is
quicker. PostgreSQL, Redis, two webs, a worker and another one that stands by, the demo PBX, and one page in Chromium on
one of the webs. In each trial a call ends and another one begins while the part is away, so that what the page shows of
before is wrong; it is right when the page is live and every tile is what the PBX says. The time runs from the moment at
which the part is killed, or is back. Of a PBX that goes away it is also measured how soon the page says so.
"""

from __future__ import annotations

import argparse
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import cycle
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Page, sync_playwright

from benchmarks.table import Row, median, percentile, show
from tests.e2e.demo_rig import DemoRig
from tests.e2e.page import log_in
from tests.e2e.processes import Office, many_processes, wait_stands_by
from tests.e2e.proxy import Line
from tests.e2e.stack import Process, eventually
from tests.rig.chromium import launch_options
from tests.rig.postgres import Postgres
from tests.rig.redis import Redis


TRIALS = 20
RIGHT_SECONDS = 5.0
DATABASE_SECONDS = 10.0
CUT_SECONDS, SILENT_SECONDS = 2.0, 10.0
"""Until the page says that the PBX is gone: a line that breaks is noticed at once, one that says nothing is asked."""
PATIENCE_SECONDS = 30.0
AWAY_SECONDS = (1.0, 4.0, 9.0)
"""In turn: whoever tries to connect again does so less often after a while."""

SUPERVISOR_SECONDS = 0.1
"""Until systemd starts again what has died, unless it is told otherwise."""

SLEEP_SECONDS = 11.0
PAIRS = [["203", "204"], ["205", "206"], ["207", "208"]]

IS_RIGHT = """(busy) => {
    const tiles = [...document.querySelectorAll("cb-extension[data-extension]")];
    const shown = tiles.filter((tile) => ["ringing", "talking", "held"].includes(tile.dataset.state));
    return document.documentElement.dataset.link === "live"
        && shown.map((tile) => tile.dataset.extension).sort().join() === busy.join();
}"""


IS_NOT_LIVE = "() => document.documentElement.dataset.link !== 'live'"


class Scene:
    """The page, the parts behind it, and a call at a time. `door` is the line between the browser and its web."""

    def __init__(self, office: Office, postgres: Postgres, redis: Redis, rig: DemoRig, door: Line, page: Page) -> None:
        self._office, self._postgres, self._redis = office, postgres, redis
        self._rig, self._door, self._page = rig, door, page
        for _, called in PAIRS:
            rig.phone(called, answer_after=0.3)
        self._pairs, self._away = cycle(PAIRS), cycle(AWAY_SECONDS)
        self._busy: list[str] = []
        self._hang_up: Callable[[], None] = lambda: None
        self._visited = cycle((0, 1))
        self._losses = cycle((lambda: None, door.cut, door.lose))

    def change(self) -> None:
        """The call ends, and another one begins between two other phones."""
        self._hang_up()
        self._busy = next(self._pairs)
        self._hang_up = self._rig.call_from(*self._busy).hangup

    def seconds_until_right(self, since: float) -> float:
        self._page.wait_for_function(IS_RIGHT, arg=self._busy, timeout=1000 * PATIENCE_SECONDS)
        return time.monotonic() - since

    # --- the faults: each returns how long it took ------------------------------------------------------------------

    def ami_cut(self) -> float:
        self._office.line.refuse()
        self.change()
        time.sleep(next(self._away))
        self._office.line.restore()
        return self.seconds_until_right(time.monotonic())

    def ami_cut_is_said(self) -> float:
        return self._until_said(self._office.line.refuse)

    def ami_silence_is_said(self) -> float:
        return self._until_said(self._office.line.black_hole)

    def _until_said(self, lose: Callable[[], None]) -> float:
        """The page is right again before this returns."""
        lose()
        lost = time.monotonic()
        self._page.wait_for_function(IS_NOT_LIVE, timeout=1000 * PATIENCE_SECONDS)
        spent = time.monotonic() - lost
        self._office.line.cut()
        self._office.line.restore()
        self.change()
        self.seconds_until_right(lost)
        return spent

    def worker_killed(self) -> float:
        keeps, stands_by = self._office.workers()
        keeps.kill()
        killed = time.monotonic()
        self.change()
        spent = self.seconds_until_right(killed)
        self._start_again(keeps)
        assert self._office.workers() == (stands_by, keeps)
        return spent

    def worker_stopped(self) -> float:
        keeps, _ = self._office.workers()
        keeps.signal(signal.SIGSTOP)
        stopped, said = time.monotonic(), len(keeps.log.read_text())
        self.change()
        spent = self.seconds_until_right(stopped)
        keeps.signal(signal.SIGCONT)
        wait_stands_by(keeps, said)
        return spent

    def web_killed(self) -> float:
        web = self._office.panel.web
        web.kill()
        killed = time.monotonic()
        self.change()
        time.sleep(SUPERVISOR_SECONDS)
        web.start()
        return self.seconds_until_right(killed)

    def web_killed_beside_another(self) -> float:
        """A proxy sends the page, which comes back by itself, to the one that is left."""
        webs = self._office.panel.webs
        self._door.spare = ("127.0.0.1", self._office.panel.ports[1])
        number = next(self._visited)
        webs[number].kill()
        killed = time.monotonic()
        self.change()
        spent = self.seconds_until_right(killed)
        webs[number].start()
        eventually(lambda: _answers(self._office.panel.ports[number]), PATIENCE_SECONDS, "the web is back")
        return spent

    def redis_restarted(self) -> float:
        self._redis.stop()
        time.sleep(next(self._away))
        self._redis.start()
        self.change()
        return self.seconds_until_right(time.monotonic())

    def database_restarted(self) -> float:
        self._postgres.stop()
        time.sleep(next(self._away))
        self._postgres.start()
        self.change()
        return self.seconds_until_right(time.monotonic())

    def browser_slept(self) -> float:
        """As a laptop under its lid: what it was connected to stays, or is cut, or is dead and nobody tells it."""
        browser = list(descendants(os.getpid(), "chrom"))
        for pid in browser:
            os.kill(pid, signal.SIGSTOP)
        next(self._losses)()
        self.change()
        time.sleep(SLEEP_SECONDS)
        for pid in browser:
            os.kill(pid, signal.SIGCONT)
        return self.seconds_until_right(time.monotonic())

    def _start_again(self, worker: Process) -> None:
        said = len(worker.log.read_text())
        worker.start()
        wait_stands_by(worker, said)


class Fault(NamedTuple):
    """How long one trial of it takes, and how long it may."""

    seconds: Callable[[Scene], float]
    most: float = RIGHT_SECONDS


FAULTS = {
    "AMI cut: the page says so": Fault(Scene.ami_cut_is_said, CUT_SECONDS),
    "AMI silent: the page says so": Fault(Scene.ami_silence_is_said, SILENT_SECONDS),
    "the page is right again, AMI back": Fault(Scene.ami_cut),
    "the page is right again, worker killed, another one stands by": Fault(Scene.worker_killed),
    "the page is right again, worker stopped (SIGSTOP), another one stands by": Fault(Scene.worker_stopped),
    "the page is right again, web killed, and started again": Fault(Scene.web_killed),
    "the page is right again, web killed, another one behind the proxy": Fault(Scene.web_killed_beside_another),
    "the page is right again, Redis back": Fault(Scene.redis_restarted),
    "the page is right again, browser awake": Fault(Scene.browser_slept),
    # The last: the office's own connection to the database ends with it.
    "the page is right again, PostgreSQL back": Fault(Scene.database_restarted, DATABASE_SECONDS),
}


def descendants(pid: int, name: str) -> Iterator[int]:
    """The processes below this one whose program has `name` in its name."""
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            head, _, tail = stat.read_text().rpartition(")")
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended meanwhile
        if int(tail.split()[1]) == pid:
            child = int(stat.parent.name)
            if name in head:
                yield child
            yield from descendants(child, name)


def _answers(port: int) -> bool:
    with socket.socket() as knock:
        return knock.connect_ex(("127.0.0.1", port)) == 0


def measure(trials: int, faults: Iterable[str]) -> Iterator[tuple[str, list[float]]]:
    """For each fault, how many seconds each trial took."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="cordboard-bench-")))
        postgres, redis = stack.enter_context(Postgres()), stack.enter_context(Redis())
        office = stack.enter_context(many_processes(postgres, redis, folder, {"alice": "201"}))
        rig = stack.enter_context(DemoRig(office.pbx))
        door = stack.enter_context(Line(("127.0.0.1", office.panel.port)))
        chromium = stack.enter_context(sync_playwright()).chromium
        page = stack.enter_context(chromium.launch(**launch_options())).new_page()
        log_in(page, f"http://127.0.0.1:{door.port}", "alice")
        scene = Scene(office, postgres, redis, rig, door, page)
        scene.change()
        scene.seconds_until_right(time.monotonic())
        for name in faults:
            spent = []
            for _ in range(trials):
                spent.append(FAULTS[name].seconds(scene))
                print(f"  {name}: {spent[-1]:.2f} s", file=sys.stderr, flush=True)
            yield name, spent


def run(trials: int = TRIALS, faults: Iterable[str] = FAULTS) -> list[Row]:
    """The rows of the table."""
    rows = []
    for name, spent in measure(trials, faults):
        what = f"{name}, {trials} trials"
        rows += [
            Row(f"{what}: p50", median(spent), "s"),
            Row(f"{what}: p99", percentile(spent, 99), "s", FAULTS[name].most, more=False),
        ]
    return rows


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recovery", description=__doc__)
    parser.add_argument("--trials", type=int, default=TRIALS)
    parser.add_argument("--fault", choices=FAULTS, help="only this one")
    options = parser.parse_args()
    show(run(options.trials, [options.fault] if options.fault else FAULTS))
