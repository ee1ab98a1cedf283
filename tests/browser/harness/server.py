"""`Harness`: the board of one test. It speaks the frame contract of ARCHITECTURE.md to the pages of a `Site`.

The test holds the picture: `set`, `remove` and `push` change it, `frames` has what the page sent.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from playwright.async_api import Page
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from panel.vocabulary import Kind, utc
from tests.browser.harness import rows
from tests.browser.harness.site import Site, page


Row = dict[str, Any]
_numbers = itertools.count(1)


class Harness:
    """What a site shows while this is entered, as an async context manager. `address` is where the page is."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.socket = f"/ws/panel/{next(_numbers)}/"
        self.rows: dict[str, dict[str, Row]] = {kind.value: {} for kind in Kind}
        self.rows["pbx"]["pbx"] = rows.pbx()
        self.seq = 1
        self.epoch = "one"
        self.frames: list[Row] = []
        self.connections: list[ServerConnection] = []
        self.connects = 0
        self.beats = 0
        self.page_options: dict[str, Any] = {}
        self.version = "1"  # of the server; `page_options` may have another one for the page
        self.answer: Callable[[Row], Row | None] = accept
        self.is_refusing = False  # connections are refused, as while the server is away
        self.is_mute = False  # connected and silent: no heartbeat, no answer
        self.clock_offset = 0.0
        self._frozen: set[ServerConnection] = set()
        self._arrived = asyncio.Event()
        self._open: set[ServerConnection] = set()
        self._heart: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self.site.board = self
        self._heart = asyncio.create_task(self._beat())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._heart is not None
        self._heart.cancel()
        self.site.board = None
        for connection in self._open:
            connection.transport.abort()

    @property
    def address(self) -> str:
        return self.site.address

    # --- the picture --------------------------------------------------------------------------------------------

    def put(self, kind: str, *rows: Row) -> None:
        """Change the picture without telling anybody: what a snapshot will show."""
        self.rows[kind].update({row["key"]: row for row in rows})

    async def push(self, changes: dict[str, list[Row]], gone: dict[str, list[str]] | None = None) -> None:
        """Change the picture and send the patch to every page."""
        for kind, changed in changes.items():
            self.put(kind, *changed)
        for kind, keys in (gone or {}).items():
            for key in keys:
                self.rows[kind].pop(key, None)
        self.seq += 1
        await self.send(self.patch(self.seq - 1, self.seq, changes, gone or {}))

    async def set(self, kind: str, *rows: Row) -> None:
        await self.push({kind: list(rows)})

    async def remove(self, kind: str, *keys: str) -> None:
        await self.push({}, {kind: list(keys)})

    def patch(self, since: int, seq: int, changes: dict[str, list[Row]], gone: dict[str, list[str]]) -> Row:
        return {"type": "patch", "epoch": self.epoch, "since": since, "seq": seq, "set": changes, "del": gone}

    def snapshot(self) -> Row:
        rows = {kind: list(of_kind.values()) for kind, of_kind in self.rows.items()}
        now = utc(time.time() + self.clock_offset)
        return {"type": "snapshot", "epoch": self.epoch, "seq": self.seq, "now": now, "rows": rows}

    async def send(self, frame: Row) -> None:
        text = json.dumps(frame)
        for connection in list(self.connections):
            try:
                await connection.send(text)
            except ConnectionClosed:
                if connection in self.connections:  # `talk` may have been told first
                    self.connections.remove(connection)

    # --- what the page does -------------------------------------------------------------------------------------

    def sent(self, type: str) -> list[Row]:
        return [frame for frame in self.frames if frame["type"] == type]

    async def frame(self, type: str, count: int = 1, seconds: float = 5) -> Row:
        """The `count`th frame of a type that pages have sent; waits for it."""
        await self.until(lambda: len(self.sent(type)) >= count, seconds, f"{count} frames {type!r}")
        return self.sent(type)[count - 1]

    async def shown(self, seconds: float = 10) -> None:
        """Wait until a page says that it shows the picture as it is now."""
        await self.until(lambda: any(frame["seq"] == self.seq for frame in self.sent("ack")), seconds, "it is shown")

    async def until(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        """Wait until something that pages do makes `condition` hold. Raises AssertionError naming `what`."""
        try:
            async with asyncio.timeout(seconds):
                while not condition():
                    self._arrived.clear()
                    await self._arrived.wait()
        except TimeoutError:
            raise AssertionError(f"not within {seconds} s: {what}; there were {self.frames[-5:]}") from None

    async def settle(self, page: Page) -> None:
        """Returns when all that the page has sent so far has arrived: waking it up makes it ask, in the same socket."""
        count = len(self.sent("ping")) + 1
        await page.evaluate("dispatchEvent(new Event('online'))")
        await self.frame("ping", count)

    async def cut(self, code: int | None = None) -> None:
        """End every socket: with a close code, or as when a server dies."""
        for connection in list(self.connections):
            if code is None:
                connection.transport.abort()
            else:
                await connection.close(code)

    def freeze(self) -> None:
        """The connections there are become dead ones that nobody told of it; later ones are well."""
        self._frozen.update(self.connections)
        self.connections.clear()

    # --- inside -------------------------------------------------------------------------------------------------

    def page(self, view: str) -> str:
        """The HTML of a page, for the site."""
        return page(view, self.socket, **self.page_options)

    async def talk(self, connection: ServerConnection) -> None:
        """Answer what a page says, as long as it is connected; for the site."""
        self.connects += 1
        self._open.add(connection)
        try:
            async for text in connection:
                frame = json.loads(text)
                self.frames.append(frame)
                await self._answer(connection, frame)
                self._arrived.set()
        except ConnectionClosed:
            pass
        finally:
            self._open.discard(connection)
            if connection in self.connections:
                self.connections.remove(connection)
            self._arrived.set()

    async def _answer(self, connection: ServerConnection, frame: Row) -> None:
        if self.is_mute or connection in self._frozen:
            return
        if frame["type"] == "subscribe":
            if connection not in self.connections:
                self.connections.append(connection)
            result = {"operator": "rita", "version": self.version}
            await connection.send(json.dumps({"type": "result", "id": frame["id"], "success": True, "result": result}))
            await connection.send(json.dumps(self.snapshot()))
        elif frame["type"] == "ping":
            result = {"pong": True, "now": utc(time.time() + self.clock_offset)}
            await connection.send(json.dumps({"type": "result", "id": frame["id"], "success": True, "result": result}))
        elif frame["type"] == "command" and (answer := self.answer(frame)) is not None:
            await connection.send(json.dumps({"type": "result", "id": frame["id"], **answer}))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(2)
            if not self.is_mute:
                await self.send(self.patch(self.seq, self.seq, {}, {}))
            self.beats += 1
            self._arrived.set()


def accept(frame: Row) -> Row:
    """The usual answer to a command: accepted, under a key made of its intent."""
    return {"success": True, "result": {"command": f"key-{frame['intent'][:8]}", "state": "pending"}}


def refuse(code: str, message: str) -> Callable[[Row], Row]:
    return lambda frame: {"success": False, "error": {"code": code, "message": message}}
