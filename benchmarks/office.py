"""A demo PBX and a whole panel in processes of their own, for the benchmarks that measure the product from outside.

Called by the benchmark modules.
"""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from playwright.async_api import Page

from ami_worker.ami import actions
from ami_worker.ami.connection import AmiUrl, Session
from tests.e2e.stack import PASSWORD, ROOT, Panel


USER, SECRET = "bench", "benchmark"


@contextmanager
def demo_pbx(extensions: int, rate: float, *more: str) -> Iterator[str]:
    """A demo PBX with that many extensions and calls a second. Yields its AMI_URL."""
    with demo_pbx_with(f"--extensions={extensions}", f"--rate={rate}", *more) as (ami_url, _):
        yield ami_url


@contextmanager
def demo_pbx_with(*options: str) -> Iterator[tuple[str, int]]:
    """A demo PBX with these options. Yields its AMI_URL and its pid."""
    arguments = [*options, "--port=0", f"--user={USER}", f"--secret={SECRET}"]
    with tempfile.TemporaryDirectory(prefix="cordboard-bench-") as folder:
        child = subprocess.Popen(
            [sys.executable, "manage.py", "demo_pbx", *arguments],
            cwd=ROOT,
            env={"DATA_DIR": folder, "PATH": "/usr/bin:/bin"},
            stdout=subprocess.PIPE,
        )
        try:
            assert child.stdout is not None
            found = re.search(rb":(\d+)", child.stdout.readline())
            assert found, "the demo PBX did not start"
            yield f"ami://{USER}:{SECRET}@127.0.0.1:{int(found[1])}", child.pid
        finally:
            child.terminate()
            child.communicate(timeout=10)


def cpu_seconds(pid: int) -> float:
    """CPU time that a process has used, all of its threads, with the kernel's work for it."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def panel_of(ami_url: str, operators: Mapping[str, str] | None = None) -> Iterator[Panel]:
    """Web for that PBX with an operator `alice`, who is a supervisor, and these receptionists, name -> extension; the
    worker is started by the benchmark.
    """
    with tempfile.TemporaryDirectory(prefix="cordboard-bench-") as folder:
        panel = Panel(Path(folder), ami_url, operators=operators)
        panel.worker_starts_by_itself = False
        with panel:
            panel.add_operator("alice", role="supervisor", extension="201")
            yield panel


async def log_in(page: Page, address: str, extensions: int) -> None:
    """Log `alice` in and wait until the board is live with that many extensions on it."""
    await page.goto(address + "/login/")
    await page.fill("[name=username]", "alice")
    await page.fill("[name=password]", PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_selector("html[data-link=live]", timeout=60_000)
    await page.wait_for_function(
        "(all) => [...document.querySelectorAll('.department .load')]"
        ".reduce((sum, each) => sum + Number(each.textContent.split('/')[1]), 0) >= all",
        arg=extensions,
        timeout=60_000,
    )


def wait_for_calls(ami_url: str, number: int, seconds: float) -> int:
    """Wait until the PBX lists that many channels. Returns how many it lists."""

    async def count() -> int:
        session = await Session.open(AmiUrl.parse(ami_url))
        try:
            end = time.monotonic() + seconds
            while True:
                listed = len((await session.list(actions.core_show_channels())).items)
                if listed >= number or time.monotonic() > end:
                    return listed
                await asyncio.sleep(0.5)
        finally:
            await session.close()

    return asyncio.run(count())
