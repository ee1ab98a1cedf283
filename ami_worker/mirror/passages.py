"""Passages through queues, as the events tell of them: who joined, who left and how, who answered, how the talk ended.
Used by `history.py`. What is true of the order of events is from recordings of Asterisk 16 and 22 and from
apps/app_queue.c.

* QueueCallerAbandon does not say that the caller hung up. Asterisk sends it for everyone who leaves without an answer,
  also after the time that Queue() allows, by a key, or when a queue lets its callers go (record_abandoned). Whoever
  hung up has had a HangupRequest before it, or a SoftHangupRequest when somebody here ended the call.
* A timeout, a key and an empty queue cannot be told apart by events (DTMF and the dialplan are other classes). Who has
  waited as long as Queue() allows (`limits.py`) counts as `timeout`, anybody else who is let go as `left`.
* On an answer come QueueCallerLeave, then AgentConnect, with whatever the dialplan does for the member in between: who
  leaves while a member's leg is up has not been lost.
* AgentComplete comes by another thread: late, never, or twice. A talk ends with the first of it and the two Hangups;
  its Reason counts more than who hung up first. A caller who is sent to nobody hangs up at once: two threads of the
  queue see the one and the other, and tell and log either or both, in any order. `transfer` is true then. For where it
  never comes, BlindTransfer says as much. Where nobody asked for the end of the member's leg, the caller was taken out
  of the talk (Redirect): for the queue that is an end by the caller.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from ami_worker.ami.protocol import Message
from ami_worker.mirror.channels import Handler
from ami_worker.mirror.ended import Ended
from ami_worker.mirror.entities import Caller, Channel, ChannelState
from ami_worker.mirror.expected import Expected
from ami_worker.mirror.limits import Limits, number
from ami_worker.mirror.persons import extension_of_member, groups_of_queue, person_of
from ami_worker.mirror.queues import SAME_JOIN_SECONDS
from ami_worker.mirror.records import EndedBy, Passage, PassageOutcome, Staff
from ami_worker.mirror.text import clean
from ami_worker.mirror.today import Today
from ami_worker.mirror.topology import peers_of
from ami_worker.mirror.world import World
from panel.vocabulary import NumberPlan


_REASONS: Final[dict[str, EndedBy]] = {"agent": "agent", "caller": "caller", "transfer": "transfer"}


class Passages:
    """Keeps the passages that go on. `staff` tells what the members of a queue do, while a caller of theirs is lost."""

    def __init__(
        self, world: World, pbx: str, today: Today, staff: Callable[[str, str], Staff], plan: NumberPlan
    ) -> None:
        self._world = world
        self._pbx = pbx
        self._today = today
        self._staff = staff
        self._plan = plan
        self.touched: dict[str, Passage] = {}
        """By key: those that are new or changed since they were last given."""
        self._open: dict[str, Passage] = {}  # by the caller's Uniqueid: a channel is in one queue at a time
        self._legs: dict[str, Passage] = {}  # by the Uniqueid of the leg of the member who answered
        self._ended = Ended()
        self._hung_up: set[str] = set()  # Uniqueids of those who have hung up before they joined a queue
        self._expected = Expected()
        self.limits = Limits()
        self.handlers: dict[str, Handler] = {
            "queuecallerjoin": self.on_join,
            "queuecallerabandon": self.on_leave,
            "queuecallerleave": self.on_leave,
            "agentconnect": self.on_connect,
            "agentcomplete": self.on_complete,
            "agentringnoanswer": self.on_ring_no_answer,
            "blindtransfer": self.on_blind_transfer,
            "hanguprequest": self.on_hangup_request,
            "softhanguprequest": self.on_hangup_request,
        }
        world.gone.append(self._on_channel_gone)

    def expect(self, uniqueid: str, outcome: PassageOutcome) -> None:
        """We are about to take this caller out of its queue."""
        self._expected.add(uniqueid, outcome, self._world.now())

    def expect_stays(self, uniqueid: str) -> None:
        self._expected.take_back(uniqueid)

    # --- waiting ----------------------------------------------------------------------------------------------------

    def on_join(self, message: Message) -> None:
        """After `Queues` has taken it, which refuses what cannot be."""
        uniqueid = message.get("Uniqueid")
        caller = self._world.callers.get(f"{message.get('Queue')}/{uniqueid}")
        if caller is None:
            return
        before = self._open.get(uniqueid)
        if before is not None:
            if before.queue == caller.queue and before.left_at is None:
                if before.is_listed:  # the list was faster than the event
                    before.is_complete, before.is_listed = True, False
                    self._touch(before)
                return
            self._make_room(before)
        self._begin(caller, is_listed=False)

    def _make_room(self, before: Passage) -> None:
        """A caller who joins a queue talks to nobody, and waits in no other one."""
        if before.outcome == "answered":
            self._end_talk(before, self._world.at, "transfer")
        elif before.left_at is not None:
            self._leave(before, "left", before.left_at)
        else:
            self._lose_sight(before, self._world.at)

    def _begin(self, caller: Caller, *, is_listed: bool) -> Passage:
        key = f"{self._pbx}/{caller.queue}/{caller.uniqueid}/{round(caller.joined_at * 1000)}"
        passage = Passage(key, caller.queue, caller.uniqueid, caller.joined_at, caller.position)
        passage.is_listed, passage.is_complete = is_listed, not is_listed
        passage.hung_up_by = "caller" if caller.uniqueid in self._hung_up else ""
        self._open[caller.uniqueid] = passage
        self._describe(passage)
        self._touch(passage)
        return passage

    def on_leave(self, message: Message) -> None:
        """QueueCallerAbandon and QueueCallerLeave; where both come, the first tells it and the second nothing more."""
        uniqueid, queue = message.get("Uniqueid"), message.get("Queue")
        passage = self._open.get(uniqueid) or self._missed(uniqueid, queue)
        if passage is None or passage.queue != queue or passage.left_at is not None:
            return
        passage.left_position = number(message.get("Position"))
        expected = self._expected.take(uniqueid, self._world.at)
        leg = self._picked_up(passage) if message.event == "queuecallerleave" else ""
        if leg:
            passage.left_at, passage.leg = self._world.at, leg
            self._legs[leg] = passage
            self._touch(passage)
        elif passage.hung_up_by == "caller":
            self._leave(passage, "abandoned", self._world.at)
        elif expected is not None and self._has_waited_enough(passage, message):
            # The queue may have let the caller go by itself at that instant: nothing that is told says which it was.
            passage.is_complete, passage.is_disputed = False, True
            self._leave(passage, "unknown", self._world.at)
        elif expected is not None:
            self._leave(passage, expected, self._world.at)
        else:
            self._leave(passage, "timeout" if self._has_waited_enough(passage, message) else "left", self._world.at)

    def _missed(self, uniqueid: str, queue: str) -> Passage | None:
        """One whom a list had no more before the events told why: an event may be older than the list before it."""
        passage = self._ended.of(uniqueid, queue)
        if passage is None or passage.outcome != "unknown" or passage.is_disputed:
            return None
        self._ended.take_back(passage)
        passage.outcome, passage.left_at, passage.is_complete = "waiting", None, passage.was_complete
        self._open[uniqueid] = passage
        return passage

    def _picked_up(self, passage: Passage) -> str:
        """The leg of a member who has answered this caller and is about to be connected; empty when there is none."""
        queue = self._world.queues.get(passage.queue)
        for member in queue.members.values() if queue is not None else ():
            for leg, caller in member.ringing.items():
                channel = self._world.channels.get(leg)
                if caller == passage.uniqueid and channel is not None and channel.state == ChannelState.UP:
                    return leg
        return ""

    def _has_waited_enough(self, passage: Passage, message: Message) -> bool:
        limit = self.limits.of(passage.queue, message)
        waited = number(message.get("HoldTime")) or self._world.at - passage.joined_at
        return 0 < limit <= waited + 0.5

    def _leave(self, passage: Passage, outcome: PassageOutcome, at: float) -> None:
        """Out of the queue without an answer."""
        passage.outcome, passage.left_at = outcome, at
        passage.staff = self._staff(passage.queue, passage.uniqueid)
        self._close(passage)

    # --- answered ---------------------------------------------------------------------------------------------------

    def on_connect(self, message: Message) -> None:
        world, uniqueid, queue = self._world, message.get("Uniqueid"), message.get("Queue")
        passage = self._open.get(uniqueid)
        if passage is None or passage.queue != queue:
            passage = self._ended.of(uniqueid, queue) or self._unseen_join(message)
        if passage is None or passage.outcome == "answered":
            return
        if passage.outcome == "unknown":
            passage.left_at, passage.is_complete = None, passage.was_complete
        self._ended.take_back(passage)
        self._open[uniqueid] = passage
        interface = message.get("Interface")
        member = world.members.get(f"{queue}/{interface}")
        extension = extension_of_member(world, member) if member is not None else None
        passage.outcome, passage.staff, passage.hung_up_by = "answered", {}, ""
        passage.left_at = world.at if passage.left_at is None else passage.left_at
        passage.agent, passage.agent_name = interface, clean(message.text("MemberName"))
        if extension is not None:
            passage.agent_extension = extension.key
            if not passage.agent_name or "/" in passage.agent_name:
                passage.agent_name = extension.name
        passage.leg = message.get("DestUniqueid")
        self._legs[passage.leg] = passage
        self._touch(passage)
        for gone, by in ((passage.leg, "agent"), (uniqueid, "caller")):
            if gone in world.tombstones:
                self._end_talk(passage, world.at, _REASONS[by])
                return

    def _unseen_join(self, message: Message) -> Passage | None:
        """One whose joining was not seen: the event says how long it has waited. None when the caller is not known."""
        uniqueid = message.get("Uniqueid")
        if uniqueid not in self._world.channels:
            return None
        joined_at = self._world.at - number(message.get("HoldTime"))
        return self._begin(Caller(message.get("Queue"), uniqueid, 0, joined_at), is_listed=True)

    def on_complete(self, message: Message) -> None:
        queue, interface, uniqueid = message.get("Queue"), message.get("Interface"), message.get("Uniqueid")
        passage = self._legs.get(message.get("DestUniqueid")) or self._open.get(uniqueid)
        if passage is None or (passage.queue, passage.agent) != (queue, interface):
            passage = self._ended.talk_of(message, self._world.at)
            if passage is None:
                return
        reason = _REASONS.get(message.get("Reason").lower(), "")
        is_told, passage.is_completed = passage.is_completed, passage.is_completed or bool(reason)
        if passage.talk_ended_at is None:
            self._end_talk(passage, self._world.at, reason)
        elif reason and passage.ended_by != reason and (not is_told or reason == "transfer"):
            if passage.ended_by == "unknown":
                passage.is_complete = passage.was_complete
            passage.ended_by = reason
            self._touch(passage)

    def on_ring_no_answer(self, message: Message) -> None:
        """A member's phone rang in vain, or the member refused."""
        passage, leg = self._open.get(message.get("Uniqueid")), message.get("DestUniqueid")
        if passage is not None and passage.queue == message.get("Queue") and leg not in passage.unanswered:
            passage.unanswered.update((leg,) if leg else ())
            passage.rings += 1
            self._touch(passage)

    def on_blind_transfer(self, message: Message) -> None:
        """Whoever of the two sends the other one on ends the talk by it (apps/app_queue.c, handle_blind_transfer)."""
        uniqueid = message.get("TransfererUniqueid")
        passage = self._legs.get(uniqueid) or self._open.get(uniqueid)
        if message.get("Result") != "Success":
            return
        if passage is not None and passage.outcome == "answered":
            passage.hung_up_by = "transfer"
        elif passage is None:
            passage = self._ended.talk_on(uniqueid, self._world.at)
            if passage is not None and passage.is_complete and not passage.is_completed:
                passage.ended_by = "transfer"
                self._touch(passage)

    def on_hangup_request(self, message: Message) -> None:
        """Of HangupRequest and SoftHangupRequest: whoever's end is asked for first has ended it. The dialplan may go on
        for some steps with a caller who has hung up, as far as into a queue.
        """
        uniqueid = message.get("Uniqueid")
        if uniqueid in self._world.channels:
            self._hung_up.add(uniqueid)
        passage, by = self._open.get(uniqueid), _REASONS["caller"]
        if passage is None:
            passage, by = self._legs.get(uniqueid), _REASONS["agent"]
        if passage is not None and not passage.hung_up_by and (by == "caller" or passage.outcome == "answered"):
            passage.hung_up_by = by

    def _end_talk(self, passage: Passage, at: float, by: EndedBy) -> None:
        passage.talk_ended_at = at
        passage.ended_by = by or passage.hung_up_by or "unknown"
        self._close(passage)

    # --- the end of a channel ---------------------------------------------------------------------------------------

    def _on_channel_gone(self, channel: Channel) -> None:
        self._hung_up.discard(channel.uniqueid)
        if self._world.is_sweeping:
            return  # a list does not have it: `compare` says what that means
        uniqueid, at = channel.uniqueid, self._world.at
        passage = self._legs.get(uniqueid)
        if passage is not None:
            if passage.outcome != "answered":
                self._leave(passage, "left", passage.left_at or at)
            elif not self._follow(passage, channel):
                self._end_talk(passage, at, passage.hung_up_by or ("caller" if passage.is_complete else "unknown"))
            return
        passage = self._open.get(uniqueid)
        if passage is None:
            return
        if passage.outcome == "answered":
            self._end_talk(passage, at, passage.hung_up_by or "caller")
        elif passage.left_at is not None:
            self._leave(passage, "abandoned", passage.left_at)
        else:
            self._lose_sight(passage, at)  # the queue has not told of it

    def _follow(self, passage: Passage, gone: Channel) -> bool:
        """When a Local member is optimised away its halves hang up, but a phone goes on talking to the caller."""
        caller = self._world.channels.get(passage.uniqueid)
        peers = peers_of(self._world, caller) if caller is not None and not gone.is_leg else []
        if peers:
            del self._legs[gone.uniqueid]
            passage.leg = peers[0].uniqueid
            self._legs[passage.leg] = passage
        return bool(peers)

    # --- after we have not looked -----------------------------------------------------------------------------------

    def adopt(self, passages: Iterable[Passage]) -> None:
        """Those that an earlier worker has left open; `compare` finds out which of them go on."""
        for passage in passages:
            before = self._open.get(passage.uniqueid)
            if before is not None:
                self._lose_sight(before, before.joined_at)
            passage.is_complete = False
            self._open[passage.uniqueid] = passage
            self._touch(passage)

    def lost(self) -> None:
        """From here on nothing is seen: what goes on will not be complete."""
        for passage in self._open.values():
            passage.is_complete = False
            self._touch(passage)

    def compare(self, seen_until: float, *, was_away: bool) -> None:
        """Make them agree with the lists, which have just been taken. What no list confirms ended at `seen_until` or
        later: nobody knows how.
        """
        world = self._world
        for passage in list(self._open.values()):
            if passage.outcome == "answered":
                goes_on = self._still_talks(passage)
            elif passage.left_at is not None:
                goes_on = not was_away and passage.uniqueid in world.channels
            else:
                caller = world.callers.get(f"{passage.queue}/{passage.uniqueid}")
                goes_on = caller is not None and caller.joined_at < passage.joined_at + SAME_JOIN_SECONDS
            if not goes_on:
                self._lose_sight(passage, seen_until)
        for caller in world.callers.values():
            if caller.uniqueid not in self._open:
                self._begin(caller, is_listed=True)

    def _still_talks(self, passage: Passage) -> bool:
        world = self._world
        for member in world.members_of_leg.get(passage.uniqueid, {}).values():
            if member.talking and member.talking[1] == passage.uniqueid and member.queue == passage.queue:
                self._legs.pop(passage.leg, None)
                passage.leg = member.talking[0]
                self._legs[passage.leg] = passage
                return True
        return passage.uniqueid in world.channels and passage.leg in world.channels

    def _lose_sight(self, passage: Passage, at: float) -> None:
        """It has ended, and nobody saw how."""
        passage.was_complete, passage.is_complete = passage.is_complete, False
        if passage.outcome == "answered":
            self._end_talk(passage, max(at, passage.left_at or at), "unknown")
        else:
            passage.outcome = "unknown"
            passage.left_at = max(at, passage.joined_at) if passage.left_at is None else passage.left_at
            self._close(passage)

    # --- giving -----------------------------------------------------------------------------------------------------

    def _close(self, passage: Passage) -> None:
        if self._open.get(passage.uniqueid) is passage:
            del self._open[passage.uniqueid]
        if self._legs.get(passage.leg) is passage:
            del self._legs[passage.leg]
        passage.ended_at = self._world.at
        self._ended.add(passage)
        self._touch(passage)

    def _touch(self, passage: Passage) -> None:
        self.touched[passage.key] = passage
        self._today.count(passage)

    def take(self) -> list[Passage]:
        """Those touched since the last call, with who the callers are and who may see it, as far as is known now."""
        touched, self.touched = list(self.touched.values()), {}
        for passage in touched:
            self._describe(passage)
        self._ended.forget(self._world.at)
        return touched

    def _describe(self, passage: Passage) -> None:
        world = self._world
        channel = world.channels.get(passage.uniqueid)
        if channel is not None:
            person = person_of(world, channel)
            passage.number, passage.name = self._plan.of_caller(person["number"]), person["name"]
            passage.call, passage.dialled = channel.linkedid, channel.call.dialled or passage.dialled
        queue = world.queues.get(passage.queue)
        if queue is not None:
            passage.groups = tuple(sorted(groups_of_queue(world, queue)))
