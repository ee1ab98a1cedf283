"""Whatever is asked for, Asterisk reads exactly that or nothing at all."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ami_worker.ami.protocol import MAX_ACTION_HEADERS, InvalidValue, encode
from tests.ami.oracle import action_lines


anything = st.one_of(
    st.text(max_size=30),
    st.text(st.characters(categories=["Cc", "Cs", "Zl", "Zp", "Cf"]), max_size=4),
    st.builds(
        lambda a, b, c: a + b + c,
        st.text(max_size=5),
        st.sampled_from(["\r\n", "\n", "\r\n\r\n", "\0"]),
        st.text(max_size=5),
    ),
    st.integers(0, 1100).map("x".__mul__),
)
header_names = st.one_of(
    st.sampled_from(["Channel", "Exten", "Variable", "action", "ActionID", "X: y"]), st.text(max_size=8)
)


@given(
    st.one_of(st.just("Originate"), st.text(max_size=8)),
    st.lists(st.tuples(header_names, anything), max_size=6),
    anything,
)
@example("Ping", [("X", "a\r\nAction: Originate")], "1")
@example("Ping", [("X", "a\x85b")], "1")
@example("Ping", [("X", " \u2028")], "1")
@settings(max_examples=800, deadline=None)
def test_either_it_is_refused_or_it_reads_back_as_it_was(
    name: str, headers: list[tuple[str, str]], action_id: str
) -> None:
    try:
        data = encode(name, headers, action_id)
    except InvalidValue:
        return
    # The oracle drops blanks before a value, as Asterisk does.
    given = [(key, value.lstrip(" ")) for key, value in headers]
    assert action_lines(data) == [[("Action", name), ("ActionID", action_id), *given]]


@pytest.mark.parametrize(
    "value",
    ["a\nb", "a\rb", "a\r\nAction: Originate", "a\r\n\r\nAction: Originate", "\x00", "\x0b", "\t", "\x1b", "\x7f",
     "\x80", "\x85", "\x9f", "\u2028", "\u2029", "\ud800", "ok\udcff"],
)  # fmt: skip
def test_control_characters_are_refused_and_never_repaired(value: str) -> None:
    with pytest.raises(InvalidValue, match="Channel has a control character") as refusal:
        encode("Hangup", [("Channel", value)], "1")
    assert "Originate" not in str(refusal.value)


@pytest.mark.parametrize("value", ["%0d%0aAction: Originate", "José", "日本", "🙂", "a: b", "\u202e", "\xa0", ""])
def test_what_only_looks_dangerous_passes_as_it_is(value: str) -> None:
    assert encode("Hangup", [("Channel", value)], "1").decode() == (
        f"Action: Hangup\r\nActionID: 1\r\nChannel: {value}\r\n\r\n"
    )


@pytest.mark.parametrize(
    "name", ["", "Chan nel", "Channel:", "Chan\r\nnel", "Châne", "-", "9Lives", "Action", "actionid", "x" * 41]
)
def test_a_header_has_a_plain_name_and_the_two_of_ours_are_not_given_again(name: str) -> None:
    with pytest.raises(InvalidValue):
        encode("Hangup", [(name, "x")], "1")


@pytest.mark.parametrize("name", ["", "Hang up", "Hangup\r\nChannel: all", "x" * 41, "é"])
def test_an_action_has_a_plain_name(name: str) -> None:
    with pytest.raises(InvalidValue):
        encode(name, [], "1")


@pytest.mark.parametrize("action_id", ["", "a b", "a\r\n", "a:b", "é", "x" * 65])
def test_an_action_id_is_short_and_plain_because_asterisk_cuts_it_with_its_line_end(action_id: str) -> None:
    with pytest.raises(InvalidValue):
        encode("Ping", [], action_id)
    assert encode("Ping", [], "x" * 64)


def test_a_line_has_at_most_900_bytes_not_characters() -> None:
    room = 900 - len("Channel: \r\n")
    assert encode("Hangup", [("Channel", "x" * room)], "1")
    with pytest.raises(InvalidValue, match="Channel is too long"):
        encode("Hangup", [("Channel", "x" * (room + 1))], "1")
    with pytest.raises(InvalidValue, match="too long"):
        encode("Hangup", [("Channel", "é" * (room // 2 + 1))], "1")


def test_an_action_has_at_most_60_headers() -> None:
    assert encode("Ping", [("X", "1")] * MAX_ACTION_HEADERS, "1")
    with pytest.raises(InvalidValue, match="more than 60 headers"):
        encode("Ping", [("X", "1")] * (MAX_ACTION_HEADERS + 1), "1")
