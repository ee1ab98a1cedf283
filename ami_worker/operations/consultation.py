"""The pieces of a consultation: who waits with music, the operator's leg, and whom the operator asks meanwhile.

They are found by what stands on the channels, never by memory: a worker that has just been started finds them as well.
Our include keeps the one who waits; `CORDBOARD_CALLER` on the operator's leg names that channel as long as it waits for
this operator. Used by consult, completing and concluding.
"""

from __future__ import annotations

import asyncio
from gettext import gettext as _
from typing import Final, NamedTuple, TypedDict

from ami_worker.ami import actions
from ami_worker.mirror import Call, CareView, Channel, ChannelState, Extension
from ami_worker.operations import legs, outcomes, routes
from ami_worker.operations.attempt import Attempt
from ami_worker.operations.intents import Ended, Outcome, Reason, done, failed
from panel.vocabulary import CareKind


WAITING_FOR: Final = "CORDBOARD_CALLER"
"""On the operator's leg: the name of the channel that waits. The include empties it when it connects the two."""

WAITS_INSTEAD: Final = "CORDBOARD_OTHER"
"""On the operator's leg, for `cordboard-rejoin`: who waits from then on."""

SETTLED_SECONDS: Final = 2.0
"""How long it may be neither here nor there with the one who is asked: the include itself takes half a second."""

_DIALLED: Final = "CORDBOARD_TARGET"
"""On the operator's leg: the number that it asks."""


class Consultation(NamedTuple):
    held: Channel
    own: Channel
    other: Channel | None
    """Whom the operator talks to, or whose phone rings; None while there is nobody yet."""
    talks: bool
    """Whether the operator talks to the other one, who else rings."""
    number: str
    """As it was dialled for the one who is asked; empty while nobody is."""
    is_swapped: bool
    """The one who waits is the one who was asked."""

    @property
    def rings(self) -> bool:
        return self.other is not None and not self.talks

    @property
    def is_between(self) -> bool:
        """It has been dialled and does not ring yet, or has answered and does not talk yet, or has just failed."""
        if self.other is None:
            return bool(self.number)
        return self.rings and self.other.state == ChannelState.UP

    @property
    def asked(self) -> Channel | None:
        return self.held if self.is_swapped else self.other

    @property
    def caller(self) -> Channel | None:
        return self.other if self.is_swapped else self.held


async def find(attempt: Attempt) -> Consultation:
    """The operator's consultation that the argument `call` belongs to. Raises Ended, and says what there is instead."""
    call = attempt.call()
    found = await look_for(attempt, call)
    if found is not None and found.is_between:
        await _settled(attempt, found)
        found = await look_for(attempt, call)
    if found is not None:
        return found
    raise Ended(await _instead(attempt, call))


async def _settled(attempt: Attempt, found: Consultation) -> None:
    """Wait until the one who is asked rings or talks, or the operator has the one who waits again."""

    def look() -> Outcome | None:
        channels = attempt.mirror.channels
        gone = found.own.uniqueid not in channels or found.held.uniqueid not in channels
        there = found._replace(**_now_with(attempt, found.own))
        return done("") if gone or not there.is_between else None

    await attempt.expect(look, SETTLED_SECONDS, lambda: done(""))


async def look_for(attempt: Attempt, call: Call) -> Consultation | None:
    """The same, or None. Raises Ended when it is another operator's, or the PBX does not answer."""
    phone = attempt.mirror.extensions.get(attempt.intent.extension)
    if phone is None:
        raise Ended(outcomes.no_phone(attempt.intent.extension))
    kept = _kept(attempt, call, phone)
    _refuse_if_anothers(attempt, call, phone)
    if not kept:
        return None
    named = await asyncio.gather(*(_names_on(attempt, leg) for leg in _up(attempt, phone)))
    for own, waiting, number in named:
        for held, care in kept:
            if call not in (held.call, own.call):
                continue  # the operator's phone talks with several, and asks about another of them
            if waiting and waiting in (held.name, held.former_name) and held.uniqueid in attempt.mirror.channels:
                is_swapped = care.kind is CareKind.HOLD
                return Consultation(held, own, **_now_with(attempt, own), number=number, is_swapped=is_swapped)
    return None


def _kept(attempt: Attempt, call: Call, phone: Extension) -> list[tuple[Channel, CareView]]:
    """Who may be the one who waits: kept for this operator in that call, or in any that shares the operator's leg.

    `hold` is how the one who was asked waits after a swap.
    """
    kinds = (CareKind.CONSULT, CareKind.HOLD)
    calls = [call]
    if any(attempt.is_own(leg) for leg in call.legs):
        calls += [other for other in attempt.mirror.calls.values() if other is not call]
    return [
        (channel, care)
        for each in calls
        for channel, care in legs.in_care(attempt, each)
        if care.kind in kinds and care.operator == phone.number
    ]


def _refuse_if_anothers(attempt: Attempt, call: Call, phone: Extension) -> None:
    for channel, care in legs.in_care(attempt, call):
        if care.kind is CareKind.CONSULT and care.operator != phone.number:
            operator = attempt.mirror.extension_with(care.operator)
            name = outcomes.extension_named(operator) if operator is not None else care.operator
            text = _("%(operator)s is asking somebody about %(who)s")
            words = {"operator": name, "who": attempt.who(channel)}
            raise Ended(failed(Reason.BUSY_CALL, text % words, call.key))


def _up(attempt: Attempt, phone: Extension) -> list[Channel]:
    return [leg for leg in attempt.mirror.channels_of(phone) if leg.state == ChannelState.UP]


async def _names_on(attempt: Attempt, own: Channel) -> tuple[Channel, str, str]:
    """The leg, the name of the channel that waits for it, and the number that it asks."""
    answers = await asyncio.gather(
        *(attempt.ask(actions.getvar(variable, own.name)) for variable in (WAITING_FOR, _DIALLED))
    )
    if any(answer is None for answer in answers):
        raise Ended(outcomes.no_reply_yet())
    waiting, number = (answer.get("Value") if answer is not None and answer.ok else "" for answer in answers)
    return own, waiting, number


class _With(TypedDict):
    other: Channel | None
    talks: bool


def _now_with(attempt: Attempt, own: Channel) -> _With:
    """Whom the operator's leg talks to or rings."""
    heard = attempt.mirror.peers_of(own)
    found = heard or attempt.mirror.dialled_by(own)
    return _With(other=found[0] if found else None, talks=bool(heard))


async def _instead(attempt: Attempt, call: Call) -> Outcome:
    """Why there is no consultation: what has become of it, as far as the picture shows."""
    mine = legs.own_leg(attempt, call)
    for channel, care in legs.in_care(attempt, call):
        if care.kind in (CareKind.CONSULT, CareKind.RETURN):
            text = _("Your phone has left this call; it will ring with %s again") % attempt.who(channel)
            return failed(Reason.WRONG_STATE, text, call.key)
    if mine is not None and mine.peers:
        peers = outcomes.persons_named(map(attempt.person, mine.peers))
        _own, waiting, _number = await _names_on(attempt, mine.channel)
        if waiting and attempt.mirror.channel_named(waiting) is None:
            text = _("The caller has hung up; you are talking to %s") % peers
            return failed(Reason.CALL_ENDED, text, call.key)
        return failed(Reason.WRONG_STATE, _("You are talking to %s, and nobody waits") % peers, call.key)
    talking = [leg for channel in call.legs if (leg := call.leg(channel.uniqueid)) is not None and leg.peers]
    if len(talking) > 1:
        names = outcomes.persons_named(attempt.person(leg.channel) for leg in talking)
        return failed(Reason.WRONG_STATE, outcomes.first_letter_up(_("%s are talking") % names), call.key)
    return failed(Reason.WRONG_STATE, _("You are not asking anybody about this call"), call.key)


# --- for what is done with it ----------------------------------------------------------------------------------------


async def claimed(attempt: Attempt) -> Consultation:
    """The operator's consultation, for this command alone. Raises Ended."""
    routes.require_include(attempt)
    attempt.claim(attempt.call().key)
    now = await find(attempt)
    attempt.claim(now.held.call.key, now.own.call.key)
    return now


def own_number(attempt: Attempt) -> str:
    """Of the operator's extension, which there is: the consultation was found by it."""
    return attempt.mirror.extensions[attempt.intent.extension].number


def talking(attempt: Attempt, now: Consultation) -> Channel:
    """Whom the operator talks to. Raises Ended when nobody has answered yet."""
    if now.other is not None and now.talks:
        return now.other
    if now.other is None:
        raise Ended(failed(Reason.WRONG_STATE, _("You are not asking anybody yet"), now.held.call.key))
    text = outcomes.first_letter_up(_("%s has not answered yet") % attempt.who(now.other))
    raise Ended(failed(Reason.WRONG_STATE, text, now.held.call.key))


def unchanged(attempt: Attempt, now: Consultation) -> Consultation:
    """While the PBX was told, the call went on. Raises Ended when somebody has left."""
    channels = attempt.mirror.channels
    for each in (now.held, now.other, now.own):
        if each is not None and each.uniqueid not in channels:
            text = _("Somebody has hung up meanwhile; look at the board and try again")
            raise Ended(failed(Reason.CALL_ENDED, text, now.held.call.key))
    peers = attempt.mirror.peers_of(now.own)
    if attempt.mirror.peers_of(now.held) or (now.talks and now.other not in peers):
        text = _("The call has changed meanwhile; look at the board and try again")
        raise Ended(failed(Reason.WRONG_STATE, text, now.held.call.key))
    return now


class Sequel:
    """What becomes of a consultation: the names of those who take part, as they were before, and where they are now."""

    def __init__(self, attempt: Attempt, now: Consultation) -> None:
        self._attempt = attempt
        self._own = now.own
        self.held = attempt.who(now.held)
        self.other = attempt.who(now.other) if now.other is not None else ""
        self.call = now.held.call.key

    def together(self, one: Channel, two: Channel) -> bool:
        """Whether these two hear each other."""
        return any(peer.uniqueid == two.uniqueid for peer in self._attempt.mirror.peers_of(one))

    def is_coming_back(self, held: Channel) -> bool:
        """Whether our include brings that party back to the operator."""
        care = self._attempt.mirror.care_of(held)
        return care is not None and care.kind is CareKind.RETURN

    def ended(self, channel: Channel, who: str) -> Outcome | None:
        """That this one has hung up, once it has."""
        return outcomes.hung_up(who, self.call) if channel.uniqueid not in self._attempt.mirror.channels else None

    def own_ended(self) -> Outcome | None:
        """That the operator's phone has, once it has: our include brings the one who waits back to it."""
        if self._own.uniqueid in self._attempt.mirror.channels:
            return None
        text = _("Your phone has hung up; it will ring with %s again") % self.held
        return failed(Reason.CALL_ENDED, text, self.call)

    def nothing(self) -> Outcome:
        """At the deadline, when nothing of it is to be seen."""
        return outcomes.nothing_happened(self.held, self.call)
