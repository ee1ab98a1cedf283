"""Legal sequences of events made by Hypothesis: calls begun, moved and ended at will, events late, doubled and lost.
Whatever happened, once all is delivered the mirror is the picture that the PBX itself lists.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from ami_worker.mirror import Mirror
from ami_worker.mirror.story import SHOWN
from panel.vocabulary import Kind, Link

from .books import Book
from .model_include import RINGS, WITH_MUSIC, ModelInclude
from .model_legs import EXTENSIONS, MEMBERS, TRUNK, Emitted, Talk
from .model_lists import lists_of
from .pictures import picture
from .recordings import Clock, take_list
from .test_recordings import assert_nothing_is_left


COUNTS_TWICE = frozenset({"queuecallerabandon", "agentcomplete"})


def steps(story: list[Any]) -> set[tuple[str, str, str]]:
    """Kind, number and what of each step, without the times."""
    return {(step["kind"], step["who"]["number"], step["what"]) for step in story}


def summary(passage: dict[str, Any]) -> tuple[Any, ...]:
    """What any order of events leaves the same."""
    names = ("queue", "outcome", "agent", "rings_without_answer", "is_open", "is_complete", "number")
    return tuple(passage[name] for name in names)


class Exchange(RuleBasedStateMachine):
    """A model PBX, a mirror that follows it, and a wire that keeps the order of nothing but single things."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock(1_795_000_100.0)
        self.pbx = ModelInclude(now=self.clock)
        self.mirror = self.new_mirror()
        self.in_order = self.new_mirror()
        self.book, self.book_in_order = Book(), Book()
        self.joined: list[str] = []  # Uniqueids, in the order in which they joined the queue
        self.torn: set[str] = set()  # calls of which something was lost on the way
        self.pending: list[Emitted] = []

    def new_mirror(self) -> Mirror:
        mirror = Mirror("main", now=self.clock)
        self.compare(mirror)
        return mirror

    def compare(self, mirror: Mirror) -> None:
        mirror.set_link(Link.STALE)
        for listed in lists_of(self.pbx):
            take_list(mirror, *listed)
        mirror.set_link(Link.LIVE)
        self.take_wanted(mirror)

    def take_wanted(self, mirror: Mirror) -> None:
        """As `Sync` does a moment later: what was told of just before the list is asked for again."""
        wanted = mirror.take_wanted()
        if wanted:
            self.clock.advance(2.5)
            for listed in lists_of(self.pbx):
                if (listed.family, "") in wanted:
                    take_list(mirror, *listed)

    def said(self) -> None:
        for event in self.pbx.events:
            self.in_order.apply(event.message)
            if event.message.event == "queuecallerjoin":
                self.joined.append(event.message.get("Uniqueid"))
        self.pending += self.pbx.events
        self.pbx.events.clear()
        self.clock.advance(0.05)

    def talks(self, *states: str) -> list[Talk]:
        return [talk for talk in self.pbx.talks if talk.state in states]

    def idle(self, *among: str) -> list[str]:
        return [name for name in among or EXTENSIONS if not self.pbx.busy(name)]

    # --- people -----------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.idle())
    @rule(data=st.data(), way=st.sampled_from(["in", "out", "internal"]), by_local=st.booleans())
    def call(self, data: st.DataObject, way: str, by_local: bool) -> None:
        who = data.draw(st.permutations(self.idle()))
        if way == "internal" and len(who) > 1:
            self.pbx.call(who[0], who[1], by_local=by_local)
        elif way == "out":
            self.pbx.call(who[0], "0700555666", by_local=by_local)
        else:
            self.pbx.call(TRUNK, who[0], by_local=by_local)
        self.said()

    @precondition(lambda self: self.talks("ringing"))
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        self.pbx.answer(data.draw(st.sampled_from(self.talks("ringing"))))
        self.said()

    @precondition(lambda self: [talk for talk in self.talks("talking") if talk.halves])
    @rule()
    def optimise(self) -> None:
        self.pbx.optimise(next(talk for talk in self.talks("talking") if talk.halves))
        self.said()

    @precondition(lambda self: self.talks("talking") and self.idle())
    @rule(data=st.data())
    def transfer(self, data: st.DataObject) -> None:
        talk = data.draw(st.sampled_from(self.talks("talking")))
        self.pbx.blind_transfer(talk, data.draw(st.sampled_from(self.idle())))
        self.said()

    @precondition(lambda self: self.talks("talking"))
    @rule(data=st.data())
    def park(self, data: st.DataObject) -> None:
        self.pbx.park(data.draw(st.sampled_from(self.talks("talking"))))
        self.said()

    @precondition(lambda self: self.talks("parked") and self.idle())
    @rule(data=st.data())
    def unpark(self, data: st.DataObject) -> None:
        self.pbx.unpark(data.draw(st.sampled_from(self.talks("parked"))), data.draw(st.sampled_from(self.idle())))
        self.said()

    @precondition(lambda self: len(self.pbx.waiting) < 3)
    @rule()
    def wait_in_queue(self) -> None:
        self.pbx.join_queue()
        self.said()

    @precondition(lambda self: self.talks("queued") and self.idle(*MEMBERS))
    @rule(data=st.data())
    def ring_member(self, data: st.DataObject) -> None:
        talk = data.draw(st.sampled_from(self.talks("queued")))
        self.pbx.ring_member(talk, data.draw(st.sampled_from(self.idle(*MEMBERS))))
        self.said()

    @precondition(lambda self: self.talks("queue-ringing"))
    @rule(data=st.data(), answered=st.booleans())
    def member_rang(self, data: st.DataObject, answered: bool) -> None:
        talk = data.draw(st.sampled_from(self.talks("queue-ringing")))
        if answered:
            self.pbx.connect(talk)
        else:
            self.pbx.no_answer(talk)
        self.said()

    @rule(number=st.sampled_from(MEMBERS))
    def pause(self, number: str) -> None:
        self.pbx.pause(number)
        self.said()

    @precondition(lambda self: self.pbx.talks)
    @rule(data=st.data())
    def rename(self, data: st.DataObject) -> None:
        talk = data.draw(st.sampled_from(self.pbx.talks))
        self.pbx.rename(data.draw(st.sampled_from([talk.caller, *([talk.callee] if talk.callee else [])])))
        self.said()

    @precondition(lambda self: self.pbx.talks)
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        self.pbx.end(data.draw(st.sampled_from(self.pbx.talks)))
        self.said()

    # --- the include ------------------------------------------------------------------------------------------------

    @precondition(lambda self: self.talks("talking") and self.idle())
    @rule(data=st.data(), kind=st.sampled_from([*WITH_MUSIC, *RINGS]))
    def keep(self, data: st.DataObject, kind: str) -> None:
        talk = data.draw(st.sampled_from(self.talks("talking")))
        self.pbx.keep(talk, kind, data.draw(st.sampled_from(self.idle())) if kind != "hold" else "")
        self.said()

    @precondition(lambda self: self.talks("kept") and self.idle())
    @rule(data=st.data())
    def take(self, data: st.DataObject) -> None:
        self.pbx.take(data.draw(st.sampled_from(self.talks("kept"))), data.draw(st.sampled_from(self.idle())))
        self.said()

    @precondition(lambda self: self.idle())
    @rule(data=st.data())
    def ring_whom_they_wait_for(self, data: st.DataObject) -> None:
        for talk in self.talks("kept"):
            kind, operator, target = talk.caller.care.split(",")[:3]
            if kind == "camp" and not self.pbx.busy(target):
                self.pbx.put_through(talk)
            elif kind == "return" and operator in EXTENSIONS and not self.pbx.busy(operator):
                self.pbx.ring_operator(talk)
        self.said()

    @precondition(lambda self: self.kept("ringing"))
    @rule(data=st.data(), reason=st.sampled_from(["BUSY", "NOANSWER"]))
    def nobody_answers(self, data: st.DataObject, reason: str) -> None:
        self.pbx.fail(data.draw(st.sampled_from(self.kept("ringing"))), reason)
        self.said()

    @precondition(lambda self: self.kept("talking", "serial"))
    @rule(data=st.data())
    def target_hangs_up(self, data: st.DataObject) -> None:
        self.pbx.target_hangs_up(data.draw(st.sampled_from(self.kept("talking", "serial"))))
        self.said()

    def kept(self, state: str, kind: str = "") -> list[Talk]:
        """Those in the care of the include, and in that state."""
        return [
            talk
            for talk in self.talks(state)
            if talk.caller.care.startswith(kind) and talk.caller.context.startswith("cordboard-")
        ]

    # --- the wire ---------------------------------------------------------------------------------------------------

    def deliver(self, index: int, *, twice: bool = False) -> None:
        event = self.pending.pop(index).message
        self.mirror.apply(event)
        if twice and event.event not in COUNTS_TWICE:
            self.mirror.apply(event)

    @precondition(lambda self: self.pending)
    @rule(data=st.data(), count=st.integers(1, 12), twice=st.booleans())
    def deliver_some(self, data: st.DataObject, count: int, twice: bool) -> None:
        """Any event may come next that does not overtake another one of the same thing."""
        for _ in range(min(count, len(self.pending))):
            free, taken = [], set[str]()
            for index, event in enumerate(self.pending[:20]):
                if not event.keys & taken:
                    free.append(index)
                taken |= event.keys
            self.deliver(data.draw(st.sampled_from(free)), twice=twice)
        self.mirror.changes()
        self.book.read(self.mirror)

    @rule()
    def lose_the_connection(self) -> None:
        """What was on the way is lost; a new session begins with lists."""
        self.pending.clear()
        self.torn |= self.mirror.calls.keys() | self.in_order.calls.keys()
        self.compare(self.mirror)

    @rule()
    def settle(self) -> None:
        """All is delivered: now the mirror must be what the PBX lists."""
        while self.pending:
            self.deliver(0)
        self.clock.advance(3)
        assert self.seen(self.mirror) == self.seen(self.new_mirror())
        assert not self.mirror.quarantine
        self.nobody_in_care_is_without_a_row()
        self.stories_are_the_same_in_any_order()
        self.every_joining_is_one_passage_in_any_order()

    def every_joining_is_one_passage_in_any_order(self) -> None:
        """With the same ending; how a talk ended is told by what comes first. Of what was lost on the way, at most."""
        ours, theirs = (
            book.read(mirror).passages
            for book, mirror in ((self.book, self.mirror), (self.book_in_order, self.in_order))
        )
        assert sorted(row["uniqueid"] for row in theirs) == sorted(self.joined)
        known = {row["uniqueid"]: row for row in ours}
        assert len(known) == len(ours), "one for each"
        assert known.keys() <= set(self.joined)
        for row in theirs:
            if row["uniqueid"] in known and row["uniqueid"] not in self.torn:
                assert summary(known[row["uniqueid"]]) == summary(row)
        waiting = {leg.uniqueid for leg in self.pbx.waiting}
        assert {uniqueid for uniqueid, row in known.items() if row["outcome"] == "waiting"} == waiting

    def stories_are_the_same_in_any_order(self) -> None:
        """Save that parking, told past all other events, may be told before the talk that it ended."""
        ours, theirs = (mirror.rows()[Kind.CALL] for mirror in (self.mirror, self.in_order))
        for key in ours.keys() - self.torn:
            one, other = ours[key]["story"], theirs[key]["story"]
            assert [step["at"] for step in one] == sorted(step["at"] for step in one)
            parked = any(step["kind"] == "parked" for step in (*one, *other))
            if max(len(one), len(other)) < SHOWN and not parked:  # longer ones have lost their beginning, each its own
                assert steps(one) == steps(other)

    def nobody_in_care_is_without_a_row(self) -> None:
        """The PBX has somebody in its care: the board shows whom, why, and to whom they go back."""
        calls = self.mirror.rows()[Kind.CALL]
        for talk in [*self.kept("kept"), *self.kept("ringing"), *self.kept("talking", "serial")]:
            care = calls[talk.caller.linkedid]["care"]
            kind, operator = talk.caller.care.split(",")[:2]
            assert (care["kind"], care["party"]) == (kind, talk.caller.uniqueid)
            assert care["operator"]["number"] == operator

    def seen(self, mirror: Mirror) -> dict[Kind, Any]:
        """Without what lists forget: the queue that a call came through, and that an outside party was in it once."""
        rows = picture(mirror, {"queue", "queued_at", "connected_at"})
        del rows[Kind.PBX]
        for call in rows[Kind.CALL].values():
            del call["direction"]
        for extension in rows[Kind.EXTENSION].values():
            extension["camped"].sort()  # no list says since when they wait
        return rows

    @invariant()
    def nothing_lives_without_what_it_belongs_to(self) -> None:
        world = self.mirror._world
        for index in (world.waiting, world.members_of_leg, world.dials, world.dialling, world.in_care):
            assert set(index) <= set(world.channels)
        assert all(channel.care is not None for channel in world.in_care.values())
        for call in world.calls.values():
            assert call.channels
            assert all(channel.call is call for channel in call.channels.values())
        for bridge in world.bridges.values():
            assert all(member.bridge == bridge.uniqueid for member in bridge.members.values())

    def teardown(self) -> None:
        while self.pbx.talks:
            self.pbx.end(self.pbx.talks[0])
        self.said()
        self.settle()
        assert_nothing_is_left(self.mirror)


class Reception(Exchange):
    """The same, on a morning on which two callers from outside are on the line, and one is kept already."""

    @initialize(kind=st.sampled_from([*WITH_MUSIC, *RINGS]))
    def callers(self, kind: str) -> None:
        for number in EXTENSIONS[:2]:
            self.pbx.call(TRUNK, number)
            self.pbx.answer(self.pbx.talks[-1])
        self.pbx.keep(self.pbx.talks[0], kind, EXTENSIONS[2])
        self.said()


def test_who_was_taken_from_hold_while_the_line_was_cut_hears_no_music_any_more() -> None:
    morning = Reception()
    morning.callers("hold")
    morning.settle()
    morning.pbx.take(morning.talks("kept")[0], EXTENSIONS[0])
    morning.pbx.answer(morning.talks("ringing")[0])
    morning.said()
    morning.lose_the_connection()
    morning.settle()
    morning.teardown()


SETTINGS = settings(
    max_examples=int(os.environ.get("MODEL_EXAMPLES", "70")),
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


class TestExchange(Exchange.TestCase):
    settings = SETTINGS


class TestReception(Reception.TestCase):
    settings = SETTINGS
