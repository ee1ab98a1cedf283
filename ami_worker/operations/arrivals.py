"""What became of a leg that was sent to somebody: does the target ring, do they talk, did it fail, did the leg come
back or end?

All that send a leg somewhere judge their outcome by this, and each finds its own words. Pure functions over the picture
and the evidence.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, auto
from typing import Final, NamedTuple

from ami_worker.mirror import Call, CareView, Channel, Leg
from ami_worker.operations.attempt import EVENT_SECONDS, Attempt
from ami_worker.operations.intents import Outcome, Reason
from ami_worker.operations.outcomes import REASON_OF_CARE, REASON_OF_DIAL
from panel.vocabulary import CallState, CareKind, CommandState


class Seen(Enum):
    RINGING = auto()  # the target rings
    TALKING = auto()  # the leg and the target hear each other
    DIALLING = auto()  # the target is being dialled and has not answered with ringing yet
    QUEUED = auto()  # the leg waits in a queue
    KEPT = auto()  # it is where it was to be kept: on hold, camping, in a mailbox or a room
    BACK = auto()  # it is on the way back to the operator, whose phone rings or will ring
    FAILED = auto()  # the target could not be reached, and nobody else is being rung yet
    GONE = auto()  # the leg hung up or was hung up
    UNMOVED = auto()  # it is still with those it was with
    MOVED = auto()  # it is somewhere else, in the dialplan: a menu, a mailbox


_OPEN: Final = frozenset({Seen.DIALLING, Seen.UNMOVED, Seen.MOVED})
"""What may still become anything."""

_PROVISIONAL: Final = {Seen.RINGING: 0.25, Seen.FAILED: 1.5}
"""What is only believed after it has lasted for so many seconds. Some phones ring for an instant before they say that
they are busy; and after a failure the dialplan brings the leg back or hangs it up, which the operator wants to know.
"""


class Sighting(NamedTuple):
    seen: Seen
    reason: Reason | None = None
    """Why the target was not reached, where that is known."""


IsKept = Callable[[Channel, CareView | None], bool]
"""Whether a leg is where it was to be kept, by the picture and what our include has told since it was sent."""


def never_kept(_channel: Channel, _told: CareView | None) -> bool:
    return False


def waits_on_hold(_channel: Channel, told: CareView | None) -> bool:
    """The operator's phone was to take it, and did not."""
    return told is not None and told.kind is CareKind.HOLD


class Watch(NamedTuple):
    """A leg on its way. `before` are the legs of its call when it was sent: what is new came of the sending."""

    attempt: Attempt
    uniqueid: str
    target: str | None
    """Extension key; empty for a number, when any new leg but the operator's is the target; None when nobody is."""
    before: frozenset[str]
    was_queued: bool = False
    was_parked: bool = False
    care: CareView | None = None
    """What kept it when it was sent. Of that, nothing that is told is news."""
    is_kept: IsKept = never_kept

    @classmethod
    def start(cls, attempt: Attempt, uniqueid: str, target: str | None, is_kept: IsKept = never_kept) -> Watch:
        mirror = attempt.mirror
        channel = mirror.channels[uniqueid]
        before = frozenset(leg.uniqueid for leg in channel.call.legs)
        was_queued = attempt.waiting(channel) is not None
        was_parked = uniqueid in mirror.parked
        return cls(attempt, uniqueid, target, before, was_queued, was_parked, mirror.care_of(channel), is_kept)

    async def outcome(self, worded: Callable[[Sighting], Outcome]) -> Outcome:
        """Wait until it is certain what became of the leg, and put that into words. At the deadline: what the picture
        shows.
        """
        undecided = _OPEN
        timeout = EVENT_SECONDS
        decided: Sighting | None = None

        def look() -> Outcome | None:
            nonlocal decided
            sighting = self.now()
            decided = None if sighting.seen in undecided else sighting
            return worded(decided) if decided else None

        while True:
            proven = undecided is not _OPEN
            outcome = await self.attempt.expect(look, timeout, lambda: worded(self.now()), proven=proven)
            if outcome.state is CommandState.UNKNOWN or decided is None or decided.seen not in _PROVISIONAL:
                return outcome
            undecided = undecided | {decided.seen}
            timeout = _PROVISIONAL[decided.seen]

    def now(self) -> Sighting:
        """What the picture shows, certain or not."""
        channel = self.attempt.mirror.channels.get(self.uniqueid)
        if channel is None:
            return Sighting(Seen.GONE, self._failure())
        leg = channel.call.leg(self.uniqueid)
        if leg is None:
            return Sighting(Seen.MOVED)
        fresh = _new_legs(channel.call, self.before)
        at_target = [each for each in fresh if self._is_target(each)]
        if any(self.uniqueid in [peer.uniqueid for peer in each.peers] for each in at_target):
            return Sighting(Seen.TALKING)
        if any(each.state is CallState.RINGING for each in at_target):
            return Sighting(Seen.RINGING)
        told = self.attempt.mirror.care_of(channel)
        if told == self.care:
            told = None
        if told is not None and told.kind is CareKind.RETURN:
            return Sighting(Seen.BACK, _reason_of(told))
        if self.is_kept(channel, told):
            return Sighting(Seen.KEPT, _reason_of(told))
        if not self.was_queued and self.attempt.waiting(channel) is not None:
            return Sighting(Seen.QUEUED)
        if at_target:
            return Sighting(Seen.DIALLING)
        if any(self.attempt.is_own(each.channel) for each in fresh):
            return Sighting(Seen.BACK, self._failure())
        if not fresh and (failure := self._failure()) is not None:
            return Sighting(Seen.FAILED, failure)
        return Sighting(Seen.UNMOVED if self._is_where_it_was(leg) else Seen.MOVED)

    def _is_target(self, leg: Leg) -> bool:
        if self.target is None:
            return False
        extension = self.attempt.mirror.extension_of(leg.channel)
        if self.target:
            key = extension.key if extension is not None else ""
            return key == self.target or key in self._stand_ins()
        return extension is None or extension.key != self.attempt.intent.extension

    def _stand_ins(self) -> set[str]:
        """Keys of the extensions to which the PBX sends the target's calls on; empty for an outside number."""
        target = self.attempt.mirror.extensions.get(self.target or "")
        forwards = self.attempt.mirror.forwards_of(target) if target is not None else []
        return {forward["to"]["extension"] for forward in forwards}

    def _is_where_it_was(self, leg: Leg) -> bool:
        if leg.peers:
            return any(peer.uniqueid in self.before for peer in leg.peers)
        if self.was_queued:
            return self.attempt.waiting(leg.channel) is not None
        return self.was_parked and leg.state is CallState.PARKED

    def _failure(self) -> Reason | None:
        """Why the target was not reached: by the DialEnd of a leg that was not there before."""
        ended = self.attempt.evidence.dials.get(self.uniqueid, {})
        for uniqueid, status in ended.items():
            if uniqueid not in self.before and (reason := REASON_OF_DIAL.get(status)) is not None:
                return reason
        return None


def _reason_of(told: CareView | None) -> Reason | None:
    """Why our include gave up; it knows better than any DialEnd."""
    if told is None or not told.reason:
        return None
    return REASON_OF_CARE.get(told.reason, Reason.UNREACHABLE)


def _new_legs(call: Call, before: frozenset[str]) -> list[Leg]:
    return [leg for channel in call.legs if channel.uniqueid not in before and (leg := call.leg(channel.uniqueid))]
