"""The post: sends letters by Django's e-mail, on threads of its own, for a mail server may be slow and the picture must
not wait for it.

Only `ami_worker.tenure` and tests may call this module. A letter is sent once: what is not known to have gone is not
sent again.
"""

from __future__ import annotations

import asyncio
import logging
import re
import smtplib
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from email.errors import MessageError
from email.headerregistry import Address
from typing import Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMessage, get_connection

from ami_worker.operations.letters import Delivery, Letter
from panel.mail import InDoubt
from panel.vocabulary import CommandState


log = logging.getLogger(__name__)

LETTERS_AT_ONCE: Final = 2

PATIENCE_SECONDS: Final = 25.0
"""For the whole conversation; each word of it has EMAIL_TIMEOUT."""

_ADDRESS: Final = re.compile(r"<?[^\s<>@]+@[^\s<>@]+>?")


class PostOffice:
    """Sends letters as the settings say (EMAIL_URL)."""

    def __init__(self, patience: float = PATIENCE_SECONDS) -> None:
        self._patience = patience
        self._threads = ThreadPoolExecutor(LETTERS_AT_ONCE, thread_name_prefix="post")

    async def deliver(self, letter: Letter) -> Delivery:
        """Hand it to the mail server, once. Never raises for what a mail server does."""
        sending = self._threads.submit(copy_context().run, _send, letter)  # what is logged is about the same command
        try:
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(sending)), self._patience)
        except TimeoutError:
            # One that still waited for its turn is never begun.
            if sending.cancel():
                return Delivery(CommandState.FAILED, "the mail server is too slow")
            return Delivery(CommandState.UNKNOWN)

    def close(self) -> None:
        """Letters that wait are dropped; those under way are not waited for."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def post_office() -> PostOffice | None:
    """The post, or None where no mail server is named."""
    return PostOffice() if settings.SENDS_MAIL else None


def _send(letter: Letter) -> Delivery:
    connection = None
    try:
        connection = get_connection()
        to = Address(letter.name, addr_spec=letter.address)  # which refuses what is more than one address
        EmailMessage(letter.subject, letter.body, to=[str(to)], connection=connection).send()
    except InDoubt:
        log.warning("the mail server broke off in the middle of a message")
        return Delivery(CommandState.UNKNOWN)
    except OSError as failed:
        words = _words(failed)
        log.warning("a message did not go: %s", words)
        return Delivery(CommandState.FAILED, words)
    except (ValueError, MessageError, ImproperlyConfigured) as wrong:
        # Its words may hold a piece of the log-in or of the address.
        log.warning("a message could not be sent: %s", type(wrong).__name__)
        return Delivery(CommandState.FAILED)
    finally:
        if connection is not None:
            connection.close()  # after a log-in that failed, Django leaves it open
    return Delivery(CommandState.DONE)


def _words(failed: OSError) -> str:
    """What the mail server said, or what was in the way of asking it, without anybody's address."""
    said: str | bytes
    match failed:
        case smtplib.SMTPRecipientsRefused():
            _code, said = next(iter(failed.recipients.values()))
        case smtplib.SMTPResponseException():
            said = failed.smtp_error
        case _:
            said = failed.strerror or str(failed)
    text = said.decode(errors="replace") if isinstance(said, bytes) else said
    return _ADDRESS.sub("…", " ".join(text.split()))
