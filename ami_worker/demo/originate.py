"""Originate: ring somebody on behalf of a manager, then send him into the dialplan or to an application.

The events of the ringing have no calling channel. Only `ami_worker.demo` may import this module.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ami_worker.demo.channels import ANSWERS, GONE, REJECTS, RINGS, UP, Channel, Script, Steps
from ami_worker.demo.dialling import Dialling, dial_string, status_of_cause
from ami_worker.demo.wire import CALL


FAILED, NO_ANSWER, RINGING, ANSWERED = 0, 1, 3, 4
"""Reasons of an OriginateResponse; a busy phone is 0, too."""


@dataclass(slots=True)
class Request:
    """What the manager asked for."""

    target: str
    context: str = ""
    exten: str = ""
    application: str = ""
    data: str = ""
    seconds: float = 30.0
    caller_id: tuple[str, str] = ("", "")  # number, name
    uniqueid: str = ""
    other_uniqueid: str = ""
    action_id: str = ""
    variables: dict[str, str] = field(default_factory=dict)


class Originator:
    """`run` gives the steps of an application by its name; None if there is no such application."""

    def __init__(self, dialling: Dialling, run: Callable[[Channel, str, str], Steps | None]) -> None:
        self.dialling = dialling
        self.switch = dialling.switch
        self.run = run

    def originate(self, request: Request) -> None:
        """Begin; what becomes of it is told by OriginateResponse."""
        script = Script(self.switch.clock, self._steps(request, lambda: script), lambda _: None)

    def _steps(self, request: Request, script: Callable[[], Script]) -> Steps:
        leg = self._leg(request)
        if leg is None:
            self._respond(request, None, FAILED)
            return
        self.dialling.place(leg, script())
        self.switch.tell_pair("DialBegin", None, leg, f"DialString: {dial_string(leg)}\r\n")
        reason = yield from self._wait(leg, request.seconds)
        leg.dialler = None
        if reason != ANSWERED:
            self._respond(request, None, reason)
            self.switch.hang_up(leg, leg.cause, tech_cause=leg.tech_cause)
            return
        if leg.ending:
            self.switch.hang_up(leg)
        else:
            self._begin(request, leg)
        self._respond(request, leg, reason)

    def _leg(self, request: Request) -> Channel | None:
        if request.uniqueid in self.switch.channels or request.other_uniqueid in self.switch.channels:
            return None
        leg = self.dialling.leg(
            request.target,
            None,
            caller_id=request.caller_id,
            uniqueid=request.uniqueid,
            other_uniqueid=request.other_uniqueid,
        )
        if leg is not None:
            for half in (leg, leg.other):
                if half is not None:
                    half.variables |= request.variables
                    half.variables["ORIGINATED"] = "1"
        return leg

    def _wait(self, leg: Channel, seconds: float) -> Steps:
        """Returns the reason."""
        ends = self.switch.clock.deadline(seconds)
        rang = False
        while True:
            signal = yield self.switch.clock.left(ends)
            if signal is None:
                if self.switch.clock.lived < ends:
                    continue
                leg.cause = 19
                return RINGING if rang else NO_ANSWER
            if signal.word == RINGS:
                rang = True
                self._tell(leg, "RINGING", "DialState")
            elif signal.word == ANSWERS:
                self._tell(leg, "ANSWER")
                return ANSWERED
            elif signal.word in (REJECTS, GONE):
                self._tell(leg, status_of_cause(leg.cause))
                return FAILED

    def _tell(self, leg: Channel, status: str, name: str = "DialEnd") -> None:
        self.switch.tell_pair(name, None, leg, f"DialStatus: {status}\r\n")

    def _begin(self, request: Request, leg: Channel) -> None:
        self.switch.set_state(leg, UP)
        if request.application:
            steps = self.run(leg, request.application, request.data)
            leg.app, leg.appdata = request.application, request.data
            self.switch.start(leg, steps if steps is not None else _nothing())
        else:
            leg.context, leg.exten = request.context, request.exten
            self.switch.start(leg)

    def _respond(self, request: Request, leg: Channel | None, reason: int) -> None:
        number, name = request.caller_id
        body = f"ActionID: {request.action_id}\r\n" if request.action_id else ""
        body += f"Response: {'Success' if reason == ANSWERED else 'Failure'}\r\n"
        body += f"Channel: {leg.name if leg else request.target}\r\n"
        if request.application:
            body += f"Application: {request.application}\r\nData: {request.data}\r\n"
        else:
            body += f"Context: {request.context}\r\nExten: {request.exten}\r\n"
        body += f"Reason: {reason}\r\nUniqueid: {leg.uniqueid if leg else request.uniqueid or '<unknown>'}\r\n"
        body += f"CallerIDNum: {number or '<unknown>'}\r\nCallerIDName: {name or '<unknown>'}\r\n"
        self.switch.emit("OriginateResponse", body, CALL)


def _nothing() -> Steps:
    """An application that is done at once."""
    yield 0
