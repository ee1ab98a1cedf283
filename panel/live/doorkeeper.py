"""Who is behind a socket, and whether he still may be: log-ins end and rights change while sockets stay open.

Only `consumer` and the wallboards (panel/queues/boards.py) may call this module. One sweep asks for all sockets of the
process at once: that the session is there and has not run out, that the account may still log in with the same
password, and what it may see. The database work runs on threads of its own, which give their connections back each
time, and never on the thread that Django shares among all requests.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import NamedTuple, Protocol, TypeVar
from weakref import WeakKeyDictionary

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.sessions.models import Session
from django.db import Error, close_old_connections
from django.db.models import QuerySet
from django.http import HttpRequest, parse_cookie
from django.utils import timezone

from panel.accounts.models import Operator
from panel.live.visibility import SEE_ALL_COMMANDS, SEES_LISTENERS, Audience, audience, audience_of


SWEEP_SECONDS = 1.5
"""An ended log-in is noticed after this long at the latest."""

MOST_SOCKETS = 10
"""Open sockets of one operator on one web process."""

log = logging.getLogger(__name__)
T = TypeVar("T")


class Pass(NamedTuple):
    """What was found when the socket was opened. It holds as long as the same can be found again."""

    session_key: str
    account: int
    password: str  # as it is stored, hashed


class Visitor(Protocol):
    """What the doorkeeper needs of a socket."""

    permit: Pass
    audience: Audience

    def revoke(self) -> None: ...

    def change_audience(self, audience: Audience) -> None: ...


def session_key_of(headers: Collection[tuple[bytes, bytes]]) -> str:
    """The session's key from the Cookie headers of a handshake, or the empty string."""
    text = "; ".join(value.decode("latin-1") for name, value in headers if name == b"cookie")
    # Django's own reading of it: the standard library gives up at the first odd cookie that some other program has set.
    return parse_cookie(text).get(settings.SESSION_COOKIE_NAME, "")


def operator_of(session_key: str) -> Operator | None:
    """The operator who is logged in with this session, read afresh; synchronous.

    Django's own rules decide, as for a page.
    """
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    user = get_user(request)
    return user if isinstance(user, Operator) else None


def admit(session_key: str) -> tuple[Pass, Audience] | None:
    """What a socket that is being opened gets; None for nobody. Synchronous."""
    operator = operator_of(session_key)
    if operator is None:
        return None
    return Pass(session_key, operator.pk, operator.password), audience_of(operator)


def still_valid(permits: Collection[Pass]) -> dict[Pass, Audience]:
    """Those of the permits that still hold, each with what its operator may see now.

    Synchronous; three queries, however many there are, and where listeners are not shown to all, one for each right.
    """
    sessions = set(
        Session.objects.filter(
            session_key__in={permit.session_key for permit in permits}, expire_date__gt=timezone.now()
        ).values_list("session_key", flat=True)
    )
    accounts = Operator.objects.filter(pk__in={permit.account for permit in permits})
    seers = _having(SEE_ALL_COMMANDS, accounts)
    rights = () if settings.LISTENERS_SHOWN else SEES_LISTENERS
    listeners = {account for right in rights for account in _having(right, accounts)}
    welcome = {account.pk: account for account in accounts if account.is_welcome}
    return {
        permit: audience(
            welcome[permit.account].username,
            welcome[permit.account].departments,
            permit.account in seers,
            permit.account in listeners,
        )
        for permit in permits
        if permit.session_key in sessions
        and permit.account in welcome
        and permit.password == welcome[permit.account].password
    }


def _having(right: str, accounts: QuerySet[Operator]) -> set[int]:
    """Those of the accounts that have a right."""
    having = Operator.objects.with_perm(right, backend="django.contrib.auth.backends.ModelBackend")
    return set(having.filter(pk__in=accounts.values("pk")).values_list("pk", flat=True))


class Threads:
    """Database work of one kind, off the event loop."""

    def __init__(self, name: str, count: int) -> None:
        self._executor = ThreadPoolExecutor(count, thread_name_prefix=name)

    async def run(self, work: Callable[..., T], *args: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, self._call, work, *args)

    def _call(self, work: Callable[..., T], *args: object) -> T:
        close_old_connections()
        try:
            return work(*args)
        finally:
            close_old_connections()


class Doorkeeper:
    """Keeps the sockets of one event loop."""

    def __init__(self) -> None:
        self.threads = Threads("doorkeeper", 2)
        self._visitors: dict[int, set[Visitor]] = {}
        self._task: asyncio.Task[None] | None = None
        self._is_full = False

    def enter(self, visitor: Visitor) -> bool:
        """False when the operator has too many sockets already."""
        of_account = self._visitors.setdefault(visitor.permit.account, set())
        if len(of_account) >= MOST_SOCKETS:
            return False
        of_account.add(visitor)
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._keep(), name="doorkeeper")
        return True

    def leave(self, visitor: Visitor) -> None:
        of_account = self._visitors.get(visitor.permit.account, set())
        of_account.discard(visitor)
        if not of_account:
            self._visitors.pop(visitor.permit.account, None)
        if not self._visitors and self._task is not None:
            self._task.cancel()
            self._task = None

    async def _keep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_SECONDS)
            self._look_for_room()
            try:
                await self._sweep()
            except Error as failed:
                # Without a database nothing can have been revoked, and the board says itself that it is stale.
                log.warning("Log-ins cannot be checked (%s).", type(failed).__name__)
            except Exception:
                log.exception("A sweep of the log-ins failed.")

    def _look_for_room(self) -> None:
        """Say when this process has as many files and sockets open as it may: whoever comes then is turned away before
        any of us hears of it.
        """
        try:
            os.close(os.open(os.devnull, os.O_RDONLY))
        except OSError as full:
            if not self._is_full:
                log.error("Nobody new can come in: %s.", full.strerror)
            self._is_full = True
        else:
            self._is_full = False

    async def _sweep(self) -> None:
        visitors = [visitor for of_account in self._visitors.values() for visitor in of_account]
        valid: Mapping[Pass, Audience] = await self.threads.run(still_valid, {visitor.permit for visitor in visitors})
        for visitor in visitors:
            now = valid.get(visitor.permit)
            if now is None:
                visitor.revoke()
            elif now != visitor.audience:
                visitor.change_audience(now)


_doorkeepers: WeakKeyDictionary[asyncio.AbstractEventLoop, Doorkeeper] = WeakKeyDictionary()


def current() -> Doorkeeper:
    """The doorkeeper of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _doorkeepers:
        _doorkeepers[loop] = Doorkeeper()
    return _doorkeepers[loop]
