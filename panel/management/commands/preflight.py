"""`manage.py preflight`: whether the panel can start here. `make run` calls it first, so that nothing is half-started.

What the settings can find (DATA_DIR, AMI_URL and the other variables) has been found when this runs: they refuse to
load.
"""

from __future__ import annotations

import errno
import socket
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError, connection
from django.db.migrations.exceptions import BadMigrationError, InconsistentMigrationHistory
from django.db.migrations.loader import MigrationLoader
from django.db.utils import Error as DriverError


class Command(BaseCommand):
    help = "Checks that the port is free and the database usable. Says in one line what is wrong, and ends with code 1."

    def handle(self, *args: Any, **options: Any) -> None:
        check_port(settings.HOST, settings.PORT)
        check_database()


def check_port(host: str, port: int) -> None:
    """Raises CommandError when the web server could not listen there."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError as failed:
        raise CommandError(f"HOST={host!r} is not an address of this machine: {failed.strerror}.") from None
    with socket.socket(family, kind, protocol) as probe:
        # As the web server does it: connections of an earlier run that are still closing do not count.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
            probe.listen()
        except OSError as failed:
            if failed.errno == errno.EADDRINUSE:
                message = (
                    f"Port {port} on {host} is in use. Stop what uses it, or choose another: PORT={port % 65535 + 1}"
                )
            elif failed.errno == errno.EACCES:
                message = f"Port {port} on {host} needs more rights than this user has; choose one above 1023."
            else:
                message = f"{host}:{port} cannot be listened on: {failed.strerror}."
            raise CommandError(message) from None


def check_database() -> None:
    """Raises CommandError when the database cannot be opened or cannot be brought to this version."""
    # One plain connection: the pool would try again for seconds and then not say why.
    options: dict[str, Any] = connection.settings_dict.get("OPTIONS", {})
    pool = options.pop("pool", None)
    try:
        connection.ensure_connection()
        loader = MigrationLoader(connection)
        loader.check_consistent_history(connection)
    except (DatabaseError, DriverError) as failed:
        raise CommandError(f"The database cannot be used: {_first_line(failed)}") from None
    except (InconsistentMigrationHistory, BadMigrationError) as failed:
        raise CommandError(f"The database was made by another version of Cordboard: {_first_line(failed)}") from None
    finally:
        connection.close()
        if pool is not None:
            options["pool"] = pool


def _first_line(failed: Exception) -> str:
    return (str(failed).strip() or type(failed).__name__).splitlines()[0]
