"""The post against a mail server that speaks real SMTP: what it takes, what it refuses, and where it breaks off."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import quote

import pytest
from pytest_django import Settings

from ami_worker.operations.letters import Letter
from ami_worker.post import PostOffice, post_office
from panel import environment
from panel.vocabulary import CommandState
from tests.ami.test_tls import files, sign
from tests.mail import PASSWORD, USER, MailServer, send_to


BO = Letter("Bo Larsen", "bo@example.com", "Jan called", "Jan called\n\nRita Novak (201)\n")
DONE, FAILED, UNKNOWN = CommandState.DONE, CommandState.FAILED, CommandState.UNKNOWN


@pytest.fixture
async def server(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[MailServer]:
    """A mail server, and a panel that is told of it by EMAIL_URL."""
    async with MailServer.running() as server:
        use(settings, monkeypatch, f"smtp://127.0.0.1:{server.port}")
        yield server


@pytest.fixture
def post() -> PostOffice:
    return PostOffice()


def use(settings: Settings, monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("EMAIL_URL", url)
    send_to(settings, environment.mail(None))


async def test_a_message_reaches_the_one_it_is_for(server: MailServer, post: PostOffice) -> None:
    assert await post.deliver(BO) == (DONE, "")
    (message,) = server.messages
    assert server.recipients == [["bo@example.com"]]
    assert message["From"] == "Reception <reception@example.com>"
    assert message["To"] == "Bo Larsen <bo@example.com>"
    assert message["Subject"] == "Jan called"
    assert message.get_content() == "Jan called\n\nRita Novak (201)\n"
    assert message["Message-ID"]
    assert message["Date"]


@pytest.mark.parametrize("name", ["", "Łukasz Żółć", 'A, "B" <evil@example.com>', "Dr. O'Brien; (x)", "王小明"])
async def test_every_name_stays_a_name_and_adds_nobody(server: MailServer, post: PostOffice, name: str) -> None:
    text = "Žofie 🙂 called – back?"
    assert (await post.deliver(BO._replace(name=name, subject=text, body=f"{text}\n"))).state is DONE
    (message,) = server.messages
    assert server.recipients == [["bo@example.com"]]
    assert [address.addr_spec for address in message["To"].addresses] == ["bo@example.com"]
    assert message["To"].addresses[0].display_name == name
    assert (message["Subject"], message.get_content()) == (text, f"{text}\n")


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "x\r\nBcc: evil@example.com"},
        {"subject": "x\nBcc: evil@example.com"},
        {"name": "x\r\nBcc: evil@example.com"},
        {"address": "bo@example.com\r\nBcc: evil@example.com"},
        {"address": "bo@example.com, evil@example.com"},
        {"address": "bo"},
    ],
    ids=str,
)
async def test_what_would_add_a_header_or_a_recipient_does_not_go(
    server: MailServer, post: PostOffice, change: dict[str, str]
) -> None:
    assert await post.deliver(BO._replace(**change)) == (FAILED, "")
    assert server.messages == []


async def test_a_line_that_is_a_dot_does_not_end_the_message(server: MailServer, post: PostOffice) -> None:
    assert (await post.deliver(BO._replace(body="a\n.\nMAIL FROM:<evil@example.com>\n"))).state is DONE
    assert server.messages[0].get_content() == "a\n.\nMAIL FROM:<evil@example.com>\n"


@pytest.mark.parametrize("word", ["MAIL", "RCPT", "DATA"])
async def test_a_refusal_is_told_in_the_servers_words_without_the_address(
    server: MailServer, post: PostOffice, word: str
) -> None:
    server.says[word] = "554 5.7.1 <bo@example.com>: we do not\tknow bo@example.com"
    assert await post.deliver(BO) == (FAILED, "5.7.1 …: we do not know …")
    assert server.connections == 1


@pytest.mark.parametrize("word", ["MAIL", "RCPT"])
async def test_a_connection_that_breaks_before_the_message_has_sent_nothing(
    server: MailServer, post: PostOffice, word: str
) -> None:
    server.cut_at = word
    assert (await post.deliver(BO)).state is FAILED
    assert (server.messages, server.connections) == ([], 1)


async def test_a_connection_that_breaks_after_the_message_leaves_it_unknown_and_nothing_is_sent_again(
    server: MailServer, post: PostOffice
) -> None:
    server.cut_at = "DATA"
    assert await post.deliver(BO) == (UNKNOWN, "")
    assert (len(server.messages), server.connections) == (1, 1)


async def test_a_server_that_goes_away_with_words_after_the_message_has_not_taken_it(
    server: MailServer, post: PostOffice
) -> None:
    server.says["DATA"] = "421 Going down"
    assert await post.deliver(BO) == (FAILED, "Going down")


@pytest.mark.parametrize(("word", "state"), [("MAIL", FAILED), ("DATA", UNKNOWN)])
async def test_a_server_that_falls_silent_is_waited_for_no_longer_than_set(
    server: MailServer, post: PostOffice, settings: Settings, word: str, state: CommandState
) -> None:
    settings.EMAIL_TIMEOUT = 0.3
    server.silent_at = word
    assert (await post.deliver(BO)).state is state
    assert server.connections == 1


async def test_a_letter_whose_turn_does_not_come_in_time_is_never_sent(server: MailServer, settings: Settings) -> None:
    settings.EMAIL_TIMEOUT = 2.0
    server.silent_at = "MAIL"
    post = PostOffice(patience=0.3)
    letters = [BO._replace(subject=str(number)) for number in range(4)]
    states = [delivery.state for delivery in await asyncio.gather(*map(post.deliver, letters))]
    assert states == [UNKNOWN, UNKNOWN, FAILED, FAILED]
    assert server.connections == 2
    post.close()


async def test_no_mail_server_there_is_said_in_words(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, post: PostOffice
) -> None:
    async with MailServer.running() as server:
        port = server.port
    use(settings, monkeypatch, f"smtp://127.0.0.1:{port}")
    assert await post.deliver(BO) == (FAILED, "Connection refused")


# --- log-in and TLS ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("password", "state"), [(PASSWORD, DONE), ("wrong", FAILED)])
async def test_the_log_in_is_that_of_the_address(
    server: MailServer,
    post: PostOffice,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    password: str,
    state: CommandState,
) -> None:
    use(settings, monkeypatch, f"smtp://{quote(USER)}:{quote(password, safe='')}@127.0.0.1:{server.port}")
    delivery = await post.deliver(BO)
    assert delivery.state is state
    assert password not in delivery.words + caplog.text
    assert len(server.messages) == (state is DONE)


@pytest.mark.parametrize("is_trusted", [True, False])
async def test_with_tls_the_server_has_to_prove_who_it_is(
    post: PostOffice, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, is_trusted: bool
) -> None:
    ca = sign("Office", None)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files(sign("localhost", ca, hosts=("localhost", "127.0.0.1")), tmp_path, "server"))
    if is_trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(files(ca, tmp_path, "ca")))
    async with MailServer.running(context) as server:
        use(settings, monkeypatch, f"smtp://{quote(USER)}:{quote(PASSWORD, safe='')}@127.0.0.1:{server.port}/?tls=1")
        delivery = await post.deliver(BO)
        assert len(server.messages) == is_trusted
    assert delivery.state is (DONE if is_trusted else FAILED)
    assert is_trusted or "certificate verify failed" in delivery.words


# --- without a mail server --------------------------------------------------------------------------------------------


async def test_messages_can_become_files(
    post: PostOffice, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    use(settings, monkeypatch, f"file:{tmp_path}/mail")
    assert (await post.deliver(BO)).state is DONE
    (file,) = (tmp_path / "mail").iterdir()
    assert "To: Bo Larsen <bo@example.com>" in file.read_text()


async def test_a_folder_that_cannot_be_made_is_a_failure(
    post: PostOffice, settings: Settings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    use(settings, monkeypatch, f"file:{tmp_path}/file/mail")
    assert (await post.deliver(BO)).state is FAILED


async def test_there_is_no_post_where_no_mail_server_is_named(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(settings, monkeypatch, "")
    assert post_office() is None
