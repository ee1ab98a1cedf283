"""A Redis server of our own, on a port of its own, without files. Tests get one from the fixtures of
`tests.rig.fixtures`.
"""

from __future__ import annotations

import shutil
import socket
import tempfile
from pathlib import Path
from typing import Self

from tests.rig.parts import Process, require_program, wait_for
from tests.rig.ports import PortBlock


class Redis:
    """One running server. A context manager."""

    def __init__(self) -> None:
        self._program = require_program("redis-server")
        self._block = PortBlock()
        self.port = self._block.take()
        self._directory = Path(tempfile.mkdtemp(prefix="cordboard-redis-"))
        self._process: Process | None = None

    @property
    def url(self) -> str:
        """For REDIS_URL."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        self._process = Process(
            [self._program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
             "--dir", self._directory],
            log=self._directory / "log",
        )  # fmt: skip
        wait_for(self._answers, "Redis to answer")

    def stop(self) -> None:
        if self._process is not None:
            self._process.resume()
            self._process.end()
            self._process = None

    def restart(self) -> None:
        """Stop and start on the same port: connections break, and every subscription and key is gone."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Freeze it: connections stay open, nothing answers. `resume()` lets it go on."""
        assert self._process is not None
        self._process.pause()

    def resume(self) -> None:
        assert self._process is not None
        self._process.resume()

    def command(self, *words: str) -> bytes:
        """The raw reply to one command, for checks that owe nothing to a client library."""
        request = f"*{len(words)}\r\n" + "".join(f"${len(word.encode())}\r\n{word}\r\n" for word in words)
        with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
            connection.sendall(request.encode())
            return connection.recv(65536)

    def close(self) -> None:
        self.stop()
        self._block.close()
        shutil.rmtree(self._directory, ignore_errors=True)

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def _answers(self) -> bool:
        assert self._process is not None
        if not self._process.alive:
            raise RuntimeError(f"Redis did not start:\n{self._process.tail()}")
        try:
            return self.command("PING") == b"+PONG\r\n"
        except OSError:
            return False
