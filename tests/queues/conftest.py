"""A real web server on the tests' database, the worker's side of it, and people."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page
from pytest_django import Settings

from panel.accounts.models import Operator
from panel.accounts.roles import Role
from tests.live.conftest import _database_in_async_tests, worker  # noqa: F401  (fixtures)
from tests.live.server import ROOT, Server, environment, running
from tests.people import make_operator


@pytest.fixture(autouse=True)
def for_tests(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture(scope="session")
def static_folder(django_db_setup: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the static files as a panel has them, under their hashed names."""
    folder = tmp_path_factory.mktemp("static")
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity=0"]
    subprocess.run(command, cwd=ROOT, env=environment(folder), check=True, timeout=60)
    return folder


@pytest.fixture(scope="session")
def shared_server(static_folder: Path) -> Iterator[Server]:
    with running("web", static_folder) as server:
        yield server


@pytest.fixture
def web(shared_server: Server, transactional_db: None, _database_in_async_tests: None) -> Server:  # noqa: F811
    """The panel's own web server, shared by the tests, each of which begins a new epoch in an empty database."""
    return shared_server


@pytest.fixture
def own_web(
    static_folder: Path,
    transactional_db: None,
    _database_in_async_tests: None,  # noqa: F811
    tmp_path: Path,
) -> Iterator[Server]:
    """A server of the test's own, which it may kill and start again."""
    shutil.copytree(static_folder / "static", tmp_path / "static")
    with running("daphne", tmp_path) as server:
        yield server


@pytest.fixture
def wall(kept_chromium: Browser) -> Iterator[Page]:
    """A screen on the wall. Whatever goes wrong in its scripts fails the test."""
    context = kept_chromium.new_context(viewport={"width": 1920, "height": 1080})
    page = context.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.on("console", lambda message: failures.append(message.text) if "Content Security" in message.text else None)
    yield page
    context.close()
    assert failures == []


@pytest.fixture
def ada(db: None) -> Operator:
    return make_operator("ada", Role.ADMIN)
