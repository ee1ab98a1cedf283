"""A PostgreSQL server of our own, from Debian's binaries, in a temporary directory and on a port of its own.

Tests get one from the fixtures of `tests.rig.fixtures`.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import Self

from tests.rig.parts import Process, Unavailable, require_debian_root, wait_for
from tests.rig.ports import PortBlock


USER = "postgres"  # the server refuses to run as root; Debian's package brings this user
FAST = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "60"}
"""The data need not survive the machine: only the tests."""


class Postgres:
    """One running server with an empty database `cordboard`. A context manager."""

    def __init__(self) -> None:
        require_debian_root("PostgreSQL")
        self._bin = _binaries()
        self._block = PortBlock()
        self.port = self._block.take()
        self.directory = Path(tempfile.mkdtemp(prefix="cordboard-postgres-"))
        shutil.chown(self.directory, USER, USER)
        self._process: Process | None = None
        self._run("initdb", "--pgdata", self._data, "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")

    @property
    def url(self) -> str:
        """For DATABASE_URL."""
        return f"postgres://{USER}@127.0.0.1:{self.port}/cordboard"

    def start(self) -> None:
        settings = [f"-c{name}={value}" for name, value in FAST.items()]
        self._process = Process(
            [
                self._bin / "postgres",
                "-D",
                self._data,
                "-p",
                str(self.port),
                "-h",
                "127.0.0.1",
                "-k",
                self.directory,
                *settings,
            ],
            log=self.directory / "log",
            user=USER,
        )
        wait_for(self._is_ready, "PostgreSQL to accept connections", timeout=30)

    def stop(self, *, crash: bool = False) -> None:
        """Stop it and break open connections, as a restart of the service does; `crash=True`: without shutting down."""
        if self._process is not None:
            self._process.end(how=signal.SIGQUIT if crash else signal.SIGINT, timeout=20)
            self._process = None

    def restart(self, *, crash: bool = False) -> None:
        """The same data on the same port."""
        self.stop(crash=crash)
        self.start()

    def create_database(self, name: str = "cordboard", template: str = "template1") -> None:
        self._run("createdb", "-h", "127.0.0.1", "-p", str(self.port), "-T", template, name)

    def own_database(self, like: str = "") -> str:
        """The URL of one more which nobody else uses: empty, or a copy of the one at `like`, to which nobody may be
        connected meanwhile.
        """
        name = f"own_{secrets.token_hex(4)}"
        self.create_database(name, like.rpartition("/")[2] or "template1")
        return f"{self.url.rpartition('/')[0]}/{name}"

    def close(self) -> None:
        self.stop()
        self._block.close()
        shutil.rmtree(self.directory, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            self.start()
            self.create_database()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    @property
    def _data(self) -> Path:
        return self.directory / "data"

    def _is_ready(self) -> bool:
        assert self._process is not None
        if not self._process.alive:
            raise RuntimeError(f"PostgreSQL did not start:\n{self._process.tail()}")
        command: list[str | Path] = [self._bin / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(command, check=False).returncode == 0

    def _run(self, program: str, *arguments: str | Path) -> None:
        """Run one of PostgreSQL's programs as its user."""
        identity = ["setpriv", "--reuid", USER, "--regid", USER, "--init-groups"]
        command = [*identity, str(self._bin / program), *map(str, arguments)]
        environment = {**os.environ, "HOME": str(self.directory)}
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.directory, check=False, env=environment)
        if done.returncode != 0:
            raise RuntimeError(f"{program} failed: {done.stderr.strip()}")


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        raise Unavailable("PostgreSQL is not installed (tests/rig/install.sh installs it)")
    try:
        pwd.getpwnam(USER)
    except KeyError:
        raise Unavailable(f"the user {USER}, as whom the server runs, does not exist") from None
    return found[-1].parent
