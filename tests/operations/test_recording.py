"""Recording: what is shown to everybody, and on a real Asterisk what is in the file."""

from __future__ import annotations

import asyncio
import wave
from array import array
from pathlib import Path

import pytest

from ami_worker.ami import actions
from ami_worker.mirror import Channel
from ami_worker.operations import Reason
from tests.operations.driver import Driver
from tests.operations.offices import CALLER, OPERATOR, Office, RealOffice
from tests.operations.stories import assert_done, assert_failed, nobody_is_there, talking, wait_together
from tests.rig.asterisk import Asterisk
from tests.rig.parts import wait_for


AUDIBLE = 1000  # of 32767
SECOND = 16_000  # bytes in the file


def shown(driver: Driver, channel: Channel) -> str:
    return driver.mirror.calls[channel.linkedid].row()["recording"]


async def a_sound(office: Office) -> None:
    """At which Asterisk lets go of what listened to a channel."""
    if isinstance(office, RealOffice):
        await office.makes_noise(OPERATOR, 0.1)


def recorders(driver: Driver) -> list[str]:
    return [channel.name for channel in driver.mirror.channels.values() if "cordboard-record" in channel.name]


async def test_a_recording_begins_pauses_goes_on_and_ends_and_everybody_sees_it(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    assert_done(await driver.give("record", OPERATOR, call=caller.linkedid), "Recording", CALLER)
    assert shown(driver, caller) == "on"
    assert len(recorders(driver)) == 2
    outcome = await driver.give("record", "205", call=caller.linkedid)
    assert_failed(outcome, Reason.WRONG_STATE, "being recorded already")
    assert_done(await driver.give("record_pause", OPERATOR, call=caller.linkedid), "paused")
    assert shown(driver, caller) == "paused"
    outcome = await driver.give("record_pause", OPERATOR, call=caller.linkedid)
    assert_failed(outcome, Reason.WRONG_STATE, "paused already")
    assert_done(await driver.give("record_resume", OPERATOR, call=caller.linkedid), "goes on")
    assert shown(driver, caller) == "on"
    assert_done(await driver.give("record_stop", OPERATOR, call=caller.linkedid), "Recording ended")
    assert shown(driver, caller) == ""
    await a_sound(office)
    await driver.until(lambda: not recorders(driver), "the recorder to be gone")
    for name in ("record_stop", "record_pause", "record_resume"):
        outcome = await driver.give(name, OPERATOR, call=caller.linkedid)
        assert_failed(outcome, Reason.WRONG_STATE, "not being recorded")


async def test_it_goes_with_the_caller_and_the_next_worker_knows_of_it(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone("202", answers=True)
    assert_done(await driver.give("record", OPERATOR, call=caller.linkedid))
    assert_done(await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202"))
    await wait_together(driver, {"itsp", "202"})
    assert shown(driver, caller) == "on"
    async with Driver.on(office.ami_url) as another:
        assert another.mirror.calls[caller.linkedid].row()["recording"] == "on"
        assert_done(await another.give("record_stop", "205", call=caller.linkedid), "Recording ended")
        assert another.mirror.calls[caller.linkedid].row()["recording"] == ""


async def test_it_ends_with_the_call(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    assert_done(await driver.give("record", OPERATOR, call=caller.linkedid))
    await office.caller_hangs_up()
    await nobody_is_there(driver)


async def test_a_recording_that_the_pbx_ends_is_no_longer_shown(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    assert_done(await driver.give("record", OPERATOR, call=caller.linkedid))
    recorder = next(name for name in recorders(driver) if name.endswith(";1"))
    assert (await driver.actions.send(actions.hangup(recorder))).ok
    await a_sound(office)
    await driver.until(lambda: shown(driver, caller) == "", "the board to show no recording")
    async with Driver.on(office.ami_url) as another:
        assert another.mirror.calls[caller.linkedid].row()["recording"] == ""


async def test_a_call_that_nobody_has_answered_is_not_recorded(office: Office, driver: Driver) -> None:
    await office.phone("202")
    await office.dial(OPERATOR, "202")
    ringing = await driver.until(lambda: driver.leg("202"), "202 to ring")
    outcome = await driver.give("record", OPERATOR, call=ringing.linkedid)
    assert_failed(outcome, Reason.WRONG_STATE, "Nobody has answered yet")


# --- the file ---------------------------------------------------------------------------------------------------------


def recorded(asterisk: Asterisk) -> list[Path]:
    return sorted((asterisk.directory / "spool" / "monitor" / "cordboard").glob("*.wav"))


def is_closed(path: Path) -> bool:
    """Asterisk writes the length into the header as the last thing, some time after the recorder is gone."""
    with path.open("rb") as file:
        return file.read(8)[4:] not in (b"", bytes(4))


def loudest(path: Path) -> int:
    with wave.open(str(path)) as sound:
        samples = array("h", sound.readframes(sound.getnframes()))
    return max(map(abs, samples), default=0)


@pytest.mark.asterisk
@pytest.mark.parametrize("silenced", ["", "muted", "paused"])
async def test_what_is_said_is_in_the_file_and_what_is_muted_or_paused_is_not(
    office: Office, driver: Driver, silenced: str
) -> None:
    if not isinstance(office, RealOffice):
        pytest.skip("the demo has no sound")
    caller = await talking(office, driver)
    before = recorded(office.rig.asterisk)
    assert_done(await driver.give("record", OPERATOR, call=caller.linkedid))
    if silenced:
        name = {"muted": "mute", "paused": "record_pause"}[silenced]
        assert_done(await driver.give(name, OPERATOR, call=caller.linkedid))
    sounds = asyncio.gather(office.makes_noise(OPERATOR, 3), office.caller_is_quiet(3))
    (file,) = await asyncio.to_thread(
        wait_for, lambda: [path for path in recorded(office.rig.asterisk) if path not in before], "the file"
    )
    await asyncio.to_thread(wait_for, lambda: file.stat().st_size > SECOND // 2, "half a second to be recorded")
    assert_done(await driver.give("record_stop", OPERATOR, call=caller.linkedid))
    await driver.until(lambda: not recorders(driver), "the recorder to be gone")
    await asyncio.to_thread(wait_for, lambda: is_closed(file), "the file to be whole")
    assert (loudest(file) > AUDIBLE) is (silenced == "")
    await sounds
