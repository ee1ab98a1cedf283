"""The demo PBX without a socket and without real time: play something, and read the events that came of it."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

from ami_worker.demo.actions import TABLE, Request
from ami_worker.demo.channels import Channel
from ami_worker.demo.clock import Clock
from ami_worker.demo.office import Office, make_office
from ami_worker.demo.pbx import Pbx
from ami_worker.demo.phones import Phone
from ami_worker.demo.server import Server
from ami_worker.demo.session import Session
from ami_worker.demo.wire import EVERYTHING


START = 1_700_000_000.0
Fields = dict[str, str]


def fields(text: str) -> Fields:
    """The headers of one message; the first of a name wins."""
    found: Fields = {}
    for line in text.split("\r\n"):
        name, colon, value = line.partition(":")
        if colon:
            found.setdefault(name, value.strip())
    return found


def messages(text: str) -> Iterator[Fields]:
    return (fields(part) for part in text.split("\r\n\r\n") if part.strip())


def tests_office() -> Office:
    """The ten phones and two queues of the PBX that the tests bring up (tests/rig/etc)."""
    office = make_office(10)
    office.queues["front"].members = [("203", 0), ("204", 0)]
    office.queues["support"].members = [("204", 0), ("205", 1)]
    for plan in office.queues.values():
        plan.ring_seconds, plan.wrapup_seconds = 5, 2
    return office


class Stage:
    """A PBX whose time passes only when it is told to."""

    def __init__(self, office: Office | None = None, **options: Any) -> None:
        self.clock = Clock(START)
        self.pbx = Pbx(office or tests_office(), self.clock, **options)
        self.switch = self.pbx.switch
        self.events: list[Fields] = []
        self.texts: list[str] = []
        self.switch.listeners.append(self._hear)
        self.session = Session(Server(self.pbx, []))
        self.session.read = self.session.write = EVERYTHING
        self.dice = random.Random(1)

    def _hear(self, _classes: int, _name: str, text: str) -> None:
        self.texts.append(text)
        self.events.append(fields(text))

    def wait(self, seconds: float = 1.0) -> None:
        self.clock.run_for(seconds)

    def phone(self, number: str) -> Phone:
        return self.pbx.phones[number]

    def call(self, did: str, number: str = "+48600111222", name: str = "Jan Novák") -> Channel:
        return self.pbx.outside["itsp"].call(did, number, name)

    def hang_up(self, channel: Channel) -> None:
        self.pbx.outside["itsp"].hangup(channel)

    def act(self, action: str, *pairs: tuple[str, str], **headers: str) -> list[Fields]:
        """Do an action; returns the answer, and the items and the end of its list if it has one."""
        lines = [("Action", action), ("ActionID", "test-1"), *headers.items(), *pairs]
        text = TABLE[action.lower()].perform(Request(lines, self.pbx, self.session))
        self.wait(0)
        return list(messages(text))

    def ok(self, action: str, *pairs: tuple[str, str], **headers: str) -> Fields:
        answer = self.act(action, *pairs, **headers)[0]
        assert answer["Response"] == "Success", answer
        return answer

    def refused(self, action: str, *pairs: tuple[str, str], **headers: str) -> str:
        answer = self.act(action, *pairs, **headers)[0]
        assert answer["Response"] == "Error", answer
        return answer["Message"]

    def channel(self, prefix: str) -> Channel:
        (found,) = (channel for name, channel in self.switch.names.items() if name.startswith(prefix))
        return found

    def named(self, event: str) -> list[Fields]:
        return [found for found in self.events if found["Event"] == event]

    def talking(self, *devices: str) -> bool:
        """Whether these devices, and no others, are in one conversation."""
        bridges = [bridge for bridge in self.switch.bridges.values() if bridge.channels]
        return len(bridges) == 1 and sorted(c.device for c in bridges[0].channels) == sorted(devices)

    @property
    def empty(self) -> bool:
        """Nothing is going on any more."""
        truth = self.pbx.truth()
        return not any(truth[kind] for kind in ("channels", "bridges", "parked", "rooms")) and not any(
            truth["callers"].values()
        )
