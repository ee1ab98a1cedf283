"""Loans that end while the database is still being told of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ami_worker.lending import Lending
from ami_worker.mirror import Loan, Mirror
from ami_worker.operations import Intent
from tests.mirror.board import message


T = TypeVar("T")

CLARA = "PJSIP/203"


class Table:
    """What a database keeps."""

    def __init__(self, *loans: Loan) -> None:
        self.rows = {loan.key: loan for loan in loans}

    def loans(self) -> list[Loan]:
        return list(self.rows.values())

    def keep_loan(self, loan: Loan) -> None:
        self.rows[loan.key] = loan

    def strike_loan(self, queue: str, interface: str) -> None:
        self.rows.pop(f"{queue}/{interface}", None)

    def begin_return(self, loan: Loan) -> Intent:
        raise AssertionError(f"{loan} is not over")


async def test_a_loan_that_is_ended_while_its_login_is_written_down_stays_ended() -> None:
    mirror = Mirror("pbx")
    loan = Loan("support", CLARA, mirror._world.now() + 600, "Vera")
    table, ends = Table(loan), []

    async def retrying(function: Callable[[], T]) -> T:
        """A database in whose time a command is carried out."""
        done = function()
        if ends:
            mirror.loans.end(ends.pop())
            await lending.strike(loan.key)
        return done

    async def perform(intent: Intent) -> None:
        raise AssertionError(f"{intent} was not asked for")

    lending = Lending(mirror, table, retrying, perform, lambda: True)
    await lending.load()
    mirror.apply(
        message("QueueMemberAdded", Queue="support", Interface=CLARA, MemberName="Clara", Status="1", LoginTime="77")
    )
    ends.append(loan.key)
    await lending.look()
    await lending.look()
    assert (dict(mirror.loans.running), table.rows) == ({}, {})
