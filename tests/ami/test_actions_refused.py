"""Values that Asterisk would read as more than one thing: no constructor takes them."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ami_worker.ami import actions
from ami_worker.ami.actions import Action, InvalidValue
from ami_worker.ami.protocol import encode
from tests.ami.oracle import action_lines


CHANNEL = "PJSIP/201-0000001f"
OTHER = "PJSIP/trunk-00000020"

CONSTRUCTORS: dict[str, Callable[..., Action]] = {
    name: getattr(actions, name) for name in actions.__all__ if inspect.isfunction(getattr(actions, name))
}

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
        lambda: actions.originate("PJSIP/201", "x", "300", channel_id="cb-1", connected_line=("A,B=1", "2")),
        lambda: actions.originate("PJSIP/201", "x", "300", channel_id="cb-1", connected_line=('A"', "2")),
        lambda: actions.originate("PJSIP/201", "x", "300", channel_id="cb-1", connected_line=("A", "2,B=1")),
        lambda: actions.originate_pickup("PJSIP/201", "1.1", channel_id="cb-1", connected_line=("${A}", "2")),
        lambda: actions.originate_parked("PJSIP/201", "d", 701, channel_id="cb-1", connected_line=("A)", "")),
        lambda: actions.mix_monitor_mute("/PJSIP/", True),
        lambda: actions.set_care("all", "hold,201,,,"),
        lambda: actions.set_care(CHANNEL, ""),
        lambda: actions.set_care(CHANNEL, "hold,201"),
        lambda: actions.set_care(CHANNEL, "hold,${SHELL(id)},,,"),
        lambda: actions.set_care(CHANNEL, "hold,201,,,1,2,3"),
        lambda: actions.set_note("all", "Ana", "x"),
        lambda: actions.set_note(CHANNEL, "A|B", "x"),
        lambda: actions.set_note(CHANNEL, "Ana", "ż" * 400),
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
