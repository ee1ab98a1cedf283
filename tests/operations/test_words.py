"""Reason codes and sentences, without a PBX."""

from __future__ import annotations

import pytest

from ami_worker.ami.protocol import Message
from ami_worker.mirror import care
from ami_worker.operations import Intent, Reason, outcomes
from ami_worker.operations.claims import SETTLE_SECONDS, Claims
from ami_worker.operations.evidence import REMEMBERED, Evidence
from panel.vocabulary import CommandState, Person


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        # As Asterisk 16.28 and 22.10 said it.
        ("Channel does not exist: PJSIP/201-00000001", Reason.CALL_ENDED),
        ("Channel specified does not exist", Reason.CALL_ENDED),
        ("No such channel", Reason.CALL_ENDED),
        ("Park action failed\n", Reason.REFUSED),
        ("Transfer invalid", Reason.CALL_ENDED),
        ("Transfer not permitted", Reason.REFUSED),
        ("Permission denied", Reason.NO_PRIVILEGE),
        ("Originate Access Forbidden: app or data blacklisted", Reason.NO_PRIVILEGE),
        ("Originate Access Forbidden: Application", Reason.NO_PRIVILEGE),
        ("Invalid channel", Reason.NO_PHONE),
        ("Extension does not exist.", Reason.NO_SUCH_NUMBER),
        ("Invalid/unknown command: Park. Use Action: ListCommands to show available commands.", Reason.REFUSED),
        ("Something that no version has said yet", Reason.REFUSED),
        ("", Reason.REFUSED),
    ],
)
def test_what_asterisk_says_becomes_a_reason_and_a_sentence(said: str, reason: Reason) -> None:
    outcome = outcomes.refused(said, "call")
    assert (outcome.state, outcome.reason, outcome.call) == (CommandState.FAILED, reason, "call")
    assert outcome.text
    assert "\n" not in outcome.text
    assert "PJSIP/" not in outcome.text


def test_an_unknown_refusal_is_shown_in_asterisks_own_words() -> None:
    assert outcomes.refused("Moon in the wrong phase").text == "The PBX refused: Moon in the wrong phase"


@pytest.mark.parametrize(
    ("person", "called"),
    [
        (Person(name="Zofia", number="202", extension="202"), "Zofia (202)"),
        (Person(name="", number="202", extension="202"), "202"),
        (Person(name="Jan Novák", number="+48600111222", extension=""), "Jan Novák"),
        (Person(name="", number="+48600111222", extension=""), "+48600111222"),
        (Person(name="", number="", extension=""), "the caller"),
    ],
)
def test_people_are_named_as_the_board_names_them(person: Person, called: str) -> None:
    assert outcomes.person_named(person) == called


@pytest.mark.parametrize("word", sorted({*outcomes.REASON_OF_CARE, *care._REASONS}))
def test_why_a_caller_came_back_is_the_same_code_on_the_row_and_on_the_receipt(word: str) -> None:
    reason = outcomes.REASON_OF_CARE[word]
    assert care._REASONS.get(word, Reason.UNREACHABLE) == reason
    for is_phone in (True, False):
        assert "Zofia (202)" in outcomes.why_not("Zofia (202)", reason, is_phone=is_phone)


def test_a_sentence_begins_with_a_capital_but_a_name_stays_as_it_is_written() -> None:
    assert outcomes.hung_up("the caller").text == "The caller hung up"
    assert outcomes.hung_up("van Dyck").text == "van Dyck hung up"


def intent(name: str, operator: str) -> Intent:
    return Intent(f"{name} by {operator}", name, {}, operator, operator.title(), "", True)


def test_what_is_claimed_is_free_again_when_it_failed_and_a_moment_later_when_it_was_done() -> None:
    now = 100.0
    claims = Claims(lambda: now)
    first, second = intent("transfer", "maria"), intent("transfer", "jan")
    assert claims.take(first, ["call"]) is None
    assert claims.take(second, ["other", "call"]) == outcomes.Outcome(
        CommandState.FAILED, Reason.BUSY_CALL, "Maria is already transferring this call", ""
    )
    assert claims.take(intent("park", "eva"), ["other"]) is None, "a claim of several things takes all or none"
    claims.release(first, settled=False)
    assert claims.take(second, ["call"]) is None
    claims.release(second, settled=True)
    refusal = claims.take(first, ["call"])
    assert refusal is not None
    assert refusal.text == "Jan has just transferred this call"
    now += SETTLE_SECONDS
    assert claims.take(first, ["call"]) is None


def test_what_names_the_new_state_may_follow_at_once() -> None:
    claims = Claims(lambda: 100.0)
    claims.take(intent("park", "maria"), ["call"])
    claims.release(intent("park", "maria"), settled=True)
    assert claims.take(intent("unpark", "jan"), ["call"]) is None
    claims.release(intent("unpark", "jan"), settled=True)
    assert claims.take(intent("hangup", "jan"), ["call"]) is None, "the same operator may go on with something else"


def test_evidence_forgets_what_is_old() -> None:
    evidence = Evidence()
    for number in range(2 * REMEMBERED):
        evidence.hear(Message.of([("Event", "Hangup"), ("Uniqueid", f"1.{number}"), ("Cause", "17")]))
        evidence.hear(Message.of([("Event", "DialEnd"), ("DestUniqueid", f"2.{number}"), ("DialStatus", "ANSWER")]))
    assert len(evidence.hangups) == REMEMBERED
    assert evidence.hangups[f"1.{2 * REMEMBERED - 1}"] == 17
    assert len(evidence.dials) == 0, "an originated call has nobody on whose behalf was dialled"
