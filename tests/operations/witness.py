"""The history of a day of queues beside Asterisk's own `queue_log`, call by call, and the sums of both.

Used by test_queue_day.py, the tests of whole processes and the benchmark `passages`. The log has whole seconds, and
does not know of moves: who is redirected out of a queue is `abandoned` there.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from tests.rig.queue_log import Logged


Row = Mapping[str, Any]

AS_LOGGED: Final = {"moved": ("abandoned",), "left": ("timeout",)}
"""What the log says of some outcomes. A caller whose time is over is `left` until a list of channels has shown how long
Queue() lets callers wait there.
"""

APART_SECONDS: Final = 1.5
"""How far two clocks of which one counts whole seconds may be apart."""
HALF_A_SECOND: Final = 0.5
"""What a time that was cut to whole seconds lacks on the average."""


@dataclass
class Verdict:
    """What became of each passage that the log has, and of each that the history has."""

    apart: float = APART_SECONDS
    equal: int = 0
    different: list[str] = field(default_factory=list)
    unexplained: int = 0
    """Let go by the queue, and nothing told that their time was over: the one outcome that no event tells apart."""
    incomplete: int = 0
    """Marked so. What they say of how the wait ended, and who answered, is what the log says."""
    unseen: list[Logged] = field(default_factory=list)
    """In the log alone."""
    invented: list[Row] = field(default_factory=list)
    """In the history alone."""

    def take(self, row: Row, there: Logged) -> None:
        """One that both have."""
        if wrong := differences(row, there, self.apart):
            self.different.append(f"{row['queue']} {row['uniqueid']}: {', '.join(wrong)}")
        elif row["is_complete"]:
            self.equal += 1
            self.unexplained += row["outcome"] != there.outcome and row["outcome"] == "left"
        else:
            self.incomplete += 1


def compare(rows: Iterable[Row], log: Iterable[Logged], stalled: float = 0.0) -> Verdict:
    """Each passage beside the one of the same caller through the same queue, in their order; where one of them was not
    seen, beside the one that began at the same time. Times may be late by the seconds for which nobody came to listen
    (`stalled`).
    """
    verdict = Verdict(APART_SECONDS + stalled)
    logged: dict[tuple[str, str], list[Logged]] = defaultdict(list)
    kept: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for each in log:
        logged[each.uniqueid, each.queue].append(each)
    for row in sorted(rows, key=lambda row: row["joined_at"]):
        kept[row["uniqueid"], row["queue"]].append(row)
    for who, here in kept.items():
        there = logged.pop(who, [])
        pairs = list(zip(here, there, strict=True)) if len(here) == len(there) else _by_time(here, there, verdict.apart)
        for row, same in pairs:
            verdict.take(row, same)
        verdict.invented += [row for row in here if all(row is not other for other, _ in pairs)]
        verdict.unseen += [each for each in there if all(each is not other for _, other in pairs)]
    verdict.unseen += [each for left in logged.values() for each in left]
    return verdict


def _by_time(here: Iterable[Row], there: Iterable[Logged], apart: float) -> list[tuple[Row, Logged]]:
    """Who is sent back into the queue may join it twice in one second of the log: of those that the times do not tell
    apart, the one that is most alike.
    """
    pairs, left = [], list(there)
    for row in sorted(here, key=lambda row: not row["is_complete"]):
        if left:
            same = min(left, key=partial(_unlike, row, apart))
            left.remove(same)
            pairs.append((row, same))
    return pairs


def _unlike(row: Row, apart: float, there: Logged) -> tuple[float, float]:
    """The less, the more likely it is the same passage."""
    off = abs(there.joined_at + HALF_A_SECOND - row["joined_at"])
    return (len(differences(row, there, apart)) if off < apart else math.inf), off


def differences(row: Row, there: Logged, apart: float = APART_SECONDS) -> list[str]:
    """Where a passage is told otherwise than in the log; of one that is not complete, how it ended and who answered."""
    outcome, found = row["outcome"], []
    alike = {outcome, *AS_LOGGED.get(outcome, ())}
    if there.outcome not in alike and not (outcome == "unknown" and not row["is_complete"]):
        found.append(f"outcome {row['outcome']}, logged {there.outcome}")
    if row["agent"] and there.agent not in (row["agent_name"], row["agent"]):
        found.append(f"answered by {row['agent']}, logged {there.agent}")
    if row["is_complete"] and row["ended_by"] != there.ended_by:
        found.append(f"ended by {row['ended_by']}, logged {there.ended_by}")
    return found + _differences_of_times(row, there, apart) if row["is_complete"] else found


def _differences_of_times(row: Row, there: Logged, apart: float) -> list[str]:
    found = []
    times = [("joined", row["joined_at"], there.joined_at)]
    if row["left_at"] is not None:
        times.append(("waited", row["left_at"] - row["joined_at"], there.waited))
    if row["talk_ended_at"] is not None:
        times.append(("talked until", row["talk_ended_at"], there.talk_ended_at or 0))
    for what, here, logged in times:
        if abs(here - logged) >= apart:
            found.append(f"{what} {here:.1f}, logged {logged}")
    if row["rings_without_answer"] != there.rings:
        found.append(f"{row['rings_without_answer']} rings, logged {there.rings}")
    return found


def sums(passages: Iterable[Logged], moved: Iterable[Row]) -> Counter[str]:
    """What a day adds up to by the log, in the words of a queue's row. `moved` are the rows of those who were
    redirected, which the log calls abandoned.
    """
    found: Counter[str] = Counter()
    for each in passages:
        found["offered_today"] += 1
        found["answered_today"] += each.outcome == "answered"
        found["talks_today"] += each.talk_ended_at is not None
        found["abandoned_today"] += each.outcome == "abandoned"
        found["lost_today"] += each.outcome in ("abandoned", "timeout", "left")
        found["moved_today"] += each.outcome == "withdrawn"
    for _ in moved:
        found.update(abandoned_today=-1, lost_today=-1, moved_today=1)
    return found


def wrong_days(queues: Mapping[str, Row], rows: Sequence[Row], log: Sequence[Logged]) -> list[str]:
    """The queues (rows by name) whose figures of today are not what the log adds up to, where all was seen."""
    wrong = []
    for name, queue in queues.items():
        moved = [row for row in rows if row["queue"] == name and row["outcome"] == "moved"]
        expected = sums([each for each in log if each.queue == name], moved)
        shown = {figure: queue[figure] for figure in expected}
        if shown != dict(expected):
            wrong.append(f"{name}: {shown}, logged {dict(expected)}")
    return wrong
