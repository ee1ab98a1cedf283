"""The demo PBX against recordings of Asterisk 22: the same scene gives the same events, header for header, and, for
each channel, in the same order.

Between channels Asterisk promises no order, and device states come when they come, so neither is compared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from tests.demo.reception_plays import PLAYS
from tests.demo.stage import Fields, Stage, messages


RECORDINGS = Path(__file__).parents[1] / "recordings" / "22"

LIFE = ("Newchannel", "Newstate", "BridgeEnter", "BridgeLeave", "Hangup")
FAMILIES: dict[str, tuple[str, ...]] = {
    "life": LIFE,
    "queue": ("QueueCallerJoin", "QueueCallerAbandon", "QueueCallerLeave", "AgentConnect"),
    "music": ("MusicOnHoldStart", "MusicOnHoldStop"),
    "hold": ("Hold", "Unhold"),
    "names": ("NewCallerid", "NewConnectedLine"),
    "end": ("HangupRequest", "SoftHangupRequest"),
}
DIAL = ("DialBegin", "DialState", "DialEnd")
ASIDE = ("FullyBooted", "DeviceStateChange", "ExtensionStatus", "QueueMemberStatus", "Reload", *DIAL)


@cache
def recorded(scene: str) -> list[Fields]:
    text = (RECORDINGS / f"{scene}.ami").read_bytes().decode("utf-8", "replace")
    return [message for message in messages(text) if "Event" in message]


@cache
def played(scene: str) -> tuple[Stage, list[Fields]]:
    stage = Stage()
    PLAYS[scene](stage)
    stage.wait(2)
    return stage, stage.events


@cache
def recorded_headers(pattern: str) -> dict[str, set[frozenset[str]]]:
    """Event name -> the sets of headers with which it was seen."""
    found: dict[str, set[frozenset[str]]] = defaultdict(set)
    for file in RECORDINGS.glob(pattern):
        for message in messages(file.read_bytes().decode("utf-8", "replace")):
            if "Event" in message:
                found[message["Event"]].add(frozenset(message) - {"ActionID"})
    return found


BY_CHANCE = {("cordboard_join", "music")}
"""Of two who are sent into a room together the first hears music for a moment, or not."""

BY_TURN = ("queue_ring_no_answer",)
"""Which member is asked first depends on what the queue has seen before: here phones are told apart by their turn."""


def roles(events: list[Fields], *, by_turn: bool) -> dict[str, str]:
    """Channel name -> "PJSIP/201 the first", alike in recording and play."""
    count: dict[str, int] = defaultdict(int)
    found = {}
    for event in events:
        if event["Event"] == "Newchannel":
            name = event["Channel"]
            device = name.rpartition("-")[0] + (name[-2:] if ";" in name else "")
            device = "PJSIP/member" if by_turn and device[-3:].isdigit() else device
            count[device] += 1
            found[name] = f"{device} {count[device]}"
    return found


def by_channel(events: list[Fields], *, by_turn: bool) -> dict[tuple[str, str], list[str]]:
    """(channel, family) -> what happened to it, in order; of Local halves, which race, only what, not when.

    Of the names that a channel shows only the last counts: those in between depend on who is quicker.
    """
    who = roles(events, by_turn=by_turn)
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for event in events:
        name = event["Event"]
        for family, names in FAMILIES.items():
            if name in names and event.get("Channel") in who:
                role = who[event["Channel"]]
                if not (role.startswith("Local/") and family == "end"):  # which half is asked first is chance
                    found[role, family].append(_said(event))
        if name in DIAL and event.get("DestChannel") in who:
            found[who[event["DestChannel"]], "dial"].append(f"{name} {event.get('DialStatus', '')}".strip())
    for (role, family), said in found.items():
        if family == "names":
            del said[:-1]
        if role.startswith("Local/"):
            said.sort()
    return {key: said for key, said in found.items() if not (by_turn and key[1] == "names")}


def _said(event: Fields) -> str:
    match event["Event"]:
        case "Newstate":
            return f"Newstate {event['ChannelStateDesc']}"
        case "NewCallerid":
            return f"NewCallerid {event['CallerIDNum']}"
        case "NewConnectedLine":
            return f"NewConnectedLine {event['ConnectedLineNum']}"
        case "Hangup":
            return f"Hangup {event['Exten']}"
        case name:
            return name


def beside_channels(events: list[Fields]) -> list[str]:
    """The other events, however ordered. The bridge of the parking lot is made once and stays."""
    of_channels = {name for names in FAMILIES.values() for name in names}
    return sorted(
        event["Event"]
        for event in events
        if event["Event"] not in of_channels and event["Event"] not in ASIDE and event.get("BridgeType") != "parking"
    )


@pytest.mark.parametrize("scene", PLAYS)
def test_each_channel_lives_through_the_same_events_in_the_same_order(scene: str) -> None:
    by_turn = scene in BY_TURN
    demo, real = by_channel(played(scene)[1], by_turn=by_turn), by_channel(recorded(scene), by_turn=by_turn)
    assert demo.keys() == real.keys()
    for key in real:
        assert demo[key] == real[key] or (scene, key[1]) in BY_CHANCE, key


@pytest.mark.parametrize("scene", PLAYS)
def test_bridges_transfers_queues_and_rooms_tell_the_same(scene: str) -> None:
    assert beside_channels(played(scene)[1]) == beside_channels(recorded(scene))


@pytest.mark.parametrize("scene", PLAYS)
def test_every_event_has_the_headers_that_the_real_one_has(scene: str) -> None:
    known = recorded_headers("*[!s].ami")
    for event in played(scene)[1]:
        seen = known.get(event["Event"])
        assert seen, f"{event['Event']} is in no recording"
        assert frozenset(event) - {"ActionID"} in seen, event["Event"]


@pytest.mark.parametrize("scene", PLAYS)
def test_nothing_remains_after_the_scene(scene: str) -> None:
    stage, _ = played(scene)
    assert stage.empty
    assert set(stage.pbx.truth()["hints"].values()) == {0}


LISTS: dict[str, Callable[[Stage], object]] = {
    "CoreShowChannels": lambda s: s.call("5550100"),
    "QueueStatus": lambda s: s.call("5550101"),
    "ParkedCalls": lambda s: s.pbx.parking.park(s.call("5550108"), "PJSIP/201"),
    "ConfbridgeListRooms": lambda s: s.call("5550106"),
    "ConfbridgeList": lambda s: s.call("5550106"),
    "DeviceStateList": lambda s: None,
    "ExtensionStateList": lambda s: None,
    "VoicemailUsersList": lambda s: None,
    "PJSIPShowRegistrationsOutbound": lambda s: None,
}


@pytest.mark.parametrize("action", LISTS)
def test_every_list_item_has_the_headers_that_the_real_one_has(action: str) -> None:
    known = recorded_headers("*.lists.ami")
    stage = Stage()
    LISTS[action](stage)
    stage.wait()
    answer, *items = stage.act(action, Conference="800")
    assert answer["EventList"] == "start"
    assert items
    assert items[-1]["EventList"] == "Complete"
    for item in items:
        assert frozenset(item) - {"ActionID"} in known[item["Event"]], item["Event"]
        assert item["ActionID"] == "test-1"
