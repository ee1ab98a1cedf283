"""Who keeps a party, and to whom it goes back: what the text of CORDBOARD_CARE means, and when it holds.

Pure functions, used inside the mirror; `marks.py` keeps what they read.

Care ends when it is told empty, with the channel, and, whatever variable stays behind, when the party has somebody to
talk to; only a serial call and a stay in a conference go on. Entering a bridge ends it, not being in one: the worker
marks a party before it takes it out of its bridge. Until that is seen, the care is kept and not shown.
"""

from __future__ import annotations

import re
from typing import Final

from ami_worker.mirror.entities import CareView, Channel
from ami_worker.mirror.persons import nobody, person_dialled
from ami_worker.mirror.topology import peers_of
from ami_worker.mirror.world import World
from panel.vocabulary import Care, CareKind, Person, utc


_NUMBER: Final = re.compile(r"[\w.+*#@-]{0,64}", re.ASCII)
_WORD: Final = re.compile(r"\w{0,32}", re.ASCII)
_EPOCH: Final = re.compile(r"[0-9]{1,11}(\.[0-9]{1,6})?")
_KINDS: Final = {kind.value: kind for kind in CareKind}
_OUTLASTS_TALK: Final = frozenset({CareKind.SERIAL, CareKind.CONFERENCE})

CLOCK_SECONDS: Final = 1.5
"""What the whole seconds of the PBX may be away from our time."""

WITH_MUSIC: Final = frozenset({CareKind.HOLD, CareKind.CONSULT, CareKind.CAMP, CareKind.RETURN})
"""Kinds in which the party hears music while nobody rings for it."""

ON_THE_WAY: Final = frozenset({CareKind.TRANSFER, CareKind.SERIAL, CareKind.TAKE})
"""Kinds in which somebody is about to ring for it."""

_REASONS: Final = {
    "BUSY": "busy",
    "NOANSWER": "no_answer",
    "CANCEL": "no_answer",
    "CHANUNAVAIL": "not_registered",
    "CONGESTION": "rejected",
    "REJECTED": "rejected",
    "DONTCALL": "rejected",
    "TORTURE": "rejected",
    "DND": "do_not_disturb",
    "TIMEOUT": "too_long",
    "SERIAL": "next_person",
    "EMPTY": "nobody_there",
    "NOMAILBOX": "no_mailbox",
    "ROOM": "room_closed",
}
"""The include's word for why a party came back (mostly DIALSTATUS) → a code of ami_worker/operations/intents.Reason."""


def care_in(value: str, since: float, clock_offset: float) -> CareView | None:
    """`kind,operator,target,reason,until,since`, the last two as seconds of the PBX's clock; None for anything else.

    `since` is when it begins if the text does not say, or says the same in whole seconds.
    """
    word, *rest = value.split(",")
    kind = _KINDS.get(word)
    if kind is None or len(rest) > 5:
        return None
    operator, target, reason, until, begun = (*rest, "", "", "", "", "")[:5]
    if not (_NUMBER.fullmatch(operator) and _NUMBER.fullmatch(target) and _WORD.fullmatch(reason)):
        return None
    return CareView(
        kind,
        operator,
        target,
        reason,
        _since(begun, since, clock_offset),
        float(until) - clock_offset if _EPOCH.fullmatch(until) else None,
    )


def _since(begun: str, told: float, clock_offset: float) -> float:
    at = float(begun) - clock_offset if _EPOCH.fullmatch(begun) else told
    return told if abs(told - at) < CLOCK_SECONDS else at


def code_of(reason: str) -> str:
    """A code of `intents.Reason` for the include's word; a word that is new here is not lost on the operator."""
    return _REASONS.get(reason, "unreachable" if reason else "")


def shown_care(world: World, channel: Channel) -> CareView | None:
    """The care in which it is now; None while it talks or is parked."""
    care = channel.care
    return care if care is not None and is_in_force(world, channel, care) else None


def is_in_force(world: World, channel: Channel, care: CareView) -> bool:
    return channel.uniqueid not in world.parked and not is_over(world, channel, care)


def is_over(world: World, channel: Channel, care: CareView) -> bool:
    """Whether it has found somebody to talk to."""
    return care.kind not in _OUTLASTS_TALK and bool(peers_of(world, channel))


def party_of(world: World, channel: Channel) -> Channel | None:
    """Who is meant by a channel in care: itself, or who is behind it when it is a half of a Local channel."""
    if channel.is_leg:
        return channel
    half = channel.other_half
    return next(iter(peers_of(world, half)), None) if half is not None else None


def person_meant(world: World, number: str) -> Person:
    return person_dialled(world, number) if number else nobody()


def care_row(world: World, party: Channel, care: CareView) -> Care:
    return Care(
        kind=care.kind,
        party=party.uniqueid,
        operator=person_meant(world, care.operator),
        target=person_meant(world, care.target),
        reason=code_of(care.reason),
        since_at=utc(care.since),
        until_at=None if care.until is None else utc(care.until),
    )
