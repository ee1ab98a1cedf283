"""`Harness`: an HTTP and WebSocket server on one ephemeral port of 127.0.0.1.

It serves the real templates and static files with the real content security policy, and speaks the frame contract of
ARCHITECTURE.md. The test holds the picture: `set`, `remove` and `push` change it, `frames` has what the page sent.
"""

from __future__ import annotations

import asyncio
import json
import logging
import mimetypes
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any, Self

from django.conf import settings
from django.template.loader import render_to_string
from django.test import RequestFactory, override_settings
from django.views.i18n import JavaScriptCatalog
from playwright.async_api import Page
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from panel.accounts.keys import keys_of
from panel.accounts.models import Operator
from panel.commands.catalogue import CATALOGUE
from panel.vocabulary import Kind, utc
from tests.browser.harness import rows


ROOT = Path(__file__).resolve().parents[3]
Row = dict[str, Any]

_log = logging.getLogger("cordboard.harness")
_log.setLevel(logging.WARNING)  # a line for every file is no help


def policy() -> str:
    """The product's content security policy as a header; the nonce is for an import map, and here is none."""
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    parts = [
        f"{name} {' '.join(str(each) for each in sources if str(each).startswith(chr(39)))}"
        for name, sources in directives.items()
    ]
    return "; ".join(parts)


def page(
    view: str,
    *,
    extension: str = "201",
    name: str = "Rita Novak",
    refused: frozenset[str] = frozenset(),
    may_dial_out: bool = True,
    keys: dict[str, str] | None = None,
) -> str:
    """The HTML of a page, as panel/pages.py gives it, without hashed file names. `keys` are the operator's own."""
    catalogue = [spec.as_json() | {"allowed": spec.name not in refused} for spec in CATALOGUE.values()]
    operator = {
        "key": "rita",
        "name": name,
        "role": "receptionist",
        "extension": extension,
        "may_dial_out": may_dial_out,
        "keys": keys_of(Operator(keys=keys or {})),
    }
    context = {
        "view": view,
        "operator": SimpleNamespace(shown_name=name, extension_is_fixed=False, is_staff=False),
        "extension": extension,
        "page": {"view": view, "socket": "/ws/panel/", "operator": operator, "catalogue": catalogue},
    }
    plain = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    with override_settings(STORAGES=plain):
        return render_to_string("panel/switchboard.html", context, RequestFactory().get("/"))


class Harness:
    """One board's server. Use as an async context manager; `address` is where the page is."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Row]] = {kind.value: {} for kind in Kind}
        self.rows["pbx"]["pbx"] = rows.pbx()
        self.seq = 1
        self.epoch = "one"
        self.frames: list[Row] = []
        self.connections: list[ServerConnection] = []
        self.connects = 0
        self.beats = 0
        self.page_options: dict[str, Any] = {}
        self.pages: dict[str, Callable[[], str]] = {}
        self.answer: Callable[[Row], Row | None] = accept
        self.is_refusing = False  # connections are refused, as while the server is away
        self.is_mute = False  # connected and silent: no heartbeat, no answer
        self.clock_offset = 0.0
        self._frozen: set[ServerConnection] = set()
        self._arrived = asyncio.Event()
        self._server: Server | None = None
        self._heart: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._server = await serve(self._talk, "127.0.0.1", 0, process_request=self._http, max_size=None, logger=_log)
        self._heart = asyncio.create_task(self._beat())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._heart is not None
        assert self._server is not None
        self._heart.cancel()
        self._server.close()
        await self._server.wait_closed()

    @property
    def address(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{next(iter(self._server.sockets)).getsockname()[1]}"

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

    async def _talk(self, connection: ServerConnection) -> None:
        self.connects += 1
        try:
            async for text in connection:
                frame = json.loads(text)
                self.frames.append(frame)
                await self._answer(connection, frame)
                self._arrived.set()
        except ConnectionClosed:
            pass
        finally:
            if connection in self.connections:
                self.connections.remove(connection)
            self._arrived.set()

    async def _answer(self, connection: ServerConnection, frame: Row) -> None:
        if self.is_mute or connection in self._frozen:
            return
        if frame["type"] == "subscribe":
            if connection not in self.connections:
                self.connections.append(connection)
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

    async def _http(self, connection: ServerConnection, request: Request) -> Response | None:
        path = request.path.split("?")[0]
        if path == "/ws/panel/":
            return connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "") if self.is_refusing else None
        if path in self.pages:
            return _response(self.pages[path]().encode(), "text/html; charset=utf-8")
        if path in {"/", "/queues/"}:
            view = "queues" if path == "/queues/" else "switchboard"
            return _response(page(view, **self.page_options).encode(), "text/html; charset=utf-8")
        if path == "/jsi18n/":
            catalog = JavaScriptCatalog.as_view()(RequestFactory().get(path))
            return _response(catalog.content, "text/javascript")
        file = (ROOT / path.lstrip("/")).resolve()
        if file.is_file() and any(file.is_relative_to(ROOT / part) for part in ("static", "tests/js", "tests/wire")):
            return _response(file.read_bytes(), mimetypes.guess_type(file.name)[0] or "application/octet-stream")
        return _response(
            b"", "text/html", HTTPStatus.OK if path in {"/login/", "/favicon.ico"} else HTTPStatus.NOT_FOUND
        )


def accept(frame: Row) -> Row:
    """The usual answer to a command: accepted, under a key made of its intent."""
    return {"success": True, "result": {"command": f"key-{frame['intent'][:8]}", "state": "pending"}}


def refuse(code: str, message: str) -> Callable[[Row], Row]:
    return lambda frame: {"success": False, "error": {"code": code, "message": message}}


def _response(body: bytes, kind: str, status: HTTPStatus = HTTPStatus.OK) -> Response:
    headers = Headers(
        {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            "Content-Security-Policy": policy(),
            "Cache-Control": "no-store",
            "Connection": "close",
        }
    )
    return Response(status.value, status.phrase, headers, body)
