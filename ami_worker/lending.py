"""`Lending`: keeps the loans of members in the database, and takes a member out of the queue when the time is over.

Made by `ami_worker.tenure`; the operations use it as their `Ledger`. What runs is in the mirror, where a loan ends with
its membership; what the database has is what a next worker goes by. The PBX may have been away when a loan ended, or
nobody may have been here: then it is made good as soon as both are back.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final, Protocol, TypeVar

from ami_worker.mirror import Loan, Mirror
from ami_worker.operations import Intent


LOOK_SECONDS: Final = 0.5

UNSEEN_SECONDS: Final = 30.0
"""A loan whose member has not come for so long after it was written down was never begun."""

AGAIN_SECONDS: Final = 60.0
"""A return that did not work is tried again after that time; each attempt is a line in the audit log."""

T = TypeVar("T")


class Retrying(Protocol):
    """Runs a function on the database thread until the database takes it."""

    def __call__(self, function: Callable[[], T], /) -> Awaitable[T]: ...


class Records(Protocol):
    """What is needed of the store."""

    def loans(self) -> list[Loan]: ...
    def keep_loan(self, loan: Loan) -> None: ...
    def strike_loan(self, queue: str, interface: str) -> None: ...
    def begin_return(self, loan: Loan) -> Intent: ...


class Lending:
    """The loans of one PBX. `perform` carries a command out and records its outcome, `is_ready` says whether it can."""

    def __init__(
        self,
        mirror: Mirror,
        records: Records,
        retrying: Retrying,
        perform: Callable[[Intent], Awaitable[None]],
        is_ready: Callable[[], bool],
    ) -> None:
        self._mirror = mirror
        self._records = records
        self._retrying = retrying
        self._perform = perform
        self._is_ready = is_ready
        self._kept: dict[str, Loan] = {}
        """What the database has."""
        self._kept_at: dict[str, float] = {}
        self._not_before: dict[str, float] = {}

    async def load(self) -> None:
        """What an earlier worker has left."""
        for loan in await self._retrying(self._records.loans):
            self._note(loan)
            self._mirror.loans.begin(loan)

    async def keep(self, loan: Loan) -> None:
        """As `Ledger` wants it."""
        await self._retrying(partial(self._records.keep_loan, loan))
        self._note(loan)

    async def strike(self, key: str) -> None:
        """As `Ledger` wants it."""
        loan = self._kept.pop(key, None)
        if loan is not None:
            await self._retrying(partial(self._records.strike_loan, loan.queue, loan.interface))

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.look()

    async def look(self) -> None:
        """Strike what has ended, and end what is over."""
        for key in [key for key in self._kept if key not in self._mirror.loans.running]:
            await self.strike(key)
        for loan in list(self._mirror.loans.running.values()):
            if self._is_ready():
                await self._look_at(loan)

    async def _look_at(self, loan: Loan) -> None:
        loans, member = self._mirror.loans, self._mirror.members.get(loan.key)
        if loans.running.get(loan.key) is not loan:
            return
        if member is None:
            if loan.login_at or time.monotonic() > self._kept_at[loan.key] + UNSEEN_SECONDS:
                loans.end(loan.key)  # somebody took them out while nobody was looking
        elif not loan.login_at and member.login_at:
            seen = loan._replace(login_at=member.login_at)
            await self.keep(seen)
            if loans.running.get(loan.key) is loan:  # else a command has ended it meanwhile
                loans.begin(seen)
        elif loans.is_another(loan):
            loans.end(loan.key)  # out and in again, by somebody's own hand
        elif loans.is_over(loan) and time.monotonic() >= self._not_before.get(loan.key, 0.0):
            self._not_before[loan.key] = time.monotonic() + AGAIN_SECONDS
            await self._perform(await self._retrying(partial(self._records.begin_return, loan)))

    def _note(self, loan: Loan) -> None:
        self._kept[loan.key] = loan
        self._kept_at[loan.key] = time.monotonic()
        self._not_before.pop(loan.key, None)
