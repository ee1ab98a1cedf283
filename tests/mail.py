"""A mail server on loopback for the tests, real SMTP (aiosmtpd), with faults that can be switched on; and settings that
send there. Nothing leaves the machine.
"""

from __future__ import annotations

import asyncio
import email
import email.policy
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.message import EmailMessage
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from pytest_django import Settings

from panel import environment


USER, PASSWORD = "panel@example.com", "p@ss/word"


class MailServer:
    """`messages` are those it has taken, `recipients` whom it was asked to give them to."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.messages: list[EmailMessage] = []
        self.recipients: list[list[str]] = []
        self.connections = 0
        self.says: dict[str, str] = {}
        """The answer to "MAIL", "RCPT" or "DATA" (to the message itself) instead of the usual one."""
        self.cut_at = ""
        """At this word the connection breaks; at "DATA" when the message is there."""
        self.silent_at = ""
        """To this word it never answers."""
        self.has_fallen_silent = asyncio.Event()
        self._tls = tls
        self._server: asyncio.Server
        self._end = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def running(cls, tls: ssl.SSLContext | None = None) -> AsyncIterator[Self]:
        server = cls(tls)
        server._server = await asyncio.get_running_loop().create_server(server._connected, "127.0.0.1", 0)
        try:
            yield server
        finally:
            server._end.set()
            server._server.close()

    @property
    def port(self) -> int:
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def _connected(self) -> SMTP:
        self.connections += 1
        secured = {"tls_context": self._tls, "require_starttls": True} if self._tls else {"auth_require_tls": False}
        return SMTP(self, hostname="localhost", authenticator=self._authenticate, **secured)

    @staticmethod
    def _authenticate(_server: SMTP, _session: Session, _envelope: Envelope, _kind: str, data: Any) -> AuthResult:
        is_right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        return AuthResult(success=is_right, handled=False)

    async def handle_MAIL(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.mail_from = address
        return await self._answer("MAIL", server)

    async def handle_RCPT(
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return await self._answer("RCPT", server)

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        message = email.message_from_bytes(envelope.content.replace(b"\r\n", b"\n"), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        self.recipients.append(list(envelope.rcpt_tos))
        self.messages.append(message)
        return await self._answer("DATA", server)

    async def _answer(self, word: str, server: SMTP) -> str:
        if self.cut_at == word:
            assert server.transport is not None
            server.transport.abort()
        if self.silent_at == word:
            self.has_fallen_silent.set()
            await self._end.wait()
        return self.says.get(word, "250 OK")


def send_to(settings: Settings, mail: environment.Mail | None) -> None:
    """The settings of a panel whose EMAIL_URL says this."""
    settings.SENDS_MAIL = mail is not None
    how = mail or environment.Mail()
    settings.EMAIL_BACKEND, settings.EMAIL_FILE_PATH = how.backend, how.folder
    settings.EMAIL_HOST, settings.EMAIL_PORT = how.host, how.port
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = how.user, how.password
    settings.EMAIL_USE_TLS, settings.EMAIL_USE_SSL = how.use_tls, how.use_ssl
    settings.DEFAULT_FROM_EMAIL = "Reception <reception@example.com>"
