"""What a PBX says itself, by its lists, compared row by row with what a board shows.

Used by the tests in this folder where a count of calls would prove too little. The lists are read on a plain socket and
understood here anew: nothing of the worker's own reading of them is believed.
"""

from __future__ import annotations

import operator
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, Protocol

from tests.e2e.board import Row
from tests.e2e.stack import eventually
from tests.rig.ami import RawSession


ANSWERED = {"talking", "held", "queued", "parked", "dialling"}
SHOWN_FOR_CHANNEL = {"Ringing": {"ringing"}, "Ring": {"dialling", "queued", "parked"}, "Up": ANSWERED}
"""By the state that Asterisk gives a channel, what the party may be in. One that is up dials again after a transfer."""

SHOWN_FOR_DEVICE = {
    "NOT_INUSE": {"idle", "dnd"},
    "INUSE": {"talking", "held"},
    "BUSY": {"talking", "held", "ringing"},
    "RINGING": {"ringing"},
    "RINGINUSE": {"ringing"},
    "ONHOLD": {"held", "talking"},
    "UNAVAILABLE": {"offline"},
}
"""By the state of the phone, what the tile of the extension may say. Asterisk says ONHOLD of the phone whose party
pressed hold.
"""

Picture = dict[str, Any]


class HasSessions(Protocol):
    """A PBX, real or not."""

    def session(self) -> RawSession: ...


class HasRows(Protocol):
    """A board, or whatever else keeps the rows that a board gets."""

    def all(self, kind: str) -> list[Row]: ...


class Difference(NamedTuple):
    """A row that is shown otherwise than it is listed; None where it is not there at all."""

    kind: str
    key: str
    shown: Any
    listed: Any

    def __str__(self) -> str:
        return f"{self.kind} {self.key}: shown {self.shown}, listed {self.listed}"


def assert_every_row_is_right(board: HasRows, pbx: HasSessions, seconds: float) -> None:
    """Calls and who is in them, extensions, waiting callers in their order, members, parked calls and conferences are
    those that the PBX lists, within `seconds`.
    """
    found: list[Difference] = []

    def is_right() -> bool:
        with pbx.session() as session:
            told = listed(session)
        found[:] = differences(shown(board), told)
        return not found

    try:
        eventually(is_right, seconds, "every row is what the PBX lists")
    except AssertionError as late:
        raise AssertionError(f"{late}: {len(found)} differ: " + "; ".join(map(str, found[:20]))) from None


def listed(session: RawSession) -> Picture:
    """The lists, in the words of a board."""
    every = session.list("CoreShowChannels", timeout=30)
    channels = [channel for channel in every if not channel["Channel"].startswith("Local/")]
    queues = session.list("QueueStatus", timeout=30)
    entries = [entry for entry in queues if entry["Event"] == "QueueEntry"]
    members = [entry for entry in queues if entry["Event"] == "QueueMember"]
    parked = session.list("ParkedCalls", timeout=30)
    rooms = session.list("ConfbridgeListRooms", timeout=30)
    hints = {hint["Exten"]: hint for hint in session.list("ExtensionStateList", timeout=30)}
    devices = {device["Device"]: device["State"] for device in session.list("DeviceStateList", timeout=30)}
    return {
        "call": _groups((channel["Linkedid"], channel["Uniqueid"]) for channel in channels),
        "party": {channel["Uniqueid"]: channel["ChannelStateDesc"] for channel in channels},
        "phone": _groups(
            (channel["Channel"].partition("/")[2].rpartition("-")[0], channel["Uniqueid"])
            for channel in channels
            if channel["ChannelStateDesc"] != "Down"  # made, but nothing was sent to the phone yet
        ),
        "extension": {
            number: (devices[phone], hint["Status"])
            for number, hint in hints.items()
            if (phone := hint["Hint"].partition("&")[0]).startswith("PJSIP/")
        },
        "caller": {f"{entry['Queue']}/{entry['Uniqueid']}": int(entry["Position"]) for entry in entries},
        "member": {f"{entry['Queue']}/{entry['Location']}": entry["Paused"] == "1" for entry in members},
        "parked": {entry["ParkeeUniqueid"]: entry["ParkingSpace"] for entry in parked},
        "conference": {room["Conference"]: int(room["Parties"]) for room in rooms},
    }


def shown(board: HasRows) -> Picture:
    """The same of the board."""
    calls, extensions = board.all("call"), board.all("extension")
    return {
        "call": {call["key"]: {party["key"] for party in call["parties"]} for call in calls},
        "party": {party["key"]: party["state"] for call in calls for party in call["parties"]},
        "phone": {row["number"]: {call["channel"] for call in row["calls"]} for row in extensions if row["calls"]},
        "extension": {row["number"]: row["state"] for row in extensions},
        "caller": {row["key"]: row["position"] for row in board.all("caller")},
        "member": {row["key"]: row["paused"] for row in board.all("member")},
        "parked": {row["key"]: row["space"] for row in board.all("parked")},
        "conference": {row["room"]: len(row["members"]) for row in board.all("conference")},
    }


def differences(shown: Picture, told: Picture) -> list[Difference]:
    """Of the kinds that are shown."""
    found = []
    for kind, there in _of_ours(shown, told).items():
        is_right = _RIGHT.get(kind, operator.eq)
        here = shown[kind]
        for key in sorted(there.keys() | here.keys()):
            difference = Difference(kind, key, here.get(key), there.get(key))
            if None in difference or not is_right(difference.shown, difference.listed):
                found.append(difference)
    return found


def _of_ours(shown: Picture, told: Picture) -> Picture:
    """What is told of the kinds that are shown; of the phones, those that have a tile."""
    rows = {kind: told[kind] for kind in shown}
    if "phone" in rows:
        rows["phone"] = {number: keys for number, keys in told["phone"].items() if number in shown["extension"]}
    return rows


def _party_is_right(shown: str, told: str) -> bool:
    return shown in SHOWN_FOR_CHANNEL.get(told, {"dialling"})


def _tile_is_right(shown: str, told: tuple[str, str]) -> bool:
    device, hint = told
    does_not_disturb = device == "NOT_INUSE" and hint != "0"
    return shown in SHOWN_FOR_DEVICE[device] and (shown == "dnd") == does_not_disturb


_RIGHT: dict[str, Callable[[Any, Any], bool]] = {"party": _party_is_right, "extension": _tile_is_right}


def _groups(pairs: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    groups: dict[str, set[str]] = defaultdict(set)
    for name, member in pairs:
        groups[name].add(member)
    return dict(groups)
