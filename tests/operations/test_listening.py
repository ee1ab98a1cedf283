"""Listening to calls: whom, how, and how it ends; the same on the demo PBX and on both Asterisks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from ami_worker.ami import actions
from ami_worker.mirror import Channel
from ami_worker.operations import Outcome, Reason, Site
from panel.vocabulary import ExtensionState, ListeningRow
from tests.operations.driver import Driver
from tests.operations.offices import OPERATOR, DemoOffice, Office, RealOffice
from tests.operations.stories import assert_done, assert_failed, nobody_is_there, talking, wait_together


SUPERVISOR = "205"


@asynccontextmanager
async def being_heard(office: Office, number: str = OPERATOR) -> AsyncIterator[None]:
    """The agent's phone sends sound, as phones do: without any, Asterisk does not let go of who listened
    (main/audiohook.c, ast_audiohook_detach).
    """
    if not isinstance(office, RealOffice):
        yield
        return
    over = asyncio.Event()

    async def speak() -> None:
        while not over.is_set():
            await office.makes_noise(number, 0.1)

    speaking = asyncio.create_task(speak())
    try:
        yield
    finally:
        over.set()
        await speaking


def shown(driver: Driver) -> list[ListeningRow]:
    """Who listens, as the boards have it."""
    return [ListeningRow(**row) for row in driver.mirror.rows()["listening"].values()]  # type: ignore[index]


def modes(driver: Driver) -> list[str]:
    return [row["mode"] for row in shown(driver)]


def agent(driver: Driver) -> Channel:
    """The leg of the one who is listened to."""
    leg = driver.leg(OPERATOR)
    assert leg is not None
    return leg


async def listening(office: Office, driver: Driver, mode: str = "listen") -> Channel:
    """A caller from outside talks to 201, and 205 hears it. Returns the caller."""
    caller = await talking(office, driver)
    await office.phone(SUPERVISOR, answers=True)
    assert_done(await driver.give(mode, SUPERVISOR, call=caller.linkedid), "You are")
    return caller


async def no_more_listening(driver: Driver) -> None:
    await driver.until(lambda: not shown(driver) and driver.mirror.listenings == {}, "nobody to listen")
    await driver.until(lambda: not any(is_listener(each) for each in driver.mirror.channels.values()), "its end")


def is_listener(channel: Channel) -> bool:
    return channel.uniqueid.startswith("cordboard-spy-")


@pytest.mark.parametrize(
    ("mode", "words"), [("listen", "listening to"), ("whisper", "whispering to"), ("barge", "in the call of")]
)
async def test_a_supervisor_hears_a_call_and_is_no_party_of_it(
    office: Office, driver: Driver, mode: str, words: str
) -> None:
    caller = await talking(office, driver)
    before = driver.mirror.calls[caller.linkedid].row()
    await office.phone(SUPERVISOR)
    giving = driver.start(mode, SUPERVISOR, call=caller.linkedid, party=agent(driver).uniqueid)
    await driver.until(lambda: driver.state_of(SUPERVISOR) == ExtensionState.RINGING, "205 to ring", during=giving)
    assert shown(driver) == []
    await office.answer(SUPERVISOR)
    assert_done(await giving, words, OPERATOR)
    (row,) = shown(driver)
    assert (row["call"], row["party"], row["mode"]) == (caller.linkedid, agent(driver).uniqueid, mode)
    assert (row["to"]["extension"], row["by"]["extension"]) == (OPERATOR, SUPERVISOR)
    assert driver.mirror.calls[caller.linkedid].row() == before
    assert [call.key for call in driver.mirror.calls.values() if call.legs] == [caller.linkedid]
    await driver.until(lambda: driver.state_of(SUPERVISOR) == ExtensionState.TALKING, "205 to be in use")
    assert driver.mirror.rows()["extension"][SUPERVISOR]["calls"] == []  # type: ignore[index]
    async with being_heard(office):
        assert_done(await driver.give("listen_end", SUPERVISOR), "no longer listening")
        await no_more_listening(driver)
    assert driver.talks_to(caller, OPERATOR)


async def test_the_mode_is_switched_on_the_same_call_of_the_same_phone(office: Office, driver: Driver) -> None:
    caller = await listening(office, driver)
    own = next(channel.uniqueid for channel in driver.mirror.channels.values() if is_listener(channel))
    driver.sent.clear()
    async with being_heard(office):
        for mode in ("whisper", "barge", "listen"):
            assert_done(await driver.give(mode, SUPERVISOR, call=caller.linkedid), "You are")
            assert modes(driver) == [mode]
            outcome = await driver.give(mode, SUPERVISOR, call=caller.linkedid)
            assert_failed(outcome, Reason.WRONG_STATE, "already")
        assert driver.names_sent() == ["Redirect"] * 3
        assert [channel.uniqueid for channel in driver.mirror.channels.values() if is_listener(channel)] == [own]
        assert driver.talks_to(caller, OPERATOR)


@pytest.mark.parametrize("who", ["the caller", "the agent", "the supervisor"])
async def test_whoever_hangs_up_the_listening_ends(office: Office, driver: Driver, who: str) -> None:
    caller = await listening(office, driver, "whisper")
    async with being_heard(office) if who == "the supervisor" else asynccontextmanager(nothing)():
        match who:
            case "the caller":
                await office.caller_hangs_up()
            case "the agent":
                await office.hang_up(OPERATOR)
            case _:
                await office.hang_up(SUPERVISOR)
        await no_more_listening(driver)
    if who == "the supervisor":
        assert driver.talks_to(caller, OPERATOR)
    else:
        await nobody_is_there(driver)


async def nothing() -> AsyncIterator[None]:
    yield


async def test_a_caller_who_is_transferred_is_not_followed(office: Office, driver: Driver) -> None:
    caller = await listening(office, driver)
    await office.phone("202", answers=True)
    assert_done(await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202"))
    await wait_together(driver, {"itsp", "202"})
    await no_more_listening(driver)


async def test_the_next_worker_finds_who_listens_and_how(office: Office, driver: Driver) -> None:
    caller = await listening(office, driver, "barge")
    async with Driver.on(office.ami_url) as another:
        (row,) = shown(another)
        assert {**row, "since_at": ""} == {**shown(driver)[0], "since_at": ""}
        async with being_heard(office):
            assert_done(await another.give("whisper", SUPERVISOR, call=caller.linkedid), "whispering")
            await driver.until(lambda: modes(driver) == ["whisper"], "the first one to see it")
            assert_done(await another.give("listen_end", SUPERVISOR))
            await no_more_listening(driver)
            await no_more_listening(another)


async def test_a_listening_that_rings_is_taken_back(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone(SUPERVISOR)
    giving = driver.start("listen", SUPERVISOR, call=caller.linkedid)
    await driver.until(lambda: driver.state_of(SUPERVISOR) == ExtensionState.RINGING, "205 to ring", during=giving)
    second = await driver.give("barge", SUPERVISOR, call=caller.linkedid)
    assert_failed(second, Reason.BUSY_CALL, "already")
    assert_done(await driver.give("listen_end", SUPERVISOR), "no longer listening")
    assert_done(await giving, "Left off")
    await driver.until(lambda: driver.state_of(SUPERVISOR) == ExtensionState.IDLE, "205 to be silent")
    assert driver.talks_to(caller, OPERATOR)


async def test_a_call_that_ends_while_the_phone_rings_rings_it_no_more(office: Office, driver: Driver) -> None:
    caller = await talking(office, driver)
    await office.phone(SUPERVISOR)
    giving = driver.start("listen", SUPERVISOR, call=caller.linkedid)
    await driver.until(lambda: driver.state_of(SUPERVISOR) == ExtensionState.RINGING, "205 to ring", during=giving)
    await office.caller_hangs_up()
    assert_failed(await giving, Reason.CALL_ENDED, "The call of", "has ended")
    await nobody_is_there(driver)


# --- what is refused, with nothing sent -------------------------------------------------------------------------------


async def refused(driver: Driver, mode: str, extension: str, **args: str) -> Outcome:
    driver.sent.clear()
    outcome = await driver.give(mode, extension, **args)
    assert driver.names_sent() == []
    return outcome


async def test_who_is_in_the_call_does_not_listen_to_it(demo_office: DemoOffice, demo_driver: Driver) -> None:
    caller = await talking(demo_office, demo_driver)
    outcome = await refused(demo_driver, "barge", OPERATOR, call=caller.linkedid)
    assert_failed(outcome, Reason.WRONG_STATE, "in this call yourself")


async def test_a_caller_is_not_listened_to(demo_office: DemoOffice, demo_driver: Driver) -> None:
    caller = await talking(demo_office, demo_driver)
    outcome = await refused(demo_driver, "listen", SUPERVISOR, call=caller.linkedid, party=caller.uniqueid)
    assert_failed(outcome, Reason.NOT_ALLOWED, "people of the house")
    outcome = await refused(demo_driver, "listen", SUPERVISOR, call=caller.linkedid, party="1.999")
    assert_failed(outcome, Reason.CALL_ENDED, "no longer in that call")


async def test_of_two_of_the_house_one_has_to_be_named(demo_office: DemoOffice, demo_driver: Driver) -> None:
    await demo_office.phone("202", answers=True)
    await demo_office.dial(OPERATOR, "202")
    await wait_together(demo_driver, {OPERATOR, "202"})
    call = agent(demo_driver).linkedid
    outcome = await refused(demo_driver, "listen", SUPERVISOR, call=call)
    assert_failed(outcome, Reason.WHICH_PARTY, "202", OPERATOR)
    await demo_office.phone(SUPERVISOR, answers=True)
    assert_done(await demo_driver.give("listen", SUPERVISOR, call=call, party=agent(demo_driver).uniqueid))


async def test_a_call_that_nobody_has_answered_has_nothing_to_hear(
    demo_office: DemoOffice, demo_driver: Driver
) -> None:
    await demo_office.phone(OPERATOR)
    await demo_office.call_in()
    ringing = await demo_driver.until(lambda: demo_driver.leg(OPERATOR), "201 to ring")
    outcome = await refused(demo_driver, "listen", SUPERVISOR, call=ringing.linkedid)
    assert_failed(outcome, Reason.WRONG_STATE, "not talking to anybody")


async def test_a_phone_that_is_in_a_call_is_not_rung(demo_office: DemoOffice, demo_driver: Driver) -> None:
    caller = await talking(demo_office, demo_driver)
    await demo_office.phone("202", answers=True)
    await demo_office.dial(SUPERVISOR, "202")
    await wait_together(demo_driver, {SUPERVISOR, "202"})
    outcome = await refused(demo_driver, "listen", SUPERVISOR, call=caller.linkedid)
    assert_failed(outcome, Reason.WRONG_STATE, "Your phone (205) is in a call")


async def test_two_calls_are_not_listened_to_at_once(demo_office: DemoOffice, demo_driver: Driver) -> None:
    await listening(demo_office, demo_driver)
    await demo_office.phone("203", answers=True)
    await demo_office.dial("202", "203")
    await wait_together(demo_driver, {"202", "203"})
    other = demo_driver.leg("202")
    assert other is not None
    outcome = await refused(demo_driver, "listen", SUPERVISOR, call=other.linkedid, party=other.uniqueid)
    assert_failed(outcome, Reason.WRONG_STATE, "end that first")


@pytest.mark.parametrize(
    ("extension", "reason"), [("", Reason.NO_PHONE), ("999", Reason.NO_PHONE)], ids=["none", "unknown"]
)
async def test_without_a_phone_nobody_listens(
    demo_office: DemoOffice, demo_driver: Driver, extension: str, reason: Reason
) -> None:
    caller = await talking(demo_office, demo_driver)
    assert_failed(await refused(demo_driver, "listen", extension, call=caller.linkedid), reason)
    assert_failed(await refused(demo_driver, "listen_end", extension), reason)


@pytest.mark.parametrize(
    ("site", "reason", "words"),
    [
        (Site(), Reason.NEEDS_INCLUDE, "version 3"),
        (Site(include=2), Reason.NEEDS_INCLUDE, "version 3"),
        (Site(frozenset({"redirect"}), 3), Reason.NO_PRIVILEGE, "log-in"),
        (Site(frozenset({"originate"}), 3), Reason.NO_PRIVILEGE, "log-in"),
    ],
    ids=["no include", "an old one", "no right to originate", "no right to redirect"],
)
async def test_what_the_pbx_does_not_let_us_do_is_said(
    demo_office: DemoOffice, demo_driver: Driver, site: Site, reason: Reason, words: str
) -> None:
    caller = await talking(demo_office, demo_driver)
    demo_driver.operations.site = site
    assert "listen" not in site.capabilities
    outcome = await refused(demo_driver, "listen", SUPERVISOR, call=caller.linkedid)
    assert_failed(outcome, reason, words)


async def test_who_does_not_listen_has_nothing_to_end(demo_driver: Driver) -> None:
    outcome = await refused(demo_driver, "listen_end", SUPERVISOR)
    assert_failed(outcome, Reason.WRONG_STATE, "not listening to anybody")


async def test_a_listener_of_the_houses_own_dialplan_is_seen_too(demo_office: DemoOffice, demo_driver: Driver) -> None:
    """Not begun by us: an ordinary call of that phone, which ends at once when it stops."""
    await talking(demo_office, demo_driver)
    await demo_office.phone(SUPERVISOR, answers=True)
    originate = actions.originate(
        "PJSIP/205",
        "cordboard-spy",
        "listen",
        channel_id="theirs-1",
        variables={"CORDBOARD_SPY": agent(demo_driver).uniqueid},
    )
    assert (await demo_driver.actions.send(originate)).ok
    await demo_driver.until(lambda: modes(demo_driver) == ["listen"], "somebody to listen")
    await demo_office.hang_up(SUPERVISOR)
    await no_more_listening(demo_driver)


async def test_the_listening_of_somebody_else_is_ended_and_the_call_goes_on(office: Office, driver: Driver) -> None:
    caller = await listening(office, driver)
    (row,) = shown(driver)
    async with being_heard(office):
        assert_done(await driver.give("listen_stop", "", listening=row["key"]), SUPERVISOR, "no longer listens to")
        await no_more_listening(driver)
    assert driver.talks_to(caller, OPERATOR)
    outcome = await refused(driver, "listen_stop", "", listening=row["key"])
    assert_failed(outcome, Reason.CALL_ENDED, "no longer listening")
