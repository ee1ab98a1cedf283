"""Which wallboards there are, who may look at one, and what it shows: out of memory, however many screens ask.

Called by panel/queues/views.py alone. It belongs to the event loop, as the feed does whose picture it takes. The
wallboards themselves are read from the database at most once a second for all screens together, so that a link that
was withdrawn ends about as soon. A screen that comes by its link costs no query of its own; for one who is logged in
the log-in is read afresh.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

from django.conf import settings
from django.db import Error

from panel.assets import assets_version
from panel.live import feed
from panel.live.doorkeeper import Threads, operator_of
from panel.live.visibility import Audience, audience, audience_of
from panel.live.wire import Patch, Snapshot
from panel.pbxs import pbx_of_key
from panel.queues.figures import state_of
from panel.queues.models import SEE_WALLBOARDS, Wallboard
from panel.vocabulary import Kind, Link, Row


READ_SECONDS: Final = 1.0
AGAIN_SECONDS: Final = 0.2
"""The same for somebody who would be refused: he may come by a link that was made just now."""

FIRST_PICTURE_SECONDS: Final = 4.0

STAY_SECONDS: Final = 60.0
"""How long the feed is kept at work after the last screen has asked."""

MOST_STATES: Final = 200

log = logging.getLogger(__name__)


class State(NamedTuple):
    """What a screen gets."""

    body: bytes
    etag: str


class Refusal(StrEnum):
    """Why somebody may not look at wallboards."""

    NOBODY = "nobody"  # not logged in
    NO_RIGHT = "no_right"


class _Watcher:
    """The feed's subscriber for all screens: it keeps the picture alive, and takes nothing of it."""

    audience = Audience(frozenset(), False, "")

    def __init__(self) -> None:
        self.has_picture = asyncio.Event()

    def push_snapshot(self, snapshot: Snapshot) -> None:
        self.has_picture.set()

    def push_patch(self, patch: Patch) -> None:
        """The picture is looked at when a screen asks."""


class Boards:
    """The wallboards of one event loop."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._threads = Threads("wallboards", 2)
        self._boards: dict[str, Wallboard] = {}
        self._read = float("-inf")
        self._reading = asyncio.Lock()
        self._watcher = _Watcher()
        self._leaving: asyncio.TimerHandle | None = None
        self._states: dict[tuple[str, Audience], tuple[tuple[object, ...], State]] = {}

    async def find(self, name: str, token: str = "") -> Wallboard | None:
        """The wallboard of that name, as it was at most a second ago; with a token only if that opens it.

        While the database is away they stay as they are: nothing can have been changed meanwhile. Raises
        `django.db.Error` when there is nothing to go by.
        """
        found = await self._known(name, READ_SECONDS)
        if found is None or (token and not found.opens_with(token)):
            found = await self._known(name, AGAIN_SECONDS)
        return None if found is None or (token and not found.opens_with(token)) else found

    async def _known(self, name: str, age: float) -> Wallboard | None:
        async with self._reading:
            if self._loop.time() - self._read > age:
                try:
                    self._boards = {board.name: board for board in await self._threads.run(_read)}
                except Error:
                    if self._read == float("-inf"):
                        raise
                    log.warning("The wallboards cannot be read; they stay as they are.")
                self._read = self._loop.time()
        return self._boards.get(name)

    async def audience_behind(self, session_key: str) -> Audience | Refusal:
        """What the one who is logged in may see. Raises `django.db.Error`."""
        return await self._threads.run(_audience_behind, session_key)

    async def state(self, board: Wallboard, viewer: Audience | None) -> State | None:
        """What the wallboard shows, to somebody who sees what `viewer` does (None: a link). None when there is no
        picture yet.
        """
        picture = feed.current()
        if not await self._has_picture(picture):
            return None
        shared = viewer.shared if viewer is not None else Audience(None, False, "")
        of = (picture.version, board.pk, board.updated_at)
        kept = self._states.get((board.name, shared))
        if kept is None or kept[0] != of:
            if len(self._states) > MOST_STATES:
                self._states.clear()
            kept = self._states[board.name, shared] = (of, _make(picture, board, shared))
        return kept[1]

    async def _has_picture(self, picture: feed.Feed) -> bool:
        """Have the feed follow the database, as long as screens ask, and wait for its first picture."""
        if self._leaving is None:
            self._watcher.has_picture.clear()
            picture.subscribe(self._watcher)
        else:
            self._leaving.cancel()
        self._leaving = self._loop.call_later(STAY_SECONDS, self._leave, picture)
        if not self._watcher.has_picture.is_set():
            try:
                async with asyncio.timeout(FIRST_PICTURE_SECONDS):
                    await self._watcher.has_picture.wait()
            except TimeoutError:
                return False
        return bool(picture.rows_of(Kind.PBX))

    def _leave(self, picture: feed.Feed) -> None:
        self._leaving = None
        self._states.clear()
        picture.unsubscribe(self._watcher)


def _make(picture: feed.Feed, board: Wallboard, viewer: Audience) -> State:
    limit = audience("", board.departments, False)

    def seen(kind: Kind) -> dict[str, Any]:
        mine = picture.rows_for(viewer, kind)
        return {key: row for key, row in picture.rows_for(limit, kind).items() if key in mine}

    lists = (seen(kind).values() for kind in (Kind.MEMBER, Kind.CALLER, Kind.ALERT))
    state = state_of(board, seen(Kind.QUEUE), *lists)
    if viewer.departments is not None:
        # Not even the names of queues that one of some departments does not see.
        state["queues"] = [queue for queue in state["queues"] if queue["is_there"]]
    pbx = worst_pbx(board.queues, picture.rows_of(Kind.PBX))
    state |= {
        "version": assets_version(),
        "is_live": pbx["link"] == Link.LIVE,
        "as_of_at": None if pbx["link"] == Link.LIVE else pbx["as_of_at"],
    }
    body = json.dumps(state, separators=(",", ":")).encode()
    return State(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


def worst_pbx(queues: Iterable[str], pbxs: Mapping[str, Row]) -> Row:
    """Of the PBXs that these queues are on, the row of the one whose link is worst; of all, where none of them is
    there.
    """
    names = {pbx_of_key(key, settings.PBXS.values()).name for key in queues}
    rows = [pbxs[name] for name in names if name in pbxs] or pbxs.values()
    return min(rows, key=lambda row: list(Link)[::-1].index(row["link"]))


def _read() -> list[Wallboard]:
    return list(Wallboard.objects.all())


def _audience_behind(session_key: str) -> Audience | Refusal:
    operator = operator_of(session_key) if session_key else None
    if operator is None or not operator.is_welcome:
        return Refusal.NOBODY
    return audience_of(operator) if operator.has_perm(SEE_WALLBOARDS) else Refusal.NO_RIGHT


_of_loop: WeakKeyDictionary[asyncio.AbstractEventLoop, Boards] = WeakKeyDictionary()


def current() -> Boards:
    """The wallboards of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _of_loop:
        _of_loop[loop] = Boards()
    return _of_loop[loop]
