"""The state in Asterisk, in the worker's memory, in the database, at the sockets and in the pages, compared.

Asterisk's own lists are the measure of all the others (tests/e2e/truth.py); the worker's rows, those of the database
and those of each socket are also compared with each other, whole. Used by the run.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import psycopg

from tests.chaos.house import House, Rows
from tests.chaos.pages import BrowserPage
from tests.chaos.seats import Seat
from tests.e2e.truth import Difference, HasRows, Picture, differences, listed, shown


PATIENCE_SECONDS: Final = 30.0
"""After the last fault has ended. Five seconds are promised for each; a machine on which everything starts again at the
same time is given more, and what it took is told.
"""

LOOK_SECONDS: Final = 0.1
WATCH_SECONDS: Final = 1.5
LIE_SECONDS: Final = 12.0
"""A line to Asterisk that has gone silent is taken for what it is within ten seconds; the rest is for looking."""

LIE_LOOKS: Final = 3
"""A page that was asleep is looked at before it can know; it has to know the next time."""

LINK: Final = "link"
IN_FULL: Final = ("extension", "call", "queue", "member", "caller", "parked", "conference")
"""The kinds whose rows are compared in full."""


class Wrong(NamedTuple):
    """Something that a view has otherwise than it is."""

    view: str
    difference: Difference

    @property
    def is_wrong_tile(self) -> bool:
        return self.difference.kind in ("extension", "timer")

    @property
    def is_phantom(self) -> bool:
        """Shown, and not there at all; the counter of calls on a page tells of no single one."""
        kind, _, here, there = self.difference
        return (kind in ("call", "party", "phone", "caller", "parked") and there is None) or (
            kind == "calls" and here is not None and here > there
        )

    def __str__(self) -> str:
        return f"{self.view}: {self.difference}"


class Verdict(NamedTuple):
    seconds: float
    """Until everything was right, or for how long it was waited for."""
    wrong: Sequence[Wrong]


class Look(NamedTuple):
    """What was found at one moment."""

    wrong: Sequence[Wrong]
    """The view nearest to Asterisk first; what moved while it was looked at is left out."""
    is_still: bool
    """Whether nothing moved."""


class Comparison:
    """Of one house with all that look at it."""

    def __init__(self, house: House, seats: Sequence[Seat], pages: Sequence[BrowserPage]) -> None:
        self._house = house
        self._seats = seats
        self._pages = pages
        self.lies: list[Wrong] = []
        """What a view that said it was live had wrong for too long."""

    async def until_right(self) -> Verdict:
        """When everything is right at one moment, or what is wrong at the end of all patience."""
        began = time.monotonic()
        while True:
            look = await self._look(whole=True)
            seconds = time.monotonic() - began
            if look.is_still and not look.wrong:
                return Verdict(seconds, ())
            if seconds > PATIENCE_SECONDS:
                return Verdict(seconds, look.wrong or [_away("Asterisk", "it was never the same twice")])
            await asyncio.sleep(LOOK_SECONDS)

    async def watch(self) -> None:
        """Whether what is shown as live is true, at any time; until cancelled."""
        seen: dict[str, list[float]] = {}
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            wrong = (await self._look(whole=False)).wrong
            not_live = {each.view for each in wrong if each.difference.kind == LINK}
            now = time.monotonic()
            claims = {str(each): each for each in wrong if each.view not in not_live}
            seen = {claim: [*seen.get(claim, ()), now] for claim in claims}
            for claim, times in seen.items():
                if times[-1] - times[0] > LIE_SECONDS and len(times) >= LIE_LOOKS:
                    each = claims[claim]
                    self._house.diary.note("watch", f"LIE: {each}")
                    self.lies.append(each)

    async def _look(self, *, whole: bool) -> Look:
        """`whole`: the worker and the database as well, which show nothing to anybody; and rows in full."""
        before = await self._listed()
        if before is None:
            return Look([], is_still=False)
        wrong = await self._differences(before, whole=whole)
        after = await self._listed()
        if after is None:
            return Look([], is_still=False)
        return Look([each for each in wrong if _stood_still(each.difference, before, after)], before == after)

    async def _differences(self, told: Picture, *, whole: bool) -> list[Wrong]:
        wrong: list[Wrong] = []
        if whole:
            try:
                wrong += await self._behind(told)
            except psycopg.Error as failed:
                wrong.append(_away("the database", str(failed)))
        for seat in self._seats:
            view = f"the socket of {seat.name}"
            wrong += _compared(view, seat.board, told)
            if not seat.is_connected:
                wrong.append(_away(view, "not connected"))
        for page in self._pages:
            wrong += await self._of_page(page, told)
        return wrong

    async def _behind(self, told: Picture) -> list[Wrong]:
        """In the worker and in the database; and what the sockets were given of that."""
        worker = await self._house.worker_rows()
        database = await asyncio.to_thread(self._house.database_rows)
        if worker is None:
            return [_away("the worker", "nobody keeps the picture")]
        wrong = _compared("the worker", worker, told) + _compared("the database", database, told)
        wrong += _in_full("the database, against the worker", database, worker)
        for seat in self._seats:
            wrong += _in_full(f"the socket of {seat.name}, against the database", seat.board, database)
        return wrong

    async def _of_page(self, page: BrowserPage, told: Picture) -> list[Wrong]:
        link, picture = await page.shown()
        wrong = [] if link == "live" else [_away(page.name, f"data-link is {link}")]
        return wrong + [Wrong(page.name, each) for each in differences(picture, told)]

    async def _listed(self) -> Picture | None:
        """None while Asterisk does not answer, or does not know all its devices yet."""
        try:
            told = await asyncio.to_thread(self._list)
        except (OSError, KeyError):
            return None
        return {**told, "calls": {"on the page": len(told["call"])}, "timer": {}}

    def _list(self) -> Picture:
        with self._house.floor.session() as session:
            return listed(session)


def _away(view: str, why: str) -> Wrong:
    return Wrong(view, Difference(LINK, "", why, "live"))


def _stood_still(difference: Difference, before: Picture, after: Picture) -> bool:
    """Whether Asterisk said the same of this before and after the look; what it tells nothing of counts as well."""
    kind, key, _, _ = difference
    return kind not in before or before[kind].get(key) == after[kind].get(key)


def _compared(view: str, rows: HasRows, told: Picture) -> list[Wrong]:
    wrong = [] if [row["link"] for row in rows.all("pbx")] == ["live"] else [_away(view, str(rows.all("pbx")))]
    return wrong + [Wrong(view, each) for each in differences(shown(rows), told)]


def _in_full(view: str, here: HasRows, there: Rows) -> list[Wrong]:
    return [
        Wrong(view, Difference(f"row of {kind}", key, mine.get(key), theirs.get(key)))
        for kind in IN_FULL
        for mine, theirs in [(_by_key(here.all(kind)), _by_key(there.all(kind)))]
        for key in sorted(mine.keys() | theirs.keys())
        if mine.get(key) != theirs.get(key)
    ]


def _by_key(rows: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {row["key"]: row for row in rows}
