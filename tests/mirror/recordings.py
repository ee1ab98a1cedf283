"""Recordings of real Asterisks (see tests/recordings/README.md) as messages, and a mirror to play them to."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from ami_worker.ami.protocol import Message, Parser
from ami_worker.mirror import Family, Mirror


RECORDINGS = Path(__file__).parents[1] / "recordings"


class Listed(NamedTuple):
    """One list of a snapshot: its action's family, the room for ConfbridgeList, and the items."""

    family: Family
    scope: str
    items: list[Message]


class Snapshot(NamedTuple):
    """All lists as taken at a quiet point, after `after` events of the recording."""

    label: str
    after: int
    lists: list[Listed]


class Recording(NamedTuple):
    """One scene on one version of Asterisk."""

    name: str
    events: list[Message]
    snapshots: list[Snapshot]

    def snapshot(self, label: str) -> Snapshot:
        return next(snapshot for snapshot in self.snapshots if snapshot.label == label)


class Clock:
    """Time as the test wants it."""

    def __init__(self, at: float = 1_795_000_000.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at

    def advance(self, seconds: float) -> None:
        self.at += seconds


def names(version: str = "*") -> list[str]:
    """`22/blind_transfer`, … of all recordings that there are."""
    return sorted(f"{path.parent.name}/{path.stem}" for path in RECORDINGS.glob(f"{version}/*.json"))


@cache
def recording(name: str) -> Recording:
    index = json.loads((RECORDINGS / f"{name}.json").read_text())
    raw = (RECORDINGS / f"{name}.ami").read_bytes()
    directory = RECORDINGS / name.partition("/")[0]
    snapshots = []
    for entry in index["snapshots"]:
        lists = _lists((directory / entry["file"]).read_bytes(), entry["lists"])
        snapshots.append(Snapshot(entry["label"], len(_messages(raw[: entry["offset"]])), lists))
    return Recording(name, _messages(raw), snapshots)


def _messages(raw: bytes) -> list[Message]:
    return Parser().feed(raw)


def _lists(raw: bytes, index: list[dict[str, Any]]) -> list[Listed]:
    ends = [entry["offset"] for entry in index[1:]] + [len(raw)]
    lists = []
    for entry, end in zip(index, ends, strict=True):
        messages = _messages(raw[entry["offset"] : end])
        items = [message for message in messages[1:] if "EventList" not in message]
        lists.append(Listed(Family(entry["action"]), entry.get("conference", ""), items))
    return lists


def take(mirror: Mirror, snapshot: Snapshot) -> int:
    """Give the mirror all lists of a snapshot; returns the corrections."""
    return sum(take_list(mirror, *listed) for listed in snapshot.lists)


def take_list(mirror: Mirror, family: Family, scope: str, items: list[Message]) -> int:
    mirror.begin_list(family, scope)
    for item in items:
        mirror.list_item(family, item)
    return mirror.end_list(family)


def play(mirror: Mirror, events: list[Message], clock: Clock, step: float = 0.01) -> None:
    """Apply the events; a recording has no times but those in the Uniqueids."""
    for event in events:
        clock.advance(step)
        epoch = event.get("Uniqueid").partition(".")[0]
        if epoch.isdecimal():
            clock.at = max(clock.at, float(epoch))
        mirror.apply(event)
