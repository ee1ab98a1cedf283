"""`SmtpBackend`: Django's SMTP, which also knows when a message may have gone although no answer came.

Named by EMAIL_BACKEND (settings.py); used through Django's e-mail by `ami_worker.post`.
"""

from __future__ import annotations

import smtplib
from typing import TYPE_CHECKING, Any

from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend


class InDoubt(Exception):
    """The connection ended after the message had been sent and before the server said whether it took it."""


if TYPE_CHECKING:
    _Base = smtplib.SMTP
else:
    _Base = object


class _Watched(_Base):
    is_in_doubt = False
    """Whether the last that was sent is a whole message, without an answer. It is the one thing that smtplib sends as
    bytes; commands are text.
    """

    def send(self, s: Any) -> None:
        self.is_in_doubt = isinstance(s, bytes)
        super().send(s)


class _Smtp(_Watched, smtplib.SMTP):
    pass


class _SmtpOverTls(_Watched, smtplib.SMTP_SSL):
    pass


class SmtpBackend(EmailBackend):
    @property
    def connection_class(self) -> type[smtplib.SMTP]:
        return _SmtpOverTls if self.use_ssl else _Smtp

    def _send(self, email_message: EmailMessage) -> bool:
        """Raises InDoubt; what Django raises is for a message that did not go."""
        try:
            return bool(super()._send(email_message))  # type: ignore[misc]  # django-stubs leave it out
        except smtplib.SMTPResponseException:
            raise  # the server said no
        except OSError as broken:
            connection = self.connection
            if isinstance(connection, _Watched) and connection.is_in_doubt:
                raise InDoubt from broken
            raise
