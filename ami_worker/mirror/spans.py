"""What the members of queues do: how long each was in its queue, paused, rang, talked and wrapped up. Used by
`history.py`.

A member is looked at after each event that says something of it, and after the end of each channel that it rang or
talked on; what is different from before ends or begins. Nothing is noted while the picture is not live: what went on
when sight was lost ends there, and begins anew when the lists confirm it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ami_worker.ami.protocol import Message
from ami_worker.mirror.channels import Handler
from ami_worker.mirror.entities import Channel, Member
from ami_worker.mirror.member_rows import extension_key_of_member, groups_of_member, member_name, member_state
from ami_worker.mirror.records import Span, Staff
from ami_worker.mirror.text import clean
from ami_worker.mirror.world import World
from panel.vocabulary import MemberState, SpanKind


JUST_NOW_SECONDS: Final = 1.0
"""A phone that stopped ringing so short a time before its caller was lost rang when it happened: the events of the
phones and of the queue come in any order.
"""

_STAFF: Final = {
    MemberState.PAUSED: "paused",
    MemberState.RINGING: "ringing",
    MemberState.TALKING: "busy",
    MemberState.WRAPUP: "busy",
    MemberState.BUSY: "busy",
    MemberState.AWAY: "offline",
    MemberState.FREE: "free",
    MemberState.UNKNOWN: "free",  # Asterisk rings it, too
}

_Doing = tuple[SpanKind, str]
"""What a member does, and the reason of a pause or the Uniqueid of the caller."""


class Spans:
    """Keeps the spans that go on."""

    def __init__(self, world: World, pbx: str) -> None:
        self._world = world
        self._pbx = pbx
        self.touched: dict[str, Span] = {}
        """By key: those that are new or changed since they were last given."""
        self._open: dict[str, dict[_Doing, Span]] = {}  # by the member's key
        self._wrapping: dict[str, float] = {}  # the member's key → until when
        self._by_channel: dict[str, set[str]] = {}  # Uniqueid → keys of members who ring or talk on it
        self._rang: dict[str, tuple[str, float]] = {}  # the member's key → for whom it rang last, and until when
        self._is_live = False
        self.handlers: dict[str, Handler] = dict.fromkeys(
            (
                "queuememberadded", "queuememberpause", "queuememberpaused", "queuememberstatus", "queuememberremoved",
                "agentcalled", "agentconnect", "agentcomplete", "agentdump", "agentringnoanswer",
            ),
            self.on_told,
        )  # fmt: skip
        world.gone.append(self._on_channel_gone)

    # --- looking ----------------------------------------------------------------------------------------------------

    def on_told(self, message: Message) -> None:
        """After `Members` has taken it."""
        self._look(f"{message.get('Queue')}/{message.get('Interface')}")

    def _on_channel_gone(self, channel: Channel) -> None:
        for key in self._by_channel.pop(channel.uniqueid, ()):
            self._look(key)

    def _look(self, key: str, *, is_seen: bool = True) -> None:
        if not self._is_live:
            return
        member = self._world.members.get(key)
        doing = self._doing(member) if member is not None else {}
        spans = self._open.get(key, {})
        for what in [what for what in spans if what not in doing]:
            self._end(key, what, self._world.at, is_seen=is_seen)
        if member is None:
            return
        for what, channels in doing.items():
            if what not in spans:
                self._begin(member, what)
            for uniqueid in channels:
                self._by_channel.setdefault(uniqueid, set()).add(key)

    def _doing(self, member: Member) -> dict[_Doing, tuple[str, ...]]:
        """And the channels whose end may end it."""
        found: dict[_Doing, tuple[str, ...]] = {(SpanKind.MEMBER, ""): ()}
        if member.paused:
            found[SpanKind.PAUSED, clean(member.pause_reason)] = ()
        for leg, caller in member.ringing.items():
            found[SpanKind.RINGING, caller] = (leg, caller)
        if member.talking:
            found[SpanKind.TALKING, member.talking[1]] = member.talking
        elif not member.ringing and member.wrapup_until > self._world.at:
            found[SpanKind.WRAPUP, ""] = ()
            self._wrapping[member.key] = member.wrapup_until
        return found

    def _begin(self, member: Member, what: _Doing) -> None:
        kind, detail = what
        at = self._world.at
        reason = detail if kind is SpanKind.PAUSED else ""
        key = f"{self._pbx}/{member.key}/{kind}/{round(at * 1000)}"
        if kind in (SpanKind.RINGING, SpanKind.TALKING):
            key += f"/{detail}"
        span = Span(key, member.queue, member.interface, kind, at, reason=reason)
        self._describe(span)
        self._open.setdefault(member.key, {})[what] = span
        self.touched[key] = span

    def _end(self, member: str, what: _Doing, at: float, *, is_seen: bool) -> None:
        span = self._open[member].pop(what)
        if not self._open[member]:
            del self._open[member]
        if what[0] is SpanKind.WRAPUP:
            at = min(at, self._wrapping.pop(member, at))
        elif what[0] is SpanKind.RINGING:
            self._rang[member] = (what[1], at)
        elif what[0] is SpanKind.MEMBER:
            self._rang.pop(member, None)
        span.ended_at = max(at, span.began_at)
        span.is_complete = span.is_complete and is_seen
        self.touched[span.key] = span

    # --- sight lost and found ---------------------------------------------------------------------------------------

    def adopt(self, spans: Iterable[Span], seen_until: float) -> None:
        """Those that an earlier worker has left open end where it was last known to see."""
        for span in spans:
            span.ended_at, span.is_complete = max(seen_until, span.began_at), False
            self.touched[span.key] = span

    def lost(self, at: float) -> None:
        """Nothing is seen any more, since then."""
        self._is_live = False
        for member, spans in list(self._open.items()):
            for what in list(spans):
                self._end(member, what, at, is_seen=False)
        self._by_channel.clear()

    def compare(self) -> None:
        """After lists, while the picture is live: what is different was not told by an event."""
        self._is_live = True
        for key in (*self._world.members, *[key for key in self._open if key not in self._world.members]):
            self._look(key, is_seen=False)

    # --- giving -----------------------------------------------------------------------------------------------------

    def staff(self, queue_name: str, caller: str) -> Staff:
        """The names of a queue's members by what they do at this moment, at which that caller is lost."""
        found: Staff = {what: [] for what in dict.fromkeys(_STAFF.values())}
        queue = self._world.queues.get(queue_name)
        for member in queue.members.values() if queue is not None else ():
            rang_for, until = self._rang.get(member.key, ("", 0.0))
            if rang_for == caller and self._world.at - until <= JUST_NOW_SECONDS and not member.paused:
                what = "ringing"
            else:
                what = _STAFF[member_state(self._world, member)]
            found[what].append(member_name(self._world, member))
        return found

    def take(self) -> list[Span]:
        """Those touched since the last call. A wrap-up ends without an event."""
        for member, until in list(self._wrapping.items()):
            if until <= self._world.at:
                self._end(member, (SpanKind.WRAPUP, ""), until, is_seen=True)
        touched, self.touched = list(self.touched.values()), {}
        for span in touched:
            self._describe(span)
        return touched

    def _describe(self, span: Span) -> None:
        member = self._world.members.get(f"{span.queue}/{span.agent}")
        if member is not None:
            span.agent_name = member_name(self._world, member)
            span.agent_extension = extension_key_of_member(self._world, member)
            span.groups = groups_of_member(self._world, member)
