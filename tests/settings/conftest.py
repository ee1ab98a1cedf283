"""An environment to read settings from, and real processes started with one."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest


ROOT = Path(__file__).resolve().parents[2]
SECRET = "canary-7f3a9c"
"""Stands for every secret; it must be found nowhere that somebody can read."""

Run = Callable[..., "subprocess.CompletedProcess[str]"]


def environment_of(data_dir: Path, **variables: str) -> dict[str, str]:
    """What a process gets: nothing of the developer's shell but the way to programs."""
    passed = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {**passed, "DATA_DIR": str(data_dir), "PYTHONUNBUFFERED": "1", **variables}


@pytest.fixture(scope="session")
def _migrated_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("migrated") / "data"
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(command, cwd=ROOT, env=environment_of(folder), timeout=60, check=True)
    return folder


@pytest.fixture
def migrated(_migrated_folder: Path, tmp_path: Path) -> None:
    """The test's data folder has an empty database of all migrations, and a key."""
    shutil.copytree(_migrated_folder, tmp_path / "data")


@pytest.fixture
def manage(tmp_path: Path) -> Run:
    """Runs `manage.py` as its own process in the test's data folder, empty at first; `text` is its standard input."""

    def run(*arguments: str, text: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=environment_of(tmp_path / "data", **variables),
            input=text,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run
