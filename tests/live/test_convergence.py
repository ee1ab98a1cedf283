"""Fold of snapshot and patches == the snapshot taken later, for every audience, whatever happens in between.

Hypothesis makes the story; the pictures, frames and merging are those of production; only the database and the socket
are left out (test_journey.py has them).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from panel.live.picture import Delta, Entry, Picture
from panel.live.visibility import Audience, may_see
from panel.live.wire import Entity, Patch, encode
from tests.live.reducer import Reducer, Rows


AUDIENCES = [
    Audience(None, True, "carol"),
    Audience(None, False, "alice"),
    Audience(frozenset({"Sales"}), False, "bob"),
    Audience(frozenset({"Sales", "Support"}), False, "dave"),
    Audience(frozenset({"Nobody"}), False, "eve"),
]
GROUPS = st.lists(st.sampled_from(["Sales", "Support", "Board", "*"]), max_size=2, unique=True).map(tuple)
BY_GROUP = st.tuples(
    st.sampled_from(["extension", "call", "pbx"]),
    st.sampled_from("abcde"),
    st.one_of(st.none(), st.tuples(GROUPS, st.integers(0, 3))),
)
COMMANDS = st.tuples(
    st.just("command"),
    st.sampled_from("xyz"),
    st.one_of(st.none(), st.tuples(st.just(()), st.integers(0, 3))),
)
Told = tuple[str, str, Any]
TICKS = st.lists(st.tuples(st.lists(st.one_of(BY_GROUP, COMMANDS), max_size=5), st.integers(0, 3)), max_size=12)


def entry(kind: str, key: str, told: Any) -> Entry | None:
    if told is None:
        return None
    groups, value = told
    # A row says of which groups it is, so that a leak can be seen in the text. A command is always of the same
    # operator.
    row: dict[str, Any] = {"key": key, "value": value, "of": sorted(groups)}
    if kind == "command":
        row["operator"] = {"x": "alice", "y": "bob", "z": "carol"}[key]
    return Entry(frozenset(groups), encode(row))


def entries(told: Sequence[Told]) -> dict[Entity, Entry | None]:
    return {(kind, key): entry(kind, key, rest) for kind, key, rest in told}


def seen_by(picture: Picture, audience: Audience) -> Rows:
    """The rows of a snapshot taken now."""
    reducer = Reducer()
    for text in picture.snapshot(audience, picture.shared(audience.shared)).texts("now"):
        reducer.apply(json.loads(text))
    return reducer.shown()


def patch_for(picture: Picture, audience: Audience, since: int, delta: Delta) -> Patch:
    changes = delta.for_all(audience.shared)
    if not audience.sees_all_commands:
        changes |= delta.personal().get(audience.operator, {})
    return picture.patch(since, changes)


def fold(reducer: Reducer, *texts: str) -> None:
    for text in texts:
        assert reducer.apply(json.loads(text)) is False


@given(st.lists(st.one_of(BY_GROUP, COMMANDS), max_size=8), TICKS)
def test_patches_lead_to_the_later_snapshot_for_every_audience(before: list[Told], ticks: list[Any]) -> None:
    picture = Picture("1-a", 10, {entity: each for entity, each in entries(before).items() if each})
    reducers = {audience: Reducer() for audience in AUDIENCES}
    for audience, reducer in reducers.items():
        fold(reducer, *picture.snapshot(audience, picture.shared(audience.shared)).texts("now"))
    for told, gap in ticks:
        # Seqs have gaps where a transaction was rolled back.
        since = picture.seq
        delta = picture.apply(since + len(told) + gap, entries(told))
        for audience, reducer in reducers.items():
            fold(reducer, *patch_for(picture, audience, since, delta).texts)
            assert reducer.shown() == seen_by(picture, audience)


@given(st.lists(st.one_of(BY_GROUP, COMMANDS), max_size=8), TICKS, st.sampled_from(AUDIENCES))
def test_a_slow_socket_gets_to_the_same_with_one_merged_patch(
    before: list[Told], ticks: list[Any], audience: Audience
) -> None:
    picture = Picture("1-a", 10, {entity: each for entity, each in entries(before).items() if each})
    reducer = Reducer()
    fold(reducer, *picture.snapshot(audience, picture.shared(audience.shared)).texts("now"))
    merged = picture.patch(picture.seq, {})
    for told, gap in ticks:
        since = picture.seq
        delta = picture.apply(since + len(told) + gap, entries(told))
        merged = merged.then(patch_for(picture, audience, since, delta))
    fold(reducer, *merged.texts)
    assert reducer.shown() == seen_by(picture, audience)
    assert reducer.seq == picture.seq


@given(st.lists(st.one_of(BY_GROUP, COMMANDS), max_size=8), TICKS, st.sampled_from(AUDIENCES))
def test_no_frame_holds_a_row_that_may_not_be_seen_nor_a_key_that_never_could(
    before: list[Told], ticks: list[Any], audience: Audience
) -> None:
    picture = Picture("1-a", 10, {entity: each for entity, each in entries(before).items() if each})
    could_see = {(kind, key) for kind, rows in seen_by(picture, audience).items() for key in rows}
    for told, gap in ticks:
        since = picture.seq
        delta = picture.apply(since + len(told) + gap, entries(told))
        for text in patch_for(picture, audience, since, delta).texts:
            frame = json.loads(text)
            for kind, rows in frame["set"].items():
                for row in rows:
                    assert may_see(audience, kind, row["of"], row)
                    could_see.add((kind, row["key"]))
            for kind, keys in frame["del"].items():
                assert {(kind, key) for key in keys} <= could_see


@given(st.lists(st.one_of(BY_GROUP, COMMANDS), max_size=8), st.sampled_from(AUDIENCES))
def test_what_has_not_changed_is_not_sent(before: list[Told], audience: Audience) -> None:
    told = entries(before)
    picture = Picture("1-a", 10, {entity: each for entity, each in told.items() if each})
    delta = picture.apply(20, told)
    assert delta.is_empty
    assert patch_for(picture, audience, 10, delta).changes == {}
