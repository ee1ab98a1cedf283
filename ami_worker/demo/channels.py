"""Channels, bridges, and the scripts that channels follow: the things a switch is made of, without behaviour of a PBX.

A script is a generator that a channel goes through, as a dialplan does: it yields how many seconds it is willing to
wait (None: for ever) and gets back the next signal, or None when the time is up. There is no task and no thread per
channel. Only `ami_worker.demo` may import this module.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, Final, NamedTuple


if TYPE_CHECKING:
    from ami_worker.demo.clock import Clock, Timer

DOWN: Final = 0
RING: Final = 4
RINGING: Final = 5
UP: Final = 6


class Signal(NamedTuple):
    """What a script is told: `word` is one of the words below, `channel` the channel it is about."""

    word: str
    channel: Channel | None = None
    value: Any = None


RINGS: Final = "rings"  # the dialled phone rings
ANSWERS: Final = "answers"  # it was answered
REJECTS: Final = "rejects"  # it is busy, or does not want the call
GONE: Final = "gone"  # the dialled channel is ending, or was taken away
LEFT: Final = "left"  # this channel is not in its bridge any more
POKED: Final = "poked"  # something that the script waits for has changed: look again

Steps = Generator[float | None, Signal | None, Any]


class Interrupt(Exception):
    """A script is made to stop what it is doing; what it holds (a queue position, ringing phones) it gives back."""


class HungUp(Interrupt):
    """The channel ends."""


class Moved(Interrupt):
    """The channel goes on elsewhere in the dialplan: at its context and exten, which are the new ones already."""


class Kept(Exception):
    """Raised by a script at its end: the channel lives on without it, for somebody else has taken it over."""


class Taken(Interrupt):
    """The channel is put in a bridge by somebody else; the dialplan goes on behind it."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.bridge = bridge


class Bridge:
    """Channels that hear each other."""

    __slots__ = ("channels", "creator", "kept", "kind", "leaving", "name", "technology", "uniqueid")

    def __init__(self, uniqueid: str, kind: str, technology: str, creator: str = "", name: str = "") -> None:
        self.uniqueid = uniqueid
        self.kind = kind  # "basic" ends when one leaves; "base" (conference) and "parking" do not
        self.kept = False  # a basic bridge that waits for somebody to come back
        self.technology = technology
        self.creator = creator
        self.name = name
        self.channels: list[Channel] = []
        self.leaving: Callable[[Channel], object] | None = None  # told before a channel leaves, however it does


class Channel:
    """One leg of a call."""

    __slots__ = (
        "account",
        "answered_at",
        "app",
        "appdata",
        "bridge",
        "caller_name",
        "caller_number",
        "cause",
        "connected_name",
        "connected_number",
        "context",
        "created_at",
        "dialled_by",
        "dialler",
        "ended",
        "ending",
        "exten",
        "held",
        "in_dialplan",
        "language",
        "line",
        "linked_order",
        "linkedid",
        "moving",
        "music",
        "name",
        "on_end",
        "on_hold",
        "other",
        "priority",
        "replaced_by",
        "resumes",
        "script",
        "share",
        "state",
        "tech_cause",
        "uniqueid",
        "variables",
    )

    def __init__(self, name: str, uniqueid: str, state: int, context: str, exten: str, now: float) -> None:
        self.name = name
        self.uniqueid = uniqueid
        self.linkedid = uniqueid
        self.linked_order = 0  # age of the group that Linkedid names: the oldest wins when two groups meet
        self.state = state
        self.context = context
        self.exten = exten
        self.priority = 1
        self.created_at = now
        self.answered_at = 0.0
        self.caller_number = self.caller_name = self.connected_number = self.connected_name = ""
        self.language = "en"
        self.account = ""
        self.app = self.appdata = ""
        self.bridge: Bridge | None = None
        self.script: Script | None = None
        self.dialler: Script | None = None  # the script that dialled this channel and waits for its answer
        self.dialled_by: Channel | None = None  # the channel of that script; none where a manager dialled
        self.replaced_by: Channel | None = None  # who picked up what rang here
        self.other: Channel | None = None  # the other half of a Local channel
        self.line: Any = None  # the phone or outside party at its end
        self.held = False  # its party has pressed hold
        self.on_hold = False  # the party it talks to has pressed hold
        self.music = False  # it hears music on hold
        self.share = ""  # what it adds to the state of its device: "", "ringing", "inuse" or "onhold"
        self.cause = 16
        self.tech_cause = 0
        self.ending = False  # somebody asked for its end
        self.ended = False  # Hangup was sent
        self.in_dialplan = False  # its script is the dialplan, not a single application
        self.resumes = False  # behind its bridge it tries to go on in the dialplan
        self.moving = False  # it is to go on at its context and exten, as soon as it has left what it is in
        self.variables: dict[str, str] = {}
        self.on_end: list[Callable[[Channel], object]] = []

    @property
    def device(self) -> str:
        """`PJSIP/201` of `PJSIP/201-0000000a`."""
        return self.name.rpartition("-")[0]

    @property
    def is_local(self) -> bool:
        return self.other is not None or self.name.startswith("Local/")

    @property
    def peers(self) -> list[Channel]:
        """Who else is in its bridge."""
        return [peer for peer in self.bridge.channels if peer is not self] if self.bridge else []


class Script:
    """A generator on its way. `signal` and `interrupt` may be called from anywhere, also from a script itself: they
    take effect after what is going on now.
    """

    __slots__ = ("_clock", "_done", "_due", "_inbox", "_interrupt", "_started", "_steps", "_timer", "ended")

    def __init__(self, clock: Clock, steps: Steps, done: Callable[[Any], object]) -> None:
        self._clock = clock
        self._steps = steps
        self._done = done  # called with what the generator returns
        self._inbox: deque[Signal] = deque()
        self._interrupt: Interrupt | None = None
        self._timer: Timer | None = None
        self._due = False
        self._started = False
        self.ended = False
        self._wake()

    def signal(self, signal: Signal) -> None:
        if not self.ended:
            self._inbox.append(signal)
            self._wake()

    def interrupt(self, interrupt: Interrupt) -> None:
        """Throw it into the script. The end of a channel is not overtaken by anything else."""
        if not self.ended and not isinstance(self._interrupt, HungUp):
            self._interrupt = interrupt
            self._wake()

    def _wake(self) -> None:
        if not self._due:
            self._due = True
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            self._clock.soon(self._go)

    def _go(self, *, timed_out: bool = False) -> None:
        self._due = False
        self._timer = None
        try:
            if not self._started:  # an interrupt can only be caught by a script that has begun
                self._started = True
                patience = next(self._steps)
            elif self._interrupt is not None:
                interrupt, self._interrupt = self._interrupt, None
                self._inbox.clear()
                patience = self._steps.throw(interrupt)
            elif timed_out or not self._inbox:
                patience = self._steps.send(None)
            else:
                patience = self._steps.send(self._inbox.popleft())
        except StopIteration as end:
            self.ended = True
            self._done(end.value)
            return
        if self._inbox or self._interrupt is not None:
            self._wake()
        elif patience is not None:
            self._timer = self._clock.after(patience, self._time_is_up)

    def _time_is_up(self) -> None:
        if not self._due:
            self._go(timed_out=True)
