"""What `ami_worker/asterisk/extensions_cordboard.conf` does, in the demo's dialplan: the contexts by which the panel
moves calls, each with its way back.

The names of contexts and variables, the times and the ways back are those of that file: a test compares them. What the
contexts share is in care.py, the operator's side of a consultation in consulting.py. Only `ami_worker.demo` may import
this module.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ami_worker.demo.care import BUSY_STATUS, OPERATOR, REASON, Care
from ami_worker.demo.channels import POKED, UP, Channel, Signal, Steps
from ami_worker.demo.consulting import Consulting
from ami_worker.demo.dialling import ANSWER
from ami_worker.demo.dialplan import Dialplan
from ami_worker.demo.patterns import Act, Context
from ami_worker.demo.transfers import Transfers
from ami_worker.demo.wire import USER, channel_block


NUMBER: Final = "_[0-9*#+]!"
DIGITS: Final = "_X!"
QUEUE_STATUS: Final = "QUEUESTATUS"
SOUNDS: Final = frozenset({"custom/closed", "custom/call-later", "vm-goodbye", "vm-intro"})
"""What there is to be played to somebody who is let out of a queue."""

PROMPT_SECONDS: Final = 3.0
VERSIONS: Final = ("1", "2", "3", "4", "5")


class Include:
    """The contexts. `variables` are the global ones, in which a site changes the settings."""

    def __init__(self, plan: Dialplan, transfers: Transfers, variables: dict[str, str]) -> None:
        self.plan = plan
        self.transfers = transfers
        self.switch = plan.switch
        self.care = Care(plan, variables)
        self.consulting = Consulting(self.care)
        self._camping: dict[str, list[Channel]] = {}  # by target, longest first
        for context in self._contexts():
            plan.contexts[context.name] = context

    def _contexts(self) -> Iterator[Context]:
        settings = ("Gosub", "cordboard-settings,s,1")
        versions = Context("cordboard-version")
        for version in VERSIONS:
            line = ("NoOp", f"Cordboard include, version {version}")
            versions.add(version, self._end, line, ("Hangup", ""))
        yield versions
        places: tuple[tuple[str, tuple[str, ...], Act], ...] = (
            ("dial", (NUMBER,), self._dial),
            ("transfer", (NUMBER,), self._transfer),
            ("serial", (NUMBER,), self._serial),
            ("hold", (NUMBER,), self._hold),
            ("take", (NUMBER,), self._take),
            ("consult", (NUMBER,), self.consulting.consult),
            ("desk", ("s",), self.consulting.desk),
            ("rejoin", ("s",), self.consulting.rejoin),
            ("connect", ("s",), self.consulting.connect),
            ("camp", (NUMBER,), self._camp),
            ("voicemail", (DIGITS,), self._voicemail),
            ("queue", ("s",), self._queue),
            ("prompt", ("s",), self._prompt),
            ("conference", (DIGITS,), self._conference),
            ("spy", ("listen", "whisper", "barge"), self._spy),
            ("record", ("record",), self._record),
            ("pickup", ("s",), self._pickup),
            ("unpark", ("s",), self._unpark),
            ("return", ("s", "left"), self.care.come_back),
            ("care", ("none",), self._let_be),
        )
        for name, extens, steps in places:
            context = Context(f"cordboard-{name}")
            behind = self._behind_queue if name == "queue" else None
            for exten in extens:
                context.add(exten, steps, settings, behind=behind)
            if name == "record":
                context.add("wait", self._wait, ("Wait", "60"), ("Goto", "1"))
            yield context
        yield self._park_dial()

    def _park_dial(self) -> Context:
        """What Asterisk's own parking does at the end of its time, and what comes after it."""
        context = Context("park-dial")
        for rule in self.plan.contexts["park-dial"].rules():
            context.add(rule.exten, self._parked, *rule.lines, ("Goto", "cordboard-return,s,1"))
        return context

    def _parked(self, channel: Channel, exten: str) -> Steps:
        status = yield from self.plan.come_back(channel, exten)
        if status != ANSWER and channel.variables.get(OPERATOR):
            self.care.enter(channel)
            yield from self.care.go_back(channel, "TIMEOUT")

    def _end(self, channel: Channel, _exten: str) -> Steps:
        yield 0

    def _let_be(self, channel: Channel, _exten: str) -> Steps:
        self.care.tell(channel, "")
        yield 0

    # -- the ways there -----------------------------------------------------------------------------------------------

    def _dial(self, channel: Channel, exten: str) -> Steps:
        context = self.care.setting("DIAL_CONTEXT")
        if self.plan.find(context, exten) is None:
            channel.app, channel.appdata = "Playback", "pbx-invalid"
            yield 2.0
            return
        channel.context = context
        yield from self.plan.follow(channel)

    def _transfer(self, channel: Channel, exten: str) -> Steps:
        seconds = self.care.enter(channel, exten)
        self.care.tell(channel, "transfer", seconds)
        status = yield from self.care.ring(channel, exten, seconds)
        if status != ANSWER:
            yield from self.care.go_back(channel, status)

    def _serial(self, channel: Channel, exten: str) -> Steps:
        seconds = self.care.enter(channel, exten)
        self.care.tell(channel, "serial", seconds)
        status = yield from self.care.ring(channel, exten, seconds, comes_back=True)
        yield from self.care.go_back(channel, "SERIAL" if status == ANSWER else status)

    def _hold(self, channel: Channel, exten: str) -> Steps:
        variables = channel.variables
        self.care.enter(channel, variables.pop("CORDBOARD_FOR", ""))
        variables[OPERATOR] = exten
        kind = "consult" if variables.pop("CORDBOARD_HOLD_KIND", "") == "consult" else "hold"
        yield from self._keep(channel, kind)

    def _keep(self, channel: Channel, kind: str) -> Steps:
        """On hold, until the time is over; as long as the operator asks somebody, nobody could be called."""
        seconds = self.care.seconds("HOLD_TIMEOUT")
        while True:
            self.care.tell(channel, kind, seconds)
            self.switch.set_state(channel, UP)
            if kind == "consult":
                yield from self.care.music(channel, 3)
                if not self.consulting.is_asked_for(channel):
                    yield from self.care.go_back(channel, "CANCEL")
                    return
            yield from self.care.music(channel, seconds)
            if not self.consulting.is_asked_for(channel):
                break
        yield from self.care.go_back(channel, "TIMEOUT")

    def _take(self, channel: Channel, exten: str) -> Steps:
        self.care.enter(channel)
        channel.variables[OPERATOR] = exten
        seconds = self.care.seconds("RETURN_TIMEOUT")
        self.care.tell(channel, "take", seconds)
        channel.variables["AUTO_ANSWER"] = channel.variables.pop("CORDBOARD_AUTO_ANSWER", "")
        try:
            status = yield from self.care.ring(channel, exten, seconds)
        finally:
            del channel.variables["AUTO_ANSWER"]
        if status != ANSWER:
            channel.variables[REASON] = status
            channel.context = "cordboard-hold"
            yield from self._keep(channel, "hold")

    def _camp(self, channel: Channel, exten: str) -> Steps:
        seconds = self.care.enter(channel, exten)
        self.care.tell(channel, "camp", self.care.seconds("CAMP_TIMEOUT"))
        self.switch.set_state(channel, UP)
        waiting = self._camping.setdefault(exten, [])
        waiting.append(channel)
        try:
            status = yield from self._wait_until_free(channel, exten, seconds, waiting)
        finally:
            waiting.remove(channel)
            self.switch.music(channel, False)
        if status != ANSWER:
            yield from self.care.go_back(channel, status)

    def _wait_until_free(self, channel: Channel, exten: str, seconds: float, waiting: list[Channel]) -> Steps:
        """Returns the status of the last ringing, or TIMEOUT."""
        clock = self.switch.clock
        until = clock.deadline(self.care.seconds("CAMP_TIMEOUT"))
        while clock.lived < until:
            hint = self.switch.devices.hints.get(exten)
            first = next(each for each in waiting if each.bridge is None or each is channel)
            if hint is None or (hint.status == 0 and first is channel):
                self.switch.music(channel, False)
                status = yield from self.care.ring(channel, exten, seconds)
                if hint is None or status != BUSY_STATUS:
                    return status
                self.switch.music(channel, True)
                yield 3.0
            else:
                self.switch.music(channel, True)
                yield 1.0
        return "TIMEOUT"

    def _voicemail(self, channel: Channel, exten: str) -> Steps:
        self.care.enter(channel, exten)
        if exten in self.switch.devices.mailboxes:
            self.care.tell(channel, "voicemail")
            yield from self.plan.leave_message(channel, exten)
        else:
            yield from self.care.go_back(channel, "NOMAILBOX")

    def _queue(self, channel: Channel, _exten: str) -> Steps:
        name = channel.variables.get("CORDBOARD_QUEUE", "")
        self.care.enter(channel, name)
        status = "UNKNOWN"
        if name in self.plan.queue.queues.queues:
            seconds = self.care.seconds("QUEUE_TIMEOUT")
            self.care.tell(channel, "queue", seconds)
            self.switch.set_state(channel, UP)
            status = yield from self.plan.queue.queue(channel, name, seconds)
        if status:
            channel.variables[QUEUE_STATUS] = status
            yield from self._behind_queue(channel, "s")

    def _behind_queue(self, channel: Channel, _exten: str) -> Steps:
        reasons = {"TIMEOUT": "TIMEOUT", "FULL": BUSY_STATUS}
        yield from self.care.go_back(channel, reasons.get(channel.variables.pop(QUEUE_STATUS), "EMPTY"))

    def _prompt(self, channel: Channel, _exten: str) -> Steps:
        """Play it; then what the queue would have gone on with."""
        self.care.enter(channel)
        self.care.tell(channel, "")
        sound = channel.variables.get("CORDBOARD_SOUND", "")
        self.switch.set_state(channel, UP)
        for told in (sound,) if sound in SOUNDS else (sound, ""):
            self.switch.tell("UserEvent", channel, f"UserEvent: CordboardPrompt\r\nSound: {told}\r\n", USER)
        if sound in SOUNDS:
            channel.app, channel.appdata = "Playback", sound
            yield min(PROMPT_SECONDS, self.care.seconds("PROMPT_TIMEOUT"))
        places = (channel.variables.get(f"CORDBOARD_BEHIND_{name}", "") for name in ("CONTEXT", "EXTEN", "PRIORITY"))
        context, exten, priority = places
        found = self.plan.find(context, exten) if priority == "2" else None
        if found is not None and found[1].behind is not None:
            channel.context, channel.exten = context, exten
            channel.variables[QUEUE_STATUS] = "WITHDRAW"
            yield from found[1].behind(channel, exten)

    def _conference(self, channel: Channel, exten: str) -> Steps:
        self.care.enter(channel, exten)
        self.switch.set_state(channel, UP)
        longest = self.care.seconds("CONFERENCE_TIMEOUT")
        if channel.variables.get("CORDBOARD_STAFF") == "1":
            try:
                yield from self.plan.rooms.join(channel, exten, longest + 60)
            finally:
                self._let_go(exten)
            return
        if channel.variables.get(OPERATOR):
            self.care.tell(channel, "conference", longest)
        let_in = yield from self.plan.rooms.join(channel, exten, longest)
        if channel.variables.get(OPERATOR):
            yield from self.care.go_back(channel, "TIMEOUT" if let_in else "ROOM")

    def _let_go(self, room: str) -> None:
        """With the last one of the house the conference is over for those whom the panel has brought there."""
        found = self.plan.rooms.rooms.get(room)
        users = list(found.users) if found is not None else []
        if not any(user.variables.get("CORDBOARD_STAFF") == "1" for user in users):
            for user in users:
                if user.context == "cordboard-conference":
                    self.switch.hang_up(user)

    def _pickup(self, channel: Channel, _exten: str) -> Steps:
        wanted = channel.variables.get("CORDBOARD_PICKUP", "")
        target = self.switch.channels.get(wanted) or self.switch.names.get(wanted)
        if target is not None:
            yield from self.transfers.pickup(channel, target)
        channel.app, channel.appdata = "Playback", "beeperr"
        yield 1.0

    def _unpark(self, channel: Channel, _exten: str) -> Steps:
        caller = self.switch.names.get(channel.variables.get("CORDBOARD_PARKED", ""))
        talks = caller is not None and caller.bridge is not None and caller.bridge.kind != "parking"
        if caller is not None and not caller.ending and not talks:
            yield from self.consulting.talk(channel, caller)
            return
        channel.app, channel.appdata = "Playback", "beeperr"
        yield 1.0

    # -- listening and recording --------------------------------------------------------------------------------------

    def _spy(self, channel: Channel, exten: str) -> Steps:
        options = {"listen": "quES", "whisper": "qwuES", "barge": "qBuES"}[exten]
        yield from self._listen(channel, options, self.care.seconds("SPY_TIMEOUT"))

    def _record(self, channel: Channel, _exten: str) -> Steps:
        """On one half of a Local channel, which ends with it."""
        self.switch.set_state(channel, UP)
        self.switch.tell("MixMonitorStart", channel)
        yield from self._listen(channel, "quES", self.care.seconds("RECORD_TIMEOUT"))

    def _wait(self, channel: Channel, _exten: str) -> Steps:
        channel.app, channel.appdata = "Wait", "60"
        while True:
            yield 60.0

    def _listen(self, channel: Channel, options: str, seconds: float) -> Steps:
        """It ends with the call that is listened to, or when the time is over."""
        wanted = channel.variables.get("CORDBOARD_SPY", "")
        target = self.switch.channels.get(wanted) or self.switch.names.get(wanted)
        if target is None or channel.script is None:
            return
        channel.app, channel.appdata = "ChanSpy", f"{wanted},{options}"
        self.switch.set_state(channel, UP)
        script, clock = channel.script, self.switch.clock
        target.on_end.append(lambda _: script.signal(Signal(POKED)))
        both = channel_block(channel, "Spyer") + channel_block(target, "Spyee")
        self.switch.emit("ChanSpyStart", both)
        ends = clock.deadline(seconds)
        try:
            while not target.ended and clock.lived < ends:
                yield clock.left(ends)
        finally:
            self.switch.emit("ChanSpyStop", channel_block(channel, "Spyer") + channel_block(target, "Spyee"))
