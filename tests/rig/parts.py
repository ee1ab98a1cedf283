"""What all real parts share: the reason why one is missing, and processes that end with the tests.

Used by the other modules of the rig only.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, TypeVar


T = TypeVar("T")


class Unavailable(Exception):
    """A real part cannot be had on this machine; the text says why, in words for whoever reads the test report."""


def cache_dir() -> Path:
    """Where built parts are kept between runs, outside the checkout."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    path = Path(base) / "cordboard"
    path.mkdir(parents=True, exist_ok=True)
    return path


def require_debian_root(what: str) -> None:
    """Raise Unavailable unless we are root on a Debian machine."""
    if not Path("/etc/debian_version").exists():
        raise Unavailable(f"{what} needs a Debian machine")
    if os.geteuid() != 0:
        raise Unavailable(f"{what} needs root")


def require_program(name: str) -> str:
    """The full path of a program, or Unavailable."""
    path = shutil.which(name)
    if path is None:
        raise Unavailable(f"{name} is not installed (tests/rig/install.sh installs it)")
    return path


def wait_for(condition: Callable[[], T], what: str, *, timeout: float = 10, interval: float = 0.02) -> T:
    """Call `condition` until it gives something true and return that; TimeoutError after `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout:g} s for {what}")
        time.sleep(interval)


class Process:
    """One program of the rig. It is ended by its pid, and by the kernel when the test run dies.

    The kernel's part (parent-death signal) is bound to the *thread* that starts the program: start parts from a thread
    that lives as long as they shall.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        *,
        log: Path,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
    ) -> None:
        identity = ["--reuid", user, "--regid", user, "--init-groups"] if user else []
        self._log: IO[bytes] = log.open("ab")
        self._popen = subprocess.Popen(
            ["setpriv", *identity, "--pdeathsig", "KILL", *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            env=dict(env) if env is not None else None,
            start_new_session=True,
        )
        self.log_path = log

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def alive(self) -> bool:
        return self._popen.poll() is None

    def send(self, number: int) -> None:
        if self.alive:
            self._popen.send_signal(number)

    def pause(self) -> None:
        """Freeze it, and come back when every thread of it stands still."""
        self.send(signal.SIGSTOP)
        tasks = Path("/proc", str(self.pid), "task")

        def stands() -> bool:
            states = [stat.read_text().rpartition(") ")[2][0] for stat in tasks.glob("*/stat")]
            return set(states) == {"T"}

        wait_for(stands, "the process to stand still")

    def resume(self) -> None:
        self.send(signal.SIGCONT)

    def wait(self, timeout: float) -> int:
        return self._popen.wait(timeout)

    def end(self, *, how: int = signal.SIGTERM, timeout: float = 5) -> None:
        """Ask it to end with the signal `how`, insist with SIGKILL after `timeout` seconds."""
        self.send(how)
        try:
            self._popen.wait(timeout)
        except subprocess.TimeoutExpired:
            self._popen.kill()
            self._popen.wait()
        self._log.close()

    def tail(self, lines: int = 20) -> str:
        """The last lines that it wrote, for error messages."""
        return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])
