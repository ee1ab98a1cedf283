"""The sentence that says why a caller was lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from panel.history.models import Outcome, Passage
from panel.lost.reasons import logged_in, why


AT = datetime(2026, 6, 1, 10, 42, tzinfo=UTC)


def passage(
    outcome: str = Outcome.ABANDONED, seconds: float = 95, is_complete: bool = True, **staff: object
) -> Passage:
    left_at = AT + timedelta(seconds=seconds)
    return Passage(outcome=outcome, joined_at=AT, left_at=left_at, staff=staff, is_complete=is_complete)


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (passage(), "Hung up after 1:35. Nobody was logged in."),
        (passage(seconds=3, free=["Anna"]), "Hung up at once, after 0:03. Free, but not ringing: Anna."),
        (passage(paused=["Anna"]), "Hung up after 1:35. The only one there was paused."),
        (passage(paused=["Anna", "Bo"], offline=["Cy"]), "Hung up after 1:35. Nobody was there who was not paused."),
        (passage(offline=["Anna", "Bo"]), "Hung up after 1:35. All phones were away."),
        (passage(ringing=["Anna"], busy=["Bo"]), "Hung up after 1:35. It was ringing at Anna."),
        (
            passage(busy=["Anna", "Bo"], paused=["Cy"]),
            "Hung up after 1:35. Everybody who was not paused was on a call.",
        ),
        (passage(busy=["Anna"]), "Hung up after 1:35. The only one there was on a call."),
        (passage(free=list("ABCDE")), "Hung up after 1:35. Free, but not ringing: A, B, C and 2 more."),
        (
            passage(Outcome.TIMEOUT, seconds=300, busy=["Anna"]),
            "Waited 5:00, as long as the queue allows. The only one there was on a call.",
        ),
        (
            passage(Outcome.LEFT, seconds=20),
            "Left the queue after 0:20 by a key, or was sent away by it. Nobody was logged in.",
        ),
        (passage(is_complete=False), "Hung up after 1:35. Who was there was not seen."),
        (passage(paused="nonsense", busy=None), "Hung up after 1:35. Nobody was logged in."),
    ],
)
def test_the_sentence_says_how_it_ended_and_what_the_members_did(row: Passage, sentence: str) -> None:
    assert why(row) == sentence


def test_who_is_in_two_states_was_logged_in_once() -> None:
    assert logged_in(passage(ringing=["Anna"], busy=["Anna", "Bo"])) == ["Anna", "Bo"]
