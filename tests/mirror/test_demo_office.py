"""The mirror follows the demo office through a busy time, and every ten seconds it is seen whether it has it right."""

from __future__ import annotations

from typing import Any

import pytest

from ami_worker.ami.protocol import Message, Parser
from ami_worker.mirror import Family, Mirror
from panel.vocabulary import Kind, Link
from tests.demo.stage import Stage
from tests.demo.test_office import day, evening

from .recordings import take_list
from .test_recordings import assert_nothing_is_left


LISTS = (Family.CHANNELS, Family.QUEUES, Family.PARKED, Family.ROOMS, Family.DEVICES, Family.HINTS, Family.MAILBOXES)


class Follower:
    """A mirror that hears every event of an office as it happens."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.mirror = self.by_lists()
        self._parser = Parser()
        stage.switch.listeners.append(self._hear)

    def _hear(self, _classes: int, _name: str, text: str) -> None:
        for message in self._parser.feed(text.encode() if text.endswith("\r\n\r\n") else f"{text}\r\n".encode()):
            self.mirror.apply(message)

    def by_lists(self) -> Mirror:
        """Another mirror, that knows nothing but what the office lists now."""
        mirror = Mirror("main", now=lambda: self.stage.clock.now)
        for family in LISTS:
            items = self._items(family)
            take_list(mirror, family, "", items)
            for room in [item["Conference"] for item in items if family is Family.ROOMS]:
                take_list(mirror, Family.ROOM, room, self._items(Family.ROOM, Conference=room))
        mirror.set_link(Link.LIVE)
        return mirror

    def _items(self, family: Family, **headers: str) -> list[Message]:
        answer = self.stage.act(family.value, **headers)
        return [Message.of(fields.items()) for fields in answer if "Event" in fields and "EventList" not in fields]


def seen(mirror: Mirror) -> dict[str, Any]:
    """What a receptionist looks at. Hold is left out, also that of one who dials: lists do not have it."""
    rows = mirror.rows()
    parties = [party for call in rows[Kind.CALL].values() for party in call["parties"]]
    calm = {"held": "talking", "dialling": "talking"}
    return {
        "phones": {key: calm.get(row["state"], row["state"]) for key, row in rows[Kind.EXTENSION].items()},
        "legs": {party["key"]: calm.get(party["state"], party["state"]) for party in parties},
        "peers": {party["key"]: party["peers"] for party in parties},
        "waiting": {key: row["position"] for key, row in rows[Kind.CALLER].items()},
        "parked": {key: row["space"] for key, row in rows[Kind.PARKED].items()},
        "rooms": {key: {each["channel"] for each in row["members"]} for key, row in rows[Kind.CONFERENCE].items()},
        "mailboxes": rows[Kind.MAILBOX],
    }


@pytest.mark.parametrize("seed", range(2))
def test_a_busy_half_hour_in_the_demo_office(seed: int) -> None:
    stage, traffic = day(seed, rate=0.7)
    follower = Follower(stage)
    traffic.start()
    for _ in range(180):
        stage.wait(10)
        follower.mirror.changes()
        assert seen(follower.mirror) == seen(follower.by_lists()), f"at {stage.clock.now}"
    evening(stage, traffic)
    assert_nothing_is_left(follower.mirror)
    assert not follower.mirror.unknown_ids
