"""`manage.py pbx_doctor`, run as users run it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from ami_worker.demo import DemoPbx


MANAGE = Path(__file__).resolve().parents[2] / "manage.py"


async def run(*arguments: str, ami_url: str = "") -> tuple[int | None, str, str]:
    """Exit code, what it printed, and what it complained of."""
    environment = {**os.environ, "AMI_URL": ami_url}
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(MANAGE), "pbx_doctor", *arguments,
        env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


async def test_in_demo_mode_it_says_so_and_checks_nothing() -> None:
    code, out, _ = await run()
    assert code == 0
    assert "demo PBX" in out


async def test_a_pbx_that_is_well_gives_exit_code_0() -> None:
    async with DemoPbx(rate=0, extensions=10) as pbx:
        code, out, err = await run(ami_url=pbx.ami_url)
    assert (code, err) == (0, "")
    assert "All is well" in out


async def test_warnings_alone_give_exit_code_2_and_json_says_the_same() -> None:
    async with DemoPbx(rate=0, extensions=10, read="all", write="all") as pbx:
        code, out, _ = await run("--json", "--url", pbx.ami_url)
    report = json.loads(out)
    assert code == report["exit_code"] == 2
    assert report["ok"] is False
    assert [each["severity"] for each in report["findings"]] == ["warning", "note"]
    assert ":demo@" not in out


async def test_what_does_not_work_gives_exit_code_1_and_no_traceback() -> None:
    code, out, err = await run("--url", "ami://panel:hush-hush@127.0.0.1:1")
    assert (code, err) == (1, "")
    assert "DOES NOT WORK" in out
    assert "hush-hush" not in out


async def test_an_address_that_is_none_is_told_without_repeating_the_secret() -> None:
    code, out, err = await run("--url", "http://panel:hush-hush@pbx")
    assert (code, err) == (1, "")
    assert "must begin with ami://" in out
    assert "hush-hush" not in out
