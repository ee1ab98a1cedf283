"""Transfers with faults at random points: what can be thrown, and how a story can end. `players.py` plays them, for
test_nobody_is_lost.py and for the benchmark `lost`.

A caller talks with an operator, who sends them somewhere, while something goes wrong. Nobody hangs up on purpose but
those who were asked, and those of whom the story says so.
"""

from __future__ import annotations

import random
from typing import Final, NamedTuple

from ami_worker.operations import Outcome
from tests.rig.floor import Desk


SHORT: Final = {
    f"CORDBOARD_{name}": "2"
    for name in ("TRANSFER_TIMEOUT", "HOLD_TIMEOUT", "CAMP_TIMEOUT", "QUEUE_TIMEOUT", "DESK_TIMEOUT", "RETURN_TIMEOUT")
} | {"CORDBOARD_RETURN_PAUSE": "1"}
"""Settings of the include under which nobody has to wait long for the end of a story."""

DESK: Final = Desk("201", "202", "205", "front", "801", "5550100", "")
"""The one of the small office, on each kind of PBX."""

WAYS: Final = (
    "transfer to", "transfer to", "serial to", "hold", "camp to", "enqueue", "voicemail to", "confer", "park",
    "consult to", "consult to", "consult",
)  # fmt: skip
THEN: Final = (
    "", "", "complete", "cancel", "swap", "join", "retrieve", "transfer to colleague", "consult to colleague", "hold",
)  # fmt: skip
"""What the operator does next, if anything."""
THEN_AFTER: Final = {"enqueue": ("take",), "park": ("unpark",)}
"""What is done often after that, and to no other call."""
OF_ANOTHER: Final = ("transfer to", "retrieve", "hold", "park", "camp to")
"""What a second operator, the colleague, does with the same call."""

ANSWERS, ANSWERS_LATE, ANSWERS_AND_LEAVES = "answers", "answers late", "answers and hangs up"
RINGS, BUSY, VANISHES, REJECTS = "rings", "is busy", "vanishes", "rejects"
MANNERS: Final = (RINGS, ANSWERS, ANSWERS, ANSWERS_LATE, ANSWERS_AND_LEAVES, BUSY, VANISHES, REJECTS)
"""What the target does."""

NONE: Final = "none"
CUT, SILENT = "cut at ", "silent from "
KILLED, REPLACED = "killed", "killed and replaced"
"""The worker's commands end in the middle; after that nobody, or the next worker, does what the operator wants next."""
ANOTHER_OPERATOR: Final = "another operator"
TWO_KEYS: Final = "two keys at once"
CALLER_LEAVES, OPERATOR_LEAVES = "the caller hangs up", "the operator hangs up"
OPERATOR_WITHOUT_POWER: Final = "the operator's phone goes dead"
FAULTS: Final = (
    NONE, *(CUT + action for action in ("Getvar", "Setvar", "BlindTransfer", "Redirect", "Hangup")),
    *(SILENT + action for action in ("Setvar", "BlindTransfer", "Redirect")),
    KILLED, KILLED, REPLACED, REPLACED, ANOTHER_OPERATOR, ANOTHER_OPERATOR, TWO_KEYS, CALLER_LEAVES,
    OPERATOR_LEAVES, OPERATOR_LEAVES, OPERATOR_WITHOUT_POWER,
)  # fmt: skip

OFTEN: Final = 5
LONGEST: Final = 40
"""Events of the first command's beginning, middle and end, mostly."""


class Story(NamedTuple):
    """One transfer, as it was thrown."""

    way: str
    then: str
    of_another: str
    """Done by a second operator, where there is one."""
    manner: str
    colleague_answers: bool
    fault: str
    moment: int
    """After how many events it happens: the panel is killed, somebody hangs up, the second key is pressed."""
    pause: int
    """How many events the target takes to answer, to decline, to vanish or to hang up."""

    @classmethod
    def throw(cls, dice: random.Random) -> Story:
        way = dice.choice(WAYS)
        return cls(
            way,
            dice.choice(THEN + THEN_AFTER.get(way, ()) * OFTEN),
            dice.choice(OF_ANOTHER),
            dice.choice(MANNERS),
            dice.random() < 0.5,
            dice.choice(FAULTS),
            dice.randrange(1, LONGEST),
            dice.randrange(LONGEST),
        )


class Ending(NamedTuple):
    story: Story
    outcomes: tuple[Outcome, ...]
    where: str
    """Where the caller is at last, as the PBX says, or why they are rightly gone; empty when lost."""
    lost: str
    """How the caller was lost; empty when not."""
