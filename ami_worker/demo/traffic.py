"""Life in the office: who calls whom, who answers, holds, transfers, parks, gives up, leaves a message, goes to lunch.

Arrivals are a Poisson process, talk times are log-normal; both come from one seeded source. The phones of operators,
with which people try the panel out, answer by themselves and do nothing else. Only `ami_worker.demo` may import this
module.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Final

from ami_worker.demo.channels import RINGING, UP, Channel
from ami_worker.demo.dialling import reject
from ami_worker.demo.errands import Errands
from ami_worker.demo.names import outside_number, somebody
from ami_worker.demo.pbx import Pbx
from ami_worker.demo.phones import Outside, Phone, put_down


ANSWER_SECONDS: Final = (4.0, 0.5)  # median and spread (sigma) of log-normal times
OUTSIDE_ANSWER_SECONDS: Final = (7.0, 0.4)
TALK_SECONDS: Final = (45.0, 0.8)
OPERATOR_TALK_SECONDS: Final = (100.0, 0.4)
PATIENCE_SECONDS: Final = (50.0, 0.5)
QUEUE_CALLS: Final = 0.045  # calls a second that one queue can serve
MAIN_NUMBER_CALLS: Final = 0.02  # calls a second that one receptionist should get


class Traffic:
    """The behaviour of everybody. `rate` is in calls a second, `talk_seconds` the middle length of a talk; see also
    `Errands` for what happens within calls.
    """

    def __init__(
        self,
        pbx: Pbx,
        *,
        seed: int,
        rate: float,
        talk_seconds: float = TALK_SECONDS[0],
        operators: Sequence[str] = (),
    ) -> None:
        self.pbx = pbx
        self.clock = pbx.clock
        self.rate = rate
        self.talk_seconds = talk_seconds, TALK_SECONDS[1]
        self.running = True
        self.operators = frozenset(operators)
        self.dice = random.Random(f"{seed}/traffic")
        self.staff = [phone for number, phone in pbx.phones.items() if number not in self.operators]
        queues = {plan.exten for plan in pbx.office.queues.values()}
        self.queue_dids = [did for did, exten in pbx.office.dids.items() if exten in queues]
        self.errands = Errands(self)

    def start(self) -> None:
        self.pbx.live_with(self)
        self.pbx.switch.answered.append(self._connected)
        self._next()
        self.errands.start()

    def stop(self) -> None:
        """Nothing new begins; what is going on comes to its end."""
        self.running = False

    # -- arrivals -----------------------------------------------------------------------------------------------------

    def _next(self) -> None:
        self.clock.after(self.dice.expovariate(self.rate), self._arrival)

    def _arrival(self) -> None:
        if not self.running:
            return
        self._next()
        chance = self.dice.random()
        queue = min(0.25, len(self.queue_dids) * QUEUE_CALLS / self.rate)
        main = min(0.08, MAIN_NUMBER_CALLS / self.rate)
        if chance < queue:
            self._from_outside(self.dice.choice(self.queue_dids))
        elif chance < queue + main:
            self._from_outside("5550100")
        elif chance < 0.55:
            self._from_outside(self.dice.choice(self.staff).person.did)
        elif chance < 0.78:
            self._internal()
        else:
            self._to_outside()

    def _from_outside(self, did: str) -> None:
        trunk = self.dice.choice(list(self.pbx.outside.values()))
        channel = trunk.call(did, outside_number(self.dice), somebody(self.dice))
        self._may_give_up(channel)

    def _internal(self) -> None:
        caller = self.idle_phone()
        if caller is not None:
            callee = self.dice.choice(self.staff)
            if callee is not caller:
                self._may_give_up(caller.dial(callee.number))

    def _to_outside(self) -> None:
        caller = self.idle_phone()
        if caller is not None:
            self._may_give_up(caller.dial("0" + outside_number(self.dice)))

    def idle_phone(self) -> Phone | None:
        """Somebody who has nothing to do, if that is soon found."""
        for _ in range(8):
            phone = self.dice.choice(self.staff)
            if phone.idle:
                return phone
        return None

    def seconds(self, of: tuple[float, float], most: float = 900.0) -> float:
        """A log-normal time."""
        median, sigma = of
        return min(most, math.exp(self.dice.gauss(math.log(median), sigma)))

    # -- patience -----------------------------------------------------------------------------------------------------

    def _may_give_up(self, channel: Channel) -> None:
        self.clock.after(self.seconds(PATIENCE_SECONDS, 240), self._patience_ends, channel)

    def _patience_ends(self, channel: Channel) -> None:
        """Whoever still waits by then puts the receiver down; whoever talks may have to wait again later."""
        if channel.ending:
            return
        if channel.bridge is not None and channel.bridge.kind != "parking":
            self._may_give_up(channel)
        else:
            put_down(self.pbx.switch, channel)

    # -- phones that ring ---------------------------------------------------------------------------------------------

    def phone_rings(self, phone: Phone, channel: Channel) -> None:
        if len(phone.channels) > 1:
            self.clock.after(0.6, self._reject, channel, 17, 486)
            return
        for_queue = channel.dialled_by is not None and channel.dialled_by.app == "Queue"
        chance = self.dice.random()
        if chance < (0.92 if for_queue else 0.87):
            self.clock.after(self.seconds(ANSWER_SECONDS, 14), phone.answer_if_ringing, channel)
        elif chance > 0.97:
            self.clock.after(self.seconds(ANSWER_SECONDS, 8), self._reject, channel, 21, 603)

    def outside_rings(self, outside: Outside, channel: Channel, number: str) -> None:
        chance = self.dice.random()
        if chance < 0.8:
            self.clock.after(self.seconds(OUTSIDE_ANSWER_SECONDS, 25), outside.answer_if_ringing, channel)
        elif chance < 0.9:
            self.clock.after(1.5, self._reject, channel, 17, 486)

    def _reject(self, channel: Channel, cause: int, tech_cause: int) -> None:
        if channel.state == RINGING and not channel.ending:
            reject(self.pbx.switch, channel, cause, tech_cause)

    # -- conversations ------------------------------------------------------------------------------------------------

    def is_operator(self, channel: Channel) -> bool:
        return isinstance(channel.line, Phone) and channel.line.number in self.operators

    def _connected(self, one: Channel, two: Channel) -> None:
        """Two have begun to talk: decide how long, who ends it, and what happens in between."""
        people = [channel for channel in (one, two) if channel.other is None]
        if not people or one.bridge is None:
            return
        with_operator = [channel for channel in people if self.is_operator(channel)]
        others = [channel for channel in people if channel not in with_operator]
        if not others:
            return  # two people who try the panel out: theirs alone
        talk = self.seconds(OPERATOR_TALK_SECONDS if with_operator else self.talk_seconds)
        bridge = one.bridge.uniqueid
        self.clock.after(talk, self._talked_enough, self.dice.choice(others), bridge)
        if not with_operator:
            self.errands.during(one, two, talk)

    def _talked_enough(self, channel: Channel, bridge: str) -> None:
        if channel.ending or channel.state != UP or channel.bridge is None or channel.bridge.uniqueid != bridge:
            return
        if channel.on_hold or channel.held:
            self.clock.after(8.0, self._talked_enough, channel, bridge)
        else:
            put_down(self.pbx.switch, channel)
