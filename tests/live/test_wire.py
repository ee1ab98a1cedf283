"""Frames as text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.live import wire
from panel.live.wire import LONGEST_TEXT, Entity, Patch, Shared, Snapshot, encode
from panel.vocabulary import Kind
from tests.live.reducer import Reducer


KEYS = st.tuples(st.sampled_from(["extension", "call"]), st.text(max_size=3))
CHANGES = st.dictionaries(KEYS, st.one_of(st.none(), st.integers(0, 9)), max_size=6)


def encoded(changes: dict[Entity, int | None]) -> dict[Entity, str | None]:
    return {
        (kind, key): None if value is None else encode({"key": key, "value": value})
        for (kind, key), value in changes.items()
    }


def folded(*patches: Patch) -> Reducer:
    reducer = Reducer()
    empty = Snapshot(patches[0].epoch, patches[0].since, Shared({}), [])
    texts = [*empty.texts("now"), *(text for patch in patches for text in patch.texts)]
    for text in texts:
        assert reducer.apply(json.loads(text)) is False
    return reducer


@given(CHANGES, CHANGES)
def test_two_patches_in_one_lead_where_both_lead(
    first: dict[Entity, int | None], second: dict[Entity, int | None]
) -> None:
    one, other = Patch("1-a", 3, 5, encoded(first)), Patch("1-a", 5, 9, encoded(second))
    merged = one.then(other)
    assert (merged.since, merged.seq) == (3, 9)
    apart, together = folded(one, other), folded(merged)
    assert together.shown() == apart.shown()
    assert together.seq == apart.seq == 9


def test_a_patch_is_not_altered_by_being_merged() -> None:
    one = Patch("1-a", 3, 5, {("extension", "201"): encode({"key": "201"})})
    text = one.texts[0]
    one.then(Patch("1-a", 5, 6, {("extension", "201"): None}))
    assert one.texts == [text]


def test_a_snapshot_names_every_kind_even_those_without_rows() -> None:
    [text] = Snapshot("1-a", 7, Shared({("call", "x"): '{"key":"x"}'}), ['{"key":"c"}']).texts(
        "2026-11-22T10:00:00.000Z"
    )
    frame = json.loads(text)
    assert frame["now"] == "2026-11-22T10:00:00.000Z"
    assert (frame["type"], frame["epoch"], frame["seq"]) == ("snapshot", "1-a", 7)
    expected: dict[str, list[Any]] = {kind.value: [] for kind in Kind}
    assert frame["rows"] == {**expected, "call": [{"key": "x"}], "command": [{"key": "c"}]}


def test_a_patch_with_nothing_to_say_is_a_heartbeat() -> None:
    assert [json.loads(text) for text in Patch("1-a", 7, 7, {}).texts] == [
        {"type": "patch", "epoch": "1-a", "since": 7, "seq": 7, "set": {}, "del": {}}
    ]


def test_what_does_not_go_into_one_frame_follows_and_adds_up_to_the_same() -> None:
    rows = {("extension", str(number)): encode({"key": str(number), "name": "x" * 1000}) for number in range(2000)}
    texts = Snapshot("1-a", 7, Shared(rows), []).texts("now")
    assert len(texts) == 4
    assert max(map(len, texts)) < LONGEST_TEXT + 2000
    reducer = Reducer()
    for text in texts:
        assert reducer.apply(json.loads(text)) is False
    assert len(reducer.rows["extension"]) == 2000
    assert reducer.seq == 7

    changes: dict[Entity, str | None] = {**rows, ("call", "gone"): None}
    texts = Patch("1-a", 7, 9, changes).texts
    assert [json.loads(text)["since"] for text in texts] == [7, 9, 9, 9]
    assert folded(Patch("1-a", 7, 9, changes)).shown() == reducer.shown()


@pytest.mark.parametrize("name", ["Zoë", "😀", "\u202e", "\ud800", 'a"b\\c', "</script>", "\x00\x1f\u2028"])
def test_any_name_survives_and_the_text_stays_ascii(name: str) -> None:
    [text] = Patch("1-a", 1, 2, {("extension", name): encode({"key": name})}).texts
    assert text.isascii()
    assert json.loads(text)["set"] == {"extension": [{"key": name}]}
    assert len(text) == len(text.encode())


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}])
def test_what_json_cannot_say_is_refused_before_it_is_in_a_frame(value: Any) -> None:
    with pytest.raises((ValueError, TypeError)):
        encode({"key": value})


def test_results_carry_the_id_and_either_a_result_or_an_error() -> None:
    assert json.loads(wire.success(3, {"pong": True})) == {
        "type": "result",
        "id": 3,
        "success": True,
        "result": {"pong": True},
    }
    assert json.loads(wire.failure(4, "gone", "That call is over.")) == {
        "type": "result",
        "id": 4,
        "success": False,
        "error": {"code": "gone", "message": "That call is over."},
    }
