"""What several stories begin with, and how an outcome is checked."""

from __future__ import annotations

from ami_worker.mirror import Channel
from ami_worker.operations import Outcome, Reason
from panel.vocabulary import CallState, CommandState
from tests.operations.driver import Driver
from tests.operations.offices import OPERATOR, Office


TALKING, RINGING = CallState.TALKING, CallState.RINGING


async def talking(office: Office, driver: Driver, *, did: str = "5550100") -> Channel:
    """A caller from outside talks with the operator at 201."""
    await office.phone(OPERATOR)
    await office.call_in(did)
    await driver.until(lambda: driver.leg(OPERATOR, RINGING), "201 to ring")
    await office.answer(OPERATOR)
    return await driver.until(
        lambda: (found := driver.outside(TALKING)) and driver.talks_to(found, OPERATOR) and found, "the call to be up"
    )


def assert_done(outcome: Outcome, *words: str) -> None:
    assert outcome.state is CommandState.DONE, outcome
    assert all(word in outcome.text for word in words), outcome


def assert_failed(outcome: Outcome, reason: Reason, *words: str) -> None:
    assert (outcome.state, outcome.reason) == (CommandState.FAILED, reason), outcome
    assert all(word in outcome.text for word in words), outcome
