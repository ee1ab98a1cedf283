"""One command at a time on one call, and on one operator's phone: who is at it, and what they are doing.

`Operations` alone uses it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from gettext import gettext as _
from typing import Final, NamedTuple

from ami_worker.operations.intents import Intent, Outcome, Reason, failed


SETTLE_SECONDS: Final = 1.0
"""For so long after a command was done, one that was given on the picture of before is refused. Two operators may send
the same call to two people within the blink of an eye, and the faster the PBX, the sooner the first one is through.
"""

_BLIND: Final = frozenset({"transfer", "park", "hangup"})
"""What can be done to a call wherever it is, and so hits the wrong place on an old picture. The others (unpark, pickup,
take) name a state that the call must be in.
"""

_WORDS: Final = {
    "call": (_("dialling"), _("dialled")),
    "hangup": (_("hanging up this call"), _("hung up this call")),
    "transfer": (_("transferring this call"), _("transferred this call")),
    "park": (_("parking this call"), _("parked this call")),
    "unpark": (_("taking this call back"), _("taken this call back")),
    "pickup": (_("picking up this call"), _("picked up this call")),
    "take": (_("taking this caller"), _("taken this caller")),
}
"""Command → what somebody is doing, and what somebody has done."""


class _Claim(NamedTuple):
    intent: Intent
    until: float | None
    """When it is over; None while the command is at work."""


class Claims:
    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._held: dict[str, _Claim] = {}

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
            self._held[key] = _Claim(intent, None)
        return None

    def release(self, intent: Intent, *, settled: bool) -> None:
        """The command has ended; `settled` when it changed something that others may not have seen yet."""
        until = self._now() + SETTLE_SECONDS
        for key, claim in list(self._held.items()):
            if claim.intent.key == intent.key:
                if settled:
                    self._held[key] = claim._replace(until=until)
                else:
                    del self._held[key]


def _may_follow(claim: _Claim, intent: Intent) -> bool:
    """What names the new state may follow at once, and so may the same operator with something else."""
    if claim.until is None:
        return False
    earlier = claim.intent
    return intent.name not in _BLIND or (earlier.operator == intent.operator and earlier.name != intent.name)


def _refusal(claim: _Claim, intent: Intent) -> Outcome:
    earlier = claim.intent
    doing, done = _WORDS.get(earlier.name, (_("working on this call"), _("worked on this call")))
    mine = earlier.operator == intent.operator
    who = earlier.operator_name or earlier.operator
    if claim.until is None:
        text = (
            _("You are already %s") % doing
            if mine
            else _("%(who)s is already %(doing)s") % {"who": who, "doing": doing}
        )
    else:
        text = _("You have just %s") % done if mine else _("%(who)s has just %(done)s") % {"who": who, "done": done}
    return failed(Reason.BUSY_CALL, text)
