"""Queues with their members and counters: the part of app_queue that stays when nobody calls.

What happens to a caller is in `queues.py`. Only `ami_worker.demo` may import this module.
"""

from __future__ import annotations

from collections.abc import Iterator

from ami_worker.demo.channels import POKED, Channel, Script, Signal
from ami_worker.demo.clock import Clock
from ami_worker.demo.devices import INUSE, INVALID, NOT_INUSE, UNAVAILABLE, UNKNOWN, Devices
from ami_worker.demo.office import HINTS, Office, QueuePlan
from ami_worker.demo.wire import AGENT


class Member:
    """An agent in one queue; `interface` is what is dialled."""

    def __init__(self, queue: Queue, interface: str, name: str, penalty: int, state_interface: str, now: float) -> None:
        self.queue = queue
        self.interface = interface
        self.name = name or interface
        self.penalty = penalty
        self.state_interface = state_interface or interface
        self.dynamic = False
        self.paused = False
        self.reason = ""
        self.calls = 0
        self.last_call = 0.0
        self.last_pause = 0.0
        self.login_at = now
        self.in_call = False
        self.status = UNKNOWN
        self.ringinuse = False
        self.wrapup_until = 0.0  # a deadline of the clock
        self.pending = False  # being rung for a caller of this queue

    def block(self) -> str:
        """The headers of the QueueMember… events."""
        return (
            f"Queue: {self.queue.name}\r\nMemberName: {self.name}\r\nInterface: {self.interface}\r\n"
            f"StateInterface: {self.state_interface}\r\nMembership: {'dynamic' if self.dynamic else 'static'}\r\n"
            f"Penalty: {self.penalty}\r\nCallsTaken: {self.calls}\r\nLastCall: {int(self.last_call)}\r\n"
            f"LastPause: {int(self.last_pause)}\r\nLoginTime: {int(self.login_at)}\r\nInCall: {int(self.in_call)}\r\n"
            f"Status: {self.status}\r\nPaused: {int(self.paused)}\r\nPausedReason: {self.reason}\r\n"
            f"Ringinuse: {int(self.ringinuse)}\r\nWrapuptime: {self.queue.plan.wrapup_seconds}\r\n"
        )

    def available(self, lived: float) -> bool:
        if self.paused or self.pending or self.wrapup_until > lived:
            return False
        return self.status in (NOT_INUSE, UNKNOWN) or (self.ringinuse and self.status == INUSE)


class Entry:
    """A caller who waits."""

    def __init__(self, channel: Channel, script: Script, now: float) -> None:
        self.channel = channel
        self.script = script
        self.joined_at = now
        self.priority = 0
        self.position = 0
        self.original_position = 0
        self.pending = False  # members are being rung for it
        self.withdrawn = False
        self.missed: set[Member] = set()  # who was rung and did not answer


class Queue:
    def __init__(self, plan: QueuePlan) -> None:
        self.plan = plan
        self.name = plan.name
        self.members: dict[str, Member] = {}  # by interface
        self.entries: list[Entry] = []
        self.completed = 0
        self.completed_in_time = 0
        self.abandoned = 0
        self.abandoned_in_time = 0
        self.hold_time = 0
        self.talk_time = 0
        self.turn = 0  # of the strategies that remember

    def number(self) -> None:
        for position, entry in enumerate(self.entries, 1):
            entry.position = position

    def insert(self, entry: Entry) -> None:
        """Behind everybody of the same or a higher priority."""
        place = next((n for n, other in enumerate(self.entries) if other.priority < entry.priority), len(self.entries))
        self.entries.insert(place, entry)
        self.number()

    def available(self, lived: float) -> list[Member]:
        return [member for member in self.members.values() if member.available(lived)]


class Queues:
    """All queues, kept up with the states of the members' devices."""

    def __init__(self, devices: Devices, clock: Clock, office: Office) -> None:
        self.devices = devices
        self.clock = clock
        self.queues = {name: Queue(plan) for name, plan in office.queues.items()}
        for queue in self.queues.values():
            for number, penalty in queue.plan.members:
                person = office.people[number]
                if queue.plan.local:
                    interface, state = f"Local/{number}@from-queue/n", f"hint:{number}@{HINTS}"
                else:
                    interface = state = person.device
                self._join(Member(queue, interface, person.name, penalty, state, clock.now))

    def _join(self, member: Member) -> None:
        member.queue.members[member.interface] = member
        member.status = self.devices.state_of(member.state_interface)

        def watch(_device: str, state: int) -> None:
            if member.queue.members.get(member.interface) is member:
                self._status(member, state)

        self.devices.watchers.setdefault(member.state_interface, []).append(watch)

    def _status(self, member: Member, status: int) -> None:
        if member.status == status:
            return
        member.status = status
        self.tell("QueueMemberStatus", member)
        self._tell_availability(member.queue)
        self.poke(member.queue)

    def _tell_availability(self, queue: Queue) -> None:
        """The lamp of a queue: in use when no member is free."""
        free = self.summary(queue)[1]
        self.devices.set(f"Queue:{queue.name}_avail", NOT_INUSE if free else INUSE)

    def tell(self, event: str, member: Member) -> None:
        self.devices.emit(event, member.block(), AGENT)

    def poke(self, queue: Queue) -> None:
        """Something has changed for those who are next: let them look. More would only be told that it is not yet."""
        room = len(queue.available(self.clock.lived)) + 1
        for entry in queue.entries[:room]:
            if not entry.pending:
                self.nudge(entry)

    def nudge(self, entry: Entry) -> None:
        """Let one waiting caller look."""
        entry.script.signal(Signal(POKED))

    def of(self, queue: str, interface: str) -> Iterator[Member]:
        """The memberships of an interface, in one queue or, without a name, in all."""
        for candidate in self.queues.values():
            if (not queue or candidate.name.lower() == queue.lower()) and interface in candidate.members:
                yield candidate.members[interface]

    # -- what a manager does ------------------------------------------------------------------------------------------

    def add(self, queue: Queue, interface: str, name: str, penalty: int, paused: bool, state: str, reason: str) -> bool:
        """False if it is there already."""
        if interface in queue.members:
            return False
        member = Member(queue, interface, name, penalty, state, self.clock.now)
        member.dynamic = True
        member.paused, member.reason = paused, reason
        self._join(member)
        self.devices.set(f"Queue:{queue.name}_pause_{interface}", INUSE if paused else NOT_INUSE)
        self.tell("QueueMemberAdded", member)
        self.poke(queue)
        return True

    def remove(self, member: Member) -> None:
        self.tell("QueueMemberRemoved", member)
        del member.queue.members[member.interface]

    def pause(self, member: Member, paused: bool, reason: str) -> None:
        member.paused = paused
        if paused:
            member.last_pause = self.clock.now
        member.reason = reason
        self.devices.set(f"Queue:{member.queue.name}_pause_{member.interface}", INUSE if paused else NOT_INUSE)
        self.tell("QueueMemberPause", member)
        if not paused:
            member.reason = ""
        self.poke(member.queue)

    def set_penalty(self, member: Member, penalty: int) -> None:
        member.penalty = penalty
        self.tell("QueueMemberPenalty", member)

    def set_ringinuse(self, member: Member, ringinuse: bool) -> None:
        member.ringinuse = ringinuse
        self.tell("QueueMemberRinginuse", member)
        self.poke(member.queue)

    def entry(self, queue: Queue, channel: str) -> Entry | None:
        return next((entry for entry in queue.entries if entry.channel.name == channel), None)

    def reprioritise(self, queue: Queue, entry: Entry, priority: int, immediate: bool) -> None:
        """No event tells of it; without `immediate` it counts only for those who join later."""
        entry.priority = priority
        if immediate:
            queue.entries.remove(entry)
            queue.insert(entry)
            self.poke(queue)

    def summary(self, queue: Queue) -> tuple[int, int, int]:
        """Logged in, available, longest wait in seconds."""
        now = self.clock.now
        here = [member for member in queue.members.values() if member.status not in (UNAVAILABLE, INVALID)]
        free = [member for member in here if member.status in (NOT_INUSE, UNKNOWN) and not member.paused]
        longest = max((int(now - entry.joined_at) for entry in queue.entries), default=0)
        return len(here), len(free), longest
