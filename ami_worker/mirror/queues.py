"""Queues and those who wait in them: QueueCaller*, and what QueueStatus lists of both. Used inside the mirror; members
are in members.py.

No event tells the others in a queue that they have moved: a join at position p moves those from p on back, a leave
moves those behind it up. What that cannot know (a changed priority) is repaired when QueueSummary or the count in an
event disagrees.
"""

from __future__ import annotations

from typing import Final

from ami_worker.ami.protocol import Message
from ami_worker.mirror.channels import Channels, Handler
from ami_worker.mirror.entities import Caller, Channel, DeviceStatus, Queue
from ami_worker.mirror.family import Family
from ami_worker.mirror.persons import groups_of_queue, person_of
from ami_worker.mirror.text import clean
from ami_worker.mirror.today import Today
from ami_worker.mirror.world import World
from panel.vocabulary import CallerRow, Kind, MemberState, QueueRow, utc


MOVE_SECONDS: Final = 15.0
"""How long an announced move of a caller may take until the queue tells of it."""


SAME_JOIN_SECONDS: Final = 5.0
"""A list gives the waiting time in whole seconds; who has waited for less than we know by more has joined again."""


class Queues:
    """Keeps `World.queues` and `World.callers`."""

    def __init__(self, world: World, channels: Channels, today: Today) -> None:
        self._world = world
        self._today = today
        self._channels = channels
        self._moving: dict[str, float] = {}  # Uniqueid → until when its leaving is a move
        self.handlers: dict[str, Handler] = {
            "queuecallerjoin": self.on_join,
            "queuecallerleave": self.on_leave,
            "queuecallerabandon": self.on_abandon,
        }
        world.gone.append(self._on_channel_gone)

    def expect_moved(self, uniqueid: str) -> None:
        """We are about to take this caller out of its queue: the PBX will call that abandoned, the board must not."""
        self._moving = {each: until for each, until in self._moving.items() if until > self._world.at}
        self._moving[uniqueid] = self._world.now() + MOVE_SECONDS

    def expect_stays(self, uniqueid: str) -> None:
        self._moving.pop(uniqueid, None)

    # --- events -----------------------------------------------------------------------------------------------------

    def on_join(self, message: Message) -> None:
        channel = self._channels.announced(message)
        if channel is None:
            return
        queue = self.queue(message.get("Queue"))
        position = _number(message.get("Position"))
        self.remove(queue, channel.uniqueid)
        for caller in queue.callers.values():
            if caller.position >= position:
                self._move(caller, caller.position + 1)
        self._add(queue, Caller(queue.name, channel.uniqueid, position, self._world.at))
        self._compare_count(queue, message)

    def on_leave(self, message: Message) -> None:
        queue = self._world.queues.get(message.get("Queue"))
        if queue is None:
            self._world.unknown_ids += 1
            return
        self.remove(queue, message.get("Uniqueid"))
        self._compare_count(queue, message)

    def on_abandon(self, message: Message) -> None:
        """Comes before the leave; also when the caller was redirected away."""
        queue = self._world.queues.get(message.get("Queue"))
        if queue is None:
            self._world.unknown_ids += 1
            return
        queue.abandoned += 1
        if self._moving.pop(message.get("Uniqueid"), 0.0) > self._world.at:
            queue.moved += 1
        self._world.dirty[Kind.QUEUE].add(queue.name)

    def _compare_count(self, queue: Queue, message: Message) -> None:
        if message.get("Count") != str(len(queue.callers)):
            self._world.want(Family.QUEUES, queue.name)

    # --- the list ---------------------------------------------------------------------------------------------------

    def on_params(self, message: Message) -> tuple[str, bool]:
        """A QueueParams item of QueueStatus. Returns the queue's name and whether the item corrects what was known."""
        queue = self.queue(message.get("Queue"), is_listed=True)
        before = (queue.completed, queue.abandoned)
        queue.strategy = message.get("Strategy")
        queue.completed, queue.abandoned = _number(message.get("Completed")), _number(message.get("Abandoned"))
        queue.moved = min(queue.moved, queue.abandoned)  # the PBX's counters were reset
        self._world.dirty[Kind.QUEUE].add(queue.name)
        return queue.name, before != (queue.completed, queue.abandoned)

    def on_entry(self, message: Message) -> tuple[str, bool]:
        """A QueueEntry item of QueueStatus. Returns the caller's key and whether the item corrects what was known."""
        world = self._world
        queue, uniqueid = self.queue(message.get("Queue"), is_listed=True), message.get("Uniqueid")
        position, priority = _number(message.get("Position")), _number(message.get("Priority"))
        caller = queue.callers.get(uniqueid)
        is_new = caller is None
        joined_at = world.at - _number(message.get("Wait"))
        if caller is None:
            caller = Caller(queue.name, uniqueid, position, joined_at)
            self._add(queue, caller)
        elif joined_at > caller.joined_at + SAME_JOIN_SECONDS:  # left and joined again while we did not see it
            caller.joined_at = joined_at
        corrected = is_new or caller.position != position
        self._move(caller, position)
        caller.priority = priority
        caller.number, caller.name = message.text("CallerIDNum"), message.text("CallerIDName")
        return caller.key, corrected

    def rebuild(self, listed: list[Channel]) -> None:
        """After a list of channels: who came through which queue, by the application that the channel runs.

        `QueueStatus` tells of those who still wait; for those who are talking, the times are the best that can be
        known.
        """
        for channel in listed:
            call = channel.call
            if channel.application == "Queue":
                if not call.queue:
                    call.queue, call.queued_at = channel.data.partition(",")[0], channel.created_at
                if channel.bridge and call.connected_at is None:
                    call.connected_at = call.answered_at
                self._world.touch(channel)

    # --- changing ---------------------------------------------------------------------------------------------------

    def queue(self, name: str, *, is_listed: bool = False) -> Queue:
        """The queue, made if need be; one that an event tells of for the first time (realtime) is to be listed."""
        queue = self._world.queues.get(name)
        if queue is None:
            queue = self._world.queues[name] = Queue(name)
            self._world.dirty[Kind.QUEUE].add(name)
            if not is_listed:
                self._world.want(Family.QUEUES, name)
        return queue

    def remove(self, queue: Queue, uniqueid: str, *, others_move: bool = True) -> None:
        """Take a caller out, and let those behind it move up, unless a list has said where they are."""
        world = self._world
        gone = queue.callers.pop(uniqueid, None)
        if gone is None:
            return
        del world.callers[gone.key]
        world.dirty[Kind.CALLER].add(gone.key)
        world.dirty[Kind.QUEUE].add(queue.name)
        for caller in queue.callers.values() if others_move else ():
            if caller.position > gone.position:
                self._move(caller, caller.position - 1)
        if world.waiting.get(uniqueid) is gone:
            del world.waiting[uniqueid]
        channel = world.channels.get(uniqueid)
        if channel is not None:
            channel.call.story.end("queued", uniqueid, world.at)
            world.touch(channel)

    def _add(self, queue: Queue, caller: Caller) -> None:
        world = self._world
        queue.callers[caller.uniqueid] = caller
        world.callers[caller.key] = caller
        world.waiting[caller.uniqueid] = caller
        world.dirty[Kind.CALLER].add(caller.key)
        world.dirty[Kind.QUEUE].add(queue.name)
        channel = world.channels.get(caller.uniqueid)
        if channel is not None:
            call = channel.call
            call.queue, call.queued_at, call.connected_at = queue.name, caller.joined_at, None
            call.story.tell("queued", channel.uniqueid, caller.joined_at, what=queue.name)
            world.touch(channel)

    def _move(self, caller: Caller, position: int) -> None:
        if caller.position != position:
            caller.position = position
            self._world.dirty[Kind.CALLER].add(caller.key)

    def _on_channel_gone(self, channel: Channel) -> None:
        caller = self._world.waiting.get(channel.uniqueid)
        if caller is not None:
            self.remove(self._world.queues[caller.queue], channel.uniqueid)

    # --- rows -------------------------------------------------------------------------------------------------------

    def row(self, queue: Queue) -> QueueRow:
        joined = [caller.joined_at for caller in queue.callers.values()]
        states = [member.state for member in queue.members.values()]
        return QueueRow(
            key=queue.name,
            name=clean(queue.name),
            strategy=clean(queue.strategy),
            waiting=len(joined),
            longest_at=utc(min(joined)) if joined else None,
            members=len(states),
            free=states.count(MemberState.FREE),
            paused=sum(member.paused for member in queue.members.values()),
            completed=queue.completed,
            abandoned=queue.abandoned - queue.moved,
            **self._today.figures(queue.name),
        )

    def caller_row(self, caller: Caller) -> CallerRow:
        channel = self._world.channels.get(caller.uniqueid)
        if channel is not None:
            person = person_of(self._world, channel)
            name, number = person["name"], person["number"]
        else:
            name, number = clean(caller.name), clean(caller.number)
        return CallerRow(
            key=caller.key,
            queue=caller.queue,
            call=channel.linkedid if channel is not None else caller.uniqueid,
            position=caller.position,
            priority=caller.priority,
            name=name,
            number=number,
            joined_at=utc(caller.joined_at),
        )

    def groups(self, queue: Queue) -> tuple[str, ...]:
        """The departments of the members: of the queue's row and of those who wait in it."""
        return tuple(sorted(groups_of_queue(self._world, queue)))


def available(status: int) -> bool:
    """Whether `LoggedIn` of QueueSummary counts a member with that device status (apps/app_queue.c)."""
    return status not in (DeviceStatus.UNAVAILABLE, DeviceStatus.INVALID)


def _number(text: str) -> int:
    """A count that Asterisk printed; 0 for nonsense."""
    return int(text) if text.isdecimal() and len(text) < 16 else 0
