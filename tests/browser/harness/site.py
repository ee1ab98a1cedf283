"""`Site`: an HTTP and WebSocket server on one ephemeral port of 127.0.0.1, for the harness.

It serves the real templates and static files with the real content security policy, and leads the sockets to the
`Board` whose picture is shown: one after the other in a session of tests, all at one address, so that the browser need
not fetch and compile the scripts anew for each.
"""

from __future__ import annotations

import logging
import mimetypes
from http import HTTPStatus
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Protocol, Self

from django.conf import settings
from django.template.loader import render_to_string
from django.test import RequestFactory, override_settings
from django.views.i18n import JavaScriptCatalog
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response

from panel.accounts.keys import keys_of
from panel.accounts.models import Operator
from panel.commands.catalogue import CATALOGUE, LISTENING


ROOT = Path(__file__).resolve().parents[3]
SHOWN = ("static", "tests/js", "tests/wire")
"""The folders whose files are served."""
BLANK = "/login/"
"""A page with nothing in it."""

_log = logging.getLogger("cordboard.harness")
_log.setLevel(logging.WARNING)  # a line for every file is no help


class Board(Protocol):
    """What is shown at / and /queues/."""

    socket: str
    """The path of its own sockets. A page that was left speaks to none but those."""
    is_refusing: bool
    """Sockets are refused, as while the server is away."""

    def page(self, view: str) -> str: ...

    async def talk(self, connection: ServerConnection) -> None: ...


class Site:
    """Use as an async context manager; `address` is where it is. Without a `board` there are only files.

    With `is_kept` the browser may keep files as long as it runs; without, it asks anew each time.
    """

    def __init__(self, *, is_kept: bool = True) -> None:
        self.board: Board | None = None
        self._file_age = "max-age=86400, immutable" if is_kept else "no-store"
        self._server: Server | None = None

    async def __aenter__(self) -> Self:
        self._server = await serve(self._talk, "127.0.0.1", 0, process_request=self._http, max_size=None, logger=_log)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    @property
    def address(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{next(iter(self._server.sockets)).getsockname()[1]}"

    async def _talk(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        board = self.board
        if board is not None and connection.request.path == board.socket:
            await board.talk(connection)

    async def _http(self, connection: ServerConnection, request: Request) -> Response | None:
        path = request.path.split("?")[0]
        if path.startswith("/ws/"):
            is_open = self.board is not None and path == self.board.socket and not self.board.is_refusing
            return None if is_open else connection.respond(HTTPStatus.SERVICE_UNAVAILABLE, "")
        if path in {"/", "/queues/"} and self.board is not None:
            view = "queues" if path == "/queues/" else "switchboard"
            return _response(self.board.page(view).encode(), "text/html; charset=utf-8")
        if path == "/jsi18n/":
            catalog = JavaScriptCatalog.as_view()(RequestFactory().get(path))
            return _response(catalog.content, "text/javascript", age=self._file_age)
        file = (ROOT / path.lstrip("/")).resolve()
        if file.is_file() and any(file.is_relative_to(ROOT / part) for part in SHOWN):
            kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
            return _response(file.read_bytes(), kind, age=self._file_age)
        return _response(b"", "text/html", HTTPStatus.OK if path in {BLANK, "/favicon.ico"} else HTTPStatus.NOT_FOUND)


def page(
    view: str,
    socket: str,
    *,
    version: str = "1",
    extension: str = "201",
    name: str = "Rita Novak",
    refused: frozenset[str] = frozenset(),
    listens: bool = False,
    needs_reason: bool = True,
    may_dial_out: bool = True,
    keys: dict[str, str] | None = None,
    prompts: tuple[str, ...] = ("We are closed now", "Please call later"),
) -> str:
    """The HTML of a page, as panel/pages.py gives it, without hashed file names. `keys` are the operator's own; who
    `listens` has been given the rights to.
    """
    refused |= frozenset() if listens else LISTENING
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
        "page": {
            "view": view,
            "socket": socket,
            "version": version,
            "operator": operator,
            "catalogue": catalogue,
            "listening_needs_reason": needs_reason,
            "listening_reasons": ["coaching", "quality check"],
            "pause_reasons": ["Break", "Lunch", "Training"],
            "prompts": prompts,
            "queue_sets": [{"name": "Early shift", "queues": ["front", "support"]}],
            "pause_minutes": {"Break": 15},
            "may_acknowledge": True,
        },
    }
    plain = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    with override_settings(STORAGES=plain):
        return render_to_string("panel/switchboard.html", context, RequestFactory().get("/"))


def policy() -> str:
    """The product's content security policy as a header; the nonce is for an import map, and here is none."""
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    parts = [
        f"{name} {' '.join(str(each) for each in sources if str(each).startswith(chr(39)))}"
        for name, sources in directives.items()
    ]
    return "; ".join(parts)


def _response(body: bytes, kind: str, status: HTTPStatus = HTTPStatus.OK, *, age: str = "no-store") -> Response:
    headers = Headers(
        {
            "Content-Type": kind,
            "Content-Length": str(len(body)),
            "Content-Security-Policy": policy(),
            "Cache-Control": age,
            "Connection": "close",
        }
    )
    return Response(status.value, status.phrase, headers, body)
