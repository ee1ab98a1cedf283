"""Starts the demo PBX as a child of the worker, and ends it with the worker, however that ends.

Only the management command `ami_worker` may call this module.
"""

from __future__ import annotations

import asyncio
import re
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ami_worker.children import MANAGE, end_child, end_with_parent


START_SECONDS = 30.0


class DemoDied(Exception):
    """The demo PBX did not start, or has ended."""


@asynccontextmanager
async def demo_pbx() -> AsyncIterator[str]:
    """A running demo PBX. Yields its AMI_URL; raises DemoDied when it does not come up."""
    secret = secrets.token_urlsafe(16)
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        str(MANAGE),
        "demo_pbx",
        "--port=0",
        "--user=demo",
        f"--secret={secret}",
        stdout=asyncio.subprocess.PIPE,
        preexec_fn=end_with_parent,
    )
    try:
        yield f"ami://demo:{secret}@127.0.0.1:{await _port(child)}"
    finally:
        await end_child(child)


async def _port(child: asyncio.subprocess.Process) -> int:
    assert child.stdout is not None
    try:
        line = await asyncio.wait_for(child.stdout.readline(), START_SECONDS)
    except TimeoutError as late:
        raise DemoDied("The demo PBX did not start in time.") from late
    found = re.search(rb"127\.0\.0\.1:(\d+)", line)
    if not found:
        raise DemoDied("The demo PBX did not start.")
    return int(found[1])
