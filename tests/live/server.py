"""A real web server of the panel in a process of its own, on a port of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from django.conf import settings
from django.db import connection


ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 30.0

COMMANDS = {
    "daphne": [
        *("-m", "daphne", "--application-close-timeout", "5", "--fd", "{fd}", "{application}"),
    ],
    # As `make run` starts it. It listens for itself, so the port is given free for it.
    "web": ["manage.py", "web"],
    "short-lived": [
        *("-m", "daphne", "--websocket_timeout", "2", "--fd", "{fd}", "{application}"),
    ],
    "uvicorn": [
        *("-m", "uvicorn", "--ws-per-message-deflate", "false", "--ws-max-size", "1048576", "--log-level", "warning"),
        *("--timeout-graceful-shutdown", "5", "--fd", "{fd}", "{application}"),
    ],
}


class Server:
    """`port` on 127.0.0.1; the same for every start, so that clients can come back."""

    def __init__(self, kind: str, application: str, log: Path, environment: Mapping[str, str]) -> None:
        self.kind = kind
        self._application = application
        self.log = log
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._environment = {**environment, "PORT": str(self.port)}
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> Server:
        if self.kind == "web":
            self._listener.close()
        fd = self._listener.fileno()
        arguments = [part.format(fd=fd, application=self._application) for part in COMMANDS[self.kind]]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "error::DeprecationWarning:panel", *arguments],
                cwd=ROOT,
                env=self._environment,
                pass_fds=[fd] if fd >= 0 else [],
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self._await_answer()
        return self

    def _await_answer(self) -> None:
        """Until a page is answered: the port is open from the beginning, whoever holds it."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self._process is not None
            assert self._process.poll() is None, self.log.read_text()
            with contextlib.suppress(OSError):
                # Where nobody listens yet, the kernel may connect a knock with itself: it hears its own question.
                if self.get("/nothing/").startswith(b"HTTP/"):
                    return
            time.sleep(0.02)
        raise AssertionError(f"{self.kind} did not start:\n{self.log.read_text()}")

    def get(self, path: str) -> bytes:
        """The beginning of the answer to a plain request for a page; waits a minute for it."""
        with socket.create_connection(("127.0.0.1", self.port), 60) as knock:
            knock.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
            return knock.recv(1000)

    def kill(self, with_signal: signal.Signals = signal.SIGKILL) -> None:
        """Send the signal to this server's process and wait until it has gone."""
        assert self._process is not None
        self._process.send_signal(with_signal)
        self._process.wait(15)

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def memory(self) -> int:
        """Resident bytes."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return 1024 * int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1])

    def cpu_seconds(self) -> float:
        """CPU time that this server's process has used, with the kernel's work for it."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self.signal(signal.SIGCONT)
            self.kill()
        self._listener.close()


def environment(folder: Path, **more: str) -> dict[str, str]:
    """The environment of a server that works on the tests' database."""
    found = connection.settings_dict
    if connection.vendor == "sqlite":
        database = f"sqlite:///{found['NAME']}"
    else:
        address = f"{found['HOST']}:{found['PORT']}" if found["PORT"] else found["HOST"]
        database = f"postgres://{found['USER']}:{found['PASSWORD']}@{address}/{found['NAME']}"
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "DJANGO_SETTINGS_MODULE": "panel.settings",
        "PYTHONPATH": str(ROOT),
        "DATA_DIR": str(folder),
        "SECRET_KEY": settings.SECRET_KEY,
        "DATABASE_URL": database,
        **more,
    }


@contextlib.contextmanager
def running(kind: str, folder: Path, application: str = "panel.asgi:application", **more: str) -> Iterator[Server]:
    """A started server; `more` is added to its environment. It is killed at the end if the test has not done so."""
    number = len(list(folder.iterdir()))
    server = Server(kind, application, folder / f"{kind}-{number}.log", environment(folder, **more))
    try:
        yield server.start()
    finally:
        server.close()
