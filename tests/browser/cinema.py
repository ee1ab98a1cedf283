"""`Cinema`: a film for the page of the replay, served to a page of Chromium as `/replay/film` gives it, and that page.

The film is made of what happens in seconds after its beginning: `at(seconds, kind, row, ...)`.
"""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.template.loader import render_to_string
from django.test import RequestFactory, override_settings
from playwright.async_api import Page, Route

from panel.accounts.models import Operator
from panel.replay.pages import page_context
from panel.vocabulary import Kind, utc
from tests.browser.harness import rows
from tests.browser.harness.site import policy


Row = dict[str, Any]

BEGAN = 1_795_343_460_000
"""2026-11-22T10:31:00 in UTC."""

MILLISECONDS = 1000


class Cinema:
    """What was recorded from `BEGAN` on, for `seconds`. `asked` has the queries of the pages."""

    def __init__(self, seconds: int = 3600) -> None:
        self.began, self.ended = BEGAN, BEGAN + seconds * MILLISECONDS
        self.gaps: list[tuple[int, int, str]] = []
        self.asked: list[dict[str, int]] = []
        self.failure: tuple[int, Row] | None = None
        self.damage: int | None = None
        """A patch is missing there, unless a piece begins there."""
        self.doors = asyncio.Event()
        """Closed (`clear`), whoever asks waits until they open."""
        self.doors.set()
        self._events: list[tuple[int, str, str, Row | None]] = []
        self.at(0, "pbx", rows.pbx(as_of_at=self.utc(0)))

    def utc(self, seconds: float) -> str:
        return utc(BEGAN / MILLISECONDS + seconds)

    def ms(self, seconds: float) -> int:
        return BEGAN + round(seconds * MILLISECONDS)

    def at(self, seconds: float, kind: str, *of_kind: Row) -> None:
        self._events += [(self.ms(seconds), kind, row["key"], row) for row in of_kind]
        self._events.sort(key=lambda event: event[0])

    def gone(self, seconds: float, kind: str, key: str) -> None:
        self._events.append((self.ms(seconds), kind, key, None))
        self._events.sort(key=lambda event: event[0])

    def gap(self, begin: float, end: float, reason: str) -> None:
        self.gaps.append((self.ms(begin), self.ms(end), reason))

    def piece(self, at: int, seconds: int) -> Row:
        """As the server gives it; every event is a patch of its own."""
        began = min(max(at, self.began), self.ended)
        ended = min(began + seconds * MILLISECONDS, self.ended)
        picture: dict[str, dict[str, Row]] = {kind.value: {} for kind in Kind}
        patches, seq = [], 0
        for moment, kind, key, row in self._events:
            if moment > ended:
                break
            if moment > began:
                changes: Row = (
                    {"set": {kind: [row]}, "del": {}} if row is not None else {"set": {}, "del": {kind: [key]}}
                )
                seq += moment == self.damage
                patches.append([moment, {"type": "patch", "epoch": "e", "since": seq, "seq": seq + 1} | changes])
                seq += 1
            elif row is None:
                picture[kind].pop(key, None)
            else:
                picture[kind][key] = row
        whole = {kind: list(of_kind.values()) for kind, of_kind in picture.items()}
        snapshot = {"type": "snapshot", "epoch": "e", "seq": 0, "now": utc(began / MILLISECONDS), "rows": whole}
        spans = {"earliest": self.began, "latest": self.ended, "gaps": self.gaps}
        return {"from": began, "to": ended, **spans, "snapshot": snapshot, "patches": patches}

    async def serve(self, page: Page) -> None:
        """Have the page ask here for film."""
        await page.route(re.compile(r"/replay/film\?"), self._film)

    async def show_in(self, page: Page, path: str) -> None:
        """Have the page ask here, and open `path` in it, such as "/replay/?at=…" behind the address of a site."""
        await self.serve(page)
        await page.route(re.compile(r"/replay/(\?|$)"), self._page)
        await page.goto(path)

    async def _film(self, route: Route) -> None:
        query = {name: int(values[0]) for name, values in parse_qs(urlsplit(route.request.url).query).items()}
        self.asked.append(query)
        await self.doors.wait()
        if self.failure is not None:
            status, error = self.failure
            await route.fulfill(status=status, body=json.dumps({"error": error}), content_type="application/json")
        else:
            await route.fulfill(body=json.dumps(self.piece(**query)), content_type="application/json")

    async def _page(self, route: Route) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(route.request.url).query).items()}
        replayed = {
            "film": "/replay/film",
            "at": int(query["at"]) if "at" in query else None,
            "now": self.ended + 90 * MILLISECONDS,
            "zone": query.get("zone", "UTC"),
            "call": query.get("call", ""),
            "view": query.get("view", "switchboard"),
        }
        headers = {"Content-Security-Policy": policy()}
        await route.fulfill(body=page_of(replayed), content_type="text/html; charset=utf-8", headers=headers)


def page_of(replayed: Row) -> str:
    """The HTML of the page, without hashed file names and without a database."""
    operator = Operator(username="sue", first_name="Sue")
    plain = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    context = page_context(operator, replayed, {"Break": 15})
    with override_settings(STORAGES=plain):
        return render_to_string("replay/replay.html", context, RequestFactory().get("/replay/"))
