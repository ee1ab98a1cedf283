"""Which leg a command means. Most complaints about panels are about the wrong leg being moved, so the rules are
here, in one place:

* The operator asks somebody about a caller who waits meanwhile: the caller moves, never the one who is asked.
* The operator's extension is a party: the one it talks to moves; while the operator's phone still rings, the one
  who calls.
* The operator is not in it: who waits, is parked or calls moves. When two others talk, the outside party.
* Where several could be meant the command says so, and the operator names the party.
* A phone that still rings is never moved: Asterisk would tear it out of the Dial.

Pure functions over the picture; used by whatever moves or ends a leg.
"""

from __future__ import annotations

from gettext import gettext as _
from typing import Final, NamedTuple

from ami_worker.mirror import Call, CareView, Channel, ChannelState, Leg
from ami_worker.operations import outcomes
from ami_worker.operations.attempt import Attempt
from ami_worker.operations.intents import Ended, Reason, failed
from panel.vocabulary import CareKind


_MOVABLE: Final = (ChannelState.UP, ChannelState.RING)
"""Up, or calling and not answered yet. Anything else is a phone that is being dialled."""


class Move(NamedTuple):
    """The leg that moves, and the leg it leaves: its partner in a two-party bridge, by which Asterisk can transfer
    it.
    """

    channel: Channel
    partner: Channel | None


def own_leg(attempt: Attempt, call: Call) -> Leg | None:
    """The operator's leg in the call; of several the one that talks."""
    legs = [leg for channel in call.legs if attempt.is_own(channel) and (leg := call.leg(channel.uniqueid))]
    return next((leg for leg in legs if leg.peers), legs[0] if legs else None)


def to_move(attempt: Attempt, call: Call) -> Move:
    """The leg that a transfer or a park means. Raises Ended, with the reason in words, when there is none or there
    are several.
    """
    named = attempt.argument("party")
    leg = _named(attempt, call, named) if named else _meant(attempt, call)
    channel = leg.channel
    if channel.state not in _MOVABLE:
        text = _("%s has not answered yet") % attempt.who(channel)
        raise Ended(failed(Reason.WRONG_STATE, outcomes.first_letter_up(text), call.key))
    return Move(channel, _partner(attempt, leg))


def to_hang_up(attempt: Attempt, call: Call) -> Channel:
    """The party that is named, else the operator's own leg, else who began the call: with it the call ends."""
    named = attempt.argument("party")
    if named:
        return _named(attempt, call, named).channel
    mine = own_leg(attempt, call)
    channel = mine.channel if mine is not None else call.caller_leg()
    if channel is None:
        raise Ended(outcomes.call_ended(call.key))
    return channel


def named(attempt: Attempt, call: Call) -> Channel | None:
    """The party that is named; None when none is."""
    uniqueid = attempt.argument("party")
    return _named(attempt, call, uniqueid).channel if uniqueid else None


def _named(attempt: Attempt, call: Call, uniqueid: str) -> Leg:
    leg = call.leg(uniqueid)
    if leg is None:
        raise Ended(failed(Reason.CALL_ENDED, _("They are no longer in that call"), call.key))
    return leg


def in_care(attempt: Attempt, call: Call) -> list[tuple[Channel, CareView]]:
    """The parties of the call that our include keeps."""
    found = ((channel, attempt.mirror.care_of(channel)) for channel in call.legs)
    return [(channel, care) for channel, care in found if care is not None]


def asked_about(attempt: Attempt, call: Call) -> Leg | None:
    """The party that waits while the operator asks somebody about it."""
    own = attempt.mirror.extensions.get(attempt.intent.extension)
    for channel, care in in_care(attempt, call):
        if care.kind is CareKind.CONSULT and own is not None and care.operator == own.number:
            return call.leg(channel.uniqueid)
    return None


def _meant(attempt: Attempt, call: Call) -> Leg:
    waiting = asked_about(attempt, call)
    if waiting is not None:
        return waiting
    mine = own_leg(attempt, call)
    if mine is not None:
        return _other_than(attempt, call, mine)
    legs = [leg for channel in call.legs if (leg := call.leg(channel.uniqueid))]
    talking = [leg for leg in legs if leg.peers]
    if talking:
        return _only_outside(attempt, call, talking)
    caller = call.caller_leg()
    leg = call.leg(caller.uniqueid) if caller is not None else None
    if leg is None:
        raise Ended(outcomes.call_ended(call.key))
    return leg


def _other_than(attempt: Attempt, call: Call, mine: Leg) -> Leg:
    if mine.peers:
        peers = [leg for peer in mine.peers if (leg := peer.call.leg(peer.uniqueid))]
        return peers[0] if len(peers) == 1 else _only_outside(attempt, call, peers)
    others = [leg for channel in call.legs if not attempt.is_own(channel) and (leg := call.leg(channel.uniqueid))]
    if not others:
        raise Ended(failed(Reason.CALL_ENDED, _("There is nobody else in this call any more"), call.key))
    if mine.channel.role == "called":
        caller = call.caller_leg()
        return next((leg for leg in others if leg.channel is caller), others[0])
    return others[0]  # the operator is dialling: refused further on, for it has not answered


def _only_outside(attempt: Attempt, call: Call, legs: list[Leg]) -> Leg:
    outside = [leg for leg in legs if attempt.mirror.extension_of(leg.channel) is None]
    if len(outside) == 1:
        return outside[0]
    names = outcomes.persons_named(attempt.person(leg.channel) for leg in legs)
    raise Ended(failed(Reason.WHICH_PARTY, _("Choose which of them to move: %s") % names, call.key))


def _partner(attempt: Attempt, leg: Leg) -> Channel | None:
    """Only where the two share a bridge by themselves: through Local channels, or with a third one in it, a
    BlindTransfer moves others too.
    """
    if len(leg.peers) != 1 or leg.peers[0].bridge != leg.channel.bridge:
        return None
    return leg.peers[0]
