"""A real Asterisk takes log-ins before its modules are loaded: the first picture that counts as live is whole."""

from __future__ import annotations

import asyncio
import fcntl
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from ami_worker.ami.connection import AmiUrl
from ami_worker.link import STARTING
from panel.vocabulary import Kind, Link
from tests.ami.helpers import until
from tests.rig.asterisk import NAMES, Asterisk
from tests.worker.starting import Picture


pytestmark = [pytest.mark.asterisk, pytest.mark.timeout(180)]

START = 30.0
"""Seconds for Asterisk to start and the link to find it."""


async def whole_picture(asterisk: Asterisk) -> dict[Kind, set[str]]:
    """What is shown of an Asterisk that has long finished starting."""
    async with Picture().kept(AmiUrl.parse(asterisk.ami_url)) as picture:
        await until(lambda: picture.live, START)
    (whole,) = picture.live
    assert whole[Kind.EXTENSION] == set(NAMES)
    assert whole[Kind.QUEUE] == {"front", "support"}
    assert all(whole[kind] for kind in (Kind.TRUNK, Kind.MEMBER, Kind.MAILBOX))
    return whole


@asynccontextmanager
async def held_while_reading(asterisk: Asterisk, configuration: str) -> AsyncIterator[Callable[[], None]]:
    """Starts Asterisk anew, and its loading stands still at that file until what is given is called."""
    etc, lock = asterisk.directory / "etc", asterisk.directory / "lock"
    inside = "/" / lock.relative_to(asterisk.tree)
    options, file = etc / "asterisk.conf", etc / configuration
    options.write_text(options.read_text() + "execincludes = yes\n")
    file.write_text(f"#exec flock {inside} true\n{file.read_text()}")
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        await asyncio.to_thread(asterisk.kill)
        starting = asyncio.create_task(asyncio.to_thread(asterisk.start))
        try:
            yield lambda: fcntl.flock(held, fcntl.LOCK_UN)
        finally:
            fcntl.flock(held, fcntl.LOCK_UN)
            await starting


@pytest.mark.parametrize("configuration", ["extensions.conf", "pjsip.conf", "queues.conf"])
async def test_the_first_picture_of_an_asterisk_that_is_starting_is_whole(
    own_asterisk: Asterisk, configuration: str
) -> None:
    whole = await whole_picture(own_asterisk)
    async with held_while_reading(own_asterisk, configuration) as release:
        async with Picture().kept(AmiUrl.parse(own_asterisk.ami_url)) as picture:
            await until(lambda: (Link.STALE, STARTING) in picture.links, START)
            with own_asterisk.session() as session:
                assert session.list("QueueStatus") == [], "what is asked for now is not there yet"
            assert picture.live == []
            release()
            await until(lambda: picture.live, START)
        assert picture.live == [whole]


async def test_after_each_of_several_restarts_the_first_picture_is_whole(own_asterisk: Asterisk) -> None:
    whole = await whole_picture(own_asterisk)
    async with Picture().kept(AmiUrl.parse(own_asterisk.ami_url)) as picture:
        for number in range(1, 6):
            await until(lambda number=number: len(picture.live) == number, START)  # type: ignore[misc]
            await asyncio.to_thread(own_asterisk.restart, crash=True)
        await until(lambda: len(picture.live) == 6, START)
    assert picture.live == [whole] * 6


async def test_a_log_in_that_cannot_hear_fully_booted_waits_for_the_time_that_a_start_takes(
    own_asterisk: Asterisk,
) -> None:
    whole = await whole_picture(own_asterisk)
    user = own_asterisk.directory / "etc" / "manager_cordboard.conf"
    user.write_text(re.sub(r"(?m)^read = .*$", "read = call,agent", user.read_text()))
    async with held_while_reading(own_asterisk, "queues.conf") as release:
        async with Picture().kept(AmiUrl.parse(own_asterisk.ami_url), loading_seconds=3) as picture:
            await until(lambda: (Link.STALE, STARTING) in picture.links, START)
            release()
            await until(lambda: picture.live, START)
        assert picture.live == [whole]
