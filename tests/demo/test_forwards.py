"""What the demo shows of forwards is what becomes of a call there; our include rings the phone all the same."""

from __future__ import annotations

import pytest

from ami_worker.demo.office import FORWARDS, make_office
from tests.demo.stage import Stage


@pytest.fixture
def stage() -> Stage:
    """The office in which two people forward, where unanswered phones have a mailbox."""
    return Stage(make_office(60), natural=True)


def test_the_database_has_the_forwards_of_an_office_that_has_these_people(stage: Stage) -> None:
    for tree, number, to in FORWARDS:
        _first, item, end = stage.act("DBGetTree", Family=tree)
        assert (item["Key"], item["Val"], end["ListItems"]) == (f"/{tree}/{number}", to, "1")
    assert Stage(make_office(10)).act("DBGetTree", Family="CF")[1]["ListItems"] == "0"


def test_a_call_to_somebody_who_forwards_all_calls_rings_at_the_colleague(stage: Stage) -> None:
    stage.phone("210").dial("254")
    stage.wait()
    assert not stage.phone("254").channels
    stage.phone("253").answer()
    stage.wait()
    assert stage.talking("PJSIP/210", "PJSIP/253")


def test_a_forward_when_busy_is_followed_when_busy_alone(stage: Stage) -> None:
    stage.phone("210").dial("233")
    stage.wait()
    assert stage.phone("233").ringing
    stage.phone("233").reject()
    stage.wait()
    stage.phone("234").answer()
    stage.wait()
    assert stage.talking("PJSIP/210", "PJSIP/234")


def test_a_forward_when_busy_leaves_an_unanswered_call_to_the_mailbox(stage: Stage) -> None:
    stage.phone("210").dial("233")
    stage.wait(21)
    assert not stage.phone("234").channels
    assert stage.channel("PJSIP/210").app == "VoiceMail"


def test_a_forward_when_nobody_answers_is_followed_then(stage: Stage) -> None:
    stage.pbx.database["/CFU/235"] = "236"
    stage.phone("210").dial("235")
    stage.wait(21)
    assert stage.phone("236").ringing


def test_two_who_forward_to_each_other_do_not_play_ball(stage: Stage) -> None:
    stage.pbx.database["/CF/253"] = "254"
    stage.phone("210").dial("254")
    stage.wait()
    assert stage.phone("253").ringing


def test_a_transfer_by_the_include_rings_the_phone_itself(stage: Stage) -> None:
    stage.phone("210").dial("211")
    stage.wait()
    stage.phone("211").answer()
    stage.wait()
    caller = stage.channel("PJSIP/211").name
    stage.ok("BlindTransfer", Channel=caller, Context="cordboard-transfer", Exten="254")
    stage.wait()
    assert stage.phone("254").ringing
    assert not stage.phone("253").channels
