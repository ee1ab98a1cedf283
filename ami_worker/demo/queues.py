"""The application Queue: a caller joins, waits, rings members, is connected, or gives up.

Event order as apps/app_queue.c has it: on an answer MusicOnHoldStop, QueueCallerLeave, AgentConnect, then the bridge;
on giving up QueueCallerAbandon before QueueCallerLeave. Only `ami_worker.demo` may import this module.
"""

from __future__ import annotations

from collections.abc import Iterable

from ami_worker.demo.channels import ANSWERS, GONE, REJECTS, RINGS, Channel, Interrupt, Signal, Steps
from ami_worker.demo.devices import NOT_INUSE, RINGING
from ami_worker.demo.dialling import Dialling, status_of_cause
from ami_worker.demo.members import Entry, Member, Queue, Queues
from ami_worker.demo.wire import AGENT


RETRY_SECONDS = 1.0
LOOK_SECONDS = 5.0  # how often a waiting caller looks by itself, as wrap-up ends without anybody telling

Attempt = dict[Channel, Member]


class QueueApp:
    def __init__(self, dialling: Dialling, queues: Queues) -> None:
        self.dialling = dialling
        self.switch = dialling.switch
        self.queues = queues

    def queue(self, channel: Channel, name: str, seconds: float = 0) -> Steps:
        """Steps of a caller. `seconds` is how long at most (0: for ever). Returns QUEUESTATUS, "" once connected."""
        queue = self.queues.queues[name]
        channel.app, channel.appdata = "Queue", f"{name},,,,{seconds:g}" if seconds else name
        assert channel.script is not None
        entry = Entry(channel, channel.script, self.switch.clock.now)
        self._join(queue, entry)
        deadline = self.switch.clock.deadline(seconds) if seconds else 0.0
        try:
            self.switch.music(channel, True)
            found = yield from self._find_agent(queue, entry, deadline)
        except Interrupt:
            self.switch.music(channel, False)
            self._abandon(queue, entry)
            self._leave(queue, entry)
            raise
        if isinstance(found, str):
            self._abandon(queue, entry)
            self.switch.music(channel, False)
            self._leave(queue, entry)
            return found
        yield from self._talk(queue, entry, *found)
        return ""

    # -- joining and leaving ------------------------------------------------------------------------------------------

    def _join(self, queue: Queue, entry: Entry) -> None:
        queue.insert(entry)
        entry.original_position = entry.position
        if len(queue.entries) == 1:
            self.switch.devices.set(f"Queue:{queue.name}", RINGING)
        extra = f"Queue: {queue.name}\r\nPosition: {entry.position}\r\nCount: {len(queue.entries)}\r\n"
        self.switch.tell("QueueCallerJoin", entry.channel, extra, AGENT)

    def _leave(self, queue: Queue, entry: Entry) -> None:
        queue.entries.remove(entry)
        if not queue.entries:
            self.switch.devices.set(f"Queue:{queue.name}", NOT_INUSE)
        extra = f"Queue: {queue.name}\r\nPosition: {entry.position}\r\nCount: {len(queue.entries)}\r\n"
        self.switch.tell("QueueCallerLeave", entry.channel, extra, AGENT)
        queue.number()
        self.queues.poke(queue)

    def _abandon(self, queue: Queue, entry: Entry) -> None:
        held = int(self.switch.clock.now - entry.joined_at)
        queue.abandoned += 1
        queue.abandoned_in_time += held <= queue.plan.service_level
        extra = f"Queue: {queue.name}\r\nPosition: {entry.position}\r\n"
        extra += f"OriginalPosition: {entry.original_position}\r\nHoldTime: {held}\r\n"
        self.switch.tell("QueueCallerAbandon", entry.channel, extra, AGENT)

    # -- waiting and ringing ------------------------------------------------------------------------------------------

    def _find_agent(self, queue: Queue, entry: Entry, deadline: float) -> Steps:
        """Returns (leg, member, seconds it rang), or the QUEUESTATUS without one."""
        clock = self.switch.clock
        while True:
            if entry.withdrawn:
                return "WITHDRAW"
            if deadline and clock.lived >= deadline:
                return "TIMEOUT"
            members = self._choose(queue, entry) if self._is_next(queue, entry) else []
            patience = min(LOOK_SECONDS, clock.left(deadline)) if deadline else LOOK_SECONDS
            if not members:
                yield patience
                continue
            entry.pending = True
            answered = yield from self._ring(queue, entry, members, deadline)
            entry.pending = False
            if answered is not None:
                return answered
            if not entry.withdrawn:
                yield RETRY_SECONDS

    def _is_next(self, queue: Queue, entry: Entry) -> bool:
        free = len(queue.available(self.switch.clock.lived))
        waiting = [other for other in queue.entries if not other.pending or other is entry]
        return entry in waiting[:free]

    def _choose(self, queue: Queue, entry: Entry) -> list[Member]:
        """Whom to ring: of the lowest penalty, all of them, or the one whose turn it is. Who has not answered this
        caller is asked again when nobody else is left.
        """
        free = queue.available(self.switch.clock.lived)
        if not free:
            return []
        if queue.plan.strategy != "ringall":
            free = [member for member in free if member not in entry.missed] or free
        lowest = min(member.penalty for member in free)
        free = [member for member in free if member.penalty == lowest]
        if queue.plan.strategy == "ringall":
            return free
        if queue.plan.strategy == "leastrecent":
            return [min(free, key=lambda member: member.last_call)]
        queue.turn += 1
        return [free[queue.turn % len(free)]]

    def _ring(self, queue: Queue, entry: Entry, members: list[Member], deadline: float) -> Steps:
        """Returns (leg, member, seconds) or None."""
        clock = self.switch.clock
        began = clock.now
        attempt = self._call(queue, entry, members)
        ends = clock.deadline(queue.plan.ring_seconds)
        ends = min(ends, deadline) if deadline else ends
        try:
            while attempt and not entry.withdrawn:
                signal = yield clock.left(ends)
                if signal is None and clock.lived >= ends:
                    self._no_answer(queue, entry, attempt, clock.now - began)
                    return None
                leg = self._progress(entry, attempt, signal) if signal else None
                if leg is not None and signal is not None and signal.channel is not None:
                    member = attempt.pop(signal.channel)
                    member.pending = False
                    self._end(entry, [leg], "ANSWER")
                    self._end(entry, attempt, "CANCEL")
                    self.dialling.introduce(entry.channel, leg)
                    self._cancel(entry, attempt, 26)
                    return leg, member, clock.now - began
        except Interrupt:
            self._end(entry, attempt, "CANCEL")
            self._cancel(entry, attempt, 0)
            raise
        self._cancel(entry, attempt, 0)
        return None

    def _call(self, queue: Queue, entry: Entry, members: list[Member]) -> Attempt:
        attempt: Attempt = {}
        for member in members:
            leg = self.dialling.leg(member.interface, entry.channel, quiet=True)
            if leg is None:
                continue
            member.pending = True
            attempt[leg] = member
            self.dialling.place(leg, entry.script)
            who = f"Queue: {queue.name}\r\nInterface: {member.interface}\r\nMemberName: {member.name}\r\n"
            self.switch.tell_agent("AgentCalled", entry.channel, leg, who)
            self.switch.tell_pair("DialBegin", entry.channel, leg, f"DialString: {member.interface}\r\n")
        if len(attempt) == 1:
            self.dialling.introduce(entry.channel, next(iter(attempt)))
        return attempt

    def _progress(self, entry: Entry, attempt: Attempt, signal: Signal) -> Channel | None:
        """Take note of what a leg does; returns the channel that answered."""
        leg = signal.channel
        if leg is None or leg not in attempt:
            return None
        if signal.word == ANSWERS:
            answered = leg.replaced_by or leg
            answered.dialler = None
            return answered
        if signal.word == RINGS:
            if leg.other is None:
                self.switch.tell("NewConnectedLine", leg)
            self.switch.tell_pair("DialState", entry.channel, leg, "DialStatus: RINGING\r\n")
        elif signal.word in (REJECTS, GONE):
            member = attempt.pop(leg)
            member.pending = False
            self._end(entry, [leg], status_of_cause(leg.cause))
            self._missed(member.queue, entry, leg, member, 0)
            self.dialling.drop(leg, signal.word)
        return None

    def _end(self, entry: Entry, legs: Iterable[Channel], status: str) -> None:
        for leg in legs:
            self.switch.tell_pair("DialEnd", entry.channel, leg, f"DialStatus: {status}\r\n")

    def _cancel(self, entry: Entry, attempt: Attempt, cause: int) -> None:
        """End what still rings. Its DialEnd comes a second time here: app_queue says it twice."""
        self._end(entry, attempt, "CANCEL")
        for leg, member in attempt.items():
            member.pending = False
            leg.dialler = None
            self.switch.hang_up(leg.replaced_by or leg, cause)

    def _no_answer(self, queue: Queue, entry: Entry, attempt: Attempt, rang: float) -> None:
        for leg, member in attempt.items():
            entry.missed.add(member)
            self._missed(queue, entry, leg, member, rang)
        self._end(entry, attempt, "NOANSWER")
        self._cancel(entry, attempt, 0)

    def _missed(self, queue: Queue, entry: Entry, leg: Channel, member: Member, rang: float) -> None:
        extra = f"Queue: {queue.name}\r\nInterface: {member.interface}\r\nMemberName: {member.name}\r\n"
        self.switch.tell_agent("AgentRingNoAnswer", entry.channel, leg, extra + f"RingTime: {int(rang * 1000)}\r\n")

    # -- connected ----------------------------------------------------------------------------------------------------

    def _talk(self, queue: Queue, entry: Entry, leg: Channel, member: Member, rang: float) -> Steps:
        caller, now = entry.channel, self.switch.clock.now
        held = int(now - entry.joined_at)
        queue.hold_time = held if not queue.hold_time else (queue.hold_time * 3 + held) // 4
        self.switch.music(caller, False)
        self._leave(queue, entry)
        who = f"Queue: {queue.name}\r\nInterface: {member.interface}\r\nMemberName: {member.name}\r\n"
        self.switch.tell_agent("AgentConnect", caller, leg, who + f"HoldTime: {held}\r\nRingTime: {int(rang)}\r\n")
        member.in_call = True
        try:
            yield from self.switch.converse(caller, leg)
        finally:
            self._complete(queue, entry, leg, member, now)

    def _complete(self, queue: Queue, entry: Entry, leg: Channel, member: Member, since: float) -> None:
        now = self.switch.clock.now
        talked = int(now - since)
        caller = entry.channel
        moved = caller.moving or "BLINDTRANSFER" in caller.variables or "ATTENDEDTRANSFER" in caller.variables
        reason = "transfer" if moved else "caller" if caller.ending else "agent"
        member.in_call = False
        member.calls += 1
        member.last_call = now
        member.wrapup_until = self.switch.clock.deadline(queue.plan.wrapup_seconds)
        queue.completed += 1
        queue.completed_in_time += since - entry.joined_at <= queue.plan.service_level
        queue.talk_time = talked if not queue.talk_time else (queue.talk_time * 3 + talked) // 4
        extra = f"Queue: {queue.name}\r\nInterface: {member.interface}\r\nMemberName: {member.name}\r\n"
        extra += f"HoldTime: {int(since - entry.joined_at)}\r\nTalkTime: {talked}\r\nReason: {reason}\r\n"
        self.switch.tell_agent("AgentComplete", caller, leg, extra)
        self.switch.clock.after(queue.plan.wrapup_seconds + 0.01, self.queues.poke, queue)
