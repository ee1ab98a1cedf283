"""`manage.py ami_worker`: the process that holds the AMI connection and writes what the boards show."""

from __future__ import annotations

import asyncio
import ctypes
import logging
import signal
from contextlib import AsyncExitStack
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ami_worker.ami.connection import AmiUrl
from ami_worker.demo_process import DemoDied, demo_pbx
from ami_worker.service import Worker


log = logging.getLogger(__name__)

M_ARENA_MAX = -8
"""A parameter of mallopt(3)."""


class Command(BaseCommand):
    help = "Keep the picture of the PBX at AMI_URL; with no AMI_URL, of a demo PBX that is started beside it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--reconcile", type=float, default=60.0, metavar="SECONDS", help="pause between comparisons with the PBX"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["reconcile"] <= 0:
            raise CommandError("--reconcile must be more than 0 seconds.")
        _share_one_heap()
        try:
            asyncio.run(self._run(options["reconcile"]))
        except DemoDied as died:
            raise CommandError(str(died)) from died
        except ValueError as wrong:
            raise CommandError(f"AMI_URL is not usable: {wrong}") from wrong

    async def _run(self, reconcile_seconds: float) -> None:
        loop = asyncio.get_running_loop()
        async with AsyncExitStack() as stack:
            address: str = settings.AMI_URL or await stack.enter_async_context(demo_pbx())
            worker = Worker(AmiUrl.parse(address), reconcile_seconds=reconcile_seconds)
            task = asyncio.create_task(worker.run())
            ending: list[asyncio.Task[None]] = []

            async def end() -> None:
                await worker.finish_commands()
                task.cancel()

            def told_to_end() -> None:
                if ending:  # for the second time: at once
                    task.cancel()
                ending.append(loop.create_task(end()))

            for number in (signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, told_to_end)
            try:
                await task
            except asyncio.CancelledError:
                log.info("the worker stops")


def _share_one_heap() -> None:
    """glibc gives each thread a heap of its own; the texts of rows that pass through several threads would be kept in
    each of them after a burst. Other C libraries have no such function.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(M_ARENA_MAX, 1)
