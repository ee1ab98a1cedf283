"""What a browser may send, and what becomes of everything else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.live.frames import LONGEST_FRAME, BadFrame, BadRequest, Bucket, command_of, parse


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
LIKE_FRAMES = st.dictionaries(st.sampled_from(["type", "id", "seq", "name", "args", "x"]), JSON)


@given(st.one_of(st.text(), JSON.map(json.dumps), LIKE_FRAMES.map(json.dumps)))
def test_anything_is_either_a_frame_or_a_bad_frame(text: str) -> None:
    try:
        frame = parse(text)
    except BadFrame:
        return
    assert isinstance(frame.type, str)
    assert 0 <= frame.number < 2**53


def test_frames_are_taken_apart() -> None:
    assert parse('{"id": 4, "type": "subscribe"}')[:2] == ("subscribe", 4)
    assert parse('{"type": "ack", "seq": 77}')[:2] == ("ack", 77)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "nonsense",
        "[]",
        '"subscribe"',
        "null",
        "{}",
        '{"type": "subscribe"}',
        '{"type": 5, "id": 1}',
        '{"type": "ping", "id": true}',
        '{"type": "ping", "id": "1"}',
        '{"type": "ping", "id": 1.5}',
        '{"type": "ping", "id": -1}',
        '{"type": "ping", "id": 9007199254740992}',
        '{"type": "ping", "id": NaN}',
        '{"type": "ack"}',
        '{"type": "ack", "id": 1}',
        '{"type": "ack", "seq": "7"}',
        '{"type": "ping", "id": 1' + "0" * 5000 + "}",
        "[" * 30_000,
        '{"type": "ping", "id": 1, "x": "' + "x" * LONGEST_FRAME + '"}',
        '{"type": "ping", "id": 1, "x": "' + "é" * (LONGEST_FRAME // 2) + '"}',
    ],
)
def test_what_is_no_frame_is_refused(text: str) -> None:
    with pytest.raises(BadFrame):
        parse(text)


def test_a_command_is_passed_on_with_whatever_types_it_has() -> None:
    frame = parse('{"id": 1, "type": "command", "name": ["call"], "args": 5, "intent": null}')
    assert command_of(frame) == (["call"], 5, None)
    assert command_of(parse('{"id": 1, "type": "command"}')) == (None, {}, "")


@pytest.mark.parametrize("strange", ["Application", "Variable", "operator", "\r\nAction", ""])
def test_a_command_with_more_in_it_than_belongs_there_is_refused(strange: str) -> None:
    frame = parse(json.dumps({"id": 1, "type": "command", "name": "call", "args": {"to": "202"}, strange: "System"}))
    with pytest.raises(BadRequest) as refused:
        command_of(frame)
    assert refused.value.code == "bad_arguments"
    assert "\r" not in refused.value.message


def taken(bucket: Bucket, *times: float) -> list[Any]:
    return [bucket.take(at) for at in times]


def test_the_bucket_lets_a_burst_through_and_then_the_rate() -> None:
    bucket = Bucket(20, 40, 0.0)
    assert all(taken(bucket, *[0.0] * 40))
    assert taken(bucket, 0.0) == [False]
    assert taken(bucket, 0.05, 0.05) == [True, False]
    assert sum(taken(bucket, *(0.05 + number / 1000 for number in range(1, 1010)))) == 20


def test_what_costs_less_may_come_more_often() -> None:
    bucket = Bucket(20, 40, 0.0)
    assert sum(bucket.take(0.0, 0.25) for _ in range(1000)) == 160


def test_the_bucket_does_not_save_up_for_ever() -> None:
    bucket = Bucket(20, 40, 0.0)
    assert sum(taken(bucket, *[3600.0] * 100)) == 40
