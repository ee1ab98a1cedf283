"""The live part's rig: a real server on the tests' database, people who are logged in, and a worker that writes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.test import Client as Browser

from panel.accounts.models import Operator
from tests.live.server import Server, running
from tests.live.worker import Worker
from tests.rig.fixtures import postgres, redis  # noqa: F401  (fixtures)


@pytest.fixture
def _database_in_async_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests write a row now and then between two frames; that this blocks their loop a moment is harmless."""
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="session")
def _shared_server(
    django_db_setup: None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Server]]:
    with ExitStack() as stack:
        servers: dict[str, Server] = {}

        def get(kind: str) -> Server:
            if kind not in servers:
                servers[kind] = stack.enter_context(running(kind, tmp_path_factory.mktemp(kind)))
            return servers[kind]

        yield get


@pytest.fixture(params=["daphne", "uvicorn"])
def server(
    request: pytest.FixtureRequest,
    _shared_server: Callable[[str], Server],
    transactional_db: None,
    _database_in_async_tests: None,
) -> Server:
    """Daphne, and in a second run uvicorn.

    Shared by the tests, each of which begins a new epoch in an empty database.
    """
    return _shared_server(request.param)


@pytest.fixture
def daphne(_shared_server: Callable[[str], Server], transactional_db: None, _database_in_async_tests: None) -> Server:
    """The shared Daphne alone, where the server makes no difference."""
    return _shared_server("daphne")


@pytest.fixture
def run_server(
    transactional_db: None, _database_in_async_tests: None, tmp_path: Path
) -> Iterator[Callable[..., Server]]:
    """Starts servers of this test's own, which it may kill and stop: `run_server("daphne", REDIS_URL=…)`."""
    with ExitStack() as stack:

        def run(kind: str = "daphne", application: str = "panel.asgi:application", **environment: str) -> Server:
            return stack.enter_context(running(kind, tmp_path, application, **environment))

        yield run


@pytest.fixture
def worker(transactional_db: None, _database_in_async_tests: None) -> Worker:
    return Worker().begin()


def operator(name: str, role: str = "receptionist", **columns: Any) -> Operator:
    """An account in one of the three roles."""
    account = Operator.objects.create_user(name, password=f"only for {name} in a test", **columns)
    account.groups.add(Group.objects.get(name=role))
    return account


def log_in(account: Operator) -> str:
    """A session for the account; returns the Cookie header."""
    browser = Browser()
    browser.force_login(account)
    return f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"
