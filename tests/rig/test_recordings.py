"""The recordings are whole: what the events add up to is what Asterisk listed at the same moment.

The reckoning here is as simple as can be (a channel lives from Newchannel to Hangup), and owes nothing to the code
under test.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.rig.ami import Fields, frames
from tests.rig.record import LISTS, RECORDINGS
from tests.rig.scenes import SCENES


VERSIONS = ("22", "16")
ALL = [(version, name) for version in VERSIONS for name in SCENES]


def load(version: str, name: str) -> tuple[dict[str, Any], bytes]:
    directory = RECORDINGS / version
    return json.loads((directory / f"{name}.json").read_text()), (directory / f"{name}.ami").read_bytes()


def lists_of(version: str, snapshot: dict[str, Any]) -> list[Fields]:
    return frames((RECORDINGS / version / snapshot["file"]).read_bytes())


def test_every_scene_is_recorded_on_both_versions_and_nothing_else_is() -> None:
    for version in VERSIONS:
        recorded = {path.stem for path in (RECORDINGS / version).glob("*.json")}
        assert recorded == set(SCENES), version


def test_the_recordings_stay_small() -> None:
    assert sum(path.stat().st_size for path in RECORDINGS.rglob("*") if path.is_file()) < 8_000_000


@pytest.mark.parametrize(("version", "name"), ALL)
def test_the_channels_by_events_are_the_channels_that_asterisk_listed(version: str, name: str) -> None:
    index, stream = load(version, name)
    for snapshot in index["snapshots"]:
        listed = {row["Uniqueid"] for row in lists_of(version, snapshot) if row.get("Event") == "CoreShowChannel"}
        assert listed == alive(stream[: snapshot["offset"]]), snapshot["label"]


@pytest.mark.parametrize(("version", "name"), ALL)
def test_a_scene_begins_and_ends_in_an_idle_office(version: str, name: str) -> None:
    index, stream = load(version, name)
    first, *_, last = index["snapshots"]
    assert (first["label"], last["label"]) == ("start", "end")
    assert last["offset"] == len(stream) == index["bytes"]
    assert index["asterisk"].startswith(f"{version}.")
    assert alive(stream) == set()
    assert frames(stream)[0]["Event"] == "FullyBooted"


@pytest.mark.parametrize(("version", "name"), ALL)
def test_each_snapshot_has_all_lists_and_each_list_its_end(version: str, name: str) -> None:
    index, _ = load(version, name)
    for snapshot in index["snapshots"]:
        assert tuple(entry["action"] for entry in snapshot["lists"][: len(LISTS)]) == LISTS
        if name.startswith("cordboard"):
            assert snapshot["lists"][-1]["action"] == "Status"
        for entry, answer in zip(snapshot["lists"], answers(lists_of(version, snapshot)), strict=True):
            head, *items = answer
            if head.get("EventList") == "start":
                assert items[-1]["EventList"] == "Complete", entry
                assert int(items[-1].get("ListItems", len(items) - 1)) == len(items) - 1, entry


def alive(stream: bytes) -> set[str]:
    channels: set[str] = set()
    for message in frames(stream):
        if message.get("Event") == "Newchannel":
            channels.add(message["Uniqueid"])
        elif message.get("Event") == "Hangup":
            channels.remove(message["Uniqueid"])
    return channels


def answers(messages: list[Fields]) -> Iterator[list[Fields]]:
    """The messages of each action: a response and what follows with it."""
    current: list[Fields] = []
    for message in messages:
        if "Response" in message and current:
            yield current
            current = []
        current.append(message)
    yield current


def test_the_recordings_hold_no_trace_of_this_machine() -> None:
    for path in RECORDINGS.rglob("*"):
        if path.is_file():
            assert str(Path.home()).encode() not in path.read_bytes(), path
