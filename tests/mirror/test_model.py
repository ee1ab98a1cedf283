"""Legal sequences of events made by Hypothesis: calls begun, moved and ended at will, events late, doubled and lost.
Whatever happened, once all is delivered the mirror is the picture that the PBX itself lists.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from ami_worker.mirror import Mirror
from panel.vocabulary import Kind, Link

from .model_lists import lists_of
from .model_pbx import EXTENSIONS, MEMBERS, TRUNK, Emitted, ModelPbx, Talk
from .pictures import picture
from .recordings import Clock, take_list
from .test_recordings import assert_nothing_is_left


COUNTS_TWICE = frozenset({"queuecallerabandon", "agentcomplete"})


class Exchange(RuleBasedStateMachine):
    """A model PBX, a mirror that follows it, and a wire that keeps the order of nothing but single things."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock(1_795_000_100.0)
        self.pbx = ModelPbx()
        self.mirror = self.new_mirror()
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

    @rule()
    def lose_the_connection(self) -> None:
        """What was on the way is lost; a new session begins with lists."""
        self.pending.clear()
        self.compare(self.mirror)

    @rule()
    def settle(self) -> None:
        """All is delivered: now the mirror must be what the PBX lists."""
        while self.pending:
            self.deliver(0)
        self.clock.advance(3)
        assert self.seen(self.mirror) == self.seen(self.new_mirror())
        assert not self.mirror.quarantine

    def seen(self, mirror: Mirror) -> dict[Kind, Any]:
        """Without what lists forget: the queue that a call came through, and that an outside party was in it once."""
        rows = picture(mirror, {"queue", "queued_at", "connected_at"})
        del rows[Kind.PBX]
        for call in rows[Kind.CALL].values():
            del call["direction"]
        return rows

    @invariant()
    def nothing_lives_without_what_it_belongs_to(self) -> None:
        world = self.mirror._world
        for index in (world.waiting, world.members_of_leg, world.dials, world.dialling):
            assert set(index) <= set(world.channels)
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


class TestExchange(Exchange.TestCase):
    settings = settings(
        max_examples=int(os.environ.get("MODEL_EXAMPLES", "100")),
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
