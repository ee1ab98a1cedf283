"""`Mirror`: one PBX in memory, kept true by its events and its lists. The only class of this package that others drive.

`ami_worker.link` applies every message, `sync.py` hands in the lists, the flusher takes the changes, `operations/`
reads. Pure: no clock but the one given, no socket, no database, and nothing here waits.

Unknown ids, unknown events and values that make no sense never raise: they are dropped and counted. So when `apply`
raises it is a mistake of ours, and `apply_safely` is there for those who must go on: it puts the message aside and
leaves the rest to the next comparison with the PBX.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from ami_worker.ami.protocol import Message
from ami_worker.mirror.calls import Call
from ami_worker.mirror.care import shown_care
from ami_worker.mirror.entities import (
    Caller,
    CareView,
    Channel,
    Extension,
    Listening,
    Mailbox,
    Member,
    Parked,
    Queue,
    Room,
)
from ami_worker.mirror.families import Families
from ami_worker.mirror.family import Family
from ami_worker.mirror.lists import Key, Lists
from ami_worker.mirror.names import Listing, Source
from ami_worker.mirror.persons import extension_of_member
from ami_worker.mirror.records import Past, Record
from ami_worker.mirror.rows import Change, Rows
from ami_worker.mirror.today import Target
from ami_worker.mirror.topology import dialled_by, dialler_of, peers_of
from panel.vocabulary import Forward, Kind, Link, NumberPlan, OperatorRow, Row


QUARANTINE_SIZE: Final = 50
_TOLD_TO_HISTORY: Final = (Family.CHANNELS, Family.QUEUES)


class Mirror:
    """The picture of one PBX."""

    def __init__(
        self, pbx: str, *, now: Callable[[], float] = time.time, zone: str = "UTC", plan: NumberPlan | None = None
    ) -> None:
        self._families = Families(pbx, now, zone, plan or NumberPlan())
        self._world = world = self._families.world
        self._pbx = self._families.pbx
        self._handlers = self._families.handlers()
        self._lists = Lists(self._families)
        self._rows = Rows(self._families)
        self._history = self._families.history
        self._history.read_rows(self._rows)
        self._touch_pbx()
        self.quarantine: deque[tuple[Message, Exception]] = deque(maxlen=QUARANTINE_SIZE)
        """Messages that `apply_safely` failed on, and why."""
        self.missing: dict[str, str] = {}
        """Lists that the PBX refuses, with what it said: a missing privilege or module. Kept by `ami_worker.sync`."""
        self.channels: Mapping[str, Channel] = world.channels
        self.calls: Mapping[str, Call] = world.calls
        self.extensions: Mapping[str, Extension] = world.extensions
        self.queues: Mapping[str, Queue] = world.queues
        self.members: Mapping[str, Member] = world.members
        self.callers: Mapping[str, Caller] = world.callers
        self.parked: Mapping[str, Parked] = world.parked
        self.conferences: Mapping[str, Room] = world.rooms
        self.mailboxes: Mapping[str, Mailbox] = world.mailboxes
        self.loans = self._families.loans
        self.relisting = self._families.relisting
        self.listenings: Mapping[str, Listening] = world.listenings

    # --- events -----------------------------------------------------------------------------------------------------

    def apply(self, message: Message) -> None:
        """Take one event, at the moment at which it is received. Other messages, and events of no use here, are
        ignored.
        """
        world = self._world
        world.at = self._pbx.heard_at = world.now()
        event = message.event
        handler = self._handlers.get(event)
        if handler is not None:
            handler(message)
        elif event:
            world.count_ignored(event)

    def apply_safely(self, message: Message) -> bool:
        """As `apply`, but a failure puts the message into `quarantine` and is answered by False."""
        try:
            self.apply(message)
        except Exception as failed:
            self.quarantine.append((message, failed))
            return False
        return True

    # --- lists ------------------------------------------------------------------------------------------------------

    def begin_list(self, family: Family, scope: str = "") -> None:
        """At the Response of a list action. `scope` is the queue or the room that it was restricted to."""
        self._tick()
        self._lists.begin(family, scope)

    def list_item(self, family: Family, message: Message) -> None:
        self._tick()
        self._lists.item(family, message, is_live=self.link is Link.LIVE)
        if family is Family.CHANNELS:
            self._history.note_limit(message)

    def end_list(self, family: Family) -> int:
        """At `EventList: Complete`: what was known when the list began and was not in it is gone. Returns the
        corrections made.
        """
        self._tick()
        corrections = self._lists.end(family, is_live=self.link is Link.LIVE)
        if family in _TOLD_TO_HISTORY:
            self._history.compared()
        return corrections

    def want_lists(self, on_wanted: Callable[[], None]) -> None:
        """Have `on_wanted` called when a list should be taken again; `take_wanted` says which."""
        self._world.on_wanted = on_wanted

    def take_wanted(self) -> set[tuple[Family, str]]:
        """Which lists (family, scope) should be taken again: after a reload, when a queue does not add up, or when a
        sweep spared what was told of just before.
        """
        wanted, self._world.wanted = self._world.wanted, set()
        return wanted

    def differences(self, family: Family, items: list[Message]) -> dict[Key, str]:
        """What the items of CHANNELS, MARKS, PARKED or ROOMS say otherwise: key → how. Changes nothing."""
        if family is Family.CHANNELS:
            for item in items:
                self._history.note_limit(item)
        return self._lists.differences(family, items)

    def queue_differences(self, summaries: list[Message]) -> dict[str, str]:
        """The same for the items of QueueSummary: queue → how."""
        return self._lists.queue_differences(summaries)

    def correct(self, family: Family, keys: set[Key], items: list[Message]) -> int:
        """Take what the items say of these keys; a key that is not among them is gone. Returns the corrections made."""
        self._tick()
        corrections = self._lists.correct(family, keys, items)
        if family in _TOLD_TO_HISTORY:
            self._history.compared()
        return corrections

    # --- the PBX ----------------------------------------------------------------------------------------------------

    @property
    def link(self) -> Link:
        return self._pbx.link

    @property
    def link_reason(self) -> str:
        """Why the link is not live, in a sentence; empty when it is."""
        return self._pbx.reason

    def set_link(self, link: Link, reason: str = "") -> None:
        """Tell how far the picture can be trusted. On loss every row stays; the PBX's own says since when it is old."""
        self._tick()
        was_live = self.link is Link.LIVE
        self._pbx.set_link(link, reason)
        if link is Link.LIVE:
            self._history.live()
        elif was_live:
            self._history.lost(self._pbx.as_of or self._world.at, reason)
        self._touch_pbx()

    def heard(self) -> None:
        """The PBX said something that is no event (the answer to a Ping)."""
        self._pbx.heard_at = self._world.now()

    def set_lag(self, seconds: float) -> None:
        if self._pbx.set_lag(seconds):
            self._touch_pbx()

    def set_version(self, version: str) -> None:
        self._pbx.version = version
        self._touch_pbx()

    def set_capabilities(self, capabilities: Iterable[str]) -> None:
        self._pbx.set_capabilities(capabilities)
        self._touch_pbx()

    def set_clock_offset(self, seconds: float) -> None:
        """The PBX's clock minus ours. Only for times that the PBX gives as dates (a member's last call)."""
        self._world.clock_offset = seconds

    def pbx_started(self, uptime_seconds: float | None, started: str = "") -> bool:
        """Tell how long Asterisk has been up and what it calls its start and itself (CoreStatus, CoreSettings), as far
        as known.

        When it was started anew all that lived in it is dropped, and the answer is True.
        """
        self._tick()
        started_at = None if uptime_seconds is None else self._world.at - uptime_seconds
        restarted = self._pbx.started(started_at, started)
        if restarted:
            self.reset_calls()
        self._touch_pbx()
        return restarted

    @property
    def drift(self) -> int:
        return self._pbx.drift

    def count_drift(self, corrections: int) -> None:
        """Corrections that events should have made unnecessary."""
        if corrections:
            self._pbx.drift += corrections
            self._touch_pbx()

    def reset_drift(self) -> None:
        """A new connection: drift is counted from here."""
        self._pbx.drift = 0
        self._touch_pbx()

    def reset_calls(self) -> None:
        """Drop everything that cannot outlive Asterisk: channels, and with them calls, waiting callers, parked calls,
        rooms. Which Uniqueids are dead is forgotten as well: they are `second.number`, and a new Asterisk counts from
        0, so that a call in the second of the restart has one that the old Asterisk gave.
        """
        self._families.drop_calls()
        self._world.tombstones.clear()

    # --- what people and other tables say ---------------------------------------------------------------------------

    def set_listings(self, listings: Mapping[str, Listing]) -> None:
        """Replace what the admin says of extensions, by key."""
        self._tick()
        self._families.names.set_listings(listings)

    def set_names(self, source: Source, names: Mapping[str, str]) -> None:
        """Replace all that one source says, by number: `ampuser` names, or `department`s."""
        self._tick()
        self._families.names.set_all(source, names)

    def set_operators(self, operators: Mapping[str, OperatorRow]) -> None:
        """Replace the operators on the board, by key."""
        self._world.dirty[Kind.OPERATOR].update(self._rows.operators, operators)
        self._rows.operators = dict(operators)

    def expect_moved(self, uniqueid: str, *, is_withdrawal: bool = False) -> None:
        """We are about to take this caller out of its queue: what the PBX counts as abandoned is a move, or the caller
        is let out to go on in the dialplan.
        """
        self._families.queues.expect_moved(uniqueid)
        self._history.passages.expect(uniqueid, "withdrawn" if is_withdrawal else "moved")

    def expect_stays(self, uniqueid: str) -> None:
        """The PBX has refused to."""
        self._families.queues.expect_stays(uniqueid)
        self._history.passages.expect_stays(uniqueid)

    # --- what changed -----------------------------------------------------------------------------------------------

    def changes(self, only: Kind | None = None) -> list[Change]:
        """Since the last call, each entity once, equal rows left out. With `only` all other kinds wait."""
        self._tick()
        if only is None:
            self._history.rows_are_due()
        return self._rows.changes(only)

    def everything(self) -> list[Change]:
        """Every row, and the end of each that was given before and is no more; `changes` goes on from here."""
        self._tick()
        self._history.rows_are_due()
        return self._rows.everything()

    def records(self) -> list[Record]:
        """What the history has to keep, since the last call; to be asked for after `changes`. While the picture is not
        live, only what was known before.
        """
        self._tick()
        return self._history.take()

    def adopt(self, past: Past) -> None:
        """Go on with the records that an earlier worker has left; before any message is applied."""
        self._tick()
        self._history.adopt(past)

    @property
    def day_began_at(self) -> float:
        """The local midnight before now."""
        self._tick()
        return self._history.today.began_at()

    def set_targets(self, targets: Mapping[str, Target]) -> None:
        """Replace the service levels that the admin wants, by queue."""
        self._tick()
        self._history.today.set_targets(targets)

    def rows(self) -> dict[Kind, dict[str, Row]]:
        """Every row as it is now."""
        self._tick()
        return self._rows.rows()

    @property
    def due_at(self) -> float | None:
        """When `changes` should be called although nothing happens (a wrap-up ends), by the clock given, or None."""
        return self._world.due_at

    # --- for operations ---------------------------------------------------------------------------------------------

    def extension_of(self, one: Channel | Member) -> Extension | None:
        """The extension whose phone the channel is on, or that the queue rings for its member."""
        return extension_of_member(self._world, one) if isinstance(one, Member) else self._world.extension_of(one)

    def extension_with(self, number: str) -> Extension | None:
        """The extension with that number; None when there is none, or one in each of two contexts."""
        return self._world.extension_with(number)

    def forwards_of(self, extension: Extension) -> list[Forward]:
        """Where the PBX's own dialplan sends its calls on; our include does not follow it."""
        return self._families.forwards.of(extension.number)

    def channel_named(self, name: str) -> Channel | None:
        return self._world.by_name.get(name)

    def channels_of(self, extension: Extension) -> list[Channel]:
        """All channels of its phones, the oldest first, ringing or not."""
        found = [
            channel
            for device in extension.devices
            if self._world.owner.get(device) is extension
            for channel in self._world.by_endpoint.get(device, {}).values()
        ]
        return sorted(found, key=lambda channel: channel.order)

    def peers_of(self, channel: Channel) -> list[Channel]:
        """The legs that hear it."""
        return peers_of(self._world, channel)

    def dialler_of(self, channel: Channel) -> Channel | None:
        """The leg on whose behalf it rings."""
        return dialler_of(self._world, channel)

    def dialled_by(self, channel: Channel) -> list[Channel]:
        """The legs that ring on its behalf."""
        return dialled_by(self._world, channel)

    def care_of(self, channel: Channel) -> CareView | None:
        """Who keeps it now; None while it talks. Of a Local half it is the care of who is behind it."""
        return shown_care(self._world, channel)

    def mark(self, uniqueid: str, variable: str, value: str) -> None:
        """Say that one of our variables (CORDBOARD_CARE, _NOTE, _RECORDING, _MUTED) has just been set on a channel.

        Raises ValueError for any other variable. A channel that has hung up meanwhile is counted as unknown.
        """
        self._tick()
        self._families.marks.mark(uniqueid, variable, value)

    def set_claim(self, call: str, operator: str, name: str, doing: str, until: float | None) -> None:
        """An operator is about to do something with a call, until then or `clear_claim`; no matter if it has ended."""
        self._tick()
        self._families.claims.set(call, operator, name, doing, until)

    def clear_claim(self, call: str, operator: str) -> None:
        self._tick()
        self._families.claims.clear(call, operator)

    def set_room_locked(self, room: str, locked: bool) -> None:
        """A command has just locked or opened this conference room: the PBX raises no event for it."""
        self._families.conferences.set_locked(room, locked)

    # --- figures ----------------------------------------------------------------------------------------------------

    @property
    def unknown_ids(self) -> int:
        """Events about channels that were never announced, and the like: each is lost, late or a forgery."""
        return self._world.unknown_ids

    @property
    def ignored(self) -> Mapping[str, int]:
        """Events that are of no use here, by name."""
        return self._world.ignored

    # --- inside -----------------------------------------------------------------------------------------------------

    def _tick(self) -> None:
        self._world.at = self._world.now()

    def _touch_pbx(self) -> None:
        self._world.dirty[Kind.PBX].add(self._pbx.key)
