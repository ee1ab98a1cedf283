"""The keys of a further PBX: what leaves the worker names things as the whole panel does, and comes back as it was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from ami_worker.keys import Keys
from ami_worker.mirror import Change, Mirror, Record
from panel.vocabulary import Kind, Link, OperatorRow, RecordKind
from tests.mirror.recordings import Clock, names, play, recording, take
from tests.people import two_pbxs


KEYED = {"extension", "extensions", "call", "queue", "mailbox", "parked", "conference", "held_by", "camped", "agent"}
"""Fields that hold a key, or keys, wherever they stand in a row."""


@pytest.fixture(autouse=True)
def branch(settings: Settings) -> None:
    settings.PBXS = two_pbxs()


def told() -> Iterator[Change | Record]:
    """Every change and every record that the recordings of a real Asterisk make."""
    for name in names("22"):
        tape, clock = recording(name), Clock()
        mirror = Mirror("branch", now=clock)
        take(mirror, tape.snapshots[0])
        mirror.set_link(Link.LIVE)
        for event in tape.events[tape.snapshots[0].after :]:
            play(mirror, [event], clock)
            yield from mirror.changes()
            yield from mirror.records()


def keyed(kind: str, value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every key in a row, with where it stands."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from keyed(kind, part, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for part in value:
            yield from keyed(kind, part, path)
    elif path.rpartition(".")[2] in KEYED and value:
        yield f"{kind}.{path}", value


def test_every_key_in_every_row_of_a_recording_says_which_pbx_it_is_of() -> None:
    keys, seen = Keys("branch"), set()
    for each in keys.outward(list(told())):
        for place, value in keyed(each.kind.value, each.row):
            seen.add(place)
            assert value.startswith("branch/"), (place, value)
        if each.kind is Kind.PBX:
            assert each.key == "branch"
        else:
            assert each.key.startswith("branch/")
            if isinstance(each, Change) and each.row is not None:
                assert (each.row["key"], each.row["pbx"]) == (each.key, "branch")
    assert {"call.parties.extension", "call.care.operator.extension", "call.story.who.extension"} <= seen
    assert {"extension.calls.call", "member.queue", "caller.call", "parked.parked_by.extension"} <= seen
    assert {"call.held_by", "call.conference", "call.parked", "extension.camped", "mailbox.extension"} <= seen
    assert {"conference.members.extension", "listening.to.extension", "listening.call"} <= seen
    assert {"passage_record.agent", "span_record.agent", "call_record.extensions"} <= seen


def test_a_record_that_is_read_again_is_what_the_mirror_made() -> None:
    keys = Keys("branch")
    records = [each for each in told() if isinstance(each, Record)]
    assert {record.kind for record in records} >= {RecordKind.PASSAGE, RecordKind.CALL, RecordKind.SPAN}
    for record, written in zip(records, keys.outward(records), strict=True):
        assert written.key != record.key
        assert keys.inward(record.kind, {**(written.row or {}), "key": written.key}) == {
            **(record.row or {}),
            "key": record.key,
        }


def test_the_first_pbx_has_plain_keys_and_rows_as_ever() -> None:
    batch = list(told())
    assert Keys("pbx").outward(batch) == batch


@pytest.mark.parametrize(
    ("key", "pbx"), [("201", "pbx"), ("branch/201", "branch"), ("branch", "pbx"), ("branches/201", "pbx"), ("", "pbx")]
)
def test_a_key_says_whose_it_is(key: str, pbx: str) -> None:
    assert [name for name in ("pbx", "branch") if Keys(name).is_ours(key)] == [pbx]


def test_an_operator_keeps_the_log_in_name_as_key() -> None:
    row = OperatorRow(key="bea", name="Bea", role="receptionist", extension="201")
    (change,) = Keys("branch").outward([Change(Kind.OPERATOR, "bea", (), dict(row))])
    assert isinstance(change, Change)
    assert (change.key, change.row) == ("bea", {**row, "extension": "branch/201"})
