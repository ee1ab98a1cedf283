"""Rows of what was touched: whole, and left out when equal to the ones given last. Used by `Mirror`.

One thing shows another: a call its people, a tile its calls, a member its phone, a queue its members. So what was
touched is worked through in that order, and each row that is made again marks those that show it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from ami_worker.mirror.calls import Call
from ami_worker.mirror.member_rows import groups_of_member, member_row
from panel.vocabulary import EVERYONE, Kind, OperatorRow, Row


if TYPE_CHECKING:
    from ami_worker.mirror.families import Families


class Change(NamedTuple):
    """One entity as it is now; `row` is None when it is gone. `groups` are the departments that may see it."""

    kind: Kind
    key: str
    groups: tuple[str, ...]
    row: Row | None


Made = tuple[tuple[str, ...], Row]

_ORDER = (*(kind for kind in Kind if kind is not Kind.QUEUE), Kind.QUEUE)
"""Of a vocabulary in the order in which a board is drawn, the one kind that is made later: a queue counts its members'
states.
"""


class Rows:
    """Makes rows and remembers which ones were given."""

    def __init__(self, families: Families) -> None:
        self._families = families
        self._world = families.world
        self._given: dict[Kind, dict[str, Made]] = {kind: {} for kind in Kind}
        self.operators: dict[str, OperatorRow] = {}

    # --- what changed -----------------------------------------------------------------------------------------------

    def changes(self, only: Kind | None = None) -> list[Change]:
        """Since the last call, each entity once. With `only`, all other kinds wait."""
        world = self._world
        changes: list[Change] = []
        if only is not None:
            self._give(only, world.dirty[only], changes)
            return changes
        world.expire()
        if world.renamed:  # stories name people who have left the call
            world.dirty[Kind.CALL].update(
                key for key, call in world.calls.items() if call.story.tells_of(world.renamed)
            )
            world.renamed.clear()
        for key in list(world.dirty_calls):
            self._mark_what_shows(world.calls.get(key))
        self._give(Kind.CALL, world.dirty_calls, changes)
        extensions = world.dirty[Kind.EXTENSION]
        for key in extensions:
            if key in world.extensions:
                world.dirty[Kind.MEMBER].update(member.key for member in world.members_of(world.extensions[key]))
        for kind in _ORDER:
            self._give(kind, world.dirty[kind], changes)
        return changes

    def everything(self) -> list[Change]:
        """Every row, and the end of every one that was given before and is no more."""
        now = {kind: dict(self._all(kind)) for kind in _ORDER}
        changes = [
            Change(kind, key, groups, None)
            for kind, given in self._given.items()
            for key, (groups, _) in given.items()
            if key not in now[kind]
        ]
        changes += (Change(kind, key, groups, row) for kind, made in now.items() for key, (groups, row) in made.items())
        self._given = now
        self._world.dirty_calls.clear()
        self._world.renamed.clear()
        for dirty in self._world.dirty.values():
            dirty.clear()
        return changes

    def rows(self) -> dict[Kind, dict[str, Row]]:
        """Every row as it is now, given or not."""
        return {kind: {key: row for key, (_, row) in self._all(kind)} for kind in _ORDER}

    def groups_of_call(self, key: str) -> tuple[str, ...] | None:
        """The departments of a call's row as given last; None when it has none."""
        made = self._given[Kind.CALL].get(key)
        return None if made is None else made[0]

    def _give(self, kind: Kind, dirty: dict[str, float] | set[str], changes: list[Change]) -> None:
        given = self._given[kind]
        for key in dirty:
            made = self._make(kind, key)
            before = given.get(key)
            if made is None:
                if before is not None:
                    del given[key]
                    changes.append(Change(kind, key, before[0], None))
            elif made != before:
                given[key] = made
                changes.append(Change(kind, key, *made))
        dirty.clear()

    def _mark_what_shows(self, call: Call | None) -> None:
        if call is None:
            return
        world = self._world
        dirty = world.dirty
        for uniqueid, channel in call.channels.items():
            if channel.care is not None:
                camped_on = world.extension_with(channel.care.target)
                if camped_on is not None:
                    dirty[Kind.EXTENSION].add(camped_on.key)
            extension = world.owner.get(channel.endpoint)
            if extension is not None:
                dirty[Kind.EXTENSION].add(extension.key)
            caller = world.waiting.get(uniqueid)
            if caller is not None:
                dirty[Kind.CALLER].add(caller.key)
            if uniqueid in world.parked:
                dirty[Kind.PARKED].add(uniqueid)
            if uniqueid in world.rooms_of:
                dirty[Kind.CONFERENCE].add(world.rooms_of[uniqueid])
            if uniqueid in world.members_of_leg:
                dirty[Kind.MEMBER].update(world.members_of_leg[uniqueid])
            if world.listenings:
                heard = (key for key, listening in world.listenings.items() if listening.to is channel)
                dirty[Kind.LISTENING].update(heard)

    # --- making -----------------------------------------------------------------------------------------------------

    def _all(self, kind: Kind) -> Iterator[tuple[str, Made]]:
        for key in list(self._keys(kind)):
            made = self._make(kind, key)
            if made is not None:
                yield key, made

    def _keys(self, kind: Kind) -> Iterable[str]:
        world = self._world
        tables: dict[Kind, Mapping[str, Any]] = {
            Kind.PBX: {self._families.pbx.key: None},
            Kind.EXTENSION: world.extensions,
            Kind.CALL: world.calls,
            Kind.QUEUE: world.queues,
            Kind.MEMBER: world.members,
            Kind.CALLER: world.callers,
            Kind.PARKED: world.parked,
            Kind.CONFERENCE: world.rooms,
            Kind.MAILBOX: world.mailboxes,
            Kind.TRUNK: world.trunks,
            Kind.OPERATOR: self.operators,
            Kind.LISTENING: world.listenings,
        }
        return tables.get(kind, {})

    def _make(self, kind: Kind, key: str) -> Made | None:
        made = self._made(kind, key)
        return None if made is None else (made[0], cast(Row, made[1]))

    def _made(self, kind: Kind, key: str) -> tuple[tuple[str, ...], object] | None:
        """Groups and row, or None when there is no such thing (any more), or nothing of it to show."""
        world, of = self._world, self._families
        match kind:
            case Kind.PBX:
                return (EVERYONE,), of.pbx.row()
            case Kind.EXTENSION if (extension := world.extensions.get(key)) and not extension.hidden:
                return ((extension.group,) if extension.group else ()), of.extensions.row(extension)
            case Kind.CALL if (call := world.calls.get(key)) and call.legs:
                return call.groups(), call.row()
            case Kind.QUEUE if queue := world.queues.get(key):
                return of.queues.groups(queue), of.queues.row(queue)
            case Kind.MEMBER if member := world.members.get(key):
                return groups_of_member(world, member), member_row(world, member)
            case Kind.CALLER if caller := world.callers.get(key):
                return of.queues.groups(world.queues[caller.queue]), of.queues.caller_row(caller)
            case Kind.PARKED if parked := world.parked.get(key):
                return of.parking.groups(parked), of.parking.row(parked)
            case Kind.CONFERENCE if room := world.rooms.get(key):
                return of.conferences.groups(room), of.conferences.row(room)
            case Kind.MAILBOX if mailbox := world.mailboxes.get(key):
                return of.mailboxes.groups(mailbox), of.mailboxes.row(mailbox)
            case Kind.TRUNK if (trunk := world.trunks.get(key)) and of.trunks.is_shown(trunk):
                return (), of.trunks.row(trunk)
            case Kind.LISTENING if (listening := world.listenings.get(key)) and of.listenings.is_shown(listening):
                return of.listenings.groups(listening), of.listenings.row(listening)
            case Kind.OPERATOR if operator := self.operators.get(key):
                extension = world.extensions.get(operator["extension"])
                return ((extension.group,) if extension is not None and extension.group else ()), operator
        return None
