"""Operators' phones with callers on them, and calls in the middle of something, for the tests that then kill a part.

Used by the tests of kills. What the callers hear and whom they talk to is asked of Asterisk itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from tests.e2e.board import Board, Row
from tests.e2e.stack import Panel, eventually
from tests.e2e.waiting import PATIENCE, wait_call, wait_idle
from tests.rig.ami import RawSession
from tests.rig.asterisk import Asterisk
from tests.rig.phones import Phone, Rig, SipProcess


QUICK = {"TRANSFER_TIMEOUT": 7, "HOLD_TIMEOUT": 7, "CAMP_TIMEOUT": 7, "RETURN_TIMEOUT": 20}
"""Seconds: longer than it takes to send five calls on and kill something, shorter than a test."""

OPERATORS = {"alice": "201", "bela": "202", "carla": "203", "dora": "204", "eva": "205"}
RINGS_ONLY, BUSY, OTHER, ASKED, NEXT = "206", "207", "208", "209", "210"


@contextmanager
def settings(asterisk: Asterisk, **values: object) -> Iterator[Asterisk]:
    """Settings of the include (`HOLD_TIMEOUT=60`) for the length of a block."""
    with asterisk.session() as pbx:
        before = {name: pbx.action("Getvar", {"Variable": f"CORDBOARD_{name}"})["Value"] for name in values}
        for name, value in values.items():
            pbx.action("Setvar", {"Variable": f"CORDBOARD_{name}", "Value": str(value)})
        try:
            yield asterisk
        finally:
            for name, value in before.items():
                pbx.action("Setvar", {"Variable": f"CORDBOARD_{name}", "Value": value})


@dataclass(frozen=True)
class Desk:
    """An operator's phone, which answers whatever rings, and the caller who has called it. `call` is the key of the
    call, `caller` the Uniqueid of the caller's channel; `pbx` hears the events of calls.
    """

    number: str
    board: Board
    pbx: RawSession
    phone: Phone
    call: str
    caller: str

    @classmethod
    def in_call(cls, number: str, board: Board, rig: Rig, pbx: RawSession) -> Desk:
        phone = rig.phone(number, answer_after=0)
        rig.call_from_outside(f"5550{number}", name=f"Caller of {number}")
        call = wait_call(board, "talking", number)
        (caller,) = [party["key"] for party in call["parties"] if party["extension"] == ""]
        return cls(number, board, pbx, phone, call["key"], caller)

    def give(self, name: str, **args: str) -> None:
        receipt = self.board.command(name, call=self.call, **args)
        assert receipt.get("state") == "done", str(receipt)

    def care(self) -> Row:
        found: Row = self.board.row("call", self.call).get("care") or {}
        return found

    def has_caller_again(self) -> None:
        """The phone has rung with the caller, for the second time since it was put on the desk, and they talk."""
        self.phone.wait("answered", count=2, timeout=40)
        eventually(lambda: self.talks_to(self.number), PATIENCE, f"the caller talks with {self.number} again")

    def is_shown_with_caller(self) -> None:
        """The operator's own board shows them in a call."""
        call = wait_call(self.board, "talking", self.number)
        assert self.caller in {party["key"] for party in call["parties"]}

    def talks_to(self, number: str) -> bool:
        """Whether the caller is in a bridge with this phone, and with nobody else."""
        rows = self.pbx.list("CoreShowChannels")
        bridge = next((row["BridgeId"] for row in rows if row["Uniqueid"] == self.caller), "")
        others = [row["Channel"] for row in rows if row["BridgeId"] == bridge != "" and row["Uniqueid"] != self.caller]
        return len(others) == 1 and others[0].startswith(f"PJSIP/{number}-")

    def wait_music(self) -> None:
        """The caller hears music."""
        eventually(self._has_music, 2, f"music for the caller of {self.number}")

    def _has_music(self) -> bool:
        """Whether it has begun for the caller and not ended, by the events so far."""
        while self.pbx.read(0.01):
            pass
        turns = ("MusicOnHoldStart", "MusicOnHoldStop")
        heard = [each["Event"] for each in self.pbx.messages() if each.get("Event") in turns
                 and each["Uniqueid"] == self.caller]  # fmt: skip
        return heard[-1:] == ["MusicOnHoldStart"]


@dataclass(frozen=True)
class Reception:
    """Five operators, each in a call with a caller; and somebody to ask, somebody busy, somebody who only rings."""

    hold: Desk
    transfer: Desk
    camp: Desk
    consult: Desk
    serial: Desk
    asked: Phone
    next_person: Phone
    busy: tuple[Phone, SipProcess]

    @property
    def desks(self) -> tuple[Desk, ...]:
        return self.hold, self.transfer, self.camp, self.consult, self.serial

    @property
    def waiting(self) -> tuple[Desk, ...]:
        """Those whose caller waits, once all five are in the middle of something."""
        return self.hold, self.transfer, self.camp, self.consult

    @property
    def boards(self) -> tuple[Board, ...]:
        return tuple(desk.board for desk in self.desks)

    def let_the_callers_wait(self) -> None:
        """All five calls are in the middle of something, begun at the same time."""
        steps = [
            lambda: self.serial.give("serial", to=NEXT),
            lambda: self.consult.give("consult", to=ASKED),
            lambda: self.camp.give("camp", to=BUSY),
            lambda: self.transfer.give("transfer", to=RINGS_ONLY),
            lambda: self.hold.give("hold"),
        ]
        with ThreadPoolExecutor(len(steps)) as operators:
            for done in [operators.submit(step) for step in steps]:
                done.result()
        self.next_person.wait("answered")
        self.asked.wait("answered")

    def go_on(self) -> None:
        """The people go on while the panel cannot: who was asking hangs up, and so does who was called in between."""
        self.consult.phone.hangup()
        self.next_person.hangup()

    def callers_are_back(self) -> None:
        """Each caller talks with the operator again."""
        for desk in self.desks:
            desk.has_caller_again()


@contextmanager
def reception(panel: Panel, rig: Rig, asterisk: Asterisk) -> Iterator[Reception]:
    """Five operators with their sockets, and five callers who talk with them."""
    with ExitStack() as stack:
        pbx = stack.enter_context(asterisk.session(events="call"))
        boards = [stack.enter_context(Board(panel, name)) for name in OPERATORS]
        wait_idle(boards[0])
        asked, next_person = rig.phone(ASKED, answer_after=0), rig.phone(NEXT, answer_after=0)
        rig.phone(RINGS_ONLY)
        busy = rig.phone(BUSY, answer_after=0), rig.call_from(OTHER, BUSY)
        wait_call(boards[0], "talking", BUSY, OTHER)
        pairs = zip(OPERATORS.values(), boards, strict=True)
        desks = [Desk.in_call(number, board, rig, pbx) for number, board in pairs]
        yield Reception(*desks, asked=asked, next_person=next_person, busy=busy)
