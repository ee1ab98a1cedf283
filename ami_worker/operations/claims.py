"""One command at a time on one call, and on one operator's phone: who is at it, and what they are doing.

`Operations` alone uses it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from gettext import gettext as _
from typing import Final, NamedTuple

from ami_worker.operations.intents import Intent, Outcome, Reason, done, failed


SETTLE_SECONDS: Final = 1.0
"""For so long after a command was done, one that was given on the picture of before is refused. Two operators may send
the same call to two people within the blink of an eye, and the faster the PBX, the sooner the first one is through.
"""

_BLIND: Final = frozenset({"transfer", "serial", "camp", "voicemail", "enqueue", "confer", "hold", "park", "hangup"})
"""What can be done to a call wherever it is, and so hits the wrong place on an old picture. The others (unpark, pickup,
take, retrieve and the rest) name a state that the call must be in.
"""

_TAKES_BACK: Final = {
    "retrieve": frozenset({"transfer", "serial", "camp", "voicemail", "enqueue", "hold"}),
    "cancel": frozenset({"consult"}),
    "complete": frozenset({"consult"}),
    "listen_end": frozenset({"listen", "whisper", "barge"}),
}
"""What an operator may do about a command of their own that is still at work. As soon as its action has been sent,
nothing is left of it but to see what comes of it, which takes seconds where the target's phone is slow to ring; and
that is when a wrong transfer is noticed.
"""

WORDS: Final = {
    "call": (_("dialling"), _("dialled")),
    "hangup": (_("hanging up this call"), _("hung up this call")),
    "transfer": (_("transferring this call"), _("transferred this call")),
    "serial": (_("sending this call on"), _("sent this call on")),
    "camp": (_("camping this caller on"), _("camped this caller on")),
    "voicemail": (_("sending this caller to a mailbox"), _("sent this caller to a mailbox")),
    "enqueue": (_("sending this caller into a queue"), _("sent this caller into a queue")),
    "confer": (_("sending this caller into a conference"), _("sent this caller into a conference")),
    "hold": (_("putting this call on hold"), _("put this call on hold")),
    "retrieve": (_("fetching this call back"), _("fetched this call back")),
    "consult": (_("asking somebody about this call"), _("asked somebody about this call")),
    "complete": (_("connecting this call"), _("connected this call")),
    "cancel": (_("going back to this caller"), _("gone back to this caller")),
    "swap": (_("swapping"), _("swapped")),
    "join": (_("bringing all three together"), _("brought all three together")),
    "record": (_("recording this call"), _("begun to record this call")),
    "answer": (_("answering this call"), _("answered this call")),
    "park": (_("parking this call"), _("parked this call")),
    "unpark": (_("taking this call back"), _("taken this call back")),
    "pickup": (_("picking up this call"), _("picked up this call")),
    "take": (_("taking this caller"), _("taken this caller")),
    **dict.fromkeys(
        (
            *("agent_pause", "agent_unpause", "agent_add", "agent_remove", "agent_penalty", "agent_ringinuse"),
            *("agent_login", "agent_logout", "agent_borrow", "agent_return", "undo"),
        ),
        (_("changing this member of the queue"), _("changed this member of the queue")),
    ),
    "advance": (_("moving this caller up"), _("moved this caller up")),
    "listen": (_("beginning to listen"), _("begun to listen")),
    "whisper": (_("beginning to whisper"), _("begun to whisper")),
    "barge": (_("joining in"), _("joined in")),
    "listen_end": (_("ending your listening"), _("ended your listening")),
    "listen_stop": (_("ending this listening"), _("ended this listening")),
    "withdraw": (_("letting this caller out of the queue"), _("let this caller out of the queue")),
}
"""Command → what somebody is doing, and what somebody has done."""


class _Claim(NamedTuple):
    intent: Intent
    until: float | None
    """When it is over; None while the command is at work."""
    is_sent: bool = False
    """Its action is with the PBX."""


class Claims:
    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._held: dict[str, _Claim] = {}
        self._left_off: dict[str, Outcome] = {}

    def take(self, intent: Intent, keys: Iterable[str]) -> Outcome | None:
        """Claim all of these, or none and say who has one of them."""
        keys = list(keys)
        now = self._now()
        self._held = {key: claim for key, claim in self._held.items() if claim.until is None or claim.until > now}
        for key in keys:
            claim = self._held.get(key)
            if claim is not None and claim.intent.key != intent.key and not _may_follow(claim, intent):
                return _refusal(claim, intent)
        for key in keys:
            earlier = self._held.get(key)
            if earlier is not None and earlier.intent.key != intent.key and earlier.until is None:
                self._left_off[earlier.intent.key] = _left_off(intent, key)
            self._held[key] = _Claim(intent, None)
        return None

    def sent(self, intent: Intent) -> None:
        """Its action is on the way to the PBX."""
        for key, claim in self._held.items():
            if claim.intent.key == intent.key:
                self._held[key] = claim._replace(is_sent=True)

    def left_off(self, intent: Intent) -> Outcome | None:
        """How the command has ended, if the same operator has gone on with another one meanwhile."""
        return self._left_off.get(intent.key)

    def release(self, intent: Intent, *, settled: bool) -> list[str]:
        """The command has ended; `settled` when it changed something that others may not have seen yet. Returns what it
        had.
        """
        self._left_off.pop(intent.key, None)
        until = self._now() + SETTLE_SECONDS
        held = [key for key, claim in self._held.items() if claim.intent.key == intent.key]
        for key in held:
            claim = self._held.pop(key)
            if settled:
                self._held[key] = claim._replace(until=until)
        return held


def _may_follow(claim: _Claim, intent: Intent) -> bool:
    """What names the new state may follow at once, and so may the same operator with something else; while it is at
    work, only what takes it back.
    """
    earlier = claim.intent
    if claim.until is None:
        taken_back = _TAKES_BACK.get(intent.name, frozenset())
        return claim.is_sent and earlier.operator == intent.operator and earlier.name in taken_back
    return intent.name not in _BLIND or (earlier.operator == intent.operator and earlier.name != intent.name)


def _left_off(later: Intent, call: str) -> Outcome:
    return done(_("Left off: you are %s") % WORDS[later.name][0], call)


def _refusal(claim: _Claim, intent: Intent) -> Outcome:
    earlier = claim.intent
    doing, has_done = WORDS.get(earlier.name, (_("working on this call"), _("worked on this call")))
    mine = earlier.operator == intent.operator
    who = earlier.operator_name or earlier.operator
    if claim.until is None:
        text = (
            _("You are already %s") % doing
            if mine
            else _("%(who)s is already %(doing)s") % {"who": who, "doing": doing}
        )
    else:
        text = (
            _("You have just %s") % has_done
            if mine
            else _("%(who)s has just %(done)s") % {"who": who, "done": has_done}
        )
    return failed(Reason.BUSY_CALL, text)
