"""Any cutting of the bytes parses alike, whatever they are, and gives what a second reader makes of them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ami_worker.ami.protocol import Dropped, Message, Parser
from tests.ami.oracle import messages_of
from tests.ami.transcripts import TRANSCRIPTS


BANNER = b"Asterisk Call Manager/9.0.0\r\n"
RECORDINGS = Path(__file__).parents[1] / "recordings"


def parse(pieces: Iterable[bytes]) -> tuple[list[Message], Dropped]:
    parser = Parser()
    messages = [message for piece in pieces for message in parser.feed(piece)]
    return messages, parser.dropped


def cut(data: bytes, places: Iterable[int]) -> list[bytes]:
    marks = [0, *sorted(place % (len(data) + 1) for place in places), len(data)]
    return [data[a:b] for a, b in pairwise(marks)]


names = st.sampled_from(
    ["Event", "Response", "Uniqueid", "uniqueid", "ChanVariable", "CallerIDName", "ActionID", "X-y", ""]
)
values = st.one_of(
    st.sampled_from(["", " ", "a: b", "José", "O\\'Brien", "<unknown>", "x\ny", "Follows", "p\rq", ":", "\n\n"]).map(
        str.encode
    ),
    st.binary(max_size=12),
)
ends = st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r\r\n", b""])
header = st.builds(lambda name, gap, value, end: name.encode() + gap + value + end, names,
                   st.sampled_from([b": ", b": ", b": ", b":", b"", b"  :"]), values, ends)  # fmt: skip
blank = st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r\n\r\n", b"\r\n\r\n\n", b""])
frame = st.builds(lambda lines, end: b"".join(lines) + end, st.lists(header, max_size=6), blank)
command = st.builds(
    lambda output: b"Response: Follows\r\nPrivilege: Command\r\nActionID: 7\r\n" + output + b"--END COMMAND--\r\n\r\n",
    st.sampled_from(
        [
            b"",
            b"one line\n",
            b"a\n\nb: c\r\n\r\nd\n",
            b"\n\n",
            b"Event: Hangup\r\n\r\n",
            b"no newline",
            b"x: y\r\n\r\nz: 1\r\n",
        ]
    ),
)
streams = st.builds(lambda banner, frames: banner + b"".join(frames), st.sampled_from([BANNER, b"", b"\r\n" + BANNER]),
                    st.lists(st.one_of(frame, frame, frame, command, st.binary(max_size=8)), max_size=8))  # fmt: skip


@given(streams, st.lists(st.integers(0, 10_000), max_size=12))
@settings(max_examples=600, deadline=None)
def test_any_cutting_of_made_up_bytes_parses_alike(data: bytes, places: list[int]) -> None:
    whole = parse([data])
    assert parse(cut(data, places)) == whole
    assert parse(data[i : i + 1] for i in range(len(data))) == whole
    assert [message.headers for message in whole[0]] == messages_of(data)


@given(st.binary(max_size=400), st.lists(st.integers(0, 10_000), max_size=8))
@settings(max_examples=300, deadline=None)
def test_noise_never_raises_and_parses_alike_however_it_is_cut(data: bytes, places: list[int]) -> None:
    whole = parse([data])
    assert parse(cut(data, places)) == whole
    assert [message.headers for message in whole[0]] == messages_of(data)


@given(streams, st.binary(max_size=60))
@settings(max_examples=200, deadline=None)
def test_after_any_bytes_a_well_formed_event_is_read_once_the_line_has_been_blank(data: bytes, tail: bytes) -> None:
    parser = Parser()
    parser.feed(BANNER + data + tail)
    parser.feed(b"\r\n\r\n--END COMMAND--\r\n\r\n")  # whatever was open is closed now
    messages = parser.feed(b"Event: Newchannel\r\nUniqueid: 1.1\r\n\r\n")
    assert [message.headers for message in messages] == [[("Event", "Newchannel"), ("Uniqueid", "1.1")]]


@pytest.mark.parametrize("name", TRANSCRIPTS)
def test_every_two_part_cutting_of_a_transcript_parses_alike(name: str) -> None:
    data = TRANSCRIPTS[name]
    whole = parse([data])
    assert [message.headers for message in whole[0]] == messages_of(data)
    assert parse(data[i : i + 1] for i in range(len(data))) == whole
    for place in range(len(data)):
        assert parse([data[:place], data[place:]]) == whole


@given(st.sampled_from(sorted(TRANSCRIPTS)), st.lists(st.integers(0, 100_000), max_size=40))
@settings(max_examples=200, deadline=None)
def test_any_cutting_of_a_transcript_parses_alike(name: str, places: list[int]) -> None:
    data = TRANSCRIPTS[name]
    assert parse(cut(data, places)) == parse([data])


@given(
    st.lists(
        st.tuples(
            st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,12}", fullmatch=True),
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"), max_size=20),
        ),
        min_size=1,
        max_size=30,
    )
)
@settings(max_examples=300, deadline=None)
def test_a_message_gives_back_every_header_as_it_was(headers: list[tuple[str, str]]) -> None:
    data = BANNER + "".join(f"{name}: {value}\r\n" for name, value in headers).encode() + b"\r\n"
    _, message = parse([data])[0]
    assert message.headers == headers
    assert message == Message.of(headers)
    for name, _ in headers:
        assert message[name] == message.get(name) == next(v for n, v in headers if n == name)
        assert message.all(name) == [v for n, v in headers if n.lower() == name.lower()]
        assert name in message
        assert name.swapcase() in message


@pytest.mark.parametrize("version", ["16", "22"])
def test_recordings_of_a_real_asterisk_parse_alike_in_any_pieces_and_lose_nothing(version: str) -> None:
    recordings = sorted((RECORDINGS / version).glob("*.ami"))
    assert recordings
    for recording in recordings:
        data = recording.read_bytes()
        messages, dropped = parse([data])
        assert dropped == Dropped()
        assert [message.headers for message in messages] == messages_of(data)
        for size in (7, 61, 1448):
            pieces = (data[start : start + size] for start in range(0, len(data), size))
            assert parse(pieces) == (messages, dropped), recording.name
