"""The examination: connects as the panel does, asks, changes nothing, and says what it found. Django-free.

`examine` is called by the management command `pbx_doctor`, and by tests.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import re
import secrets
import time
from collections.abc import AsyncIterator
from typing import Final

from ami_worker.ami import actions
from ami_worker.ami.connection import (
    AmiError,
    AmiUrl,
    Closed,
    ConnectFailed,
    ListRefused,
    ListResult,
    LoginRefused,
    NoReply,
    Session,
)
from ami_worker.ami.protocol import Message
from ami_worker.doctor import remedies
from ami_worker.doctor.findings import Finding, Report
from ami_worker.doctor.rights import READ, Rights
from ami_worker.operations.site import INCLUDE_VERSION, knows, survey


LISTEN_SECONDS: Final = 3.0
"""How long an event may take that must come."""

SAMPLE: Final = 3
"""Extensions that are looked for in the context in which the include dials."""

OLDEST_TESTED: Final = 16
CLOCK_SECONDS: Final = 60.0
_PHONES: Final = ("PJSIP/", "SIP/", "IAX2/", "SCCP/", "DAHDI/", "Local/")


async def examine(url: AmiUrl) -> Report:
    """Everything that can be found out about the PBX at `url`. Never raises for what the PBX does."""
    findings = _about_address(url)
    try:
        async with _Examination.of(url) as examination:
            findings += await examination.run()
            return Report(str(url), examination.version, tuple(findings))
    except LoginRefused as refused:
        findings.append(remedies.login_refused(url, refused.reason))
    except ConnectFailed as failed:
        findings.append(remedies.unreachable(url, failed.reason))
    except AmiError as failed:
        findings.append(remedies.cut_off(failed.reason))
    return Report(str(url), "", tuple(findings))


def _about_address(url: AmiUrl) -> list[Finding]:
    return [] if url.tls or _is_loopback(url.host) else [remedies.unencrypted(url)]


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return False


class _Examination:
    """One session, with all classes of events that the panel wants."""

    def __init__(self, url: AmiUrl) -> None:
        self._url = url
        self._session: Session
        self._rights: Rights
        self._heard: list[Message] = []
        self._something = asyncio.Event()
        self.version = ""

    @classmethod
    @contextlib.asynccontextmanager
    async def of(cls, url: AmiUrl) -> AsyncIterator[_Examination]:
        examination = cls(url)
        examination._session = await Session.open(url, events=READ, on_message=examination._hear)
        try:
            yield examination
        finally:
            await examination._session.close()

    def _hear(self, message: Message) -> None:
        self._heard.append(message)
        self._something.set()

    async def run(self) -> list[Finding]:
        """All checks, one after the other: Asterisk answers one at a time anyway."""
        self._rights = Rights(await self._session.send(actions.list_commands()))
        findings = self._rights.findings(self._url.username)
        findings += await self._second_session()
        findings += await self._read_system()
        findings += await self._read_call()
        findings += await self._about_version()
        findings += await self._about_clock()
        findings += await self._about_hints()
        findings += await self._about_parking()
        findings += await self._about_queues()
        findings.append(remedies.patience(self._url.username))
        return findings

    async def _second_session(self) -> list[Finding]:
        """The panel keeps two: `allowmultiplelogin` (main/manager.c) must not be switched off."""
        try:
            second = await Session.open(self._url)
        except (LoginRefused, ConnectFailed) as refused:
            return [remedies.single_login(refused.reason)]
        await second.close()
        return []

    async def _read_system(self) -> list[Finding]:
        """FullyBooted comes right after the log-in to whoever may read `system`, once Asterisk has started."""
        if await self._session.wait_for_fully_booted(LISTEN_SECONDS):
            return []
        return [remedies.missing_read(self._url.username, "system")]

    async def _read_call(self) -> list[Finding]:
        """Of `call` there is proof without a call: an Originate that must fail raises an OriginateResponse. It
        names a phone that cannot exist, so nothing rings; Asterisk writes a line to its log.
        """
        if not self._rights.may("Originate"):
            return []
        nonce = f"cordboard-doctor-{secrets.token_hex(8)}"
        # Not to an extension: Originate would refuse one that does not exist, and without an event.
        await self._session.send(actions.originate_pickup(f"SCCP/{nonce}", nonce, channel_id=nonce, timeout=1))
        if await self._hears("originateresponse", nonce):
            return []
        return [remedies.missing_read(self._url.username, "call")]

    async def _read_user(self) -> list[Finding]:
        """Of `user` the include gives proof: the far half of a Local channel goes through the place where the include
        says that nobody is in its care. It ends there, so nothing rings and nobody is called; Asterisk writes a line
        to its log.
        """
        if not self._rights.may("Originate"):
            return []
        nonce = f"cordboard-doctor-{secrets.token_hex(8)}"
        far = f"{nonce}-2"
        place = ("cordboard-version", str(INCLUDE_VERSION))
        probe = actions.originate(
            "Local/none@cordboard-care/n", *place, channel_id=nonce, other_channel_id=far, timeout=1
        )
        await self._session.send(probe)
        if await self._hears("userevent", far):
            return []
        return [remedies.missing_read(self._url.username, "user")]

    async def _hears(self, event: str, uniqueid: str) -> bool:
        deadline = time.monotonic() + LISTEN_SECONDS
        while not any(each.event == event and each.get("Uniqueid") == uniqueid for each in self._heard):
            self._something.clear()
            try:
                async with asyncio.timeout(deadline - time.monotonic()):
                    await self._something.wait()
            except TimeoutError:
                return False
        return True

    async def _about_version(self) -> list[Finding]:
        if self._rights.may("CoreSettings"):
            settings = await self._session.send(actions.core_settings())
            found = re.match(r"[\w.]+", settings.get("AsteriskVersion"))
            self.version = found[0] if found else ""
        ami_major = self._session.ami_version.partition(".")[0]
        # AMI 5 is Asterisk 16 (include/asterisk/manager.h); below 3 the two are counted otherwise.
        if ami_major.isdecimal() and int(ami_major) + 11 < OLDEST_TESTED:
            return [remedies.old_version(self.version or self._session.banner)]
        return []

    async def _about_clock(self) -> list[Finding]:
        pong = await self._session.send(actions.ping())
        try:
            ahead = float(pong.get("Timestamp")) - time.time()
        except ValueError:
            return []
        return [remedies.clock(ahead)] if abs(ahead) > CLOCK_SECONDS else []

    async def _about_hints(self) -> list[Finding]:
        listed = await self._list(actions.extension_state_list())
        if listed is None:
            return []
        phones = [item for item in listed.items if any(each in item.get("Hint") for each in _PHONES)]
        if not phones:
            return [remedies.no_hints(bool(listed.items)), *await self._about_include([])]
        return await self._about_include([(item.get("Exten"), item.get("Context")) for item in phones])

    async def _about_include(self, hints: list[tuple[str, str]]) -> list[Finding]:
        if not self._rights.may("Getvar"):
            return []
        site = await survey(self._session)
        if not site.include:
            return [remedies.no_include()]
        if site.include < INCLUDE_VERSION:
            return [remedies.old_include(site.include)]
        findings = await self._read_user()
        for exten, _context in hints[:SAMPLE]:
            if await knows(self._session, site.dial_context, exten) is not False:
                return findings
        return [*findings, remedies.wrong_dial_context(site.dial_context, *hints[0])] if hints else findings

    async def _about_parking(self) -> list[Finding]:
        if not self._rights.may("Park"):
            return []
        lots = await self._list(actions.parkinglots())
        return [remedies.no_parking_lot()] if lots is not None and not lots.items else []

    async def _about_queues(self) -> list[Finding]:
        if not self._rights.may("QueueStatus"):
            return []
        queues = await self._list(actions.queue_status())
        if queues is None or any(item.event == "queueparams" for item in queues.items):
            return []
        return [remedies.no_queues()]

    async def _list(self, action: actions.Action) -> ListResult | None:
        """None when the PBX does not give it; why is said elsewhere."""
        if not self._rights.may(action.name):
            return None
        try:
            return await self._session.list(action)
        except (ListRefused, NoReply):
            return None
        except Closed:
            raise
        except AmiError:
            return None
