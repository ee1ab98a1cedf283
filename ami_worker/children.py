"""Processes that a worker starts and that must not outlive it, and the workers of several PBXs as such children.

Only `ami_worker.demo_process` and the management command `ami_worker` may call this module.
"""

from __future__ import annotations

import asyncio
import ctypes
import logging
import signal
import sys
from asyncio.subprocess import Process
from collections.abc import Sequence
from pathlib import Path
from typing import Final


log = logging.getLogger(__name__)

MANAGE: Final = Path(__file__).resolve().parent.parent / "manage.py"
END_SECONDS: Final = 5.0
AGAIN_SECONDS: Final = 1.0
PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h


def end_with_parent() -> None:
    """In the child before it runs: Linux ends it when its parent dies, even by SIGKILL. Elsewhere only an orderly end
    does.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


async def end_child(child: Process) -> None:
    """Ask it to end, and see that it does."""
    if child.returncode is None:
        child.terminate()
    try:
        await asyncio.wait_for(child.wait(), END_SECONDS)
    except TimeoutError:
        child.kill()
        await child.wait()


async def keep_workers(pbxs: Sequence[str], *options: str) -> None:
    """One worker process for each PBX, until cancelled. One that ends is started again; the others never notice."""
    async with asyncio.TaskGroup() as tasks:
        for pbx in pbxs:
            tasks.create_task(_keep_worker(pbx, options))


async def _keep_worker(pbx: str, options: Sequence[str]) -> None:
    while True:
        # In a session of its own: what is told to this whole group of processes, such as Ctrl-C, comes to the child
        # from here alone. Told twice, a worker ends at once and leaves the commands under way.
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            str(MANAGE),
            "ami_worker",
            f"--pbx={pbx}",
            *options,
            preexec_fn=end_with_parent,
            start_new_session=True,
        )
        try:
            code = await child.wait()
        finally:
            await end_child(child)
        log.error("the worker of the PBX %s has ended (%d) and is started again", pbx, code)
        await asyncio.sleep(AGAIN_SECONDS)
