"""What is heard, on real Asterisks, while a supervisor listens, whispers and joins in."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from tests.operations.driver import Driver
from tests.operations.ears import hearing
from tests.operations.offices import OPERATOR, Office, RealOffice
from tests.operations.stories import assert_done, talking


SUPERVISOR = "205"
SECONDS = 1.2
ENOUGH, NEXT_TO_NONE = 20, 3
"""Packets of 20 ms: a fraction of what is said, and what may have been on the way when the mode changed."""


async def while_one_is_loud(office: RealOffice, loud: str) -> Counter[str]:
    """One of the phones makes a noise, the other two send silence; who hears the noise, and how many packets of it."""
    sounds = [
        office.makes_noise(number, SECONDS) if number == loud else office.is_quiet(number, SECONDS)
        for number in (OPERATOR, SUPERVISOR)
    ]
    with hearing(office.sound_addresses(OPERATOR, SUPERVISOR)) as heard:
        await asyncio.gather(*sounds, office.caller_is_quiet(SECONDS))
    return heard


@pytest.mark.asterisk
async def test_who_hears_the_supervisor(office: Office, driver: Driver) -> None:
    """Listening nobody, whispering the agent alone, joining in both; and the supervisor hears the agent each time."""
    if not isinstance(office, RealOffice):
        pytest.skip("the demo has no sound")
    caller = await talking(office, driver)
    await office.phone(SUPERVISOR, answers=True)
    for mode, hears in (("listen", set[str]()), ("whisper", {OPERATOR}), ("barge", {OPERATOR, "caller"})):
        giving = driver.start(mode, SUPERVISOR, call=caller.linkedid)
        if mode != "listen":
            await office.is_quiet(OPERATOR, 0.5)  # Asterisk lets go of who listened at the next packet of sound
        assert_done(await giving, "You are")
        heard = await while_one_is_loud(office, SUPERVISOR)
        assert {who for who, packets in heard.items() if packets > ENOUGH} == hears, (mode, heard)
        assert all(packets <= NEXT_TO_NONE for who, packets in heard.items() if who not in hears), (mode, heard)
        heard = await while_one_is_loud(office, OPERATOR)
        assert {who for who, packets in heard.items() if packets > ENOUGH} == {SUPERVISOR, "caller"}, (mode, heard)
