"""What can become of a call in a queue, and what goes wrong with it: played at one desk after the other by
`queue_day.py`, on telephones of the test's own process.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Protocol

from ami_worker.ami import actions
from ami_worker.ami.connection import Session
from ami_worker.mirror import Caller
from tests.rig.floor import Desk
from tests.rig.many_phones import Caller as OutsideCaller
from tests.rig.many_phones import ManyPhones, NoSuchCall


if TYPE_CHECKING:
    from tests.operations.queue_day import Sight


PATIENCE_SECONDS: Final = 20.0
LOOK_SECONDS: Final = 0.01

USUAL: Final = (
    "the agent hangs up", "the caller hangs up", "transfer", "gives up", "nobody is there", "too long", "moved",
    "let out",
)  # fmt: skip
FAULTS: Final[dict[str, tuple[str, ...]]] = {
    "agents reject": ("rejects and answers", "rejects and is given up"),
    "callers abandon": ("gives up at once", "gives up while it is answered", "gives up while it is taken out"),
    "phones vanish": ("vanishes while it rings", "vanishes while it talks"),
    "transfers": ("transfer to a queue", "transfer to the same queue", "transfer to nobody"),
    "withdrawals": ("moved while it is answered", "let out while it is answered", "let out while it rings"),
}
"""What goes wrong -> the ways of calls in which it does, beside the usual ones."""


class Hands(Protocol):
    """Who takes a waiting caller out of the queue, as an operator does."""

    async def move(self, caller: Caller, to: str) -> None:
        """To the extension `to`."""

    async def let_out(self, caller: Caller) -> None: ...


async def until(condition: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> bool:
    """Whether it came about in time."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while True:
                if condition():
                    return True
                await asyncio.sleep(LOOK_SECONDS)
    return False


class Player:
    """Plays calls at one desk, one after the other. `desks` are all of the floor."""

    def __init__(
        self,
        desk: Desk,
        desks: Sequence[Desk],
        phones: ManyPhones,
        sight: Sight,
        session: Session,
        hands: Hands,
        dice: random.Random,
    ) -> None:
        self.desk = desk
        self.sight = sight
        self._desks = desks
        self._phones = phones
        self._session = session
        self._hands = hands
        self._dice = dice
        self.member = phones.phone(desk.target)
        phones.phone(desk.colleague).answers = True
        self._ways: dict[str, Callable[[OutsideCaller], Awaitable[object]]] = {
            "the agent hangs up": self._agent_hangs_up,
            "the caller hangs up": self._caller_hangs_up,
            "transfer": self._transfer,
            "gives up": self._gives_up,
            "nobody is there": self._gives_up,
            "too long": self._waits_too_long,
            "moved": self._is_moved,
            "let out": self._is_let_out,
            "rejects and answers": self._rejects_and_answers,
            "rejects and is given up": self._rejects,
            "gives up at once": self._gives_up_at_once,
            "gives up while it is answered": self._gives_up_while_answered,
            "gives up while it is taken out": self._gives_up_while_taken_out,
            "vanishes while it rings": self._vanishes_ringing,
            "vanishes while it talks": self._vanishes_talking,
            "transfer to a queue": self._transfer_to_a_queue,
            "transfer to the same queue": self._transfer_to_the_same_queue,
            "transfer to nobody": self._transfer_to_nobody,
            "moved while it is answered": self._moved_while_answered,
            "let out while it is answered": self._let_out_while_answered,
            "let out while it rings": self._let_out_while_ringing,
        }

    async def play(self, ways: Sequence[str]) -> None:
        """One call in one of these ways, thrown by the dice."""
        way = self._dice.choice(ways)
        self.member.is_busy = way == "nobody is there"
        did = ("5552" if way == "too long" else "5553") + self.desk.operator
        caller = await self._phones.call_in(did, number=self.desk.caller, name=f"Caller of {self.desk.operator}")
        await self._ways[way](caller)
        await caller.hang_up()
        self.member.is_there, self.member.is_busy = True, False
        await until(lambda: not self.member.is_talking)
        await self._pause(0.1)

    async def _pause(self, longest: float) -> None:
        await asyncio.sleep(self._dice.uniform(0, longest))

    # --- the usual ---------------------------------------------------------------------------------------------------

    async def _is_answered(self, caller: OutsideCaller) -> None:
        """Unless the caller is gone before."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not caller.is_gone:
                with suppress(NoSuchCall):
                    await self.member.answer()
                if caller.is_talking:
                    break
                await asyncio.sleep(LOOK_SECONDS)
        await self._pause(0.5)

    async def _agent_hangs_up(self, caller: OutsideCaller) -> None:
        await self._is_answered(caller)
        with suppress(NoSuchCall):
            await self.member.hang_up()
        await until(lambda: caller.is_gone)

    async def _caller_hangs_up(self, caller: OutsideCaller) -> None:
        await self._is_answered(caller)
        await caller.hang_up()

    async def _transfer(self, caller: OutsideCaller) -> None:
        """The member sends the caller to a colleague, who answers."""
        await self._is_answered(caller)
        await self._send_on("from-internal", self.desk.colleague)
        await asyncio.sleep(self._dice.uniform(0.1, 0.4))

    async def _send_on(self, context: str, exten: str) -> None:
        mirror = self.sight.mirror
        extension = mirror.extensions.get(self.desk.target)
        for channel in mirror.channels_of(extension) if extension is not None else ():
            await self._session.send(actions.blind_transfer(channel.name, context, exten))

    async def _gives_up(self, caller: OutsideCaller) -> None:
        await self._pause(1.5)
        await caller.hang_up()

    async def _waits_too_long(self, caller: OutsideCaller) -> None:
        await until(lambda: caller.is_gone)

    async def _is_moved(self, _caller: OutsideCaller) -> None:
        await self._pause(0.3)
        if (waiting := self.sight.waiting(self.desk)) is not None:
            await self._hands.move(waiting, self.desk.colleague)
            await asyncio.sleep(self._dice.uniform(0.1, 0.4))

    async def _is_let_out(self, caller: OutsideCaller) -> None:
        await self._pause(0.3)
        if (waiting := self.sight.waiting(self.desk)) is not None:
            await self._hands.let_out(waiting)
            await until(lambda: caller.is_gone, 4)

    # --- what goes wrong ---------------------------------------------------------------------------------------------

    async def _rings(self) -> None:
        await until(lambda: self.member.is_ringing)

    async def _rejects(self, _caller: OutsideCaller) -> None:
        for _ in range(self._dice.randint(1, 3)):
            await self._rings()
            await self._pause(0.2)
            with suppress(NoSuchCall):
                await self.member.reject()

    async def _rejects_and_answers(self, caller: OutsideCaller) -> None:
        await self._rejects(caller)
        await self._agent_hangs_up(caller)

    async def _gives_up_at_once(self, caller: OutsideCaller) -> None:
        await caller.hang_up()

    async def _at_the_same_time(self, *what: Callable[[], Awaitable[object]]) -> None:
        """All of these within a few milliseconds, in any order."""

        async def soon(act: Callable[[], Awaitable[object]]) -> None:
            await self._pause(0.03)
            with suppress(NoSuchCall):
                await act()

        await asyncio.gather(*(soon(act) for act in what))

    async def _gives_up_while_answered(self, caller: OutsideCaller) -> None:
        await self._rings()
        await self._at_the_same_time(self.member.answer, caller.hang_up)

    async def _gives_up_while_taken_out(self, caller: OutsideCaller) -> None:
        await self._pause(0.3)
        if (waiting := self.sight.waiting(self.desk)) is not None:
            await self._at_the_same_time(lambda: self._hands.let_out(waiting), caller.hang_up)

    async def _vanishes_ringing(self, caller: OutsideCaller) -> None:
        await self._rings()
        await self._pause(0.2)
        self.member.lose_power()
        await self._pause(1.5)
        self.member.is_there = True
        if self._dice.random() < 0.5:
            await self._agent_hangs_up(caller)

    async def _vanishes_talking(self, caller: OutsideCaller) -> None:
        await self._is_answered(caller)
        self.member.lose_power()
        await self._pause(0.5)

    async def _transfer_to_a_queue(self, caller: OutsideCaller) -> None:
        await self._is_answered(caller)
        await self._send_on("from-trunk", "5553" + self._dice.choice(self._desks).operator)
        await self._pause(1.5)

    async def _transfer_to_the_same_queue(self, caller: OutsideCaller) -> None:
        await self._is_answered(caller)
        await self._send_on("from-trunk", "5553" + self.desk.operator)
        await self._rings()
        with suppress(NoSuchCall):
            await self.member.answer()
        await self._pause(0.3)

    async def _transfer_to_nobody(self, caller: OutsideCaller) -> None:
        await self._is_answered(caller)
        await self._send_on("from-internal", "999")
        await self._pause(0.3)

    async def _moved_while_answered(self, _caller: OutsideCaller) -> None:
        await self._rings()
        if (waiting := self.sight.waiting(self.desk)) is not None:
            await self._at_the_same_time(self.member.answer, lambda: self._hands.move(waiting, self.desk.colleague))
            await self._pause(0.4)

    async def _let_out_while_answered(self, _caller: OutsideCaller) -> None:
        await self._rings()
        if (waiting := self.sight.waiting(self.desk)) is not None:
            await self._at_the_same_time(self.member.answer, lambda: self._hands.let_out(waiting))
            await self._pause(0.4)

    async def _let_out_while_ringing(self, caller: OutsideCaller) -> None:
        await self._rings()
        if (waiting := self.sight.waiting(self.desk)) is not None:
            await self._hands.let_out(waiting)
            await until(lambda: caller.is_gone, 4)
