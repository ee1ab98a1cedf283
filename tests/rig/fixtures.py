"""The real parts as pytest fixtures. `tests/conftest.py` names this module in `pytest_plugins`.

Where a part cannot be had the test is skipped with the reason; with CI=true that is a failure, save that one of the two
Asterisks is enough on a day when the other's packages cannot be installed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import pytest

from tests.rig import chroot
from tests.rig.asterisk import Asterisk
from tests.rig.chromium import SHELL, launch_options
from tests.rig.nginx import Nginx
from tests.rig.parts import Unavailable
from tests.rig.phones import Rig
from tests.rig.postgres import Postgres
from tests.rig.redis import Redis


if TYPE_CHECKING:
    from playwright.sync_api import Browser

P = TypeVar("P", bound=AbstractContextManager[Any])
VERSIONS = (22, 16)
STARTERS = {"asterisk", "asterisk22", "asterisk16", "own_asterisk", "plain_asterisk", "floor"}
"""The fixtures that start an Asterisk."""

ASTERISKS_MISSING = pytest.StashKey[dict[int, str]]()


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() in {"1", "true", "yes"}


def missing(reason: str) -> NoReturn:
    if in_ci():
        pytest.fail(f"CI=true and a part is missing: {reason}", pytrace=False)
    pytest.skip(reason)


def _part(make: Callable[[], P]) -> Iterator[P]:
    try:
        part = make()
    except Unavailable as error:
        missing(str(error))
    with part:
        yield part


# -- Asterisk ---------------------------------------------------------------------------------------------------------


def provide(config: pytest.Config, major: int, **options: Any) -> Iterator[Asterisk]:
    """An Asterisk, or a skip that is remembered for the summary; a failure in CI when there is neither version."""
    try:
        asterisk = Asterisk(major, **options)
    except Unavailable as error:
        reason = str(error)
        missing = config.stash.setdefault(ASTERISKS_MISSING, {})
        missing[major] = reason
        if in_ci() and not _other_is_there(major):
            pytest.fail(f"CI=true and no Asterisk can be had: {reason}", pytrace=False)
        pytest.skip(reason)
    with asterisk:
        yield asterisk


def _other_is_there(major: int) -> bool:
    (other,) = set(VERSIONS) - {major}
    try:
        chroot.ensure(other)
    except Unavailable:
        return False
    return True


def pytest_collection_finish(session: pytest.Session) -> None:
    """Build what is not built yet before the first test: it may take longer than one test may."""
    wanted = {name for item in session.items for name in getattr(item, "fixturenames", ())}
    if wanted & STARTERS and not session.config.option.collectonly:
        chroot.ensure_all()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say loudly which Asterisk the tests did without."""
    for major, reason in config.stash.get(ASTERISKS_MISSING, {}).items():
        terminalreporter.section(f"NOT TESTED on Asterisk {major}", sep="!", red=True, bold=True)
        terminalreporter.line(reason)


@pytest.fixture(scope="session")
def asterisk22(pytestconfig: pytest.Config) -> Iterator[Asterisk]:
    """Asterisk 22, started once; a test that stops or changes it takes `own_asterisk` instead."""
    yield from provide(pytestconfig, 22)


@pytest.fixture(scope="session")
def asterisk16(pytestconfig: pytest.Config) -> Iterator[Asterisk]:
    """Asterisk 16, started once."""
    yield from provide(pytestconfig, 16)


@pytest.fixture(scope="session", params=VERSIONS, ids=lambda major: f"asterisk{major}")
def asterisk(request: pytest.FixtureRequest) -> Asterisk:
    """Both versions, one after the other. Tests with phones take `rig`, which leaves it idle after each test."""
    return request.getfixturevalue(f"asterisk{request.param}")  # type: ignore[no-any-return]


@pytest.fixture(params=VERSIONS, ids=lambda major: f"asterisk{major}")
def own_asterisk(request: pytest.FixtureRequest, pytestconfig: pytest.Config) -> Iterator[Asterisk]:
    """Both versions, for this test alone: it may be restarted, killed, paused."""
    yield from provide(pytestconfig, request.param)


@pytest.fixture(params=VERSIONS, ids=lambda major: f"asterisk{major}")
def plain_asterisk(request: pytest.FixtureRequest, pytestconfig: pytest.Config) -> Iterator[Asterisk]:
    """Both versions, for this test alone, on which nobody installed Cordboard's dialplan include."""
    yield from provide(pytestconfig, request.param, include=False)


def _rig(asterisk: Asterisk) -> Iterator[Rig]:
    try:
        rig = Rig(asterisk)
    except Unavailable as error:
        missing(str(error))
    with rig:
        yield rig


@pytest.fixture
def rig(asterisk: Asterisk) -> Iterator[Rig]:
    """Phones around the shared Asterisk (both versions). After the test all calls are over and the phones gone."""
    yield from _rig(asterisk)


@pytest.fixture
def rig22(asterisk22: Asterisk) -> Iterator[Rig]:
    """Phones around the shared Asterisk 22, where one version is enough."""
    yield from _rig(asterisk22)


@pytest.fixture
def own_rig(own_asterisk: Asterisk) -> Iterator[Rig]:
    """Phones around an Asterisk that this test may restart and kill (both versions)."""
    yield from _rig(own_asterisk)


# -- Servers ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server, started once; `.url` is for DATABASE_URL, `.restart()` breaks its connections."""
    yield from _part(Postgres)


@pytest.fixture(scope="session")
def redis() -> Iterator[Redis]:
    """A Redis server, started once; `.url` is for REDIS_URL. Tests share it: use keys of your own."""
    yield from _part(Redis)


@pytest.fixture
def nginx() -> Iterator[Nginx]:
    """nginx with the example configuration, in front of the webs that it is given."""
    yield from _part(Nginx)


# -- Chromium ---------------------------------------------------------------------------------------------------------


def _browser(program: str) -> Iterator[Browser]:
    options = chromium_options(program)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**options)
        yield browser
        browser.close()


@pytest.fixture
def chromium() -> Iterator[Browser]:
    """Chromium's headless shell through Playwright's synchronous interface, for tests without an event loop."""
    yield from _browser(SHELL)


@pytest.fixture(scope="module")
def kept_chromium() -> Iterator[Browser]:
    """The browser that people have, for all tests of a module in which none has an event loop or asks the database:
    Playwright keeps a loop running meanwhile.
    """
    yield from _browser("chromium")


def chromium_options(program: str = "chromium") -> dict[str, Any]:
    """For `playwright.chromium.launch`; without Chromium the test is skipped, or fails with CI=true."""
    try:
        return launch_options(program)
    except Unavailable as error:
        missing(str(error))
