"""The live part's rig: a real server on the tests' database, people who are logged in, and a worker that writes."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_django
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connections
from django.db.utils import load_backend
from django.test import Client as Browser

from panel import environment
from panel.accounts.models import Operator
from tests.live.server import Server, running
from tests.live.worker import Worker
from tests.rig.fixtures import postgres, redis  # noqa: F401  (fixtures)
from tests.rig.postgres import Postgres


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


@pytest.fixture(params=["web", "uvicorn"])
def server(
    request: pytest.FixtureRequest,
    _shared_server: Callable[[str], Server],
    transactional_db: None,
    _database_in_async_tests: None,
) -> Server:
    """Daphne as `manage.py web` runs it, and in a second run uvicorn.

    Shared by the tests, each of which begins a new epoch in an empty database.
    """
    return _shared_server(request.param)


@pytest.fixture
def daphne(_shared_server: Callable[[str], Server], transactional_db: None, _database_in_async_tests: None) -> Server:
    """The shared plain Daphne alone, where the server makes no difference."""
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
    """An account in one of the three roles. Nobody logs in by password here, so no time is spent on hashing one."""
    account = Operator.objects.create(username=name, password=f"of {name}", **columns)
    account.groups.add(Group.objects.get(name=role))
    return account


def log_in(account: Operator) -> str:
    """A session for the account; returns the Cookie header."""
    browser = Browser()
    browser.force_login(account)
    return f"{settings.SESSION_COOKIE_NAME}={browser.cookies[settings.SESSION_COOKIE_NAME].value}"


@contextmanager
def _connected(url: str) -> Iterator[None]:
    """The database at `url` in place of the usual one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATABASE_URL", url)
        config = connections.configure_settings({"default": environment.database(settings.DATA_DIR)})["default"]
    # One connection is enough here, and what the test has written must survive a crash of the rig's fast server.
    config["OPTIONS"] = {"options": "-c synchronous_commit=on"}
    usual = connections["default"]
    connections["default"] = load_backend(config["ENGINE"]).DatabaseWrapper(config, "default")
    try:
        yield
    finally:
        connections["default"].close()
        connections["default"] = usual


@functools.cache
def _with_tables(postgres: Postgres) -> str:  # noqa: F811
    """The URL of a database that has been migrated and is only there to be copied: that takes a tenth of the time."""
    url = postgres.own_database()
    with _connected(url):
        call_command("migrate", verbosity=0)
    return url


@pytest.fixture
def postgres_database(
    postgres: Postgres,  # noqa: F811
    django_db_setup: None,
    django_db_blocker: pytest_django.DjangoDbBlocker,
    _database_in_async_tests: None,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[], AbstractContextManager[None]]:
    """A new database on PostgreSQL. Inside `with postgres_database():` it is the one of the test and of its servers.

    A context of the test's own, because Django's connections belong to the context in which they were made.
    """
    with django_db_blocker.unblock():
        url = postgres.own_database(_with_tables(postgres))
    monkeypatch.setenv("DATABASE_URL", url)

    @contextmanager
    def used() -> Iterator[None]:
        with django_db_blocker.unblock(), _connected(url):
            yield

    return used
