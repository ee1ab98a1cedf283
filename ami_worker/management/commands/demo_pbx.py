"""`manage.py demo_pbx`: a simulated office that speaks AMI, for trying the panel out and for load tests."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from ami_worker.demo import DemoPbx
from ami_worker.demo.hour import HOUR
from ami_worker.demo.office import MAX_EXTENSIONS, MAX_QUEUES, MIN_QUEUES
from ami_worker.demo.traffic import TALK_SECONDS


ARGUMENTS = (
    *("host", "port", "user", "secret", "seed", "extensions", "queues", "members"),
    *("rate", "talk_seconds", "open_for", "speed"),
)


class _Hour(argparse.Action):
    """Stands for all that the hour of full load is made of; what is said after it counts."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        for name, value in HOUR.items():
            setattr(namespace, name, value)


class Command(BaseCommand):
    help = "Run a demo PBX: an office of simulated people that speaks AMI as Asterisk 22 does."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
        parser.add_argument("--port", type=int, default=5038, help="port to listen on; 0 takes a free one")
        parser.add_argument("--seed", type=int, default=7, help="the same seed gives the same office and calls")
        parser.add_argument("--rate", type=float, default=0.25, metavar="CALLS_PER_SECOND", help="0: nobody calls")
        parser.add_argument("--extensions", type=int, default=60, help=f"10 to {MAX_EXTENSIONS}")
        parser.add_argument("--queues", type=int, default=MIN_QUEUES, help=f"{MIN_QUEUES} to {MAX_QUEUES}")
        parser.add_argument("--members", type=int, default=0, help="of all queues together (default: 20 in a queue)")
        parser.add_argument("--talk-seconds", type=float, default=TALK_SECONDS[0], help="middle length of a talk")
        parser.add_argument("--open-for", type=float, default=0.0, metavar="SECONDS", help="begin as late in the day")
        parser.add_argument("--hour", action=_Hour, nargs=0, help="the hour of full load that the panel is measured by")
        parser.add_argument("--speed", type=float, default=1.0, help="how many times faster people live")
        parser.add_argument("--user", default="demo", help="log-in name of the AMI user")
        parser.add_argument("--secret", default="demo", help="its secret")

    def handle(self, *args: Any, **options: Any) -> None:
        _check(options)
        asyncio.run(self._run(options))

    async def _run(self, options: dict[str, Any]) -> None:
        try:
            pbx = DemoPbx(**{name: options[name] for name in ARGUMENTS})
        except ValueError as wrong:
            raise CommandError(f"no such office: {wrong}") from wrong
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ended.set)
        try:
            port = await pbx.start()
        except OSError as wrong:
            why = os.strerror(wrong.errno) if wrong.errno else str(wrong)
            raise CommandError(f"demo PBX cannot listen on {options['host']}:{options['port']}: {why}") from wrong
        where = f"{options['host']}:{port}"
        self.stdout.write(f"demo PBX on {where} (seed {options['seed']}, {options['extensions']} extensions)")
        self.stdout.flush()
        await ended.wait()
        await pbx.stop()


def _check(options: dict[str, Any]) -> None:
    """Raises CommandError, one line, for arguments that make no sense."""
    if not 0 <= options["port"] <= 65535:
        raise CommandError(f"--port is 0 to 65535, not {options['port']}")
    if not 10 <= options["extensions"] <= MAX_EXTENSIONS:
        raise CommandError(f"--extensions is 10 to {MAX_EXTENSIONS}, not {options['extensions']}")
    if not MIN_QUEUES <= options["queues"] <= MAX_QUEUES:
        raise CommandError(f"--queues is {MIN_QUEUES} to {MAX_QUEUES}, not {options['queues']}")
    if not 0 <= options["rate"] <= 1000:
        raise CommandError(f"--rate is 0 to 1000 calls a second, not {options['rate']}")
    if not 1 <= options["talk_seconds"] <= 3600:
        raise CommandError(f"--talk-seconds is 1 to 3600, not {options['talk_seconds']}")
    if not 0 <= options["open_for"] <= 3600:
        raise CommandError(f"--open-for is 0 to 3600 seconds, not {options['open_for']}")
    if not 0 < options["speed"] <= 1000:
        raise CommandError(f"--speed is more than 0 and at most 1000, not {options['speed']}")
    for name in ("user", "secret"):
        if not options[name] or any(ord(letter) < 32 for letter in options[name]):
            raise CommandError(f"--{name} must not be empty nor hold control characters")
