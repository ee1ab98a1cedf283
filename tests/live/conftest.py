"""The live part's rig: a real server on the tests' database, people who are logged in, and a worker that writes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.test import Client as Browser

from panel.accounts.models import Operator
from tests.live.server import Server, running
from tests.live.worker import Worker


@pytest.fixture
def _database_in_async_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests write a row now and then between two frames; that this blocks their loop for a millisecond is
    harmless.
    """
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="session", params=["daphne", "uvicorn"])
def _shared_server(
    request: pytest.FixtureRequest, django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    with running(request.param, tmp_path_factory.mktemp(request.param)) as server:
        yield server


@pytest.fixture
def server(_shared_server: Server, transactional_db: None, _database_in_async_tests: None) -> Server:
    """Daphne, and in a second run uvicorn. Shared by the tests; every test begins a new epoch in an empty database."""
    return _shared_server


@pytest.fixture
def own_server(transactional_db: None, _database_in_async_tests: None, tmp_path: Path) -> Iterator[Server]:
    """A Daphne of this test's own, which it may kill, stop and fill up."""
    with running("daphne", tmp_path) as server:
        yield server


@pytest.fixture
def worker(transactional_db: None, _database_in_async_tests: None) -> Worker:
    return Worker().begin()


def operator(name: str, role: str = "receptionist", **columns: Any) -> Operator:
    account = Operator.objects.create_user(name, password=f"only for {name} in a test", **columns)
    account.groups.add(Group.objects.get(name=role))
    return account


def log_in(account: Operator) -> str:
    """A session for the account; returns the Cookie header."""
    browser = Browser()
    browser.force_login(account)
    cookies: SimpleCookie = browser.cookies
    return f"{settings.SESSION_COOKIE_NAME}={cookies[settings.SESSION_COOKIE_NAME].value}"
