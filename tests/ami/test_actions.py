"""The exact bytes of every action that the panel can send, and the values that none of them takes."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ami_worker.ami import actions
from ami_worker.ami.actions import Action, InvalidValue
from ami_worker.ami.protocol import encode
from tests.ami.oracle import action_lines


CHANNEL = "PJSIP/201-0000001f"
OTHER = "PJSIP/trunk-00000020"

# Each line is one action as it goes over the wire, without Action and ActionID; `|` stands for a line's end.
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
    "VoicemailUsersList",
}  # fmt: skip


@pytest.mark.parametrize(("action", "wire"), GOLDEN, ids=[wire.replace("|", " ")[:60] for _, wire in GOLDEN])
def test_the_bytes_of_an_action(action: Action, wire: str) -> None:
    name, *lines = wire.split("|")
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


# Values that would mean more than one thing

DESTINATIONS = ["", "300&DAHDI/g1/00900", "1,2", "@evil", "300@evil", "300/n", "h", "i", "t", "T", "٣٠٠", "30 0",
                "x" * 81, "300\r\nX: 1", "${EVIL}", "300;1", "300|1", ".", "300\n"]  # fmt: skip


@pytest.mark.parametrize("exten", DESTINATIONS)
def test_a_destination_is_one_extension(exten: str) -> None:
    for make in (
        lambda: actions.redirect(CHANNEL, "internal", exten),
        lambda: actions.redirect(CHANNEL, "internal", "300", extra_channel=OTHER, extra_context="x", extra_exten=exten),
        lambda: actions.blind_transfer(CHANNEL, "internal", exten),
        lambda: actions.atxfer(CHANNEL, "internal", exten),
        lambda: actions.originate("PJSIP/201", "internal", exten, channel_id="cb-1"),
    ):
        with pytest.raises(InvalidValue):
            make()


def test_an_attended_transfer_dials_digits_only() -> None:
    with pytest.raises(InvalidValue):
        actions.atxfer(CHANNEL, "internal", "alice")


@pytest.mark.parametrize(
    "channel",
    ["", "/./", "/PJSIP/", "/^PJSIP.*$/", "all", "participants", "PJSIP/", "PJSIP", "a b/c",
     "PJSIP/201-1,EVIL=1", "PJSIP/2 01", "PJSIP/201&PJSIP/202", "PJSIP/201\n", "1767225600.31"],
)  # fmt: skip
def test_a_channel_is_one_channel_by_its_full_name(channel: str) -> None:
    for make in (
        lambda: actions.hangup(channel),
        lambda: actions.bridge(CHANNEL, channel),
        lambda: actions.bridge(channel, CHANNEL),
        lambda: actions.confbridge_kick("8001", channel),
        lambda: actions.confbridge_mute("8001", channel),
        lambda: actions.redirect(channel, "internal", "300"),
        lambda: actions.queue_withdraw_caller("sales", channel),
        lambda: actions.play_dtmf(channel, "1"),
        lambda: actions.mute_audio(channel, "in", True),
        lambda: actions.pjsip_notify(channel, "talk"),
    ):
        with pytest.raises(InvalidValue):
            make()


@pytest.mark.parametrize(
    "channel",
    ["Local/300@ctx-00000001;1", "DAHDI/i1/300-1", "IAX2/trunk-123", "SIP/10.0.0.1-0000001a", "PJSIP/+4420-00000001"],
)
def test_channels_of_every_driver_are_channels(channel: str) -> None:
    assert dict(actions.hangup(channel).headers)["Channel"] == channel


@pytest.mark.parametrize(
    "phone",
    ["", "PJSIP/00900123@trunk", "PJSIP/201/sip:evil@host", "PJSIP/201&PJSIP/202", "DAHDI/g1/00900",
     "Local/300", "Local/h @x", "Local/300@a/n/n", "System/x", "201", "pjsip/201", "PJSIP/201,30"],
)  # fmt: skip
def test_only_a_phone_can_be_rung_first_never_a_number_through_a_trunk(phone: str) -> None:
    for make in (
        lambda: actions.originate(phone, "internal", "300", channel_id="cb-1"),
        lambda: actions.originate_pickup(phone, "1.1", channel_id="cb-1"),
        lambda: actions.originate_parked(phone, "default", 701, channel_id="cb-1"),
    ):
        with pytest.raises(InvalidValue):
            make()


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("MONITOR_EXEC", "rm"),
        ("CORDBOARD_X,EVIL", "1"),
        ("PJSIP_HEADER(add,X-Evil)", "1"),
        ("SHELL(id)", "1"),
        ("cordboard_x", "1"),
        ("CORDBOARD_X", "1,EVIL=1"),
        ("CORDBOARD_X", "${SHELL(id)}"),
        ("CORDBOARD_X", 'a"b'),
        ("CORDBOARD_X", "a)b"),
        ("CORDBOARD_X", "x" * 401),
    ],
)
def test_only_variables_of_our_own_are_set_and_one_at_a_time(key: str, value: str) -> None:
    with pytest.raises(InvalidValue):
        actions.originate("PJSIP/201", "internal", "300", channel_id="cb-1", variables={key: value})
    with pytest.raises(InvalidValue):
        actions.setvar(key, value)


@pytest.mark.parametrize("queue", ["", " ", " sales", "sales,support", "x" * 129])
def test_a_queue_action_names_one_queue_never_all_of_them(queue: str) -> None:
    for make in (
        lambda: actions.queue_pause(queue, "PJSIP/201", True),
        lambda: actions.queue_penalty(queue, "PJSIP/201", 1),
        lambda: actions.queue_member_ring_in_use(queue, "PJSIP/201", True),
        lambda: actions.queue_add(queue, "PJSIP/201"),
        lambda: actions.queue_remove(queue, "PJSIP/201"),
        lambda: actions.queue_change_priority_caller(queue, OTHER, 1),
        lambda: actions.queue_withdraw_caller(queue, OTHER),
    ):
        with pytest.raises(InvalidValue):
            make()


@pytest.mark.parametrize(
    "make",
    [
        lambda: actions.getvar("SHELL(id)"),
        lambda: actions.getvar("FILE(/etc/passwd)"),
        lambda: actions.getvar("DB(cidname/201)"),
        lambda: actions.getvar("CHANNEL(${X})"),
        lambda: actions.getvar(""),
        lambda: actions.play_dtmf(CHANNEL, "12"),
        lambda: actions.play_dtmf(CHANNEL, ""),
        lambda: actions.play_dtmf(CHANNEL, "x"),
        lambda: actions.play_dtmf(CHANNEL, "1", duration=60),
        lambda: actions.hangup(CHANNEL, 0),
        lambda: actions.hangup(CHANNEL, 128),
        lambda: actions.redirect(CHANNEL, "internal", "300", 0),
        lambda: actions.redirect(CHANNEL, "internal", "300", extra_context="x", extra_exten="s"),
        lambda: actions.redirect(CHANNEL, "internal", "300", extra_channel=OTHER, extra_exten="s"),
        lambda: actions.redirect(CHANNEL, "in ternal", "300"),
        lambda: actions.park(CHANNEL, timeout=-1),
        lambda: actions.park(CHANNEL, timeout_channel="PJSIP"),
        lambda: actions.originate_parked("PJSIP/201", "default,701", 701, channel_id="cb-1"),
        lambda: actions.originate_parked("PJSIP/201", "default", -1, channel_id="cb-1"),
        lambda: actions.originate_pickup("PJSIP/201", "1.1&1.2", channel_id="cb-1"),
        lambda: actions.originate("PJSIP/201", "x", "300", channel_id=""),
        lambda: actions.originate("PJSIP/201", "x", "300", channel_id="cb 1"),
        lambda: actions.originate("PJSIP/201", "x", "300", channel_id="cb-1", timeout=0),
        lambda: actions.originate("PJSIP/201", "x", "300", channel_id="cb-1", caller_id=('A" <1>', "2")),
        lambda: actions.originate("PJSIP/201", "x", "300", channel_id="cb-1", caller_id=("A", "2>")),
        lambda: actions.mute_audio(CHANNEL, "sideways", True),  # type: ignore[arg-type]
        lambda: actions.set_device_state("PJSIP/201", "BUSY"),
        lambda: actions.set_device_state("Custom:DND201", "busy"),
        lambda: actions.set_device_state("Custom:x)", "BUSY"),
        lambda: actions.set_presence("CustomPresence:201", "away", "a,b"),
        lambda: actions.set_presence("CustomPresence:201", "gone"),
        lambda: actions.set_presence("Custom:201", "away"),
        lambda: actions.queue_add("sales", "PJSIP/201&PJSIP/202"),
        lambda: actions.queue_add("sales", "PJSIP/201", member_name="a;b"),
        lambda: actions.queue_add("sales", "PJSIP/201", state_interface="x"),
        lambda: actions.queue_pause("sales", "PJSIP/201", True, "a|b"),
        lambda: actions.pjsip_notify(CHANNEL, "talk=1"),
        lambda: actions.pjsip_notify(CHANNEL, "talk", {"Content": "a,b=c"}),
        lambda: actions.pjsip_notify(CHANNEL, "talk", {"A=b": "c"}),
        lambda: actions.login("panel", "s", "system, call"),
        lambda: actions.login("panel", "s", ""),
        lambda: actions.confbridge_list(""),
        lambda: actions.bridge_info(""),
        lambda: actions.mailbox_count(""),
        lambda: actions.db_get("", "x"),
        lambda: actions.show_dialplan(""),
    ],
)
def test_other_values_that_mean_something_else_are_refused(make: Callable[[], Action]) -> None:
    with pytest.raises(InvalidValue):
        make()


hostile = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        ["\r\n", "\n", "\0", "\r\n\r\nAction: Originate", "300", "PJSIP/201-1", "internal", "\u2028", "\x85", "\ud800"]
    ),
    st.builds(lambda a, b: a + b, st.sampled_from(["PJSIP/201", "300", "sales", "CORDBOARD_X"]), st.text(max_size=4)),
)


@pytest.mark.parametrize("name", sorted(CONSTRUCTORS))
@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_whatever_text_a_constructor_is_given_one_action_comes_out_or_none(name: str, data: st.DataObject) -> None:
    constructor = CONSTRUCTORS[name]
    arguments: dict[str, object] = {}
    for parameter in inspect.signature(constructor).parameters.values():
        kind = str(parameter.annotation)
        if kind == "int":
            arguments[parameter.name] = data.draw(st.integers())
        elif kind == "float":
            arguments[parameter.name] = data.draw(st.floats())
        elif kind == "bool":
            arguments[parameter.name] = data.draw(st.booleans())
        elif kind.startswith("Mapping"):
            arguments[parameter.name] = data.draw(st.dictionaries(hostile, hostile, max_size=3))
        elif kind.startswith("tuple"):
            arguments[parameter.name] = (data.draw(hostile), data.draw(hostile))
        else:
            arguments[parameter.name] = data.draw(hostile)
    try:
        action = constructor(**arguments)
        wire = encode(action.name, action.headers, "1")
    except InvalidValue:
        return
    (read,) = action_lines(wire)
    assert read == [("Action", action.name), ("ActionID", "1"), *((k, v.lstrip(" ")) for k, v in action.headers)]
