"""What is wrong with the database, said in a sentence that names no host and no file.

Used by the middleware, for the page with status 503, and by `health`.
"""

from __future__ import annotations

import os
import shutil

from django.db import DatabaseError, InterfaceError, InternalError, OperationalError, connection, transaction
from django.utils.translation import gettext as _


OUTAGES = (OperationalError, InterfaceError, InternalError)
"""Errors that the database is to blame for; of the others a mistake of ours is."""

LEAST_ROOM = 64 * 1024
"""Bytes that SQLite needs on its disk for one more transaction."""


def reason_of(failed: BaseException) -> str:
    """The sentence for an error that the database raised."""
    text = str(failed).lower()
    for sign, sentence in _sentences().items():
        if sign in text:
            return sentence
    return _("The database does not answer.")


def why_nothing_is_written() -> str:
    """What keeps everybody from writing, as far as can be seen from here; empty when nothing does.

    Takes a quarter of a second at most. Raises DatabaseError when the database cannot even be read.
    """
    if connection.vendor == "sqlite":
        return _wrong_with_file(str(connection.settings_dict["NAME"])) or _why_not_begun()
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        return _sentences()["read-only"] if cursor.fetchone()[0] == "on" else ""


def _wrong_with_file(file: str) -> str:
    if shutil.disk_usage(os.path.dirname(file)).free < LEAST_ROOM:  # noqa: PTH120
        return _sentences()["full"]
    return "" if os.access(file, os.W_OK) else _sentences()["readonly"]


def _why_not_begun() -> str:
    """Begin a transaction, which on SQLite takes the lock that only one may have, and end it without a word."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 250")
        try:
            with transaction.atomic():
                return ""
        except DatabaseError as failed:
            return reason_of(failed)
        finally:
            cursor.execute("PRAGMA busy_timeout = 4000")


def _sentences() -> dict[str, str]:
    """By what stands in the messages of SQLite and PostgreSQL."""
    read_only = _("The database can be read but not written.")
    locked = _("Another program keeps the database locked.")
    return {
        "locked": locked,
        "lock timeout": locked,
        "readonly": read_only,
        "read-only": read_only,
        "full": _("The disk with the database is full."),
        "unable to open": _("The file with the database cannot be opened."),
        "no such table": _("The database is empty: its disk may be missing, or “manage.py migrate” was not run."),
        "disk i/o": _("The disk with the database fails."),
    }
