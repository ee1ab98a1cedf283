"""The exact bytes of every action that the panel can send, and the values that none of them takes."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from pathlib import Path

import pytest

from ami_worker.ami import actions
from ami_worker.ami.actions import Action
from ami_worker.ami.protocol import encode


CHANNEL = "PJSIP/201-0000001f"
OTHER = "PJSIP/trunk-00000020"

# Each line is one action as it goes over the wire, without Action and ActionID; `|` stands for a line's end, `¦` for
# `|`.
GOLDEN: list[tuple[Action, str]] = [
    (actions.challenge(), "Challenge|AuthType: MD5"),
    (
        actions.login_md5("panel", "secret", "171234567", "system,call,agent"),
        "Login|Username: panel|AuthType: MD5|Key: cc3749dac6b313627ae8ed3444afcb19|Events: system,call,agent",
    ),
    (actions.login("panel", "s3cret", "off"), "Login|Username: panel|Secret: s3cret|Events: off"),
    (actions.logoff(), "Logoff"),
    (actions.ping(), "Ping"),
    (actions.list_commands(), "ListCommands"),
    (actions.core_status(), "CoreStatus"),
    (actions.core_settings(), "CoreSettings"),
    (actions.core_show_channels(), "CoreShowChannels"),
    (actions.status(["CORDBOARD_CARE", "CORDBOARD_NOTE"]), "Status|Variables: CORDBOARD_CARE,CORDBOARD_NOTE"),
    (actions.queue_status(), "QueueStatus"),
    (actions.queue_status("Sales & Support"), "QueueStatus|Queue: Sales & Support"),
    (actions.queue_summary(), "QueueSummary"),
    (actions.queue_summary("sales"), "QueueSummary|Queue: sales"),
    (actions.parked_calls(), "ParkedCalls"),
    (actions.parked_calls("default"), "ParkedCalls|ParkingLot: default"),
    (actions.parkinglots(), "Parkinglots"),
    (actions.confbridge_list_rooms(), "ConfbridgeListRooms"),
    (actions.confbridge_list("8001"), "ConfbridgeList|Conference: 8001"),
    (actions.device_state_list(), "DeviceStateList"),
    (actions.extension_state_list(), "ExtensionStateList"),
    (actions.presence_state_list(), "PresenceStateList"),
    (actions.voicemail_users_list(), "VoicemailUsersList"),
    (actions.mailbox_count("201@default"), "MailboxCount|Mailbox: 201@default"),
    (actions.pjsip_show_registrations_outbound(), "PJSIPShowRegistrationsOutbound"),
    (actions.iax_registry(), "IAXregistry"),
    (actions.agents(), "Agents"),
    (actions.db_get("CFU", "201"), "DBGet|Family: CFU|Key: 201"),
    (actions.db_get_tree("DND"), "DBGetTree|Family: DND"),
    (actions.db_get_tree("AMPUSER", "201"), "DBGetTree|Family: AMPUSER|Key: 201"),
    (actions.getvar("CHANNEL(state)", CHANNEL), f"Getvar|Channel: {CHANNEL}|Variable: CHANNEL(state)"),
    (actions.getvar("SYSTEMNAME"), "Getvar|Variable: SYSTEMNAME"),
    (actions.bridge_info("5d1f-0c"), "BridgeInfo|BridgeUniqueid: 5d1f-0c"),
    (actions.show_dialplan("cordboard-hold"), "ShowDialPlan|Context: cordboard-hold"),
    (actions.show_dialplan("internal", "300"), "ShowDialPlan|Context: internal|Extension: 300"),
    (
        actions.originate("PJSIP/201", "cordboard-call", "300", channel_id="cb-1"),
        "Originate|Channel: PJSIP/201|Context: cordboard-call|Exten: 300|Priority: 1|Timeout: 30000|Async: true"
        "|ChannelId: cb-1",
    ),
    (
        actions.originate(
            "Local/201@internal/n",
            "cordboard-call",
            "+442079460000",
            channel_id="cb-1",
            other_channel_id="cb-2",
            caller_id=("Alice O'Brien", "201"),
            timeout=20,
            variables={"PJSIP_HEADER(add,Alert-Info)": "<http://x>;info=alert-autoanswer", "__CORDBOARD_MODE": "spy"},
        ),
        "Originate|Channel: Local/201@internal/n|Context: cordboard-call|Exten: +442079460000|Priority: 1"
        '|Timeout: 20000|CallerID: "Alice O\'Brien" <201>|Async: true|ChannelId: cb-1|OtherChannelId: cb-2'
        "|Variable: PJSIP_HEADER(add,Alert-Info)=<http://x>;info=alert-autoanswer|Variable: __CORDBOARD_MODE=spy",
    ),
    (
        actions.originate_pickup("PJSIP/201", "1767225600.31", channel_id="cb-1"),
        "Originate|Channel: PJSIP/201|Application: PickupChan|Data: 1767225600.31|Timeout: 30000|Async: true"
        "|ChannelId: cb-1",
    ),
    (
        actions.originate_pickup(
            "PJSIP/201", "1767225600.31", channel_id="cb-1", connected_line=("Jan O’Brien", "+48600111222")
        ),
        "Originate|Channel: PJSIP/201|Application: PickupChan|Data: 1767225600.31|Timeout: 30000|Async: true"
        "|ChannelId: cb-1|Variable: CONNECTEDLINE(num,i)=+48600111222|Variable: CONNECTEDLINE(name,i)=Jan O’Brien",
    ),
    (
        actions.originate_parked("PJSIP/201", "default", 701, channel_id="cb-1", caller_id=("", "701")),
        "Originate|Channel: PJSIP/201|Application: ParkedCall|Data: default,701|Timeout: 30000"
        '|CallerID: "" <701>|Async: true|ChannelId: cb-1',
    ),
    (actions.hangup(CHANNEL), f"Hangup|Channel: {CHANNEL}|Cause: 16"),
    (actions.hangup(CHANNEL, 21), f"Hangup|Channel: {CHANNEL}|Cause: 21"),
    (
        actions.redirect(CHANNEL, "cordboard-hold", "s"),
        f"Redirect|Channel: {CHANNEL}|Context: cordboard-hold|Exten: s|Priority: 1",
    ),
    (
        actions.redirect(CHANNEL, "cordboard-conf", "8001", extra_channel=OTHER),
        f"Redirect|Channel: {CHANNEL}|Context: cordboard-conf|Exten: 8001|Priority: 1|ExtraChannel: {OTHER}",
    ),
    (
        actions.redirect(
            CHANNEL, "cordboard-consult", "300", 2, extra_channel=OTHER, extra_context="cordboard-hold", extra_exten="s"
        ),
        f"Redirect|Channel: {CHANNEL}|Context: cordboard-consult|Exten: 300|Priority: 2|ExtraChannel: {OTHER}"
        "|ExtraContext: cordboard-hold|ExtraExten: s|ExtraPriority: 1",
    ),
    (
        actions.blind_transfer(CHANNEL, "internal", "300"),
        f"BlindTransfer|Channel: {CHANNEL}|Context: internal|Exten: 300",
    ),
    (actions.atxfer(CHANNEL, "internal", "300"), f"Atxfer|Channel: {CHANNEL}|Context: internal|Exten: 300"),
    (actions.cancel_atxfer(CHANNEL), f"CancelAtxfer|Channel: {CHANNEL}"),
    (actions.bridge(CHANNEL, OTHER), f"Bridge|Channel1: {CHANNEL}|Channel2: {OTHER}"),
    (actions.park(OTHER), f"Park|Channel: {OTHER}"),
    (
        actions.park(OTHER, timeout_channel=CHANNEL, lot="default", timeout=45, space=701),
        f"Park|Channel: {OTHER}|TimeoutChannel: {CHANNEL}|Timeout: 45000|Parkinglot: default|ParkingSpace: 701",
    ),
    (actions.play_dtmf(CHANNEL, "#"), f"PlayDTMF|Channel: {CHANNEL}|Digit: #"),
    (
        actions.play_dtmf(CHANNEL, "4", receive=True, duration=0.25),
        f"PlayDTMF|Channel: {CHANNEL}|Digit: 4|Duration: 250|Receive: true",
    ),
    (actions.setvar("CORDBOARD_SYNC", "a1"), "Setvar|Variable: CORDBOARD_SYNC|Value: a1"),
    (actions.setvar("CORDBOARD_X", "", CHANNEL), f"Setvar|Channel: {CHANNEL}|Variable: CORDBOARD_X|Value: "),
    (actions.mute_audio(CHANNEL, "in", True), f"Setvar|Channel: {CHANNEL}|Variable: MUTEAUDIO(in)|Value: on"),
    (actions.mute_audio(CHANNEL, "all", False), f"Setvar|Channel: {CHANNEL}|Variable: MUTEAUDIO(all)|Value: off"),
    (
        actions.set_device_state("Custom:DND201", "BUSY"),
        "Setvar|Variable: DEVICE_STATE(Custom:DND201)|Value: BUSY",
    ),
    (
        actions.set_presence("CustomPresence:201", "away", "Back at noon"),
        "Setvar|Variable: PRESENCE_STATE(CustomPresence:201)|Value: away,,Back at noon",
    ),
    (
        actions.set_care(CHANNEL, "consult,201,0044*9,,1767225600"),
        f"Setvar|Channel: {CHANNEL}|Variable: CORDBOARD_CARE|Value: consult,201,0044*9,,1767225600",
    ),
    (
        actions.set_note(CHANNEL, "Ana (desk)", "Wants 3, not 2: {call} back; ${BEFORE} 5"),
        f"Setvar|Channel: {CHANNEL}|Variable: __CORDBOARD_NOTE"
        "|Value: Ana (desk)¦Wants 3, not 2: {call} back; ${BEFORE} 5",
    ),
    (actions.mix_monitor_mute(CHANNEL, True), f"MixMonitorMute|Channel: {CHANNEL}|Direction: both|State: 1"),
    (actions.mix_monitor_mute(CHANNEL, False), f"MixMonitorMute|Channel: {CHANNEL}|Direction: both|State: 0"),
    (actions.confbridge_mute("8001", CHANNEL), f"ConfbridgeMute|Conference: 8001|Channel: {CHANNEL}"),
    (actions.confbridge_unmute("8001", CHANNEL), f"ConfbridgeUnmute|Conference: 8001|Channel: {CHANNEL}"),
    (actions.confbridge_kick("8001", CHANNEL), f"ConfbridgeKick|Conference: 8001|Channel: {CHANNEL}"),
    (actions.confbridge_lock("8001"), "ConfbridgeLock|Conference: 8001"),
    (actions.confbridge_unlock("8001"), "ConfbridgeUnlock|Conference: 8001"),
    (
        actions.queue_add("sales", "PJSIP/201", member_name="Alice", state_interface="hint:201@hints", penalty=2),
        "QueueAdd|Queue: sales|Interface: PJSIP/201|Penalty: 2|Paused: no|MemberName: Alice"
        "|StateInterface: hint:201@hints",
    ),
    (actions.queue_remove("sales", "Local/201@agents/n"), "QueueRemove|Queue: sales|Interface: Local/201@agents/n"),
    (
        actions.queue_pause("sales", "PJSIP/201", True, "Lunch (back at 1)"),
        "QueuePause|Queue: sales|Interface: PJSIP/201|Paused: yes|Reason: Lunch (back at 1)",
    ),
    (
        actions.queue_pause("sales", "PJSIP/201", False),
        "QueuePause|Queue: sales|Interface: PJSIP/201|Paused: no",
    ),
    (
        actions.queue_penalty("sales", "PJSIP/201", 0),
        "QueuePenalty|Queue: sales|Interface: PJSIP/201|Penalty: 0",
    ),
    (
        actions.queue_member_ring_in_use("sales", "PJSIP/201", False),
        "QueueMemberRingInUse|Queue: sales|Interface: PJSIP/201|RingInUse: no",
    ),
    (
        actions.queue_change_priority_caller("sales", OTHER, 10),
        f"QueueChangePriorityCaller|Queue: sales|Caller: {OTHER}|Priority: 10|Immediate: yes",
    ),
    (
        actions.queue_withdraw_caller("sales", OTHER, "to 201"),
        f"QueueWithdrawCaller|Queue: sales|Caller: {OTHER}|WithdrawInfo: to 201",
    ),
    (actions.pjsip_notify(CHANNEL, "talk"), f"PJSIPNotify|Channel: {CHANNEL}|Variable: Event=talk"),
    (
        actions.pjsip_notify(CHANNEL, "hold", {"Subscription-State": "active"}),
        f"PJSIPNotify|Channel: {CHANNEL}|Variable: Event=hold|Variable: Subscription-State=active",
    ),
]

CONSTRUCTORS: dict[str, Callable[..., Action]] = {
    name: getattr(actions, name) for name in actions.__all__ if inspect.isfunction(getattr(actions, name))
}
LISTS = {
    "Agents", "BridgeInfo", "ConfbridgeList", "ConfbridgeListRooms", "CoreShowChannels", "DBGet", "DBGetTree",
    "DeviceStateList", "ExtensionStateList", "IAXregistry", "ParkedCalls", "Parkinglots",
    "PJSIPShowRegistrationsOutbound", "PresenceStateList", "QueueStatus", "QueueSummary", "ShowDialPlan",
    "Status", "VoicemailUsersList",
}  # fmt: skip


@pytest.mark.parametrize(("action", "wire"), GOLDEN, ids=[wire.replace("|", " ")[:60] for _, wire in GOLDEN])
def test_the_bytes_of_an_action(action: Action, wire: str) -> None:
    name, *lines = wire.split("|")
    lines = [line.replace("¦", "|") for line in lines]
    expected = "".join(f"{line}\r\n" for line in [f"Action: {name}", "ActionID: 1", *lines]) + "\r\n"
    assert encode(action.name, action.headers, "1").decode() == expected
    assert action.is_list == (name in LISTS)


def test_every_constructor_has_its_bytes_written_down() -> None:
    tree = ast.parse(Path(__file__).read_text())
    (golden,) = (
        node for node in ast.walk(tree) if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "GOLDEN"
    )
    called = {ast.unparse(node.func) for node in ast.walk(golden) if isinstance(node, ast.Call)}
    assert {f"actions.{name}" for name in CONSTRUCTORS} <= called


def test_no_action_can_run_a_program_or_wants_a_wide_privilege() -> None:
    forbidden = {
        "Command",
        "GetConfig",
        "UpdateConfig",
        "DBPut",
        "DBDel",
        "ModuleLoad",
        "MixMonitor",
        "Filter",
        "AGI",
        "UserEvent",
    }
    assert not forbidden & {action.name for action, _ in GOLDEN}
    for action, _ in GOLDEN:
        headers = dict(action.headers)
        assert not {"PreDialGoSub", "Codecs", "Account", "AnnounceChannel", "Command", "Filename"} & set(headers)
        assert headers.get("Application") in (None, "PickupChan", "ParkedCall")
        if action.name == "Originate":
            assert headers["Async"] == "true"
            assert headers["ChannelId"]


def test_an_action_does_not_show_its_secrets() -> None:
    shown = repr(actions.login("panel", "s3cret", "off")) + str(actions.login_md5("panel", "s3cret", "1", "off"))
    assert "s3cret" not in shown
    assert actions.login_md5("panel", "s3cret", "1", "off").headers[2][1] not in shown
    assert "panel" in shown
