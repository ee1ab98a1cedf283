"""`manage.py web`: Daphne with this panel's limits, on HOST and PORT. The Procfile starts it.

Compared with the plain `daphne` command it runs the system checks first, says where the panel is once it listens,
ends with code 1 when it cannot listen, and writes to the sockets with less ado (panel/live/direct.py). Any other ASGI
server does as well, with the same limits (README).
"""

from __future__ import annotations

import resource
from argparse import ArgumentParser
from importlib import import_module
from typing import Any

from daphne.endpoints import build_endpoint_description_strings
from daphne.server import Server
from daphne.ws_protocol import WebSocketFactory
from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.core.management.base import BaseCommand, CommandError

from panel.accounts.demo import demo_lines
from panel.live.direct import DirectProtocol


LARGEST_MESSAGE = 1024 * 1024
"""Bytes, in both directions: autobahn counts what it sends as well, and a snapshot comes in parts of half of this
(panel/live/wire.py). What a browser sends may be 64 KiB at most; the consumer sees to that.
"""

BACKLOG = 1024
"""Connections that may wait to be accepted: after a restart all browsers come at once, and whom the kernel turns away
asks again a second later at the earliest.
"""

MOST_FILES = 65_536
"""Each browser is an open file, and a process usually begins with a limit of 1,024."""


class Command(BaseCommand):
    help = "Serves the pages and the sockets."
    requires_migrations_checks = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--announce", action="store_true", help="say where the panel is, and the demo log-ins")

    def handle(self, *args: Any, **options: Any) -> None:
        session_store().clear_expired()
        # Read now: once the server runs, its thread must not touch the database.
        lines = announcement() if options["announce"] else []
        allow_many_files()
        WebSocketFactory.protocol = DirectProtocol
        endpoints = build_endpoint_description_strings(host=settings.HOST, port=settings.PORT)
        server = Server(
            application=import_module("panel.asgi").application,
            endpoints=[f"{each}:backlog={BACKLOG}" for each in endpoints],
            websocket_max_message_size=LARGEST_MESSAGE,
            websocket_max_frame_size=LARGEST_MESSAGE,
            ping_interval=15,
            ping_timeout=20,
            application_close_timeout=5,
            server_name="",
            verbosity=0,
            ready_callable=lambda: self.stdout.write("\n".join(lines)),
        )
        server.run()
        if not server.listening_addresses:
            raise CommandError(f"{settings.HOST}:{settings.PORT} cannot be listened on.")


def allow_many_files() -> None:
    """As many as the system lets this process have."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    if now != resource.RLIM_INFINITY:
        wanted = MOST_FILES if most == resource.RLIM_INFINITY else min(MOST_FILES, most)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(now, wanted), most))


def session_store() -> type[SessionBase]:
    store: type[SessionBase] = import_module(settings.SESSION_ENGINE).SessionStore
    return store


def announcement() -> list[str]:
    """The lines for the terminal."""
    lines = ["", f"Cordboard is at {address()}", ""]
    if settings.DEMO:
        lines += ["It shows a simulated office; set AMI_URL to show a real PBX. Log in as", "", *demo_lines(), ""]
    else:
        lines += ["Make log-ins with: manage.py operator NAME --role receptionist|supervisor|admin", ""]
    return lines


def address() -> str:
    """Where a browser on this machine, or behind the proxy, finds the panel."""
    if settings.CSRF_TRUSTED_ORIGINS:
        return f"{settings.CSRF_TRUSTED_ORIGINS[0]}/"
    host = "localhost" if settings.HOST in {"0.0.0.0", "::"} else settings.HOST
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.PORT}/"
