"""An operator talks with several callers at one phone, and asks people about two of them."""

from __future__ import annotations

from ami_worker.mirror import Channel
from panel.vocabulary import CareKind
from tests.operations.driver import Driver
from tests.operations.offices import OPERATOR, Office
from tests.operations.stories import assert_done, in_care


async def another_caller(office: Office, driver: Driver, name: str) -> Channel:
    """Somebody calls, and talks with the operator beside those who do already."""
    before = set(driver.mirror.channels)

    def caller() -> Channel | None:
        new = (channel for key, channel in driver.mirror.channels.items() if key not in before)
        return next(
            (each for each in new if driver.mirror.extension_of(each) is None and driver.talks_to(each, OPERATOR)), None
        )

    await office.call_in(name=name)
    return await driver.until(caller, f"{name} to talk with the operator")


async def test_who_is_asked_about_one_caller_is_not_asked_about_another_and_nobody_is_cut_off(
    office: Office, driver: Driver
) -> None:
    await office.phone(OPERATOR, answers=True)
    await office.phone("202", answers=True)
    await office.phone("203")
    first = await another_caller(office, driver, "Ann Lee")
    second = await another_caller(office, driver, "Ben Lee")
    third = await another_caller(office, driver, "Cid Lee")
    assert_done(await driver.give("consult", OPERATOR, call=second.linkedid, to="202"), "202", "Ben Lee")
    assert_done(await driver.give("consult", OPERATOR, call=third.linkedid, to="203"), "203", "rings", "Cid Lee")
    assert (await in_care(driver, second, CareKind.CONSULT)).target == "202"
    assert (await in_care(driver, third, CareKind.CONSULT)).target == "203"
    assert driver.talks_to(first, OPERATOR)
    assert_done(await driver.give("complete", OPERATOR, call=second.linkedid), "Ben Lee", "202")
    await driver.until(lambda: driver.talks_to(second, "202"), "the second caller to talk with 202")
    assert driver.talks_to(first, OPERATOR)
