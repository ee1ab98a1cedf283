"""A manager port that answers list actions as a real Asterisk did in a recording, or as a test has it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from ami_worker.ami.connection import Session
from ami_worker.ami.protocol import Message
from ami_worker.mirror import Mirror
from ami_worker.sync import Sync
from tests.ami.server import AmiServer, Answer, Client, Fields
from tests.mirror.recordings import Clock, Snapshot


LISTS = (
    "CoreShowChannels", "QueueStatus", "ParkedCalls", "ConfbridgeListRooms", "ConfbridgeList", "DeviceStateList",
    "ExtensionStateList", "PJSIPShowRegistrationsOutbound", "VoicemailUsersList", "QueueSummary", "DBGetTree", "DBGet",
    "Status",
)  # fmt: skip
DEADLINE = 5.0


def _fields(item: Message) -> Fields:
    """The headers of a recorded item; those of one name (Variable of Status) as lines of one."""
    fields: Fields = {}
    for name, value in item.headers:
        if name != "ActionID":
            fields[name] = f"{fields[name]}\r\n{name}: {value}" if name in fields else value
    return fields


@dataclass
class Office:
    """What the server says, and a panel's mirror and sync at the other end of the wire."""

    server: AmiServer = field(default_factory=AmiServer)
    items: dict[str, list[Fields]] = field(default_factory=dict)
    commands: tuple[str, ...] = ("DBGetTree", "CoreShowChannels")
    clock: Clock = field(default_factory=Clock)
    uptime: int = 93
    version: str = "22.10.1"
    applied: int = 0

    def __post_init__(self) -> None:
        self.mirror = Mirror("main", now=self.clock)
        self.server.answers = {
            **dict.fromkeys(LISTS, self._list),
            "ListCommands": self._list_commands,
            "CoreStatus": self._core_status,
            "CoreSettings": self._core_settings,
        }

    def shows(self, snapshot: Snapshot) -> None:
        """From now on the PBX lists what it listed at that moment."""
        self.items = {name: [] for name in LISTS}
        for listed in snapshot.lists:
            self.items[listed.family.value] += [_fields(item) for item in listed.items]
        waiting = self.items["QueueStatus"]
        for queue in [item["Queue"] for item in waiting if item["Event"] == "QueueParams"]:
            members = [i for i in waiting if i["Event"] == "QueueMember" and i["Queue"] == queue]
            callers = [i for i in waiting if i["Event"] == "QueueEntry" and i["Queue"] == queue]
            count = {"Callers": str(len(callers)), "LoggedIn": str(len(members)), "Available": "0"}
            self.items["QueueSummary"].append({"Event": "QueueSummary", "Queue": queue, **count})

    def refuses(self, *actions: str) -> None:
        for action in actions:
            self.server.answers[action] = _refused

    def asked(self, action: str) -> list[Fields]:
        """All such actions of the latest connection."""
        return [each for each in self.server.client.actions if each["Action"] == action]

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[tuple[Session, Sync]]:
        session = await Session.open(self.server.url(), events="system,call,agent", on_message=self.mirror.apply)
        try:
            yield session, Sync(self.mirror, session, applied=self._count)
        finally:
            await session.close()

    async def until(self, condition: Callable[[], object]) -> None:
        """Look again and again, until it is so or the deadline has passed."""
        async with asyncio.timeout(DEADLINE):
            while not condition():  # noqa: ASYNC110  what is waited for has no event of its own
                await asyncio.sleep(0.005)

    def _count(self) -> None:
        self.applied += 1

    async def _list(self, client: Client, action: Fields) -> None:
        items = self.items.get(action["Action"], [])
        if room := action.get("Conference"):
            items = [item for item in items if item["Conference"] == room]
        if queue := action.get("Queue"):
            items = [item for item in items if item["Queue"] == queue]
        if family := action.get("Family"):
            items = [item for item in items if item.get("Family", family) == family]
        if key := action.get("Key"):
            items = [item for item in items if item["Key"] == key]
        if not items and action["Action"] in ("ConfbridgeListRooms", "DBGet"):
            said = "No active conferences." if action["Action"] == "ConfbridgeListRooms" else "Database entry not found"
            await client.respond(action, "Error", Message=said)
        else:
            await client.list(action, items)

    async def _list_commands(self, client: Client, action: Fields) -> None:
        await client.respond(action, **dict.fromkeys(self.commands, "…  (Priv: reporting,all)"))

    async def _core_status(self, client: Client, action: Fields) -> None:
        await client.respond(action, CoreStartupDate="2026-11-22", CoreStartupTime=f"05:00:{self.uptime:02}")

    async def _core_settings(self, client: Client, action: Fields) -> None:
        await client.respond(action, AsteriskVersion=self.version, AMIversion="11.0.0")


async def _refused(client: Client, action: Fields) -> None:
    await client.respond(action, "Error", Message="Permission denied")


async def _truncated(client: Client, action: Fields) -> None:
    await client.list(action, [], announced=3)


truncated: Answer = _truncated
"""An answer to a list action that promises three items and brings none."""
