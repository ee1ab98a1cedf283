"""A demo PBX in a process of its own with as much going on as a test wants, until the test has time stand still in it.

Used by the tests of what a worker can bear. As a program it is that process: it takes orders on its standard input, a
word a line, and answers each with a line.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from types import TracebackType
from typing import Any, Self

from ami_worker.demo import DemoPbx
from tests.e2e.stack import ROOT
from tests.rig.ami import RawSession


USER, SECRET = "busy", "busy"


class BusyPbx:
    """The process, with what the tests ask of a PBX. `rate` is calls a second in a life that is `speed` times faster
    than people's; when it starts that life has been going on for `open_for` seconds.
    """

    def __init__(self, *, extensions: int, rate: float, speed: float = 1.0, open_for: float = 0.0) -> None:
        self._arguments = [str(extensions), str(rate), str(speed), str(open_for)]

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.busy_pbx", *self._arguments],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.port = int(self._answer())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.communicate(timeout=10)

    @property
    def ami_url(self) -> str:
        return f"ami://{USER}:{SECRET}@127.0.0.1:{self.port}"

    def session(self) -> RawSession:
        return RawSession.login("127.0.0.1", self.port, USER, SECRET)

    def events(self) -> int:
        """How many events it has told of so far."""
        return int(self._order("events"))

    def set_rate(self, rate: float) -> None:
        """From the next call on, so many begin in a second."""
        self._order(f"rate {rate}")

    def stand_still(self) -> int:
        """Nothing happens any more; actions are answered. Returns how many events were told of."""
        return int(self._order("still"))

    def _order(self, word: str) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, "the busy PBX has ended"
        return line


async def main(extensions: int, rate: float, speed: float, open_for: float) -> None:
    """The process: until it is terminated, or nobody is there to give orders."""
    told = 0

    def count(*_: Any) -> None:
        nonlocal told
        told += 1

    pbx = DemoPbx(extensions=extensions, rate=rate, speed=speed, open_for=open_for, user=USER, secret=SECRET)
    clock = pbx.pbx.clock
    await pbx.start()
    pbx.pbx.switch.listeners.append(count)
    print(pbx.port, flush=True)
    while order := (await asyncio.to_thread(sys.stdin.readline)).split():
        match order:
            case ["rate", value]:
                pbx.traffic.rate = float(value)
            case ["still"]:
                clock.run_until = lambda moment, limit=0: True  # type: ignore[method-assign]
        print(told, flush=True)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), *(float(number) for number in sys.argv[2:])))
