"""A PBX that is starting, on a real socket: it takes log-ins and tells FullyBooted when a test says so, and lists what
has been loaded by then. Used by the tests of this folder.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from ami_worker.ami.connection import AmiUrl, Session
from ami_worker.link import EventLink
from ami_worker.mirror import Mirror
from panel.commands.models import Command
from panel.vocabulary import Kind, Link
from tests.ami.server import AmiServer, Client, Fields, login
from tests.sync.office import LISTS, Office


OF_THE_PBX = (Kind.EXTENSION, Kind.QUEUE, Kind.MEMBER, Kind.TRUNK, Kind.MAILBOX, Kind.CALL)


async def log_in_untold(client: Client, action: Fields) -> None:
    """The log-in is taken and FullyBooted does not follow."""
    await login(client, {**action, "Events": "off"})


class StartingPbx:
    """Extension 201 and the queue `front` are there from the first moment; `load()` brings 202 and `support`."""

    def __init__(self, server: AmiServer, *, up_seconds: float = 1.0) -> None:
        self.office = Office(server)
        self.server = server
        self.started_at = time.time() - up_seconds
        server.answers |= {"CoreStatus": self._core_status, "Ping": self._ping, "Login": log_in_untold}
        self.office.items = {name: [] for name in LISTS}
        self._load("201", "front")

    def load(self) -> None:
        """The last module is loaded."""
        self._load("202", "support")
        self.office.items["DBGetTree"].append(
            {"Event": "DBGetTreeResponse", "Family": "AMPUSER", "Key": "/AMPUSER/202/cidname", "Val": "Bruno Keller"}
        )

    async def say_fully_booted(self) -> None:
        """To those who are logged in with events, and to whoever logs in from now on."""
        self.server.answers["Login"] = login
        for client in self.server.clients:
            if any("system" in action.get("Events", "") for action in client.actions) and not client.gone.is_set():
                await client.event("FullyBooted", Uptime="60", LastReload="60", Status="Fully Booted")

    def lists_asked_for(self) -> list[str]:
        """The names of the list actions that came on any connection."""
        return [a["Action"] for client in self.server.clients for a in client.actions if a["Action"] in LISTS]

    def _load(self, number: str, queue: str) -> None:
        hint = {"Context": "from-internal", "Hint": f"PJSIP/{number}", "Status": "0", "StatusText": "Idle"}
        self.office.items["ExtensionStateList"].append({"Event": "ExtensionStatus", "Exten": number, **hint})
        self.office.items["QueueStatus"].append({"Event": "QueueParams", "Queue": queue, "Strategy": "ringall"})

    async def _core_status(self, client: Client, action: Fields) -> None:
        moment = datetime.fromtimestamp(self.started_at, UTC)
        await client.respond(action, CoreStartupDate=f"{moment:%Y-%m-%d}", CoreStartupTime=f"{moment:%H:%M:%S}")

    async def _ping(self, client: Client, action: Fields) -> None:
        await client.respond(action, Ping="Pong", Timestamp=f"{time.time():.6f}")


class Picture:
    """A mirror that an EventLink keeps, and what was seen of it."""

    def __init__(self) -> None:
        self.mirror = Mirror("pbx")
        self.links: list[tuple[Link, str]] = []
        """Link and reason, each time that they changed."""
        self.live: list[dict[Kind, set[str]]] = []
        """The keys of all rows but those of the panel itself, each time that the picture became live."""

    def look(self) -> None:
        now = (self.mirror.link, self.mirror.link_reason)
        if self.links[-1:] != [now]:
            self.links.append(now)
            if now[0] is Link.LIVE:
                rows = self.mirror.rows()
                self.live.append({kind: set(rows[kind]) for kind in OF_THE_PBX if rows.get(kind)})

    @property
    def calls(self) -> list[str]:
        return sorted(self.mirror.rows()[Kind.CALL])

    @asynccontextmanager
    async def kept(self, url: AmiUrl, *, reconcile_seconds: float = 3600, **options: float) -> AsyncIterator[Picture]:
        async def synced(session: Session) -> None:
            self.look()

        link = EventLink(
            url,
            self.mirror,
            applied=lambda message: self.look(),
            synced=synced,
            lost=lambda reason: None,
            reconcile_seconds=reconcile_seconds,
            **options,
        )
        keeping = asyncio.create_task(link.keep())
        try:
            yield self
        finally:
            keeping.cancel()
            with suppress(asyncio.CancelledError):
                await keeping


def give_call(key: str, operator: str) -> None:
    """Write down the command of 201 to call 202, as one that was taken in while the picture was live."""
    now = timezone.now()
    Command.objects.create(
        key=key, pbx="pbx", operator_key=operator, operator_extension="201", name="call", args={"to": "202"},
        state="pending", created_at=now, expires_at=now + timedelta(seconds=10),
    )  # fmt: skip
