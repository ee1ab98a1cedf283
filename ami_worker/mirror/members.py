"""Queue members: QueueMember*, Agent*, and what QueueStatus lists of them. Used inside the mirror.

Whether a member is in a call of the queue cannot be had from `InCall`: it is set after AgentConnect is published and
cleared before the next QueueMemberStatus, so events practically always say 0. It is derived from AgentConnect and from
whichever comes first of AgentComplete and the hangup of one of the two channels. AgentComplete comes by another
thread: late, or never. What is shown of a member is in member_rows.py.
"""

from __future__ import annotations

from ami_worker.ami.protocol import Message
from ami_worker.mirror.channels import Channels, Handler
from ami_worker.mirror.entities import Channel, ChannelState, Member
from ami_worker.mirror.names import Names
from ami_worker.mirror.persons import extension_of_member, handles_of
from ami_worker.mirror.queues import Queues
from ami_worker.mirror.topology import peers_of
from ami_worker.mirror.world import World
from panel.vocabulary import Kind


class Members:
    """Keeps `World.members`."""

    def __init__(self, world: World, channels: Channels, queues: Queues, names: Names) -> None:
        self._world = world
        self._channels = channels
        self._queues = queues
        self._names = names
        self.handlers: dict[str, Handler] = {
            "queuememberadded": self.on_member,
            "queuememberstatus": self.on_member,
            "queuememberpause": self.on_member,
            "queuememberpaused": self.on_member,
            "queuememberpenalty": self.on_member,
            "queuememberringinuse": self.on_member,
            "queuememberremoved": self.on_removed,
            "agentcalled": self.on_called,
            "agentconnect": self.on_connect,
            "agentcomplete": self.on_complete,
            "agentdump": self.on_not_connected,
            "agentringnoanswer": self.on_ring_no_answer,
        }
        world.gone.append(self._on_channel_gone)

    # --- membership -------------------------------------------------------------------------------------------------

    def on_member(self, message: Message) -> tuple[str, bool]:
        """Any event or list item that says all about a member. Returns its key and whether it is news of what events
        should have told.

        The list says `Name` and `Location` where the events say `MemberName` and `Interface`.
        """
        is_listed = message.event == "queuemember"
        interface = message.get("Location" if is_listed else "Interface")
        queue = self._queues.queue(message.get("Queue"), is_listed=is_listed)
        member = queue.members.get(interface)
        is_new = member is None
        if member is None:
            member = self._add(queue.name, interface, message.get("StateInterface"))
        before = (member.paused, member.penalty)
        member.name = message.get("Name" if is_listed else "MemberName")
        member.status = _int(message.get("Status"))
        member.paused = message.get("Paused") == "1"
        member.pause_reason = (message.get("PausedReason") or message.get("Reason")) if member.paused else ""
        member.penalty = _int(message.get("Penalty"))
        member.calls_taken = _int(message.get("CallsTaken"))
        last_call = _int(message.get("LastCall"))
        # A status that the end of a call brought about may have been made before its time was noted.
        member.last_call = last_call if is_listed else max(last_call, member.last_call)
        member.wrapup_seconds = _int(message.get("Wrapuptime"))
        member.login_at = _int(message.get("LoginTime"))
        if message.get("Ringinuse"):
            member.ring_in_use = message.get("Ringinuse") == "1"
        if is_listed:
            self._resume_wrapup(member)
        self._world.dirty[Kind.MEMBER].add(member.key)
        self._learn_name(member)
        return member.key, is_new or before != (member.paused, member.penalty)

    def on_removed(self, message: Message) -> None:
        member = self._find(message)
        if member is not None:
            self.remove(member)

    def remove(self, member: Member) -> None:
        world, queue = self._world, self._world.queues[member.queue]
        self._let_go(member)
        del world.members[member.key]
        del queue.members[member.interface]
        world.loans.pop(member.key, None)
        for handle in handles_of(member):
            world.members_of_handle[handle].pop(member.key, None)
        world.dirty[Kind.MEMBER].add(member.key)
        world.touch_queue_groups(queue)

    def remove_queue(self, name: str) -> None:
        """It is configured no more."""
        queue = self._world.queues[name]
        for member in list(queue.members.values()):
            self.remove(member)
        for uniqueid in list(queue.callers):
            self._queues.remove(queue, uniqueid)
        del self._world.queues[name]
        self._world.dirty[Kind.QUEUE].add(name)

    def _add(self, queue_name: str, interface: str, state_interface: str) -> Member:
        world, queue = self._world, self._world.queues[queue_name]
        member = Member(queue_name, interface, state_interface=state_interface)
        world.members[member.key] = queue.members[interface] = member
        for handle in handles_of(member):
            world.members_of_handle.setdefault(handle, {})[member.key] = member
        world.touch_queue_groups(queue)
        return member

    def _learn_name(self, member: Member) -> None:
        extension = extension_of_member(self._world, member)
        if extension is not None:
            self._names.learn("member", extension.number, member.name)

    def learn_names(self) -> None:
        """After a list of hints or queues: members may have become known before their extensions."""
        for member in self._world.members.values():
            self._learn_name(member)

    # --- the queue's calls ------------------------------------------------------------------------------------------

    def on_called(self, message: Message) -> None:
        member = self._find(message)
        dest = self._channels.find(message.get("DestUniqueid"))
        if member is not None and dest is not None:
            member.ringing[dest.uniqueid] = message.get("Uniqueid")
            self._index(member, dest.uniqueid)

    def on_connect(self, message: Message) -> None:
        member = self._find(message)
        dest = self._channels.find(message.get("DestUniqueid"))
        caller = self._channels.find(message.get("Uniqueid"))
        if member is None or dest is None or caller is None:
            return
        self._let_go(member)
        member.wrapup_until, member.unanswered = 0.0, 0
        member.taken_before = member.calls_taken
        self._talk(member, dest, caller)
        call = caller.call
        if call.queue != member.queue or call.queued_at is None:
            call.queue, call.queued_at = member.queue, self._world.at - _int(message.get("HoldTime"))
        call.connected_at = self._world.at
        self._world.touch(caller)

    def on_complete(self, message: Message) -> None:
        """The count is the queue's, whether or not the call was ended for us by a hangup already."""
        member = self._find(message)
        if member is None:
            return
        self._world.queues[member.queue].completed += 1
        self._world.dirty[Kind.QUEUE].add(member.queue)
        member.calls_taken = max(member.calls_taken, member.taken_before + 1)
        self._world.dirty[Kind.MEMBER].add(member.key)
        if member.talking and message.get("Uniqueid") in ("", member.talking[1]):
            self._end(member)

    def on_ring_no_answer(self, message: Message) -> None:
        """The phone rang as long as the queue lets it, or refused the call (apps/app_queue.c, `rna`)."""
        member = self.on_not_connected(message)
        if member is not None:
            member.unanswered += 1
            self._world.dirty[Kind.MEMBER].add(member.key)

    def on_not_connected(self, message: Message) -> Member | None:
        """It rang and was not answered, or the member refused the caller after the announcement. Returns who."""
        member = self._find(message)
        if member is not None:
            dest = message.get("DestUniqueid")
            if member.talking and member.talking[0] == dest:
                self._end(member)
            self._stop_ringing(member, dest)
        return member

    def _talk(self, member: Member, leg: Channel, caller: Channel) -> None:
        member.talking = (leg.uniqueid, caller.uniqueid)
        self._index(member, leg.uniqueid)
        self._index(member, caller.uniqueid)

    def _end(self, member: Member) -> None:
        """The call of the queue is over for this member; what follows is wrap-up."""
        world = self._world
        self._hang_up(member)
        member.last_call = world.at + world.clock_offset
        if member.wrapup_seconds:
            member.wrapup_until = world.at + member.wrapup_seconds
            world.touch_later(member.wrapup_until, Kind.MEMBER, member.key)

    def _resume_wrapup(self, member: Member) -> None:
        """A list tells when the last call ended, by the PBX's clock: with the difference to ours, that gives what is
        left.
        """
        world = self._world
        until = member.last_call - world.clock_offset + member.wrapup_seconds
        if not member.wrapup_until and world.at < until <= world.at + member.wrapup_seconds:
            member.wrapup_until = until
            world.touch_later(until, Kind.MEMBER, member.key)

    def _hang_up(self, member: Member) -> None:
        """It talks no more; the next caller may ring already."""
        for uniqueid in member.talking or ():
            self._unindex(member, uniqueid)
        member.talking = None
        self._world.dirty[Kind.MEMBER].add(member.key)

    def _let_go(self, member: Member) -> None:
        for uniqueid in list(member.ringing):
            self._stop_ringing(member, uniqueid)
        self._hang_up(member)

    def _stop_ringing(self, member: Member, uniqueid: str) -> None:
        if member.ringing.pop(uniqueid, None) is not None:
            self._unindex(member, uniqueid)

    def _index(self, member: Member, uniqueid: str) -> None:
        self._world.members_of_leg.setdefault(uniqueid, {})[member.key] = member
        self._world.dirty[Kind.MEMBER].add(member.key)

    def _unindex(self, member: Member, uniqueid: str) -> None:
        members = self._world.members_of_leg.get(uniqueid, {})
        members.pop(member.key, None)
        if not members:
            self._world.members_of_leg.pop(uniqueid, None)
        self._world.dirty[Kind.MEMBER].add(member.key)

    def _on_channel_gone(self, channel: Channel) -> None:
        for member in list(self._world.members_of_leg.get(channel.uniqueid, {}).values()):
            if member.talking and channel.uniqueid in member.talking:
                self._end_or_follow(member, channel)
            self._stop_ringing(member, channel.uniqueid)

    def _end_or_follow(self, member: Member, gone: Channel) -> None:
        """When a Local member is optimised away its halves hang up, but its phone goes on talking to the caller."""
        assert member.talking
        caller = self._world.channels.get(member.talking[1])
        if not gone.is_leg and caller is not None and caller is not gone:
            extension = extension_of_member(self._world, member)
            for peer in peers_of(self._world, caller):
                if extension is None or self._world.extension_of(peer) is extension:
                    self._hang_up(member)
                    self._talk(member, peer, caller)
                    return
        self._end(member)

    def rebuild(self, *, is_live: bool) -> None:
        """After a list of queues: which members ring and talk, by the channels that only a list has told of.

        A channel that a queue dials runs `AppQueue` and shares its Linkedid with the caller, who runs `Queue`. Unless
        events have flowed all the time, what was known before may have ended unseen: the lists decide.
        """
        halves = self._local_halves()
        for member in self._world.members.values():
            if not is_live:
                self._forget_ring(member)
            if not is_live and self._is_in_doubt(member):
                self._let_go(member)
            if member.talking or member.ringing:
                continue
            for leg in self._legs_by_name(member, halves):
                caller = _caller_by_list(leg, member.queue)
                if caller is not None and leg.state != ChannelState.UP:
                    member.ringing[leg.uniqueid] = caller.uniqueid
                    self._index(member, leg.uniqueid)
                elif caller is not None and (leg.application == "AppQueue" or caller in peers_of(self._world, leg)):
                    self._talk(member, leg, caller)

    def forget_rings(self) -> None:
        """The queues were configured anew: whether a member is rung during calls, the next event about it tells."""
        for member in self._world.members.values():
            self._forget_ring(member)

    def _forget_ring(self, member: Member) -> None:
        if member.ring_in_use is not None:
            member.ring_in_use = None
            self._world.dirty[Kind.MEMBER].add(member.key)

    def _local_halves(self) -> dict[str, list[Channel]]:
        """`Local/203@from-queue` → the halves of that name that a queue may have dialled."""
        found: dict[str, list[Channel]] = {}
        for channel in self._world.channels.values():
            if channel.name.endswith(";1"):
                found.setdefault(channel.name.rpartition("-")[0], []).append(channel)
        return found

    def _is_in_doubt(self, member: Member) -> bool:
        """Whether the list of channels has told of its legs; one that began after it is known by events."""
        legs = [*member.ringing, *(member.talking or ())[:1]]
        return any(uniqueid in self._world.channels and self._world.channels[uniqueid].application for uniqueid in legs)

    def _legs_by_name(self, member: Member, halves: dict[str, list[Channel]]) -> list[Channel]:
        world = self._world
        found = [
            *world.by_endpoint.get(member.interface, {}).values(),
            *halves.get(member.interface.removesuffix("/n"), ()),
        ]
        found = [leg for leg in found if not leg.is_leg or leg.application == "AppQueue"]
        if not found and member.interface.startswith("Local/"):
            # Optimised away: its phone talks to the caller without a Local channel between.
            extension = extension_of_member(world, member)
            for device in extension.devices if extension is not None else ():
                found += (leg for leg in world.by_endpoint.get(device, {}).values() if leg.state == ChannelState.UP)
        return found

    def _find(self, message: Message) -> Member | None:
        member = self._world.members.get(f"{message.get('Queue')}/{message.get('Interface')}")
        if member is None:
            self._world.unknown_ids += 1
        return member


def _caller_by_list(leg: Channel, queue: str) -> Channel | None:
    """Who waits or talks in `queue` on the same call as a leg, by what CoreShowChannels says they run."""
    for channel in leg.call.channels.values():
        if channel.application == "Queue" and channel.data.partition(",")[0] == queue:
            return channel
    return None


def _int(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 16 else 0
