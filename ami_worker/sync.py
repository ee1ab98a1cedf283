"""Compares the mirror with the PBX: everything after a log-in (`resync`), the most important things every minute
(`reconcile`), and single lists when something says that they changed.

Only `ami_worker.link` and tests may call this module. It knows asyncio, not Django.

Every list is applied through hooks in the reader, so it is one point in the stream of events: what came before it is
contained in it, and what it does not contain is gone (ami: a list is never older than an event that was delivered
before it). Lists are asked for one after the other, for Asterisk holds locks while it writes them.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable
from typing import Final

from ami_worker.ami import actions
from ami_worker.ami.actions import Action
from ami_worker.ami.connection import AmiError, Closed, InvalidValue, ListRefused, NoReply, Session
from ami_worker.ami.protocol import Message
from ami_worker.mirror import Family, Mirror
from ami_worker.mirror.forwards import TREES
from ami_worker.mirror.marks import VARIABLES


log = logging.getLogger(__name__)

CHORE_SECONDS: Final = 2.5
"""How long a list that is wanted again waits: a reload must end, and what was told of by another thread must be two
seconds old.
"""

MAX_PROBES: Final = 3
"""Extensions for which FreePBX's database is asked before we take it that there is none."""

_ORDER: Final = (
    Family.CHANNELS,
    Family.PARKED,
    Family.MARKS,
    Family.QUEUES,
    Family.ROOMS,
    Family.DEVICES,
    Family.HINTS,
    Family.REGISTRATIONS,
    Family.MAILBOXES,
)

_ACTIONS: Final[dict[Family, Callable[[str], Action]]] = {
    Family.CHANNELS: lambda _: actions.core_show_channels(),
    Family.MARKS: lambda _: actions.status(VARIABLES),
    Family.QUEUES: actions.queue_status,
    Family.PARKED: lambda _: actions.parked_calls(),
    Family.ROOMS: lambda _: actions.confbridge_list_rooms(),
    Family.ROOM: actions.confbridge_list,
    Family.DEVICES: lambda _: actions.device_state_list(),
    Family.HINTS: lambda _: actions.extension_state_list(),
    Family.REGISTRATIONS: lambda _: actions.pjsip_show_registrations_outbound(),
    Family.MAILBOXES: lambda _: actions.voicemail_users_list(),
    Family.DATABASE: actions.db_get_tree,
}


class Sync:
    """Keeps one mirror equal to the PBX at the other end of one session. `applied` is called when lists have changed
    the mirror.
    """

    def __init__(self, mirror: Mirror, session: Session, *, applied: Callable[[], None] = lambda: None) -> None:
        self._mirror = mirror
        self._session = session
        self._applied = applied
        self.missing = mirror.missing
        """Lists that the PBX refused, with what it said: a missing privilege or a missing module."""
        self._one_list_at_a_time = asyncio.Lock()
        self._wanted = asyncio.Event()
        self._chores: asyncio.Task[None] | None = None
        self._relisting: asyncio.Task[None] | None = None
        self._differences: dict[Family, dict[tuple[str, ...], str]] = {}
        self._queue_differences: dict[str, str] = {}
        mirror.want_lists(self._wanted.set)
        self._urgent = asyncio.Event()
        mirror.relisting.on_wanted = self._urgent.set

    # --- after a log-in ---------------------------------------------------------------------------------------------

    async def resync(self) -> None:
        """Take all lists. Afterwards the mirror equals the PBX and what it has told of since; names follow in the
        background.

        A list that the PBX refuses is left out, see `missing`. Raises Closed when the session ends first, NoReply when
        the PBX falls silent.
        """
        self._mirror.reset_drift()
        self.missing.clear()
        await self._ask_about_pbx()
        for family in _ORDER:
            await self._take(family)
        await self._take_database()
        if Family.CHANNELS.value in self.missing:
            # Whatever lived before we lost the PBX, nothing can tell any more whether it does.
            self._mirror.reset_calls()
        if self._chores is None:
            chores = self._chores = asyncio.create_task(self._do_chores(), name="lists and names in the background")
            urgent = self._relisting = asyncio.create_task(self._list_at_once(), name="queues that are wanted at once")
            self._session.closed.add_done_callback(lambda _: (chores.cancel(), urgent.cancel()))

    async def _ask_about_pbx(self) -> None:
        # FullyBooted says how long it was up at the log-in: later that is an old story.
        booted = self._session.fully_booted if self._chores is None else None
        uptime = booted.get("Uptime") if booted is not None else ""
        status = await self._session.send(actions.core_status())
        started = f"{status.get('CoreStartupDate')} {status.get('CoreStartupTime')}".strip() if status.ok else ""
        settings = await self._session.send(actions.core_settings())
        if settings.ok:
            self._mirror.set_version(settings.get("AsteriskVersion"))
            # Of a pair that stand in for each other both may have started in the same second: after a power cut.
            started = started and f"{started} {settings.get('AsteriskVersion')} {settings.get('SystemName')}"
        self._mirror.pbx_started(float(uptime) if uptime.isdecimal() else None, started)
        pong = await self._session.send(actions.ping())
        try:
            self._mirror.set_clock_offset(float(pong.get("Timestamp")) - time.time())
        except ValueError:
            log.debug("the answer to Ping has no time: %r", pong.message)

    async def _take(self, family: Family, scope: str = "") -> int:
        """Take one list into the mirror. Returns the corrections that it made, 0 when it could not be had."""
        corrections = 0
        rooms: list[str] = []

        def begin(_: Message) -> None:
            self._mirror.begin_list(family, scope)

        def item(message: Message) -> None:
            self._mirror.list_item(family, message)
            if family is Family.ROOMS:
                rooms.append(message.get("Conference"))

        def end(_: Message) -> None:
            nonlocal corrections
            corrections = self._mirror.end_list(family)
            self._mirror.heard()

        async with self._one_list_at_a_time:
            try:
                action = _ACTIONS[family](scope)
                await self._session.list(action, on_response=begin, on_item=item, on_complete=end)
            except Closed:
                raise
            except ListRefused as refused:
                self._note_missing(family, refused.reason)
            except (AmiError, InvalidValue) as failed:
                log.warning("%s %s could not be taken: %s", family, scope, failed)
        for room in rooms:
            corrections += await self._take(Family.ROOM, room)
        return corrections

    async def _take_database(self) -> int:
        """Who forwards calls and is not to be disturbed: nothing tells but the database itself. Returns the changes."""
        changes = 0
        for tree in TREES:
            if Family.DATABASE.value not in self.missing:
                changes += await self._take(Family.DATABASE, tree)
        return changes

    def _note_missing(self, family: Family, reason: str) -> None:
        if self.missing.get(family) != reason:
            log.warning("the PBX refuses %s (%s); what it lists is known by events alone", family, reason)
            self.missing[family.value] = reason

    # --- in the background ------------------------------------------------------------------------------------------

    async def _do_chores(self) -> None:
        """Until the session ends: names first, then whatever list is wanted again."""
        try:
            try:
                await self.learn_names()
            except NoReply as slow:
                log.warning("names could not be learnt: %s", slow)
            self._applied()
            while True:
                await self._wanted.wait()
                await asyncio.sleep(CHORE_SECONDS)
                self._wanted.clear()
                for family, scope in sorted(self._mirror.take_wanted()):
                    if family is not Family.DATABASE or family.value not in self.missing:
                        await self._take(family, scope)
                self._applied()
        except Closed:
            log.debug("the session ended; the next one compares everything")

    async def _list_at_once(self) -> None:
        """Until the session ends: the queues of which a command has to know the order now."""
        try:
            while True:
                await self._urgent.wait()
                self._urgent.clear()
                for queue in sorted(self._mirror.relisting.take()):
                    await self._take(Family.QUEUES, queue)
                self._applied()
        except Closed:
            log.debug("the session ended; the next one compares everything")

    async def learn_names(self) -> None:
        """Ask Asterisk's database for what FreePBX and the site wrote there about extensions."""
        commands = await self._session.send(actions.list_commands())
        allowed = {name.lower() for name, _ in commands.message.headers}
        numbers = sorted({extension.number for extension in self._mirror.extensions.values()})
        read = self._read_tree if "dbgettree" in allowed else self._read_one_by_one
        self._mirror.set_names("ampuser", await read("AMPUSER", "cidname", numbers))
        self._mirror.set_names("department", await read("CORDBOARD", "department", numbers))

    async def _read_tree(self, family: str, leaf: str, _numbers: Iterable[str]) -> dict[str, str]:
        """Values of `/FAMILY/<number>/leaf` by number."""
        found = {}
        for item in await self._items(actions.db_get_tree(family)):
            match item.get("Key").strip("/").split("/"):
                case [_, number, last] if last == leaf:
                    found[number] = item.get("Val")
        return found

    async def _read_one_by_one(self, family: str, leaf: str, numbers: Iterable[str]) -> dict[str, str]:
        """The same where Asterisk cannot give a tree. Most PBXs have no such family: a few misses are taken for an
        answer.
        """
        found: dict[str, str] = {}
        for asked, number in enumerate(numbers):
            if asked >= MAX_PROBES and not found:
                break
            for item in await self._items(actions.db_get(family, f"{number}/{leaf}")):
                found[number] = item.get("Val")
        return found

    async def _items(self, action: Action) -> list[Message]:
        async with self._one_list_at_a_time:
            try:
                return (await self._session.list(action)).items
            except Closed:
                raise
            except AmiError as failed:
                log.info("%s: %s", action, failed)
                return []

    # --- every minute -----------------------------------------------------------------------------------------------

    async def reconcile(self) -> int:
        """Compare channels, parked calls, rooms and queues with the PBX, and what is written on the channels and in the
        database. Returns how much had to be corrected.

        Two threads of Asterisk may tell of one thing in any order, so only a difference that is there twice in a row
        is one. Our variables are taken at once and are no drift: without class `user` no event tells of them. No more
        are entries of the database.
        """
        corrections = 0
        for family in (Family.CHANNELS, Family.PARKED, Family.ROOMS):
            if family.value not in self.missing:
                corrections += await self._compare(family)
        is_news = Family.MARKS.value not in self.missing and await self._compare(Family.MARKS) > 0
        if await self._take_database() or is_news:
            self._applied()
        for queue in await self._compare_queues():
            corrections += await self._take(Family.QUEUES, queue)
        if corrections:
            log.warning("the picture had drifted: %d corrections", corrections)
            self._mirror.count_drift(corrections)
            self._applied()
        return corrections

    async def _compare(self, family: Family) -> int:
        items: list[Message] = []
        corrections = 0
        unequal_rooms: list[str] = []

        def complete(_: Message) -> None:
            nonlocal corrections
            self._mirror.heard()
            before, now = self._differences.get(family, {}), self._mirror.differences(family, items)
            at_once = family is Family.MARKS
            stayed = {key for key, how in now.items() if at_once or before.get(key) == how}
            if stayed:
                level = logging.INFO if at_once else logging.WARNING
                log.log(level, "%s: %s", family, {"/".join(key): now[key] for key in sorted(stayed)})
                corrections = self._mirror.correct(family, stayed, items)
                if family is Family.ROOMS:
                    listed = {item.get("Conference") for item in items}
                    unequal_rooms.extend(key[0] for key in stayed if key[0] in listed)
            self._differences[family] = {key: how for key, how in now.items() if key not in stayed}

        async with self._one_list_at_a_time:
            try:
                await self._session.list(_ACTIONS[family](""), on_item=items.append, on_complete=complete)
            except Closed:
                raise
            except AmiError as failed:
                log.warning("%s could not be compared: %s", family, failed)
        for room in unequal_rooms:
            await self._take(Family.ROOM, room)
        return corrections

    async def _compare_queues(self) -> list[str]:
        """The queues that have differed twice in a row from what QueueSummary says."""
        summaries: list[Message] = []
        stayed: list[str] = []

        def complete(_: Message) -> None:
            before, now = self._queue_differences, self._mirror.queue_differences(summaries)
            stayed.extend(sorted(queue for queue, how in now.items() if before.get(queue) == how))
            self._queue_differences = {queue: how for queue, how in now.items() if queue not in stayed}

        async with self._one_list_at_a_time:
            try:
                await self._session.list(actions.queue_summary(), on_item=summaries.append, on_complete=complete)
            except Closed:
                raise
            except AmiError as failed:
                log.warning("the queues could not be compared: %s", failed)
        return stayed
