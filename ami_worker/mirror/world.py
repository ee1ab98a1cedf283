"""`World`: what is known of one PBX, the indexes that keep every look-up short, and what has been touched since rows
were last made.

Shared by the modules of the mirror; nobody outside needs it. The family modules change the world and say what they
touched; `rows.py` makes the rows of what was touched. All work is in proportion to what one message touches, never to
the size of the PBX.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from ami_worker.mirror.entities import (
    Bridge,
    Caller,
    Channel,
    Device,
    Dial,
    Extension,
    Hint,
    Listening,
    Mailbox,
    Member,
    Parked,
    Queue,
    Room,
    Trunk,
)
from ami_worker.mirror.family import Family
from panel.vocabulary import Kind


if TYPE_CHECKING:
    from ami_worker.mirror.calls import Call
    from ami_worker.mirror.loans import Loan


TOMBSTONE_SECONDS: Final = 60.0
"""How long a Uniqueid that hung up stays dead: events of other families (parking, conference, AgentComplete) travel on
other threads of Asterisk and may come after the Hangup.
"""

MAX_NAMES_COUNTED: Final = 500


class World:
    """The tables of one PBX. `at` is the time of the message that is being applied."""

    def __init__(self, now: Callable[[], float]) -> None:
        self.now = now
        self.at = now()
        self.clock_offset = 0.0
        """The PBX's clock minus ours, in seconds. For what it gives as absolute times; no duration is made with it."""

        self.channels: dict[str, Channel] = {}
        self.calls: dict[str, Call] = {}
        self.bridges: dict[str, Bridge] = {}
        self.dials: dict[str, Dial] = {}  # by Uniqueid of the channel that is dialled
        self.dialling: dict[str, dict[str, Dial]] = {}  # by Uniqueid of the dialler, then of the dialled
        self.devices: dict[str, Device] = {}
        self.hints: dict[tuple[str, str], Hint] = {}  # by (exten, context)
        self.extensions: dict[str, Extension] = {}
        self.queues: dict[str, Queue] = {}
        self.members: dict[str, Member] = {}
        self.callers: dict[str, Caller] = {}
        self.parked: dict[str, Parked] = {}
        self.rooms: dict[str, Room] = {}
        self.mailboxes: dict[str, Mailbox] = {}
        self.trunks: dict[str, Trunk] = {}
        self.loans: dict[str, Loan] = {}  # by the key of the member
        self.listenings: dict[str, Listening] = {}  # by Uniqueid of the listener's channel

        # Indexes.
        self.by_name: dict[str, Channel] = {}
        self.by_endpoint: dict[str, dict[str, Channel]] = {}
        self.owner: dict[str, Extension] = {}  # device → the extension whose phone it is
        self.by_number: dict[str, list[Extension]] = {}
        self.waiting: dict[str, Caller] = {}  # Uniqueid → the queue entry of that channel
        self.members_of_leg: dict[
            str, dict[str, Member]
        ] = {}  # Uniqueid of a leg or of a caller → members busy with it
        self.members_of_handle: dict[str, dict[str, Member]] = {}  # "PJSIP/201" or "Local/201" → memberships
        self.mailboxes_of: dict[str, dict[str, Mailbox]] = {}  # number → its mailboxes by key
        self.rooms_of: dict[str, str] = {}  # Uniqueid → room
        self.in_care: dict[str, Channel] = {}  # by Uniqueid: those with a `care`
        self.forwarded_to: dict[str, dict[str, None]] = {}  # number → the numbers whose calls go on to it

        self.tombstones: dict[str, float] = {}
        self.gone: list[Callable[[Channel], None]] = []
        """Called, while the channel's call still knows it, when a channel hangs up."""
        self.met: list[Callable[[Channel], None]] = []
        """Called when a channel has come into a bridge in which others are."""

        self.unparked: list[Callable[[Channel, Parked], None]] = []
        """Called when a channel has left its parking space."""

        self.is_sweeping = False
        """What goes now was not told of, see `sweeping`."""
        self.ended_calls: list[tuple[Call, bool]] = []
        """Calls whose last channel is gone, and whether it was swept; the history empties it."""

        self.dirty_calls: dict[str, float] = {}
        """Linkedid → time of the last touch."""
        self.dirty: dict[Kind, set[str]] = {kind: set() for kind in Kind}
        self._due: list[tuple[float, Kind, str]] = []

        self.wanted: set[tuple[Family, str]] = set()
        """Lists (family, scope) that should be taken again: something does not add up, or was reloaded."""
        self.on_wanted: Callable[[], None] = lambda: None

        self.people_version = 0
        """Counts what may change who somebody is: a name, whose phone a device is."""
        self.renamed: set[str] = set()
        """Devices and numbers of extensions whose name is new since the rows were last given."""

        self.unknown_ids = 0
        """Events about channels that were never announced."""
        self.ignored: Counter[str] = Counter()
        """Events that the mirror has no use for, by name."""

    # --- touching ---------------------------------------------------------------------------------------------------

    def touch(self, channel: Channel) -> None:
        """Something about the channel, or about its place in its call, is new."""
        call = channel.call
        call.is_fresh = False
        self.dirty_calls[call.key] = self.at

    def touch_with_peers(self, channel: Channel) -> None:
        """As `touch`, and for everybody in the same bridge: their `peers` or their hold depend on it."""
        self.touch(channel)
        bridge = self.bridges.get(channel.bridge)
        if bridge is not None:
            for member in bridge.members.values():
                self.touch(member)

    def touch_extension(self, extension: Extension) -> None:
        """Its name, department or devices are new: everything that shows them is made again."""
        self.people_version += 1
        self.renamed.update(extension.devices, (extension.number,))
        self.dirty[Kind.EXTENSION].add(extension.key)
        self.dirty[Kind.MAILBOX].update(self.mailboxes_of.get(extension.number, ()))
        self.dirty[Kind.LISTENING].update(self.listenings)
        for number in self.forwarded_to.get(extension.number, ()):
            self.dirty[Kind.EXTENSION].update(other.key for other in self.by_number.get(number, ()))
        for device in extension.devices:
            for channel in self.by_endpoint.get(device, {}).values():
                self.touch_with_peers(channel)
        for member in self.members_of(extension):
            self.dirty[Kind.MEMBER].add(member.key)
            self.touch_queue_groups(self.queues[member.queue])
        for channel in self.in_care.values():
            if channel.care is not None and extension.number in (channel.care.operator, channel.care.target):
                self.touch(channel)

    def touch_queue_groups(self, queue: Queue) -> None:
        """Who may see the queue may be new, and with it who may see those who wait in it."""
        self.dirty[Kind.QUEUE].add(queue.name)
        for caller in queue.callers.values():
            self.dirty[Kind.CALLER].add(caller.key)
            channel = self.channels.get(caller.uniqueid)
            if channel is not None:
                self.touch(channel)

    @contextmanager
    def sweeping(self) -> Iterator[None]:
        """While something goes that was not told of: a list does not have it, or the PBX was started anew."""
        self.is_sweeping = True
        try:
            yield
        finally:
            self.is_sweeping = False

    # --- time -------------------------------------------------------------------------------------------------------

    def touch_later(self, at: float, kind: Kind, key: str) -> None:
        """A row changes by itself at that time (wrap-up ends); `due_at` says when somebody should look."""
        heapq.heappush(self._due, (at, kind, key))

    @property
    def due_at(self) -> float | None:
        return self._due[0][0] if self._due else None

    def expire(self) -> None:
        """Touch what is due by now and forget old tombstones."""
        while self._due and self._due[0][0] <= self.at:
            _, kind, key = heapq.heappop(self._due)
            self.dirty[kind].add(key)
        while self.tombstones:
            uniqueid = next(iter(self.tombstones))
            if self.tombstones[uniqueid] > self.at - TOMBSTONE_SECONDS:
                break
            del self.tombstones[uniqueid]

    def want(self, family: Family, scope: str = "") -> None:
        self.wanted.add((family, scope))
        self.on_wanted()

    # --- looking up -------------------------------------------------------------------------------------------------

    def extension_of(self, channel: Channel) -> Extension | None:
        return self.owner.get(channel.endpoint)

    def extension_with(self, number: str) -> Extension | None:
        """The extension with that number; None when two contexts have it and it cannot be told which is meant."""
        found = self.by_number.get(number, ())
        return found[0] if len(found) == 1 else None

    def mailbox_of(self, number: str) -> Mailbox | None:
        """The mailbox of a number; of several that of context `default`, or else the first that was told of."""
        boxes = self.mailboxes_of.get(number, {})
        return boxes.get(f"{number}@default") or next(iter(boxes.values()), None)

    def members_of(self, extension: Extension) -> list[Member]:
        """The queue memberships of an extension, by its phones or as `Local/201@…`."""
        handles = (*extension.devices, f"Local/{extension.number}")
        return [member for handle in handles for member in self.members_of_handle.get(handle, {}).values()]

    def count_ignored(self, event: str) -> None:
        if event in self.ignored or len(self.ignored) < MAX_NAMES_COUNTED:
            self.ignored[event] += 1
