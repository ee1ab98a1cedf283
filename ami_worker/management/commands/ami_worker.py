"""`manage.py ami_worker`: the process that holds the AMI connection and writes what the boards show."""

from __future__ import annotations

import asyncio
import ctypes
import logging
import signal
from contextlib import AsyncExitStack, suppress
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ami_worker.ami.connection import AmiUrl
from ami_worker.children import keep_workers
from ami_worker.demo_process import DemoDied, demo_pbx
from ami_worker.service import Worker
from panel.pbxs import Pbx


log = logging.getLogger(__name__)

M_ARENA_MAX = -8
"""A parameter of mallopt(3)."""


class Command(BaseCommand):
    help = (
        "Keep the picture of the PBX at AMI_URL; with no AMI_URL, of a demo PBX that is started beside it. "
        "With PBXS, of all of them, each in a process of its own, or of the one that --pbx names."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--reconcile", type=float, default=60.0, metavar="SECONDS", help="pause between comparisons with the PBX"
        )

        parser.add_argument("--pbx", metavar="NAME", help="one of those that PBXS names")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["reconcile"] <= 0:
            raise CommandError("--reconcile must be more than 0 seconds.")
        chosen = options["pbx"] or (settings.PBX_NAME if len(settings.PBXS) == 1 else None)
        if chosen is not None and chosen not in settings.PBXS:
            raise CommandError(f"There is no PBX {chosen!r}; PBXS names {', '.join(settings.PBXS)}.")
        _share_one_heap()
        try:
            if chosen is None:
                asyncio.run(self._keep_all(options["reconcile"]))
            else:
                asyncio.run(self._keep(settings.PBXS[chosen], options["reconcile"]))
        except DemoDied as died:
            raise CommandError(str(died)) from died
        except ValueError as wrong:
            raise CommandError(f"AMI_URL is not usable: {wrong}") from wrong

    async def _keep_all(self, reconcile_seconds: float) -> None:
        loop = asyncio.get_running_loop()
        task = asyncio.create_task(keep_workers(list(settings.PBXS), f"--reconcile={reconcile_seconds}"))
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, task.cancel)
        with suppress(asyncio.CancelledError):
            await task

    async def _keep(self, pbx: Pbx, reconcile_seconds: float) -> None:
        loop = asyncio.get_running_loop()
        async with AsyncExitStack() as stack:
            address: str = pbx.ami_url or await stack.enter_async_context(demo_pbx())
            worker = Worker(AmiUrl.parse(address), pbx.name, reconcile_seconds=reconcile_seconds)
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
