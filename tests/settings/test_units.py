"""The shipped units for systemd: systemd finds nothing wrong with them, they start what there is, and no process may do
more than it has to.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands

from tests.rig.fixtures import missing
from tests.settings.conftest import ROOT, Run


SHIPPED = ROOT / "deploy" / "systemd"
UNITS = sorted(path.name for path in SHIPPED.glob("*.service"))
MOST_EXPOSED = 20
"""Tenths of systemd's own measure, of which 100 is a service that may do everything."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The units, for the checkout in the place of /opt/cordboard."""
    if shutil.which("systemd-analyze") is None:
        missing("systemd-analyze is not installed (tests/rig/install.sh installs it)")
    folder = tmp_path / "systemd"
    shutil.copytree(SHIPPED, folder)
    for unit in folder.rglob("*.*"):
        if unit.is_file():
            text = unit.read_text().replace("/opt/cordboard/.venv/bin/python", sys.executable)
            unit.write_text(text.replace("/opt/cordboard", str(ROOT)))
    return folder


def analyze(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["systemd-analyze", *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=30,
        check=False,
    )


def test_systemd_finds_nothing_wrong(folder: Path) -> None:
    checked = analyze(folder, "verify", "--man=no", *(f"./{unit}" for unit in UNITS))
    assert (checked.returncode, checked.stdout) == (0, "")


def test_a_mistake_would_be_found(folder: Path) -> None:
    """Also one in what all units share, which is in a folder of its own."""
    common = folder / "cordboard-.service.d" / "common.conf"
    common.write_text(common.read_text() + "ProtectSystems=strict\n")
    assert "ProtectSystems" in analyze(folder, "verify", "--man=no", "./cordboard-worker.service").stdout


@pytest.mark.parametrize("unit", UNITS)
def test_no_process_may_do_more_than_it_has_to(folder: Path, unit: str) -> None:
    checked = analyze(folder, "security", "--offline=yes", f"--threshold={MOST_EXPOSED}", f"./{unit}")
    assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("unit", UNITS)
def test_what_is_started_is_there(unit: str) -> None:
    started = re.findall(r"^ExecStart=\S+ manage\.py (\S+)", (SHIPPED / unit).read_text(), re.MULTILINE)
    assert started
    assert set(started) <= get_commands().keys()


def test_the_example_of_an_environment_is_taken(manage: Run) -> None:
    lines = (SHIPPED / "environment.example").read_text().splitlines()
    variables = dict(line.split("=", 1) for line in lines if not line.startswith("#"))
    assert len(variables) >= 6
    done = manage("diffsettings", **{**variables, "REDIS_URL": ""})
    assert done.returncode == 0, done.stderr
    assert "'panel.example.com'" in done.stdout
