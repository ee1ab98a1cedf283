"""Queues, their members and callers, as the worker writes them; and a screen that asks for a wallboard."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from panel.queues.models import Wallboard
from panel.vocabulary import Kind
from tests.live.server import Server
from tests.live.worker import AT, Write


SECONDS = 10.0
CALLER = "Jan Novák"
CALLERS_NUMBER = "+48600111222"
AGENT = "Clara Young"


def queue(key: str, *groups: str, waiting: int = 0, longest_at: str | None = None, **more: Any) -> Write:
    row = {
        "key": key,
        "name": key,
        "strategy": "ringall",
        "waiting": waiting,
        "longest_at": longest_at,
        "members": 0,
        "free": 0,
        "paused": 0,
        "completed": 0,
        "abandoned": 0,
    }
    return Write(Kind.QUEUE, key, groups, {**row, **more})


def member(of: str, extension: str, *groups: str, state: str = "free", name: str = AGENT) -> Write:
    key = f"{of}/PJSIP/{extension}"
    row = {
        "key": key,
        "queue": of,
        "interface": f"PJSIP/{extension}",
        "name": name,
        "extension": extension,
        "state": state,
        "state_at": AT,
        "paused": state == "paused",
        "pause_reason": "",
        "penalty": 0,
        "calls_taken": 0,
        "unanswered": 0,
        "last_call_at": None,
        "call": "",
        "wrapup_until_at": None,
    }
    return Write(Kind.MEMBER, key, groups, row)


def caller(of: str, uniqueid: str, *groups: str, position: int = 1) -> Write:
    key = f"{of}/{uniqueid}"
    row = {
        "key": key,
        "queue": of,
        "call": uniqueid,
        "position": position,
        "priority": 0,
        "name": CALLER,
        "number": CALLERS_NUMBER,
        "joined_at": AT,
    }
    return Write(Kind.CALLER, key, groups, row)


def wallboard(name: str = "hall", **columns: Any) -> Wallboard:
    usual: dict[str, Any] = {"queues": ["front"], "figures": ["waiting", "longest", "free"]}
    return Wallboard.objects.create(name=name, **(usual | columns))


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Screen:
    """Asks a server for one path, as the page of a wallboard does."""

    def __init__(self, server: Server, path: str, cookie: str = "") -> None:
        self._server = server
        self.path = path
        self._cookie = cookie

    def ask(self, etag: str = "", path: str = "") -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=SECONDS)
        headers = {"If-None-Match": etag} if etag else {}
        if self._cookie:
            headers["Cookie"] = self._cookie
        try:
            connection.request("GET", path or self.path, headers=headers)
            response = connection.getresponse()
            return Answer(response.status, dict(response.getheaders()), response.read().decode())
        finally:
            connection.close()

    def until(self, condition: Callable[[Answer], object]) -> Answer:
        """Ask until the answer is as wanted: the server follows the database, and looks for wallboards each second."""
        end = time.monotonic() + SECONDS
        while not condition(answer := self.ask()):
            assert time.monotonic() < end, answer
            time.sleep(0.05)
        return answer

    def shows(self, queue: str, **figures: object) -> dict[str, Any]:
        """Wait until these figures are shown of the queue; returns all that is shown of it."""

        def is_shown(answer: Answer) -> bool:
            return answer.status == 200 and all(
                of(answer, queue)["figures"].get(name) == value for name, value in figures.items()
            )

        return of(self.until(is_shown), queue)


def of(answer: Answer, queue: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in answer.json["queues"] if each["name"] == queue)
    return found


def by_link(server: Server, board: Wallboard) -> Screen:
    return Screen(server, f"/wallboard/{board.name}/link/{board.make_link()}/state/")
