"""A message to somebody who is not there: where it goes, what it says, and that it goes once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest
from pytest_django import Settings

from ami_worker.demo import DemoPbx
from ami_worker.mirror import Listing
from ami_worker.operations import Reason
from ami_worker.operations.letters import Delivery, Letter
from ami_worker.post import PostOffice
from panel import environment
from panel.vocabulary import CommandState, Kind
from tests.mail import MailServer, send_to
from tests.operations.conftest import PBXS
from tests.operations.driver import Driver
from tests.operations.offices import OPERATOR, DemoOffice, Office, RealOffice
from tests.operations.stories import assert_done, assert_failed, talking, wait_together


TEXT = "Jan Novák (+48 600 111 222) called at 10:42 and asks you to call back"


@pytest.fixture
async def server(settings: Settings) -> AsyncIterator[MailServer]:
    async with MailServer.running() as server:
        send_to(settings, environment.Mail("panel.mail.SmtpBackend", "127.0.0.1", server.port))
        yield server


@pytest.fixture
async def desk(demo_driver: Driver, server: MailServer) -> Driver:
    """An operator at 201 of the demo PBX, who can send messages."""
    demo_driver.operations.post = PostOffice()
    return demo_driver


class DeadLetters:
    """A post at which nothing must arrive."""

    async def deliver(self, letter: Letter) -> Delivery:
        raise AssertionError(letter)


async def test_a_message_goes_to_the_address_of_the_voicemail_user(desk: Driver, server: MailServer) -> None:
    outcome = await desk.give("message", OPERATOR, to="202", text=TEXT)
    assert_done(outcome, "The message to Bruno Keller (202) is on its way")
    (message,) = server.messages
    assert server.recipients == [["202@example.com"]]
    assert message["To"] == "Bruno Keller <202@example.com>"
    assert message["Subject"].strip() == TEXT
    assert message.get_content() == f"{TEXT}\n\nOp 201 (201)\n"
    assert desk.sent == [], "the PBX has no part in it"


async def test_the_address_of_the_admin_wins(desk: Driver, server: MailServer) -> None:
    desk.mirror.set_listings({"202": Listing(name="Bruno", email="bruno@home.example")})
    assert_done(await desk.give("message", OPERATOR, to="202", text=TEXT), "Bruno (202)")
    assert server.recipients == [["bruno@home.example"]]
    desk.mirror.set_listings({})
    assert_done(await desk.give("message", OPERATOR, to="202", text=TEXT), "Bruno Keller (202)")
    assert server.recipients[1] == ["202@example.com"]


async def test_the_address_is_in_no_row_and_in_no_receipt(desk: Driver, server: MailServer) -> None:
    assert desk.mirror.rows()[Kind.EXTENSION]["202"]["can_message"] is True
    assert "example.com" not in str(desk.mirror.rows())
    server.says["RCPT"] = "550 5.1.1 <202@example.com>: Recipient address rejected"
    outcome = await desk.give("message", OPERATOR, to="202", text=TEXT)
    words = "The message to Bruno Keller (202) did not go: 5.1.1 …: Recipient address rejected"
    assert_failed(outcome, Reason.NOT_SENT, words)


async def test_who_has_no_address_gets_no_message(demo: DemoPbx, settings: Settings, server: MailServer) -> None:
    del demo.pbx.switch.devices.mailboxes["202"]
    async with Driver.on(demo.ami_url) as driver:
        driver.operations.post = DeadLetters()
        assert driver.mirror.rows()[Kind.EXTENSION]["202"]["can_message"] is False
        outcome = await driver.give("message", OPERATOR, to="202", text=TEXT)
        assert_failed(outcome, Reason.NO_ADDRESS, "no e-mail address for 202")


async def test_somebody_who_is_no_more_gets_no_message(demo_driver: Driver) -> None:
    demo_driver.operations.post = DeadLetters()
    assert_failed(await demo_driver.give("message", OPERATOR, to="999", text=TEXT), Reason.NO_SUCH_NUMBER, "999")


async def test_without_a_mail_server_the_receipt_says_what_is_missing(demo_driver: Driver) -> None:
    assert_failed(await demo_driver.give("message", OPERATOR, to="202", text=TEXT), Reason.NO_MAIL, "EMAIL_URL")


@pytest.mark.parametrize(
    "text", ["", " ", "x\r\nBcc: evil@example.com", "x\nBcc: evil@example.com", "a\0b", "\ud800", "a\u2028b"]
)
async def test_a_message_is_one_line(demo_driver: Driver, text: str) -> None:
    demo_driver.operations.post = DeadLetters()
    assert_failed(await demo_driver.give("message", OPERATOR, to="202", text=text), Reason.BAD_ARGUMENTS)


@pytest.mark.parametrize(
    "text",
    ["Subject: hello", "=?utf-8?q?=0ABcc:_evil=40example.com?=", "„Zażółć” 🙂 👩‍💻", "<b>${SHELL(id)}</b>", "長" * 200],
)
async def test_every_line_arrives_as_it_was_written(desk: Driver, server: MailServer, text: str) -> None:
    assert_done(await desk.give("message", OPERATOR, to="202", text=text))
    (message,) = server.messages
    assert message.get_content() == f"{text}\n\nOp 201 (201)\n"
    assert server.recipients == [["202@example.com"]]
    assert "Bcc" not in message
    assert len(message["Subject"].strip()) <= 100


async def test_the_same_command_twice_is_one_message(desk: Driver, server: MailServer) -> None:
    intent = desk.intent("message", OPERATOR, to="202", text=TEXT)
    first, second = await asyncio.gather(desk.operations.perform(intent), desk.operations.perform(intent))
    assert first == second == await desk.operations.perform(intent)
    assert_done(first)
    assert len(server.messages) == 1


async def test_a_message_that_may_have_gone_is_unknown_and_not_sent_again(desk: Driver, server: MailServer) -> None:
    server.cut_at = "DATA"
    intent = desk.intent("message", OPERATOR, to="202", text=TEXT)
    outcome = await desk.operations.perform(intent)
    assert (outcome.state, outcome.reason) == (CommandState.UNKNOWN, Reason.NO_REPLY)
    assert "not known whether the message to Bruno Keller (202) went" in outcome.text
    assert await desk.operations.perform(intent) == outcome
    assert (len(server.messages), server.connections) == (1, 1)


async def test_a_slow_mail_server_keeps_no_call_waiting(
    demo_office: DemoOffice, desk: Driver, server: MailServer
) -> None:
    caller = await talking(demo_office, desk)
    await demo_office.phone("203", answers=True)
    server.silent_at = "MAIL"
    sending = desk.start("message", OPERATOR, to="202", text=TEXT)
    await asyncio.wait_for(server.has_fallen_silent.wait(), 5)
    assert_done(await desk.give("transfer", OPERATOR, call=caller.linkedid, to="203"))
    assert not sending.done()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)


# --- on each kind of PBX ----------------------------------------------------------------------------------------------


async def test_after_a_message_the_caller_is_where_they_were_and_can_be_sent_on(
    office: Office, driver: Driver, server: MailServer
) -> None:
    driver.operations.post = PostOffice()
    driver.mirror.set_listings({"205": Listing(email="elena@example.com")})
    caller = await talking(office, driver)
    assert_done(await driver.give("message", OPERATOR, to="205", text=TEXT), "(205)")
    assert server.recipients == [["elena@example.com"]]
    await wait_together(driver, {"itsp", OPERATOR})
    await office.phone("202", answers=True)
    assert_done(await driver.give("transfer", OPERATOR, call=caller.linkedid, to="202"))
    await wait_together(driver, {"itsp", "202"})


@contextmanager
def mailboxes(office: Office, *lines: str) -> Iterator[None]:
    """The context `default` of voicemail.conf, for the time of the block."""
    assert isinstance(office, RealOffice)
    asterisk = office.rig.asterisk
    file = asterisk.directory / "etc" / "voicemail.conf"
    before = file.read_text()
    try:
        file.write_text("\n".join(("[default]", *lines, "")))
        asterisk.cli("module reload app_voicemail.so")
        yield
    finally:
        file.write_text(before)
        asterisk.cli("module reload app_voicemail.so")


@pytest.mark.parametrize("office", PBXS[1:], indirect=True)
async def test_addresses_are_those_of_voicemail_conf(office: Office, server: MailServer) -> None:
    """One, several, none and nonsense, as a real Asterisk lists them."""
    with mailboxes(
        office,
        "201 => 1,Alice Marsh,alice@example.com",
        "202 => 1,Bruno Keller,bruno@example.com|b@example.org",
        "203 => 1,Clara Young",
        "204 => 1,Dmitri Novak,nowhere",
    ):
        async with Driver.on(office.ami_url) as driver:
            found = {number: driver.mirror.extensions[number].email for number in ("201", "202", "203", "204")}
            assert found == {"201": "alice@example.com", "202": "bruno@example.com", "203": "", "204": ""}
            driver.operations.post = PostOffice()
            assert_done(await driver.give("message", OPERATOR, to="202", text=TEXT), "Bruno Keller (202)")
    assert server.recipients == [["bruno@example.com"]]
