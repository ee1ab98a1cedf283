"""pbx_doctor: what it finds on the demo PBX with all kinds of log-ins, and on real Asterisks with and without our
files.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from ami_worker.ami import actions
from ami_worker.ami.connection import AmiUrl, Response, Session
from ami_worker.ami.protocol import Message
from ami_worker.demo import DemoPbx
from ami_worker.doctor import Report, Severity, examine
from ami_worker.doctor.remedies import old_include
from ami_worker.doctor.rights import READ, Rights
from tests.rig.asterisk import Asterisk
from tests.rig.ports import PortBlock


SECRET = "s3cret-of-the-test"


async def examined(url: str) -> Report:
    return await examine(AmiUrl.parse(url))


def codes(report: Report, severity: Severity | None = None) -> list[str]:
    return [each.code for each in report.sorted() if severity is None or each.severity is severity]


def finding(report: Report, code: str) -> str:
    """The whole text of one finding, as it is printed."""
    (found,) = [each for each in report.findings if each.code == code]
    return " ".join([found.title, found.text, found.place, *found.lines])


@asynccontextmanager
async def office(read: str = READ, write: str = "call,agent,originate,reporting") -> AsyncIterator[str]:
    async with DemoPbx(rate=0, extensions=10, user="panel", secret=SECRET, read=read, write=write) as pbx:
        yield pbx.ami_url


@asynccontextmanager
async def listener(greet: Callable[[asyncio.StreamWriter], None]) -> AsyncIterator[str]:
    """Something that listens and is no PBX."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        greet(writer)
        await reader.read()  # until the other side has had enough
        writer.close()
        gone.set()

    gone = asyncio.Event()
    async with await asyncio.start_server(connected, "127.0.0.1", 0) as server:
        yield f"ami://panel:{SECRET}@127.0.0.1:{server.sockets[0].getsockname()[1]}"
        await gone.wait()


# --- the way to the PBX ----------------------------------------------------------------------------------------------


async def test_a_port_where_nobody_listens_is_an_error_with_the_lines_for_manager_conf() -> None:
    port = PortBlock()
    number = port.take()
    report = await examined(f"ami://panel:{SECRET}@127.0.0.1:{number}")
    port.close()
    assert report.exit_code == 1
    assert codes(report) == ["unreachable"]
    text = finding(report, "unreachable")
    assert f"Nothing listens at 127.0.0.1 port {number}" in text
    assert "enabled = yes" in text


async def test_something_that_is_no_pbx_is_told_from_one() -> None:
    async with listener(lambda writer: writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")) as url:
        report = await examined(url)
    assert codes(report) == ["unreachable"]
    assert "is not an Asterisk manager port" in finding(report, "unreachable")


async def test_a_host_that_does_not_exist_is_an_error() -> None:
    report = await examined(f"ami://panel:{SECRET}@no-such-host.invalid")
    assert codes(report, Severity.ERROR) == ["unreachable"]


async def test_a_refused_log_in_gets_the_stanza_with_the_users_name_and_without_the_secret() -> None:
    async with office() as url:
        report = await examined(url.replace(SECRET, "wrong-secret"))
    assert codes(report) == ["login_refused"]
    assert report.exit_code == 1
    assert "[panel]" in finding(report, "login_refused")
    assert "write = call,agent,originate,reporting" in finding(report, "login_refused")
    assert "wrong-secret" not in report.as_text() + json.dumps(report.as_json())


async def test_plain_text_over_a_network_is_a_warning_and_on_the_own_machine_it_is_not() -> None:
    report = await examined(f"ami://panel:{SECRET}@no-such-host.invalid")
    assert "unencrypted" in codes(report, Severity.WARNING)
    assert "tlsenable = yes" in finding(report, "unencrypted")
    for own in ("localhost", "127.0.0.1", "[::1]"):
        assert "unencrypted" not in codes(await examined(f"ami://panel:{SECRET}@{own}:1"))
    assert "unencrypted" not in codes(await examined(f"amis://panel:{SECRET}@no-such-host.invalid"))


# --- rights ----------------------------------------------------------------------------------------------------------


async def test_with_the_log_in_that_we_ship_all_is_well() -> None:
    async with office() as url:
        report = await examined(url)
    assert report.exit_code == 0, report.as_text()
    assert codes(report, Severity.NOTE) == ["unseen_settings"]
    assert report.version.startswith("22.")
    assert "All is well" in report.as_text()


@pytest.mark.parametrize(
    ("write", "missing", "cost"),
    [
        ("agent,originate,reporting", "missing_call", "transfer, park or hang up"),
        ("call,agent,reporting", "missing_originate", "pick up ringing calls"),
        ("call,agent,originate", "missing_reporting", "nor who forwards calls"),
        ("call,originate,reporting", "missing_agent", "members of a queue"),
    ],
)
async def test_each_missing_right_is_named_with_what_it_costs(write: str, missing: str, cost: str) -> None:
    async with office(write=write) as url:
        report = await examined(url)
    assert [code for code in codes(report) if code.startswith("missing_")] == [missing]
    assert cost in finding(report, missing)
    assert "write = call,agent,originate,reporting" in finding(report, missing)
    assert "[panel]" in finding(report, missing)
    assert report.exit_code == (2 if missing == "missing_agent" else 1)


@pytest.mark.parametrize(
    ("read", "missing", "cost"),
    [
        ("call,agent,user", "system", "The PBX is starting"),
        ("system,agent,user", "call", "stand still"),
        ("system,call,agent", "user", "who keeps a caller"),
    ],
)
async def test_events_that_are_not_heard_are_named_with_what_that_costs(read: str, missing: str, cost: str) -> None:
    async with office(read=read) as url:
        report = await examined(url)
    code = f"missing_read_{missing}"
    assert [code for code in codes(report) if code.startswith("missing_")] == [code]
    assert cost in finding(report, code)
    assert "read = system,call,agent,user" in finding(report, code)
    assert report.exit_code == (1 if missing == "call" else 2)


async def test_without_the_include_class_user_is_not_asked_for() -> None:
    async with DemoPbx(rate=0, extensions=10, include=False, read="system,call,agent") as pbx:
        report = await examined(pbx.ami_url)
    assert codes(report, Severity.WARNING) == ["no_include"]


async def test_every_stanza_that_is_printed_has_all_classes() -> None:
    """Whatever is wrong, whoever copies the lines has it right."""
    stanzas: list[str] = []
    for read, write in (("", "call"), ("all", "all"), (READ, "")):
        async with office(read=read, write=write) as url:
            report = await examined(url)
            stanzas += [line for each in report.findings for line in each.lines]
    async with office() as url:
        stanzas += [line for each in (await examined(url.replace(SECRET, "other"))).findings for line in each.lines]
    assert {line for line in stanzas if line.startswith("read =")} == {"read = system,call,agent,user"}
    assert {line for line in stanzas if line.startswith("write =")} == {"write = call,agent,originate,reporting"}


async def test_a_pbx_that_cannot_show_its_database_does_not_tell_who_forwards_calls() -> None:
    async with office() as url:
        listed = await _list_commands(url)
    older = [(name, text) for name, text in listed.message.headers if name != "DBGetTree"]
    (found,) = Rights(Response(Message.of(older))).findings("panel")
    assert (found.severity, found.code) == (Severity.NOTE, "no_dbgettree")
    assert "who forwards calls" in found.title


async def _list_commands(url: str) -> Response:
    session = await Session.open(AmiUrl.parse(url))
    try:
        return await session.send(actions.list_commands())
    finally:
        await session.close()


async def test_a_log_in_that_may_do_everything_is_warned_of() -> None:
    async with office(read="all", write="all") as url:
        report = await examined(url)
    assert codes(report, Severity.WARNING) == ["too_powerful"]
    assert "write = call,agent,originate,reporting" in finding(report, "too_powerful")
    assert report.exit_code == 2


# --- what is printed -------------------------------------------------------------------------------------------------


async def test_the_secret_is_never_printed() -> None:
    async with office() as url:
        report = await examined(url)
    assert SECRET not in report.as_text() + json.dumps(report.as_json())
    assert report.as_text().startswith("Cordboard asked ami://panel@127.0.0.1:")


async def test_the_worst_is_printed_first() -> None:
    async with office(read="all", write="call,command") as url:
        report = await examined(url)
    severities = [each.severity for each in report.sorted()]
    assert severities == sorted(severities)
    text = report.as_text()
    assert text.index("DOES NOT WORK") < text.index("COULD BE BETTER") < text.index("GOOD TO KNOW")
    assert max(len(line) for line in text.splitlines() if not line.startswith("      ")) <= 130


# --- the real thing --------------------------------------------------------------------------------------------------


@pytest.mark.asterisk
async def test_a_real_asterisk_with_our_files_is_well(asterisk: Asterisk) -> None:
    report = await examined(asterisk.ami_url)
    assert report.exit_code == 0, report.as_text()
    assert report.version.startswith(f"{asterisk.major}.")


@pytest.mark.asterisk
async def test_a_real_asterisk_without_the_include_is_told_how_to_get_it(plain_asterisk: Asterisk) -> None:
    report = await examined(plain_asterisk.ami_url)
    assert codes(report, Severity.WARNING) == ["no_include"]
    assert "#include extensions_cordboard.conf" in finding(report, "no_include")


@pytest.mark.asterisk
async def test_a_weak_log_in_on_a_real_asterisk(asterisk: Asterisk) -> None:
    report = await examined(asterisk.url_of("weak"))
    errors = codes(report, Severity.ERROR)
    assert {"missing_call", "missing_originate", "missing_reporting"} <= set(errors)
    assert "missing_agent" in codes(report, Severity.WARNING)
    assert "missing_read_system" in codes(report)
    assert report.exit_code == 1


@pytest.mark.asterisk
async def test_a_log_in_that_does_not_hear_the_include_on_a_real_asterisk(own_asterisk: Asterisk) -> None:
    stanza = own_asterisk.directory / "etc" / "manager_cordboard.conf"
    stanza.write_text(stanza.read_text().replace("read = system,call,agent,user", "read = system,call,agent"))
    own_asterisk.cli("manager reload")
    report = await examined(own_asterisk.ami_url)
    assert codes(report, Severity.WARNING) == ["missing_read_user"]


@pytest.mark.asterisk
async def test_a_log_in_with_all_rights_on_a_real_asterisk(asterisk: Asterisk) -> None:
    report = await examined(asterisk.url_of("strong"))
    assert codes(report, Severity.ERROR) == []
    assert "too_powerful" in codes(report, Severity.WARNING)
    text = finding(report, "too_powerful")
    assert all(f"“{right}”" in text for right in ("command", "config", "system"))


@pytest.mark.asterisk
async def test_a_refused_log_in_on_a_real_asterisk(asterisk: Asterisk) -> None:
    report = await examined(asterisk.ami_url.replace("cordboard:", "nobody:"))
    assert codes(report) == ["login_refused"]


@pytest.mark.asterisk
async def test_tls_on_a_real_asterisk_needs_its_certificate(asterisk: Asterisk) -> None:
    assert codes(await examined(asterisk.ami_tls_url)) == ["unreachable"]
    assert "certificate" in finding(await examined(asterisk.ami_tls_url), "unreachable")
    report = await examined(f"{asterisk.ami_tls_url}?ca={asterisk.ca_file}")
    assert report.exit_code == 0, report.as_text()


@pytest.mark.asterisk
async def test_the_examination_leaves_nothing_behind_on_a_real_asterisk(asterisk: Asterisk) -> None:
    await examined(asterisk.ami_url)
    assert await asyncio.to_thread(asterisk.channels) == []


@pytest.mark.asterisk
async def test_an_include_that_dials_in_the_wrong_context_is_told(own_asterisk: Asterisk) -> None:
    with own_asterisk.session("cordboard") as session:
        session.action("Setvar", {"Variable": "CORDBOARD_DIAL_CONTEXT", "Value": "from-trunk"})
    report = await examined(own_asterisk.ami_url)
    assert codes(report, Severity.WARNING) == ["wrong_dial_context"]
    assert "CORDBOARD_DIAL_CONTEXT = ext-local" in finding(report, "wrong_dial_context")


def test_what_an_old_include_lacks_is_said_and_no_more() -> None:
    assert (
        "there is no listening to calls, no letting out of a queue with a prompt and no certainty"
        in old_include(2).text
    )
    assert "there is no certainty that a phone which is answered late gets the parked caller" in old_include(4).text


@pytest.mark.asterisk
async def test_an_include_that_is_too_old_is_told(own_asterisk: Asterisk) -> None:
    own_asterisk.cli("dialplan remove extension 2@cordboard-version")
    report = await examined(own_asterisk.ami_url)
    assert codes(report, Severity.WARNING) == ["old_include"]
    assert "It is version 1" in finding(report, "old_include")
    assert "ami_worker/asterisk/extensions_cordboard.conf" in finding(report, "old_include")
