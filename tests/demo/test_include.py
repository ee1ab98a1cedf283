"""The demo's own version of the dialplan include: the same contexts as the file that is shipped, and no caller lost."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ami_worker.demo.care import SETTINGS
from tests.demo.plays import talk
from tests.demo.stage import Stage


INCLUDE = Path(__file__).parents[2] / "ami_worker" / "asterisk" / "extensions_cordboard.conf"
SHARED = {
    f"cordboard-{name}"
    for name in ("settings", "enter", "care", "music", "ring", "talk", "waiting", "ask", "asked", "left", "first")
}
"""Parts that the others use; nobody is sent there."""


@pytest.fixture
def stage() -> Stage:
    return Stage()


def transfer(stage: Stage, to: str, context: str = "cordboard-transfer", operator: str = "201") -> None:
    """What the panel does."""
    caller = stage.channel("PJSIP/itsp").name
    if operator:
        stage.ok("Setvar", Channel=caller, Variable="__CORDBOARD_OPERATOR", Value=operator)
    stage.ok("BlindTransfer", Channel=stage.channel("PJSIP/201").name, Context=context, Exten=to)
    stage.wait()


def test_the_demo_has_the_contexts_and_settings_of_the_shipped_file(stage: Stage) -> None:
    text = INCLUDE.read_text()
    contexts = set(re.findall(r"^\[(cordboard-[a-z]+)\]", text, re.MULTILINE)) - SHARED
    assert contexts == {name for name in stage.pbx.dialplan.contexts if name.startswith("cordboard-")} - SHARED
    section = text.partition("\n[cordboard-settings]\n")[2].partition("\n[")[0]
    settings = dict(re.findall(r"Set\(CORDBOARD_([A-Z_]+)=([^)]*)\)\)$", section, re.MULTILINE))
    assert settings == SETTINGS


def test_every_context_takes_the_extensions_that_the_shipped_file_takes(stage: Stage) -> None:
    for context, exten in re.findall(
        r"^\[(cordboard-[a-z]+)\]\n(?:;.*\n)*exten => ([^,]+),1", INCLUDE.read_text(), re.M
    ):
        if context not in SHARED:
            assert exten in {rule.exten for rule in stage.pbx.dialplan.contexts[context].rules()}, context


def test_without_the_include_its_contexts_are_not_there() -> None:
    stage = Stage(include=False)
    assert stage.ok("Getvar", Variable="DIALPLAN_EXISTS(cordboard-version,1,1)")["Value"] == "0"
    assert stage.refused("ShowDialPlan", Context="cordboard-transfer") == "Did not find context cordboard-transfer"


def test_a_transfer_that_is_answered_stays_there(stage: Stage) -> None:
    talk(stage)
    transfer(stage, "202")
    stage.phone("202").answer()
    stage.wait()
    assert stage.talking("PJSIP/itsp", "PJSIP/202")


@pytest.mark.parametrize("operator", ["201", ""])
def test_a_transfer_that_nobody_answers_comes_back_to_the_operator(stage: Stage, operator: str) -> None:
    talk(stage)
    transfer(stage, "202", operator=operator)
    stage.wait(26)
    assert not stage.phone("202").channels
    (back,) = stage.phone("201").channels
    assert back.connected_name == "Back: Jan Novák"
    stage.phone("201").answer()
    stage.wait()
    assert stage.talking("PJSIP/itsp", "PJSIP/201")


def test_a_transfer_to_a_phone_that_is_not_to_be_disturbed_comes_back_at_once(stage: Stage) -> None:
    stage.phone("202").set_dnd(True)
    talk(stage)
    transfer(stage, "202")
    assert not stage.phone("202").channels
    assert stage.phone("201").channels


def test_an_operator_who_never_takes_the_call_back_gets_a_message(stage: Stage) -> None:
    talk(stage)
    transfer(stage, "202")
    stage.wait(26 + 5 * 30 + 4 * 10)
    caller = stage.channel("PJSIP/itsp")
    assert (caller.app, caller.appdata) == ("VoiceMail", "201@default,us")
    stage.wait(5)
    stage.hang_up(caller)
    stage.wait()
    assert stage.pbx.truth()["mailboxes"]["201"] == (1, 0)


def test_settings_are_global_variables(stage: Stage) -> None:
    stage.ok("Setvar", Variable="CORDBOARD_TRANSFER_TIMEOUT", Value="2")
    talk(stage)
    transfer(stage, "202")
    stage.wait(2)
    assert stage.phone("201").channels


def test_a_caller_on_hold_hears_music_and_comes_back_in_time(stage: Stage) -> None:
    talk(stage)
    transfer(stage, "201", "cordboard-hold")
    assert stage.channel("PJSIP/itsp").music
    stage.wait(120)
    assert stage.phone("201").channels
    stage.phone("201").answer()
    stage.wait()
    assert stage.talking("PJSIP/itsp", "PJSIP/201")


def consult(stage: Stage) -> None:
    """The caller waits, the operator asks 202."""
    caller = talk(stage)
    mine = stage.channel("PJSIP/201").name
    stage.ok("Setvar", Channel=mine, Variable="CORDBOARD_CALLER", Value=caller.name)
    places = {"Context": "cordboard-hold", "Exten": "201", "Priority": "1"}
    extra = {"ExtraContext": "cordboard-consult", "ExtraExten": "202", "ExtraPriority": "1"}
    stage.ok("Redirect", Channel=caller.name, ExtraChannel=mine, **places, **extra)
    stage.wait()


def test_a_consultation_is_completed_by_bridging_caller_and_target(stage: Stage) -> None:
    consult(stage)
    stage.phone("202").answer()
    stage.wait()
    target, caller = stage.channel("PJSIP/202").name, stage.channel("PJSIP/itsp").name
    stage.ok("Bridge", Channel1=target, Channel2=caller)
    stage.wait()
    assert stage.talking("PJSIP/itsp", "PJSIP/202")
    assert not stage.phone("201").channels


def test_a_target_who_hangs_up_leaves_the_operator_with_the_caller(stage: Stage) -> None:
    consult(stage)
    stage.phone("202").answer()
    stage.wait()
    stage.phone("202").hangup()
    stage.wait()
    assert stage.talking("PJSIP/itsp", "PJSIP/201")


def test_an_operator_who_hangs_up_while_consulting_is_called_back(stage: Stage) -> None:
    consult(stage)
    stage.phone("201").hangup()
    stage.wait(4)
    (back,) = stage.phone("201").channels
    assert back.dialled_by is stage.channel("PJSIP/itsp")


def test_camping_on_waits_until_the_target_is_free(stage: Stage) -> None:
    stage.phone("202").dial("210")
    talk(stage)
    transfer(stage, "202", "cordboard-camp")
    stage.wait(5)
    assert len(stage.phone("202").channels) == 1
    stage.phone("202").hangup()
    stage.wait(3)
    stage.phone("202").answer()
    stage.wait()
    assert stage.talking("PJSIP/itsp", "PJSIP/202")


def test_a_message_goes_to_the_mailbox_and_an_unknown_box_comes_back(stage: Stage) -> None:
    talk(stage)
    transfer(stage, "202", "cordboard-voicemail")
    assert stage.channel("PJSIP/itsp").app == "VoiceMail"
    stage.wait(5)
    stage.hang_up(stage.channel("PJSIP/itsp"))
    stage.wait()
    assert stage.named("MessageWaiting")[-1]["Mailbox"] == "202@default"
    talk(stage)
    transfer(stage, "299", "cordboard-voicemail")
    assert stage.phone("201").channels


def test_listening_to_a_call_is_told_and_ends_with_it(stage: Stage) -> None:
    talk(stage)
    target = stage.channel("PJSIP/201").name
    place = {"Context": "cordboard-spy", "Exten": "listen", "Priority": "1", "Variable": f"CORDBOARD_SPY={target}"}
    stage.ok("Originate", Channel="PJSIP/210", Async="true", **place)
    stage.wait()
    stage.phone("210").answer()
    stage.wait()
    assert stage.named("ChanSpyStart")[0]["SpyeeChannel"] == target
    stage.phone("201").hangup()
    stage.wait()
    assert stage.named("ChanSpyStop")
    assert stage.empty


def test_picking_up_through_the_include(stage: Stage) -> None:
    stage.call("5550100")
    stage.wait()
    target = stage.channel("PJSIP/201").uniqueid
    place = {"Context": "cordboard-pickup", "Exten": "s", "Priority": "1", "Variable": f"CORDBOARD_PICKUP={target}"}
    stage.ok("Originate", Channel="PJSIP/202", Async="true", **place)
    stage.wait()
    stage.phone("202").answer()
    stage.wait()
    assert stage.talking("PJSIP/itsp", "PJSIP/202")
