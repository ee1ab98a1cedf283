"""The dialplan of the demo office: what a number does, whoever dials it.

The numbers are those of the PBX that the tests bring up, so that the same scenario can be played on both. Our own
contexts, `cordboard-…`, are in `cordboard.py`. Only `ami_worker.demo` may import this module.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from ami_worker.demo.channels import UP, Channel, Interrupt, Steps
from ami_worker.demo.dialling import ANSWER, Dialled, Dialling
from ami_worker.demo.office import COMEBACK_SECONDS, HINTS, PARKING_SPACES, PHONES, ROOMS, TRUNK_CONTEXT, Office
from ami_worker.demo.parking import Parking
from ami_worker.demo.patterns import Act, Context, Rule
from ami_worker.demo.queues import QueueApp
from ami_worker.demo.rooms import Rooms
from ami_worker.demo.wire import channel_block


MAILBOX_SECONDS = 60.0
GREETING_SECONDS = 3.0
"""A caller who has gone by then has left no message."""

BUSY: Final = "BUSY"
FORWARDED: Final = "FORWARDED"
"""The variable of a channel whose call has been sent on: it is sent on once, or two people could play ball with it."""


class Dialplan:
    """`voicemail`: an unanswered extension has a mailbox after `ring_seconds`, as offices do; else it just rings."""

    def __init__(
        self, office: Office, dialling: Dialling, queue: QueueApp, parking: Parking, rooms: Rooms, *, voicemail: bool
    ) -> None:
        self.office = office
        self.dialling = dialling
        self.switch = dialling.switch
        self.queue = queue
        self.parking = parking
        self.rooms = rooms
        self.voicemail = voicemail
        self.ring_seconds = 20 if voicemail else 60
        self.contexts: dict[str, Context] = {}
        for context in (self._extensions(), self._phones(), self._trunk(), self._from_queue(), *self._parked()):
            self.contexts[context.name] = context

    # -- finding ------------------------------------------------------------------------------------------------------

    def find(self, context: str, exten: str) -> tuple[Context, Rule] | None:
        """The first rule for a number, in the context itself or in one that it includes."""
        for place in self._reached(context):
            for rule in place.matching(exten):
                return place, rule
        return None

    def listed(self, context: str, exten: str = "") -> list[tuple[str, Rule]]:
        """The rules of a context; those that match `exten`, in included contexts too, if there is one."""
        if not exten:
            return [(context, rule) for rule in self.contexts[context].rules()]
        return [(place.name, rule) for place in self._reached(context) for rule in place.matching(exten)]

    def _reached(self, context: str) -> Iterator[Context]:
        place = self.contexts.get(context)
        if place is not None:
            yield place
            for name in place.includes:
                yield from self._reached(name)

    def follow(self, channel: Channel) -> Steps:
        """Steps of a channel: what the dialplan says for where it is. A number that nobody has ends it."""
        found = self.find(channel.context, channel.exten)
        if found is not None:
            yield from found[1].steps(channel, channel.exten)

    def _goto(self, channel: Channel, exten: str, context: str = PHONES) -> Steps:
        channel.context, channel.exten = context, exten
        yield from self.follow(channel)

    # -- contexts -----------------------------------------------------------------------------------------------------

    def _extensions(self) -> Context:
        context = Context(HINTS)
        for person in self.office.people.values():
            line = ("Dial", f"{person.device},{self.ring_seconds}")
            context.add(person.extension, self._extension, line, ("Hangup", ""), hint=person.hint)
        return context

    def _phones(self) -> Context:
        context = Context(PHONES, HINTS, "parkedcalls")
        for plan in self.office.queues.values():
            context.add(plan.exten, self._queue(plan.name), ("Queue", plan.name), ("Hangup", ""))
        for room in ROOMS:
            context.add(room, self._room, ("Answer", ""), ("ConfBridge", room), ("Hangup", ""))
        context.add("*97", self._listen, ("VoiceMailMain", "${CALLERID(num)}@default,s"), ("Hangup", ""))
        context.add("_*XXX", self._mailbox, ("VoiceMail", "${EXTEN:1}@default,us"), ("Hangup", ""))
        context.add("_*XXXX", self._mailbox, ("VoiceMail", "${EXTEN:1}@default,us"), ("Hangup", ""))
        context.add("_0X.", self._outside, ("Dial", "PJSIP/${EXTEN:1}@itsp,60"), ("Hangup", ""))
        for lead, target in (("3", "Local/{}@ext-local/n"), ("4", "Local/{}@ext-local"), ("5", "PJSIP/{}")):
            for number in self.office.people:
                if len(number) == 3 and lead + number not in self.office.people:
                    options = "tT" if lead == "5" else ""
                    data = f"{target.format(number)},60" + (f",{options}" if options else "")
                    steps = self._dial_as(target.format(number), options)
                    context.add(lead + number, steps, ("Dial", data), ("Hangup", ""))
        return context

    def _trunk(self) -> Context:
        context = Context(TRUNK_CONTEXT)
        for did, exten in self.office.dids.items():
            context.add(did, self._did(exten), ("Goto", f"{PHONES},{exten},1"))
        context.add("5550108", self._music, ("Answer", ""), ("MusicOnHold", "default"))
        context.add("5550109", self._queue("front", 8), ("Queue", "front,,,,8"), ("Hangup", ""))
        lines = (("Queue", "front"), ("Goto", f"{PHONES},202,1"))
        for number in ("5550112", "5550113"):
            context.add(number, self._queue("front", behind=self._did("202")), *lines, behind=self._did("202"))
        through = f"Local/5550112@{TRUNK_CONTEXT}"
        context.add("5550114", self._dial_as(through, ""), ("Dial", f"{through},60"), ("Hangup", ""))
        context.add("5550110", self._short, ("Dial", "PJSIP/201,3"), ("VoiceMail", "201@default,us"), ("Hangup", ""))
        return context

    def _from_queue(self) -> Context:
        context = Context("from-queue")
        for person in self.office.people.values():
            steps = self._dial_as(person.device, "")
            context.add(person.extension, steps, ("Dial", f"{person.device},60"), ("Hangup", ""))
        return context

    def _parked(self) -> Iterator[Context]:
        spaces = Context("parkedcalls")
        for space in PARKING_SPACES:
            spaces.add(str(space), self._take_parked, ("ParkedCall", f"default,{space}"))
        spaces.add("700", self._park_self, ("Park", ""))
        yield spaces
        comeback = Context("park-dial")
        comeback.add("_X.", self.come_back, ("Dial", f"${{PARKER}},{COMEBACK_SECONDS}"))
        comeback.add("_P.", self.come_back, ("Dial", f"${{PARKER}},{COMEBACK_SECONDS}"))
        yield comeback
        yield Context("parkedcallstimeout")

    # -- what the numbers do ------------------------------------------------------------------------------------------

    def talk(self, channel: Channel, targets: list[str], seconds: float, options: str = "", shown: str = "") -> Steps:
        """Steps: dial and, on an answer, talk. Returns DIALSTATUS. `shown` comes before the caller's name."""
        dialled: Dialled = yield from self.dialling.dial(channel, targets, seconds, options, shown=shown)
        if dialled.leg is not None:
            yield from self.switch.converse(channel, dialled.leg)
        return dialled.status

    def _extension(self, channel: Channel, exten: str) -> Steps:
        person = self.office.people[exten]
        if to := self._forward(channel, "CF", exten):
            yield from self._goto(channel, to)
            return
        status = yield from self.talk(channel, [person.device], self.ring_seconds)
        if status == ANSWER:
            return
        if to := self._forward(channel, "CFB" if status == BUSY else "CFU", exten):
            yield from self._goto(channel, to)
        elif self.voicemail:
            yield from self.leave_message(channel, exten)

    def _forward(self, channel: Channel, tree: str, exten: str) -> str:
        """Where the call goes on to, as FreePBX's dialplan finds it in the database; empty when it stays here."""
        to = "" if FORWARDED in channel.variables else self.office.database.get(f"/{tree}/{exten}", "")
        if to:
            channel.variables[FORWARDED] = exten
        return to

    def _dial_as(self, target: str, options: str) -> Act:
        def steps(channel: Channel, _exten: str) -> Steps:
            yield from self.talk(channel, [target], 60, options)

        return steps

    def _queue(self, name: str, seconds: float = 0, *, behind: Act | None = None) -> Act:
        def steps(channel: Channel, exten: str) -> Steps:
            status = yield from self.queue.queue(channel, name, seconds)
            if status and behind is not None:
                yield from behind(channel, exten)

        return steps

    def _did(self, exten: str) -> Act:
        def steps(channel: Channel, _did: str) -> Steps:
            yield from self._goto(channel, exten)

        return steps

    def _room(self, channel: Channel, exten: str) -> Steps:
        yield from self.rooms.join(channel, exten)

    def _outside(self, channel: Channel, exten: str) -> Steps:
        yield from self.talk(channel, [f"PJSIP/{exten[1:]}@{self.office.trunks[0].endpoint}"], 60)

    def _short(self, channel: Channel, _exten: str) -> Steps:
        status = yield from self.talk(channel, ["PJSIP/201"], 3)
        if status != ANSWER:
            yield from self.leave_message(channel, "201")

    def _music(self, channel: Channel, _exten: str) -> Steps:
        channel.app, channel.appdata = "MusicOnHold", "default"
        self.switch.set_state(channel, UP)
        self.switch.music(channel, True)
        try:
            while True:
                yield None
        finally:
            self.switch.music(channel, False)

    def _mailbox(self, channel: Channel, exten: str) -> Steps:
        yield from self.leave_message(channel, exten[1:])

    def leave_message(self, channel: Channel, box: str) -> Steps:
        """Steps of the application VoiceMail."""
        if box not in self.switch.devices.mailboxes:
            return
        channel.app, channel.appdata = "VoiceMail", f"{box}@default,us"
        self.switch.set_state(channel, UP)
        speaks_at = self.switch.clock.deadline(GREETING_SECONDS)
        ends = self.switch.clock.deadline(MAILBOX_SECONDS)
        try:
            while self.switch.clock.lived < ends:
                yield self.switch.clock.left(ends)
        except Interrupt:
            if self.switch.clock.lived >= speaks_at and channel.ending:
                self.switch.devices.message_left(box, channel_block(channel))
            raise
        self.switch.devices.message_left(box, channel_block(channel))

    def _listen(self, channel: Channel, _exten: str) -> Steps:
        box = channel.caller_number
        channel.app, channel.appdata = "VoiceMailMain", f"{box}@default,s"
        self.switch.set_state(channel, UP)
        yield 8.0
        if box in self.switch.devices.mailboxes:
            self.switch.devices.messages_heard(box, channel_block(channel))
        yield 2.0

    def _take_parked(self, channel: Channel, exten: str) -> Steps:
        yield from self.parking.retrieve(channel, int(exten))

    def _park_self(self, channel: Channel, _exten: str) -> Steps:
        """A blind transfer to 700 parks the caller; who transferred is called back."""
        parker = channel.variables.get("BLINDTRANSFER", channel.name).rpartition("-")[0]
        if self.parking.park(channel, parker) is not None:
            yield None  # it is taken from here

    def come_back(self, channel: Channel, _exten: str) -> Steps:
        """A parked caller whose time is over rings the phone that parked them. Returns DIALSTATUS."""
        status = yield from self.talk(channel, [channel.variables["PARKER"]], COMEBACK_SECONDS)
        return status
