"""Each action's honest answer: what it does to the calls, and the words with which Asterisk refuses."""

from __future__ import annotations

import pytest

from tests.demo.plays import talk
from tests.demo.stage import Stage


@pytest.fixture
def stage() -> Stage:
    return Stage()


NOWHERE = "PJSIP/999-0000ffff"


@pytest.mark.parametrize(
    ("action", "headers", "message"),
    [
        ("Hangup", {}, "No channel specified"),
        ("Hangup", {"Channel": NOWHERE}, "No such channel"),
        ("Hangup", {"Channel": "/PJSIP"}, "Regex format invalid, Channel param should be /regex/"),
        ("CoreShowChannelMap", {}, "CoreShowChannelMap requires a channel."),
        ("CoreShowChannelMap", {"Channel": NOWHERE}, "Could not get channel snapshot"),
        ("Redirect", {}, "Channel not specified"),
        ("Redirect", {"Channel": NOWHERE, "Context": "x", "Exten": "1"}, "Priority not specified"),
        ("Redirect", {"Channel": NOWHERE, "Context": "x", "Exten": "1", "Priority": "0"}, "Priority is invalid"),
        (
            "Redirect",
            {"Channel": NOWHERE, "Context": "x", "Exten": "1", "Priority": "1"},
            f"Channel does not exist: {NOWHERE}",
        ),
        ("BlindTransfer", {"Channel": NOWHERE, "Exten": "1"}, "Channel specified does not exist"),
        ("BlindTransfer", {"Channel": NOWHERE}, "No extension specified"),
        ("Atxfer", {"Channel": NOWHERE, "Exten": "1"}, "Channel specified does not exist"),
        ("CancelAtxfer", {}, "No channel specified"),
        ("Bridge", {"Channel1": NOWHERE}, "Missing channel parameter in request"),
        ("Bridge", {"Channel1": NOWHERE, "Channel2": NOWHERE}, f"Channel1 does not exist: {NOWHERE}"),
        ("Park", {"Channel": NOWHERE}, f"Channel does not exist: {NOWHERE}"),
        ("Park", {"Channel": NOWHERE, "Timeout": "soon"}, "Invalid Timeout value."),
        ("PlayDTMF", {"Channel": NOWHERE, "Digit": "1"}, "Channel not found"),
        ("Setvar", {}, "No variable specified"),
        ("Setvar", {"Channel": NOWHERE, "Variable": "A"}, "No such channel"),
        ("Getvar", {"Channel": NOWHERE, "Variable": "A"}, "No such channel"),
        ("Originate", {}, "Channel not specified"),
        ("Originate", {"Channel": "201"}, "Invalid channel"),
        ("Originate", {"Channel": "PJSIP/201", "Timeout": "x"}, "Invalid timeout"),
        (
            "Originate",
            {"Channel": "PJSIP/201", "Context": "from-internal", "Exten": "299", "Priority": "1", "Async": "true"},
            "Extension does not exist.",
        ),
        ("Originate", {"Channel": "PJSIP/201", "ChannelId": "x" * 150}, "Uniqueid length exceeds maximum of 149"),
        ("QueueAdd", {"Queue": "front"}, "'Interface' not specified."),
        ("QueueAdd", {"Queue": "none", "Interface": "PJSIP/201"}, "Unable to add interface to queue: No such queue"),
        ("QueueAdd", {"Queue": "front", "Interface": "PJSIP/203"}, "Unable to add interface: Already there"),
        ("QueueRemove", {"Queue": "front", "Interface": "PJSIP/203"}, "Member not dynamic"),
        ("QueueRemove", {"Queue": "front", "Interface": "PJSIP/210"}, "Unable to remove interface: Not there"),
        ("QueuePause", {"Interface": "PJSIP/203"}, "Need 'Interface' and 'Paused' parameters."),
        ("QueuePause", {"Interface": "PJSIP/210", "Paused": "1"}, "Interface not found"),
        ("QueuePenalty", {"Interface": "PJSIP/210", "Penalty": "1"}, "Invalid interface, queuename or penalty"),
        (
            "QueueMemberRingInUse",
            {"Interface": "PJSIP/210", "RingInUse": "yes"},
            "Invalid interface, queuename, or ringinuse value",
        ),
        (
            "QueueChangePriorityCaller",
            {"Queue": "front", "Caller": NOWHERE, "Priority": "1"},
            "Unable to change priority caller on queue: No such caller",
        ),
        (
            "QueueWithdrawCaller",
            {"Queue": "none", "Caller": NOWHERE},
            "Unable to request withdraw from queue: No such queue",
        ),
        ("ConfbridgeList", {"Conference": "800"}, "No active conferences."),
        ("ConfbridgeLock", {}, "No Conference name provided."),
        ("ConfbridgeMute", {"Conference": "800"}, "No channel name provided."),
        ("BridgeInfo", {"BridgeUniqueid": "x"}, "Specified BridgeUniqueid not found"),
        ("DBGet", {"Family": "AMPUSER", "Key": "201/cidname"}, "Database entry not found"),
        ("ParkedCalls", {"ParkingLot": "other"}, "Requested parking lot could not be found."),
        ("ShowDialPlan", {"Context": "nowhere"}, "Did not find context nowhere"),
        ("ShowDialPlan", {"Context": "ext-local", "Extension": "299"}, "Did not find extension 299@ext-local"),
        ("MailboxCount", {}, "Mailbox not specified"),
    ],
)
def test_what_cannot_be_done_is_refused_in_the_words_of_asterisk(
    stage: Stage, action: str, headers: dict[str, str], message: str
) -> None:
    assert stage.refused(action, **headers) == message
    assert stage.events == []


def test_park_ends_its_message_with_a_stray_line_feed(stage: Stage) -> None:
    caller = talk(stage)
    assert "\n" in _text(stage, "Park", Channel=caller.name).replace("\r\n", "")


def _text(stage: Stage, action: str, **headers: str) -> str:
    from ami_worker.demo.actions import TABLE, Request

    return TABLE[action.lower()].perform(Request([("Action", action), *headers.items()], stage.pbx, stage.session))


def test_a_hangup_ends_the_whole_call(stage: Stage) -> None:
    caller = talk(stage)
    stage.ok("Hangup", Channel=caller.name, Cause="16")
    stage.wait()
    assert stage.empty
    assert stage.named("SoftHangupRequest")[0]["Channel"] == caller.name


def test_a_channel_that_is_ending_cannot_be_redirected(stage: Stage) -> None:
    caller = talk(stage)
    stage.hang_up(caller)
    headers = {"Context": "from-internal", "Exten": "202", "Priority": "1"}
    assert stage.refused("Redirect", Channel=caller.name, **headers) == "Redirect failed, channel not up."


def test_a_dual_redirect_moves_both_without_losing_one(stage: Stage) -> None:
    caller = talk(stage)
    mine = stage.channel("PJSIP/201").name
    place = {"Context": "from-internal", "Exten": "800", "Priority": "1"}
    stage.ok("Redirect", Channel=caller.name, ExtraChannel=mine, **place)
    stage.wait()
    assert stage.talking("PJSIP/itsp", "PJSIP/201")
    assert stage.pbx.truth()["rooms"] == {"800": sorted(stage.switch.channels)}


def test_a_redirected_callee_leaves_the_caller_behind(stage: Stage) -> None:
    talk(stage)
    mine = stage.channel("PJSIP/201").name
    stage.ok("Redirect", Channel=mine, Context="from-internal", Exten="800", Priority="1")
    stage.wait()
    assert [c.device for c in stage.switch.channels.values()] == ["PJSIP/201"]


def test_a_blind_transfer_needs_somebody_to_transfer(stage: Stage) -> None:
    caller = stage.call("5550108")
    stage.wait()
    assert stage.refused("BlindTransfer", Channel=caller.name, Exten="202") == "Transfer invalid"


def test_a_blind_transfer_moves_the_call_to_the_target(stage: Stage) -> None:
    talk(stage)
    stage.ok("BlindTransfer", Channel=stage.channel("PJSIP/201").name, Context="from-internal", Exten="202")
    stage.wait()
    stage.phone("202").answer()
    stage.wait()
    assert stage.talking("PJSIP/itsp", "PJSIP/202")


def test_an_atxfer_without_the_feature_is_acknowledged_and_does_nothing(stage: Stage) -> None:
    talk(stage)
    before = len(stage.events)
    answer = stage.ok("Atxfer", Channel=stage.channel("PJSIP/201").name, Context="from-internal", Exten="202")
    stage.wait()
    assert answer["Message"] == "Atxfer successfully queued"
    assert len(stage.events) == before


def test_a_cancelled_atxfer_brings_the_caller_back(stage: Stage) -> None:
    talk(stage, "5550103")
    mine = stage.channel("PJSIP/201").name
    stage.ok("Atxfer", Channel=mine, Context="from-internal", Exten="202")
    stage.wait()
    stage.phone("202").answer()
    stage.wait()
    stage.ok("CancelAtxfer", Channel=mine)
    stage.wait()
    assert stage.talking("PJSIP/itsp", "PJSIP/201")
    assert not stage.channel("PJSIP/itsp").music


def test_an_atxfer_to_somebody_who_does_not_answer_brings_the_caller_back(stage: Stage) -> None:
    talk(stage, "5550103")
    stage.ok("Atxfer", Channel=stage.channel("PJSIP/201").name, Context="from-internal", Exten="202")
    stage.wait(17)
    assert stage.talking("PJSIP/itsp", "PJSIP/201")


def test_click_to_dial_rings_the_operator_then_the_target(stage: Stage) -> None:
    place = {"Context": "from-internal", "Exten": "202", "Priority": "1"}
    stage.ok("Originate", Channel="PJSIP/201", Async="true", ChannelId="cordboard-1", **place)
    stage.wait()
    assert stage.channel("PJSIP/201").uniqueid == "cordboard-1"
    assert not stage.phone("202").channels
    stage.phone("201").answer()
    stage.wait()
    stage.phone("202").answer()
    stage.wait()
    assert stage.talking("PJSIP/201", "PJSIP/202")
    assert stage.named("OriginateResponse")[0]["Uniqueid"] == "cordboard-1"


def test_an_originate_to_a_phone_that_is_away_fails_with_reason_0_and_makes_no_channel(stage: Stage) -> None:
    stage.phone("201").unplug()
    place = {"Context": "from-internal", "Exten": "202", "Priority": "1"}
    stage.ok("Originate", Channel="PJSIP/201", Async="true", ChannelId="cordboard-2", **place)
    stage.wait()
    (response,) = stage.named("OriginateResponse")
    assert (response["Response"], response["Reason"], response["Uniqueid"]) == ("Failure", "0", "cordboard-2")
    assert not stage.named("Newchannel")


def test_an_application_that_needs_the_class_system_is_refused_without_it(stage: Stage) -> None:
    from ami_worker.demo.wire import ORIGINATE

    stage.session.write = ORIGINATE
    message = stage.refused("Originate", Channel="PJSIP/201", Application="System", Data="reboot")
    assert message == "Originate Access Forbidden: app or data blacklisted"
    message = stage.refused("Originate", Channel="PJSIP/201", Application="ChanSpy", Data="PJSIP/DBOX-1")
    assert message == "Originate Access Forbidden: app or data blacklisted"


def test_picking_up_too_late_ends_the_picker_s_call_and_harms_nobody(stage: Stage) -> None:
    talk(stage)
    target = stage.channel("PJSIP/201").uniqueid
    stage.ok("Originate", Channel="PJSIP/202", Application="PickupChan", Data=target, Async="true")
    stage.wait()
    stage.phone("202").answer()
    stage.wait()
    assert stage.talking("PJSIP/itsp", "PJSIP/201")
    assert not stage.phone("202").channels


def test_a_caller_who_is_withdrawn_leaves_the_queue_and_goes_on_in_the_dialplan(stage: Stage) -> None:
    caller = stage.call("5550101")
    stage.wait()
    stage.ok("QueueWithdrawCaller", Queue="front", Caller=caller.name, WithdrawInfo="taken")
    stage.wait()
    assert [event["Event"] for event in stage.events if event["Event"].startswith("QueueCaller")] == [
        "QueueCallerJoin",
        "QueueCallerAbandon",
        "QueueCallerLeave",
    ]
    assert stage.empty
    assert not stage.phone("203").channels


def test_a_higher_priority_moves_a_caller_to_the_front_without_any_event(stage: Stage) -> None:
    for member in ("203", "204"):
        stage.ok("QueuePause", Queue="front", Interface=f"PJSIP/{member}", Paused="yes")
    first, second = stage.call("5550101"), stage.call("5550101")
    stage.wait()
    before = len(stage.events)
    where = {"Queue": "front", "Caller": second.name, "Priority": "5"}
    stage.ok("QueueChangePriorityCaller", Immediate="yes", **where)
    entries = [item for item in stage.act("QueueStatus", Queue="front") if item.get("Event") == "QueueEntry"]
    assert [entry["Uniqueid"] for entry in entries] == [second.uniqueid, first.uniqueid]
    assert len(stage.events) == before


def test_a_paused_member_is_not_rung(stage: Stage) -> None:
    stage.ok("QueuePause", Queue="front", Interface="PJSIP/203", Paused="true", Reason="lunch")
    stage.call("5550101")
    stage.wait()
    assert not stage.phone("203").channels
    assert stage.phone("204").channels


def test_a_locked_room_lets_nobody_in(stage: Stage) -> None:
    stage.call("5550106")
    stage.wait()
    stage.ok("ConfbridgeLock", Conference="800")
    stage.phone("201").dial("800")
    stage.wait()
    assert not stage.phone("201").channels
    assert stage.act("ConfbridgeListRooms")[1]["Locked"] == "Yes"
    stage.ok("ConfbridgeUnlock", Conference="800")
    stage.phone("201").dial("800")
    stage.wait()
    assert stage.act("ConfbridgeListRooms")[1]["Parties"] == "2"


def test_a_full_parking_lot_refuses(stage: Stage) -> None:
    for _ in range(20):
        caller = stage.call("5550108")
        stage.wait(0.1)
        stage.ok("Park", Channel=caller.name, Timeout="90000")
    caller = stage.call("5550108")
    stage.wait(0.1)
    assert stage.refused("Park", Channel=caller.name) == "Park action failed"
    assert len(stage.act("ParkedCalls")) == 22


def test_setting_the_do_not_disturb_lamp_makes_the_phone_busy(stage: Stage) -> None:
    stage.ok("Setvar", Variable="DEVICE_STATE(Custom:DND202)", Value="BUSY")
    assert stage.pbx.truth()["hints"]["202"] == 2
    stage.phone("203").dial("202")
    stage.wait()
    assert stage.named("DialEnd")[0]["DialStatus"] == "BUSY"


def test_presence_is_set_and_told_with_escaped_text(stage: Stage) -> None:
    stage.ok("Setvar", Variable="PRESENCE_STATE(CustomPresence:202)", Value="away,,Back at 2?")
    assert stage.named("PresenceStateChange")[0]["Message"] == r"Back at 2\?"
    assert stage.named("PresenceStatus")[0]["Status"] == "away"


def test_departments_are_in_the_database(stage: Stage) -> None:
    answer = stage.act("DBGet", Family="CORDBOARD", Key="201/department")
    assert answer[1]["Val"] == "Reception"
    tree = stage.act("DBGetTree", Family="CORDBOARD")
    assert len(tree) == len(stage.pbx.phones) + 2
    assert tree[1]["Key"] == "/CORDBOARD/201/department"


def test_getvar_answers_for_channels_devices_and_the_dialplan(stage: Stage) -> None:
    caller = talk(stage)
    assert stage.ok("Getvar", Channel=caller.name, Variable="CHANNEL(state)")["Value"] == "Up"
    assert stage.ok("Getvar", Variable="DEVICE_STATE(PJSIP/201)")["Value"] == "INUSE"
    assert stage.ok("Getvar", Variable="HINT(201@ext-local)")["Value"] == "PJSIP/201&Custom:DND201"
    assert stage.ok("Getvar", Variable="DIALPLAN_EXISTS(cordboard-version,1,1)")["Value"] == "1"
    assert stage.ok("Getvar", Variable="DIALPLAN_EXISTS(from-internal,299,1)")["Value"] == "0"
    stage.ok("Setvar", Channel=caller.name, Variable="__CORDBOARD_OPERATOR", Value="201")
    assert stage.ok("Getvar", Channel=caller.name, Variable="CORDBOARD_OPERATOR")["Value"] == "201"


def test_names_with_quotes_are_escaped_in_events_and_plain_in_queue_entries(stage: Stage) -> None:
    for member in ("203", "204"):
        stage.ok("QueuePause", Queue="front", Interface=f"PJSIP/{member}", Paused="yes")
    stage.call("5550101", name="""Siân O'Brien "Sam"?""")
    stage.wait()
    assert stage.named("QueueCallerJoin")[0]["CallerIDName"] == r"Siân O\'Brien \"Sam\"\?"
    (entry,) = (item for item in stage.act("QueueStatus") if item.get("Event") == "QueueEntry")
    assert entry["CallerIDName"] == """Siân O'Brien "Sam"?"""
