"""The oddities of the wire one by one, and the limits that keep a parser in memory and in step."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from ami_worker.ami.protocol import (
    MAX_BANNER,
    MAX_HEADERS,
    MAX_LINE,
    MAX_MESSAGE,
    MAX_RESPONSE_HEADERS,
    Dropped,
    Message,
    Parser,
)


BANNER = b"Asterisk Call Manager/9.0.0\r\n"
NEXT = b"Event: Newchannel\r\nUniqueid: 1.1\r\n\r\n"


def parser() -> Parser:
    """One that has read the banner."""
    parser = Parser()
    assert [message.type for message in parser.feed(BANNER)] == ["banner"]
    return parser


def parse(data: bytes) -> list[Message]:
    return parser().feed(data)


def one(data: bytes) -> Message:
    (message,) = parse(data)
    return message


# The oddities


def test_the_banner_is_one_line_without_a_blank_one_behind() -> None:
    banner, event = Parser().feed(BANNER + NEXT)
    assert (banner.type, banner.name, banner.headers) == ("banner", "Asterisk Call Manager/9.0.0", [])
    assert banner.get("Event") == ""
    assert event.name == "Newchannel"


def test_a_record_that_begins_after_the_banner_is_read_too() -> None:
    assert [message.name for message in Parser().feed(NEXT)] == ["Newchannel"]


def test_a_bare_lf_ends_a_line_when_a_header_follows() -> None:
    agents = one(b"Event: Agents\r\nCallStarted: 1767225600\nLoggedInTime: 1767225000\r\nActionID: 1\r\n\r\n")
    assert agents.headers == [
        ("Event", "Agents"),
        ("CallStarted", "1767225600"),
        ("LoggedInTime", "1767225000"),
        ("ActionID", "1"),
    ]


def test_a_bare_lf_at_the_end_of_a_value_is_not_part_of_it() -> None:
    parked, event = parse(b"Response: Success\r\nActionID: 1\r\nMessage: Park successful\n\r\n\r\n" + NEXT)
    assert parked["Message"] == "Park successful"
    assert event.name == "Newchannel"


def test_a_bare_lf_within_a_value_stays_there() -> None:
    getvar = one(b"Response: Success\r\nVariable: X\r\nValue: first\n second line\n\n3\r\nActionID: 1\r\n\r\n")
    assert getvar["Value"] == "first\n second line\n\n3"
    assert getvar["ActionID"] == "1"


def test_crlf_lf_ends_a_message_so_that_glued_events_come_apart_at_once() -> None:
    reader = parser()
    (first,) = reader.feed(b"Event: CoreShowChannelMap\r\nConnectedChannel: PJSIP/a-1\r\n\n")
    assert first["ConnectedChannel"] == "PJSIP/a-1"
    (second,) = reader.feed(b"Event: CoreShowChannelMapComplete\r\nListItems: 1\r\n\r\n")
    assert second["ListItems"] == "1"


def test_extra_blank_lines_are_nothing() -> None:
    messages = parse(b"\r\n\r\nEvent: QueueRule\r\nRule: 30,1\r\n\r\n\r\n" + NEXT + b"\r\n\r\n\r\n" + NEXT)
    assert [message.name for message in messages] == ["QueueRule", "Newchannel", "Newchannel"]


def test_command_output_of_asterisk_13_becomes_output_headers_blank_lines_and_all() -> None:
    follows, event = parse(
        b"Response: Follows\r\nPrivilege: Command\r\nActionID: 7\r\n\nEvent: Hangup\nUniqueid: 1.1\n\n2 calls\n"
        b"--END COMMAND--\r\n\r\n" + NEXT
    )
    assert follows.type == "response"
    assert follows["ActionID"] == "7"
    assert follows.all("Output") == ["", "Event: Hangup", "Uniqueid: 1.1", "", "2 calls"]
    assert "Uniqueid" not in follows
    assert event.name == "Newchannel"


def test_command_output_that_looks_like_messages_and_comes_in_pieces_is_still_output() -> None:
    reader = parser()
    assert reader.feed(b"Response: Follows\r\nActionID: 7\r\nEvent: Hangup\r\nX: 1\r\n\r\n") == []
    assert reader.feed(b"Event: Hangup\r\n\r\n") == []
    follows, event = reader.feed(b"--END COMMAND--\r\n\r\n" + NEXT)
    assert follows.all("Output") == ["Event: Hangup", "X: 1", "", "Event: Hangup", ""]
    assert event.name == "Newchannel"


def test_repeated_headers_are_all_kept_and_the_first_one_counts() -> None:
    message = one(
        b"Event: Newchannel\r\nUniqueid: 1.1\r\nChanVariable: A=1\r\nChanVariable: B=2\r\nUniqueid: 6.6\r\n"
        b"Event: Hangup\r\n\r\n"
    )
    assert message.name == "Newchannel"
    assert message["Uniqueid"] == "1.1"
    assert message.all("Uniqueid") == ["1.1", "6.6"]
    assert message.all("ChanVariable") == ["A=1", "B=2"]
    assert message.all("Nothing") == []


def test_an_empty_value_is_there_and_an_absent_header_is_not() -> None:
    message = one(b"Event: A\r\nAccountCode: \r\nExten:\r\nContext: \r\n\r\n")
    for key in ("AccountCode", "Exten", "Context"):
        assert key in message
        assert message[key] == message.get(key, "default") == ""
    assert "Priority" not in message
    assert message.get("Priority", "default") == "default"
    with pytest.raises(KeyError):
        message["Priority"]


def test_a_value_is_all_that_follows_the_first_colon_less_one_space() -> None:
    message = one(b"Event: A\r\nAppData: a: b: c\r\nTwo:  spaces\r\nNone:here: too\r\nUrl: sip:1@2\r\n\r\n")
    assert message["AppData"] == "a: b: c"
    assert message["Two"] == " spaces"
    assert message["None"] == "here: too"
    assert message["Url"] == "sip:1@2"


def test_bytes_that_are_not_utf_8_are_marked_and_nothing_else_is_lost() -> None:
    message = one(b"Event: A\r\nCallerIDName: M\xfcller \xe2\x82\r\nX: Jos\xc3\xa9\r\n\r\n")
    assert message["CallerIDName"].startswith("M\ufffdller ")
    assert message["X"] == "José"
    for _, value in message.headers:
        value.encode()  # a lone surrogate would raise


def test_nul_is_removed() -> None:
    assert one(b"Event: A\r\nExten: 3\x0000\r\n\0\r\n")["Exten"] == "300"


def test_lines_without_a_colon_or_a_name_are_dropped_and_counted() -> None:
    reader = parser()
    (message,) = reader.feed(b"Event: A\r\nno colon\r\n: no name\r\nX: 1\r\n\r\n")
    assert message.headers == [("Event", "A"), ("X", "1")]
    assert reader.dropped == Dropped(malformed_lines=2)
    assert reader.feed(b"nothing\r\nat all\r\n\r\n" + NEXT)[0].name == "Newchannel"
    assert reader.dropped == Dropped(malformed_lines=4)


def test_originate_response_is_an_event() -> None:
    message = one(b"Event: OriginateResponse\r\nActionID: 7\r\nResponse: Failure\r\nReason: 5\r\n\r\n")
    assert (message.type, message.event) == ("event", "originateresponse")


@pytest.mark.parametrize(
    ("data", "kind", "name", "event"),
    [
        (b"Event: NewExten", "event", "NewExten", "newexten"),
        (b"EVENT: Newexten", "event", "Newexten", "newexten"),
        (b"event:Newexten", "event", "Newexten", "newexten"),
        (b"Event:Newexten", "event", "Newexten", "newexten"),
        (b"Response: Success", "response", "Success", ""),
        (b"response:Error", "response", "Error", ""),
        (b"Uniqueid: 1.1", "unknown", "1.1", ""),
    ],
)
def test_a_message_is_what_its_first_header_says_in_any_case(data: bytes, kind: str, name: str, event: str) -> None:
    message = one(data + b"\r\nEvent: Hangup\r\nResponse: Success\r\n\r\n")
    assert (message.type, message.name, message.event) == (kind, name, event)


def test_header_names_are_found_in_any_case_and_the_exact_one_first() -> None:
    message = one(b"Event: A\r\nDestUniqueId: 1.2\r\nX: lower\r\nuniqueid: 1.1\r\nUniqueid: 1.3\r\n\r\n")
    assert message.get("DestUniqueid") == message["destuniqueid"] == "1.2"
    assert message["Uniqueid"] == "1.3"
    assert message["UNIQUEID"] == "1.1"
    assert message.all("UniqueID") == ["1.1", "1.3"]
    assert "uniqueID" in message


# Limits


def test_a_line_of_ten_megabytes_is_never_held_and_the_next_message_is_read() -> None:
    reader = parser()
    reader.feed(b"Event: A\r\nX: ")
    piece = b"x" * 65536
    tracemalloc.start()
    for _ in range(160):
        assert reader.feed(piece) == []
        assert reader.buffered < MAX_MESSAGE + len(piece)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 4 * MAX_MESSAGE
    assert reader.buffered < 64
    assert [message.name for message in reader.feed(b"\r\n\r\n" + NEXT)] == ["Newchannel"]
    assert reader.dropped == Dropped(messages=1)


def test_ten_megabytes_in_one_piece_are_dropped_the_same_way() -> None:
    reader = parser()
    messages = reader.feed(b"Event: A\r\nX: " + b"x" * 10_000_000 + b"\r\n\r\n" + NEXT)
    assert [message.name for message in messages] == ["Newchannel"]
    assert reader.dropped == Dropped(messages=1)


@pytest.mark.parametrize("end", [b"\r\n\r\n", b"\r\n\n"])
@pytest.mark.parametrize("size", [MAX_MESSAGE - 1, MAX_MESSAGE, MAX_MESSAGE + 1, MAX_MESSAGE + 40])
def test_the_longest_message_is_the_same_whether_it_comes_whole_or_in_pieces(size: int, end: bytes) -> None:
    line = b"X: " + b"x" * 1000 + b"\r\n"
    data = b"Event: A\r\n" + line * (size // len(line) - 1)
    data += b"Y: " + b"y" * (size - len(data) - 3)
    assert len(data) == size
    whole, pieces = parser(), parser()
    first = whole.feed(data + end + NEXT)
    stream = data + end + NEXT
    second = [message for start in range(0, len(stream), 777) for message in pieces.feed(stream[start : start + 777])]
    assert first == second
    assert whole.dropped == pieces.dropped
    for place in (len(data), len(data) + 1, len(data) + 3):
        halves = parser()
        assert halves.feed(stream[:place]) + halves.feed(stream[place:]) == first
        assert halves.dropped == whole.dropped
    assert whole.dropped.messages == (1 if size > MAX_MESSAGE else 0)
    assert first[-1].name == "Newchannel"


def test_a_line_that_is_too_long_is_dropped_and_the_rest_of_its_message_stays() -> None:
    reader = parser()
    (message,) = reader.feed(b"Event: A\r\nX: " + b"x" * MAX_LINE + b"\r\nUniqueid: 1.1\r\n\r\n")
    assert message.headers == [("Event", "A"), ("Uniqueid", "1.1")]
    assert reader.dropped == Dropped(long_lines=1)


def test_headers_beyond_the_limit_are_dropped_and_counted() -> None:
    reader = parser()
    (message, event) = reader.feed(
        b"Event: A\r\n" + b"".join(b"H%d: %d\r\n" % (n, n) for n in range(300)) + b"\r\n" + NEXT
    )
    assert len(message.headers) == MAX_HEADERS
    assert "H254" in message
    assert "H255" not in message
    assert reader.dropped == Dropped(extra_headers=45)
    assert event.name == "Newchannel"


@pytest.mark.parametrize("count", [MAX_HEADERS - 1, MAX_HEADERS, MAX_HEADERS + 1])
@pytest.mark.parametrize("value", [b"", b"x" * 20])
def test_the_limit_of_headers_is_exact(count: int, value: bytes) -> None:
    reader = parser()
    (message,) = reader.feed(b"Event: A\r\n" + (b"h: " + value + b"\r\n") * (count - 1) + b"\r\n")
    assert len(message.headers) == min(count, MAX_HEADERS)
    assert reader.dropped == Dropped(extra_headers=max(0, count - MAX_HEADERS))


def test_short_headers_beyond_the_limit_are_dropped_too() -> None:
    reader = parser()
    (message,) = reader.feed(b"Event: A\r\n" + b"h:\r\n" * 300 + b"\r\n")
    assert len(message.headers) == MAX_HEADERS


def test_a_response_may_have_as_many_headers_as_there_are_actions() -> None:
    commands = b"".join(b"Action%d: does something (Priv: call,all)\r\n" % number for number in range(400))
    message = one(b"Response: Success\r\nActionID: 1\r\n" + commands + b"\r\n")
    assert len(message.headers) == 402
    reader = parser()
    (message,) = reader.feed(b"Response: Success\r\n" + commands * 5 + b"\r\n")
    assert len(message.headers) == MAX_RESPONSE_HEADERS
    assert reader.dropped.extra_headers == 2001 - MAX_RESPONSE_HEADERS


@pytest.mark.parametrize("piece", [b"Event: Hangup\r\n\r\n" * 4000, b"line: 1\r\n" * 8000])
def test_endless_command_output_is_dropped_up_to_its_own_end(piece: bytes) -> None:
    reader = parser()
    reader.feed(NEXT + b"\r")
    reader.feed(b"\nResponse: Follows\r\nActionID: 1\r\n")
    for _ in range(20):
        reader.feed(piece)
        assert reader.buffered < MAX_MESSAGE + 100_000
    assert reader.feed(b"\r\n\r\nEvent: Hangup\r\n\r\n--END COMM") == []
    assert [message.name for message in reader.feed(b"AND--\r\n\r\n" + NEXT)] == ["Newchannel"]
    assert reader.dropped == Dropped(messages=1)


def test_blank_lines_without_end_are_not_held() -> None:
    reader = parser()
    for _ in range(50):
        assert reader.feed(b"\r\n" * 50_000) == []
        assert reader.buffered == 0


def test_a_first_line_without_end_is_no_banner_and_is_not_held() -> None:
    reader = Parser()
    for _ in range(20):
        assert reader.feed(b"x" * 65536) == []
        assert reader.buffered < MAX_MESSAGE + 65536
    assert [message.type for message in reader.feed(b"\r\n\r\n" + NEXT)] == ["event"]


@pytest.mark.parametrize(
    ("size", "kind"), [(MAX_BANNER - 1, "banner"), (MAX_BANNER, "banner"), (MAX_BANNER + 1, "event")]
)
def test_the_longest_banner_is_the_same_whether_it_comes_whole_or_in_pieces(size: int, kind: str) -> None:
    data = b"x" * (size - 1) + b"\r\n\r\n" + NEXT
    whole = Parser().feed(data)
    reader = Parser()
    pieces = [message for index in range(len(data)) for message in reader.feed(data[index : index + 1])]
    assert whole == pieces
    assert whole[0].type == kind


def test_a_message_that_trickles_in_costs_no_more_than_its_length() -> None:
    """Half a megabyte byte by byte: quadratic work would take minutes."""
    reader = parser()
    started = time.process_time()
    for _ in range(MAX_MESSAGE - 100):
        reader.feed(b"x")
    (message,) = reader.feed(b": 1\r\nUniqueid: 1\r\n\r\n")
    assert message["Uniqueid"] == "1"
    assert time.process_time() - started < 30


def test_a_value_of_nothing_but_bare_line_feeds_is_read_in_a_moment() -> None:
    started = time.process_time()
    message = one(b"Event: A\r\nX: " + b"\n" * 60_000 + b"1\r\n\r\n")
    assert message["X"].endswith("\n1")
    assert time.process_time() - started < 5
