"""`Call`: the channels that share a Linkedid, and what the board shows of them.

A call keeps only what its channels cannot tell any more: how it began, and which queue it came through. All the rest
(who talks to whom, who rings, who holds) is derived from channels, bridges, dials, queues and parking lots as they are
now, so the order in which they came to be so makes no difference. `ami_worker/operations` reads calls; the mirror
makes them.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import NamedTuple

from ami_worker.mirror.care import ON_THE_WAY, WITH_MUSIC, care_row, party_of, person_meant, shown_care
from ami_worker.mirror.claims import Claimed
from ami_worker.mirror.claims import shown as shown_claim
from ami_worker.mirror.entities import CareView, Channel, ChannelState
from ami_worker.mirror.persons import groups_of, groups_of_queue, nobody, person_dialled, person_of, trunk_of
from ami_worker.mirror.story import Story
from ami_worker.mirror.text import clean
from ami_worker.mirror.topology import dialled_by, dialler_of, is_dialling, peers_of
from ami_worker.mirror.world import World
from panel.vocabulary import CallRow, CallState, Direction, ExtensionCall, Party, Person, utc


# What a call is, when its legs differ: the first of these that a leg is in.
_PRECEDENCE = (
    CallState.TALKING, CallState.HELD, CallState.PARKED, CallState.QUEUED, CallState.RINGING, CallState.DIALLING,
)  # fmt: skip


class Leg(NamedTuple):
    """A party of a call as derived."""

    channel: Channel
    state: CallState
    peers: list[Channel]
    care: CareView | None = None


class Call:
    """The channels that share a Linkedid. It begins with the first of them and ends with the last."""

    __slots__ = (
        "_legs", "_world", "answered_at", "channels", "claims", "connected_at", "dialled", "ended_at", "endpoints",
        "is_fresh", "is_listed", "key", "origin", "queue", "queued_at", "shown_at", "shown_state", "started_at",
        "story",
    )  # fmt: skip

    def __init__(self, world: World, key: str, started_at: float) -> None:
        self._world = world
        self._legs: dict[str, Leg] = {}
        self.is_fresh = False
        """Whether `_legs` still hold; `World.touch` clears it."""
        self.key = key
        self.channels: dict[str, Channel] = {}
        self.started_at = started_at
        self.answered_at: float | None = None
        self.ended_at = started_at  # only when it has ended
        self.is_listed = False  # a list told of a part of it first
        self.origin: str | None = None  # endpoint of the channel that began it; "" for Local; None when not known
        self.endpoints: set[str] = set()  # of all legs that it ever had
        self.dialled = ""
        self.queue = ""
        self.queued_at: float | None = None
        self.connected_at: float | None = None
        self.shown_state = ""
        self.shown_at = started_at
        self.claims: dict[str, Claimed] | None = None  # by operator
        self.story = Story()

    def take_over(self, other: Call) -> None:
        """A channel came from another call, as after an attended transfer: its queue comes with it."""
        if not self.queue:
            self.queue, self.queued_at, self.connected_at = other.queue, other.queued_at, other.connected_at
        if self.answered_at is None:
            self.answered_at = other.answered_at

    def end(self, at: float) -> None:
        """Its last channel is gone. What was derived names its channels, and they name it: in that circle all of them
        would stay in memory until Python looks for circles, minutes later.
        """
        self.ended_at = at
        self._legs = {}

    # --- derived ----------------------------------------------------------------------------------------------------

    @property
    def legs(self) -> list[Channel]:
        """Its parties in the order in which they were begun: Local halves and Asterisk's own channels are left out."""
        return [leg.channel for leg in self._derive().values()]

    @property
    def state(self) -> CallState:
        states = {leg.state for leg in self._derive().values()}
        return next((state for state in _PRECEDENCE if state in states), CallState.DIALLING)

    def leg(self, uniqueid: str) -> Leg | None:
        """One party with its state and its peers; None for a Local half or a channel of another call."""
        return self._derive().get(uniqueid)

    def _derive(self) -> dict[str, Leg]:
        if not self.is_fresh:
            legs = [channel for channel in self.channels.values() if channel.is_leg]
            legs.sort(key=lambda leg: (leg.uniqueid != self.key, leg.order))
            kept = self._kept() if self._world.in_care else {}
            self._legs = {channel.uniqueid: self._leg_from(channel, kept.get(channel.uniqueid)) for channel in legs}
            self.is_fresh = True
        return self._legs

    def _kept(self) -> dict[str, CareView]:
        """The parties in care, by Uniqueid: a half of a Local channel stands for who is behind it."""
        world = self._world
        kept = {}
        for channel in self.channels.values():
            care = shown_care(world, channel)
            party = party_of(world, channel) if care is not None else None
            if care is not None and party is not None:
                kept[party.uniqueid] = care
        return kept

    def _leg_from(self, channel: Channel, care: CareView | None) -> Leg:
        world = self._world
        peers = peers_of(world, channel)
        state = _state_of(world, channel, peers, care)
        if state != channel.shown_state:
            first = not channel.shown_state
            channel.shown_state = state
            channel.shown_at = _since(world, channel, state, world.dirty_calls.get(self.key, world.at), first, care)
        return Leg(channel, state, peers, care)

    @property
    def direction(self) -> Direction:
        """`in` when a channel of a trunk began it, `out` when one was dialled, `internal` among extensions."""
        owner = self._world.owner
        origin = self.origin
        if origin is None:
            origin = next((leg.endpoint for leg in self.legs if leg.role == "caller"), "")
        if origin and origin not in owner:
            return "in"
        return "out" if any(endpoint not in owner for endpoint in self.endpoints) else "internal"

    def caller_leg(self) -> Channel | None:
        """Who began it, or who is in that place now."""
        legs = self.legs
        return next((leg for leg in legs if leg.role == "caller"), legs[0] if legs else None)

    def called_leg(self) -> Channel | None:
        """Whom it is for now: who talks, else who rings; nobody while it waits."""
        legs = self._derive()
        caller = self.caller_leg()
        if caller is None:
            return None
        with_caller = legs[caller.uniqueid].peers
        if with_caller:
            return with_caller[0]
        others = [leg for leg in legs.values() if leg.channel is not caller]
        for wanted in ((CallState.TALKING, CallState.HELD), (CallState.RINGING,)):
            for leg in others:
                if leg.state in wanted:
                    return leg.channel
        return None

    # --- rows -------------------------------------------------------------------------------------------------------

    def row(self) -> CallRow:
        """As the browsers get it. A call of which only machinery is left has no legs and is not shown."""
        world = self._world
        legs = self._derive()
        state = self.state
        if state != self.shown_state:
            at = min((leg.channel.shown_at for leg in legs.values() if leg.state == state), default=self.started_at)
            self.shown_at = max(at, self.shown_at) if self.shown_state else at
            self.shown_state = state
        caller, called = self.caller_leg(), self.called_leg()
        in_care = [leg for leg in legs.values() if leg.care is not None] if world.in_care else None
        kept = min(in_care, key=_kept_since) if in_care else None
        claim = shown_claim(self.claims, world.at) if self.claims else None
        (author, note), recording = self._written(legs.values())
        return CallRow(
            key=self.key,
            state=state,
            state_at=utc(self.shown_at),
            direction=self.direction,
            started_at=utc(self.started_at),
            answered_at=_utc(self.answered_at),
            dialled=self.dialled,
            caller=person_of(world, caller) if caller is not None else nobody(),
            called=person_of(world, called) if called is not None else nobody(),
            parties=[self._party(leg) for leg in legs.values()],
            queue=clean(self.queue),
            queued_at=_utc(self.queued_at),
            connected_at=_utc(self.connected_at),
            held_by=self._held_by(legs.values(), kept),
            parked=_first(legs, world.parked) if world.parked else "",
            conference=clean(world.rooms_of.get(_first(legs, world.rooms_of), "")) if world.rooms_of else "",
            care=care_row(world, kept.channel, kept.care) if kept is not None and kept.care is not None else None,
            claim=claim.row() if claim is not None else None,
            note=clean(note),
            note_by=clean(author),
            recording=recording,
            story=self.story.rows(world),
        )

    def _written(self, legs: Iterable[Leg]) -> tuple[tuple[str, str], str]:
        """Author and text of the note, and the recording, of the oldest leg that has one: the younger ones have
        inherited their notes.
        """
        note, recording = None, ""
        for leg in legs:
            channel = leg.channel
            if note is None:
                note = channel.note
            recording = recording or channel.recording
        return note or ("", ""), recording

    def _held_by(self, legs: Iterable[Leg], kept: Leg | None) -> str:
        """The extension whose phone has somebody on hold, or whose operator had our include hold a party."""
        world = self._world
        holder = next((leg.channel for leg in legs if leg.channel.hold), None)
        extension = world.extension_of(holder) if holder is not None else None
        if extension is None and kept is not None and kept.care is not None and kept.state is CallState.HELD:
            extension = world.extension_with(kept.care.operator)
        return extension.key if extension is not None else ""

    def _party(self, leg: Leg) -> Party:
        channel = leg.channel
        person = person_of(self._world, channel)
        return Party(
            key=channel.uniqueid,
            name=person["name"],
            number=person["number"],
            extension=person["extension"],
            state=leg.state,
            state_at=utc(channel.shown_at),
            role=channel.role,
            peers=[peer.uniqueid for peer in leg.peers],
            trunk="" if person["extension"] else trunk_of(channel.endpoint),
            muted=channel.muted,
        )

    def groups(self) -> tuple[str, ...]:
        """The departments that may see it: of its extensions, of the queue that it waits in, of who parked it, of who
        keeps it and for whom.
        """
        world = self._world
        groups = groups_of(world, self.legs)
        for uniqueid in self.channels:
            caller = world.waiting.get(uniqueid)
            if caller is not None:
                groups |= groups_of_queue(world, world.queues[caller.queue])
            parked = world.parked.get(uniqueid)
            parker = world.owner.get(parked.parker) if parked is not None else None
            if parker is not None and parker.group:
                groups.add(parker.group)
        for leg in self._derive().values() if world.in_care else ():
            if leg.care is not None:
                meant = (world.extension_with(number) for number in (leg.care.operator, leg.care.target))
                groups.update(extension.group for extension in meant if extension is not None and extension.group)
        return tuple(sorted(groups))

    def as_seen_from(self, leg: Leg) -> ExtensionCall:
        """The call on the tile of the extension that this leg belongs to."""
        return ExtensionCall(
            call=self.key,
            channel=leg.channel.uniqueid,
            state=leg.state,
            direction="in" if leg.channel.role == "called" else "out",
            state_at=utc(leg.channel.shown_at),
            other=self._other(leg),
            queue=clean(self.queue),
        )

    def _other(self, leg: Leg) -> Person:
        """Whom this leg talks to, rings for or dials; what it dialled when that is no person (voicemail, a menu)."""
        world, channel = self._world, leg.channel
        if leg.peers:
            return person_of(world, leg.peers[0])
        destinations = dialled_by(world, channel)
        if destinations:
            return person_of(world, destinations[0])
        if leg.care is not None:
            return person_meant(world, leg.care.operator)
        if leg.state is CallState.RINGING or channel.role == "called":
            other = dialler_of(world, channel) or self.caller_leg()
            if other is not None and other is not channel:
                return person_of(world, other)
        if channel.role == "caller":
            return person_dialled(world, channel.exten)
        return Person(name=clean(channel.connected_name), number=clean(channel.connected_number), extension="")


def _state_of(world: World, channel: Channel, peers: list[Channel], care: CareView | None) -> CallState:
    if channel.state == ChannelState.RINGING:
        return CallState.RINGING
    if channel.uniqueid in world.parked:
        return CallState.PARKED
    if channel.uniqueid in world.waiting:
        return CallState.QUEUED
    if channel.state != ChannelState.UP:
        return CallState.DIALLING
    if channel.is_holding or (peers and all(peer.is_holding for peer in peers)):
        return CallState.HELD
    # Who held it may have gone into another bridge to consult somebody. A conference plays music to its first member.
    if channel.music and channel.bridge and channel.uniqueid not in world.rooms_of:
        return CallState.HELD
    if not peers and is_dialling(world, channel):
        return CallState.DIALLING
    if care is not None and not peers:
        if care.kind in WITH_MUSIC:
            return CallState.HELD
        if care.kind in ON_THE_WAY:
            return CallState.DIALLING
    return CallState.TALKING


def _since(
    world: World, channel: Channel, state: CallState, touched_at: float, first: bool, care: CareView | None
) -> float:
    """Since when the leg is in that state: from the facts where they have a time, else when we were told."""
    match state:
        case CallState.PARKED:
            return world.parked[channel.uniqueid].parked_at
        case CallState.QUEUED:
            return world.waiting[channel.uniqueid].joined_at
        case CallState.RINGING:
            return channel.state_at
        case CallState.HELD if channel.is_holding:
            return channel.hold_at
        case CallState.HELD if care is not None:
            return care.since
        case CallState.TALKING if channel.bridge:
            return max(channel.bridged_at, channel.state_at)
    return channel.created_at if first else touched_at


def _first(legs: Iterable[str], among: Container[str]) -> str:
    return next((uniqueid for uniqueid in legs if uniqueid in among), "")


def _kept_since(leg: Leg) -> float:
    return leg.care.since if leg.care is not None else 0.0


def _utc(at: float | None) -> str | None:
    return None if at is None else utc(at)
