"""What the headers of a message mean: escapes, placeholders, variables."""

from __future__ import annotations

import pytest

from ami_worker.ami.protocol import Message, unescape


NEXT = [("Event", "Newchannel"), ("Uniqueid", "1.1")]


@pytest.mark.parametrize(
    ("wire", "text"),
    [
        (r"O\'Brien", "O'Brien"),
        (r"What\?", "What?"),
        (r"\"quoted\"", '"quoted"'),
        (r"a\\b", r"a\b"),
        (r"\\n", r"\n"),
        (r"tab\there", "tab\there"),
        (r"\a\b\f\n\r\t\v", "\a\b\f\n\r\t\v"),
        (r"odd \x stays", r"odd \x stays"),
        ("ends in \\", "ends in \\"),
        ("plain", "plain"),
    ],
)
def test_unescape_undoes_asterisks_escapes_and_no_others(wire: str, text: str) -> None:
    assert unescape(wire) == text


def escaped(value: str) -> str:
    """ast_escape_c of main/utils.c."""
    table = {"\a": "a", "\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t", "\v": "v"}
    return "".join("\\" + table.get(c, c) if c in table or c in "\\'\"?" else c for c in value)


def test_unescape_is_the_inverse_of_asterisks_escape_for_every_character() -> None:
    every = "".join(map(chr, range(1, 256)))
    assert unescape(escaped(every)) == every


@pytest.mark.parametrize(
    "key",
    ["CallerIDName", "ConnectedLineName", "DestCallerIDName", "ParkeeConnectedLineName", "TalkingToChanCallerIDName"],
)
def test_names_of_people_are_unescaped_with_any_prefix(key: str) -> None:
    assert Message.of([("Event", "ParkedCall"), (key, r"O\'Brien")]).text(key) == "O'Brien"


@pytest.mark.parametrize(
    ("event", "key"),
    [
        ("QueueEntry", "CallerIDName"),
        ("OriginateResponse", "CallerIDName"),
        ("MeetmeList", "ConnectedLineName"),
        ("QueueMember", "Name"),
        ("Newchannel", "CallerIDNum"),
        ("Newexten", "AppData"),
        ("Hangup", "Value"),
    ],
)
def test_what_asterisk_does_not_escape_is_left_alone(event: str, key: str) -> None:
    assert Message.of([("Event", event), (key, r"a\\b")]).text(key) == r"a\\b"


@pytest.mark.parametrize(
    ("event", "key"), [("VarSet", "Value"), ("PresenceStateChange", "Subtype"), ("PresenceStateChange", "Message")]
)
def test_two_events_escape_headers_of_their_own(event: str, key: str) -> None:
    assert Message.of([("Event", event), (key, r"it\'s")]).text(key) == "it's"


@pytest.mark.parametrize("placeholder", ["<unknown>", "<none>", "<null>", ""])
def test_a_placeholder_is_nothing(placeholder: str) -> None:
    message = Message.of([("Event", "Newchannel"), ("CallerIDNum", placeholder)])
    assert message.text("CallerIDNum") == ""
    assert message.get("CallerIDNum") == placeholder
    assert message.text("Absent") == ""


def test_unknown_is_a_placeholder_in_a_queue_entry_alone() -> None:
    assert Message.of([("Event", "QueueEntry"), ("CallerIDName", "unknown")]).text("CallerIDName") == ""
    assert Message.of([("Event", "QueueEntry"), ("Queue", "unknown")]).text("Queue") == "unknown"
    assert Message.of([("Event", "Newchannel"), ("CallerIDName", "unknown")]).text("CallerIDName") == "unknown"


def test_channel_variables_are_unescaped_and_told_apart() -> None:
    message = Message.of(
        [("Event", "A"), ("ChanVariable", r"T=a\'b=c"), ("ChanVariable", "E="), ("DestChanVariable", "T=2")]
    )
    assert message.variables() == {"T": "a'b=c", "E": ""}
    assert message.variables("DestChanVariable") == {"T": "2"}


def test_messages_are_equal_when_their_headers_are() -> None:
    assert Message.of(NEXT) == Message.of([("Event", "Newchannel"), ("Uniqueid", "1.1")])
    assert Message.of(NEXT) != Message.of([("Event", "Newchannel"), ("Uniqueid", "1.2")])
    assert Message.of(NEXT) != "Newchannel"
    assert repr(Message.of(NEXT)) == "<event 'Newchannel' with 2 headers>"
