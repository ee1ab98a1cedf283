"""What a script at the panel's WebSocket sees and does: log in, subscribe, fold frames, give commands.

A plain client of the published contract, blocking, for tests.
"""

from __future__ import annotations

import http.cookiejar
import json
import re
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Self

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.e2e.stack import PASSWORD, Panel


Row = dict[str, Any]


def log_in(address: str, name: str, password: str = PASSWORD) -> str:
    """Log in as a browser does. Returns the Cookie header of the session. Raises AssertionError when refused."""
    jar = http.cookiejar.CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page = opener.open(f"{address}/login/", timeout=10).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    assert token, "the log-in page has a form"
    form = urllib.parse.urlencode({"username": name, "password": password, "csrfmiddlewaretoken": token[1]})
    request = urllib.request.Request(f"{address}/login/", form.encode(), {"Referer": f"{address}/login/"})
    opener.open(request, timeout=10).read()
    cookies = {cookie.name: cookie.value for cookie in jar}
    assert "cordboard_session" in cookies, f"{name} could not log in"
    return "; ".join(f"{key}={value}" for key, value in cookies.items())


class Board:
    """One socket. A thread folds what comes; the test asks for rows and waits for conditions."""

    def __init__(self, panel: Panel, name: str, *, web: int = 0) -> None:
        self.address = f"127.0.0.1:{panel.ports[web]}"
        self.cookie = log_in(f"http://{self.address}", name)
        self._changed = threading.Condition()
        self._id = 0
        self.rows: dict[str, dict[str, Row]] = {}
        self.results: dict[int, Row] = {}
        self.seq = 0
        self.epoch = ""
        self.frames = 0
        self.snapshots = 0
        self.gaps = 0
        self.closed: int | None = None
        self._open = ExitStack()
        self._socket: ClientConnection | None = None
        self._thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def connect(self) -> None:
        """Raises OSError when the web is not there, or closes the socket before there is a picture."""
        self.closed = None
        self._id = 0
        self.results = {}  # numbers begin again with each socket
        self._open = ExitStack()
        self._socket = self._open.enter_context(
            connect(
                f"ws://{self.address}/ws/panel/",
                origin=f"http://{self.address}",  # type: ignore[arg-type]
                additional_headers={"Cookie": self.cookie},
                max_size=None,
            )
        )
        self._thread = threading.Thread(target=self._read, args=(self._socket,), daemon=True)
        self._thread.start()
        before = self.snapshots
        self.send({"type": "subscribe"})
        self.until(lambda: self.snapshots > before or self.closed is not None, 10, "a snapshot")
        if self.snapshots == before:
            raise ConnectionError(f"the socket was closed with {self.closed}")

    def close(self) -> None:
        self._open.close()
        if self._thread is not None:
            self._thread.join(5)

    def send(self, frame: Row) -> int:
        assert self._socket is not None
        self._id += 1
        self._socket.send(json.dumps({"id": self._id, **frame}))
        return self._id

    def command(self, name: str, **args: str) -> Row:
        """Give a command and wait until it has ended. Returns its row; for one refused at once, {"refused": error}."""
        number = self.send({"type": "command", "name": name, "args": args})
        self.until(lambda: number in self.results, 10, f"the result of {name}")
        result = self.results[number]
        if not result["success"]:
            return {"refused": result["error"]}
        key = result["result"]["command"]
        ended = {"done", "failed", "unknown"}
        self.until(lambda: self.row("command", key).get("state") in ended, 60, f"the outcome of {name}")
        return self.row("command", key)

    def row(self, kind: str, key: str) -> Row:
        return self.rows.get(kind, {}).get(key, {})

    def all(self, kind: str) -> list[Row]:
        return list(self.rows.get(kind, {}).values())

    def until(self, condition: Callable[[], object], seconds: float, what: str) -> None:
        """Wait for a condition over the rows. Raises AssertionError naming `what` when it does not come."""
        end = time.monotonic() + seconds
        with self._changed:
            while not condition():
                left = end - time.monotonic()
                assert left > 0, f"not within {seconds} s: {what}; the calls are {self.all('call')}"
                self._changed.wait(min(left, 0.5))

    def _read(self, socket: ClientConnection) -> None:
        try:
            for text in socket:
                frame = json.loads(text)
                with self._changed:
                    again = self._fold(frame)
                    self._changed.notify_all()
                if again:
                    self.send({"type": "subscribe"})
                elif frame["type"] != "result":
                    socket.send(json.dumps({"type": "ack", "seq": self.seq}))
        except ConnectionClosed:
            pass
        with self._changed:
            self.closed = socket.close_code
            self._changed.notify_all()

    def _fold(self, frame: Row) -> bool:
        """Apply a frame. True when a gap makes a new snapshot necessary."""
        self.frames += 1
        if frame["type"] == "snapshot":
            self.rows = {kind: {row["key"]: row for row in rows} for kind, rows in frame["rows"].items()}
            self.seq, self.epoch = frame["seq"], frame["epoch"]
            self.snapshots += 1
        elif frame["type"] == "patch":
            if frame["epoch"] != self.epoch or frame["since"] != self.seq:
                self.gaps += 1
                return True
            for kind, rows in frame["set"].items():
                self.rows.setdefault(kind, {}).update({row["key"]: row for row in rows})
            for kind, keys in frame["del"].items():
                for key in keys:
                    self.rows.get(kind, {}).pop(key, None)
            self.seq = frame["seq"]
        elif frame["type"] == "result":
            self.results[frame["id"]] = frame
        return False
