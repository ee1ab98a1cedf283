"""Waiting until Asterisk has finished starting. Import it from `connection`.

AMI takes log-ins before the modules are loaded. Until they are, queues, hints and registrations are incomplete, and a
list of them would sweep away what is only not loaded yet.

How it can be told (main/manager.c action_login, main/asterisk.c):

* A session that may read `system`, and asked for it, is told FullyBooted right behind the answer to its log-in, and if
  Asterisk was still starting then, at the moment at which it is ready. So when it has not been told, Asterisk is
  starting. (The second kind passes the filters of manager.conf and might get stuck there.)
* A session without that right is never told, and nothing says that it has not got it: no answer names what a log-in may
  read, and that no other event of class `system` has come proves nothing. For it, how long Asterisk has been up
  (CoreStatus, class `reporting`) has to do: a start takes seconds, with thousands of peers or slow name servers a
  minute.

So absence of FullyBooted is taken for a PBX that is starting for as long as one may start, counted from its start. That
costs a log-in without the right up to two minutes of "starting" after a restart, when the other choice would cost
everybody a picture with holes that says it is live. A PBX that has long been up is not waited for.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from ami_worker.ami import actions
from ami_worker.ami.errors import Closed


if TYPE_CHECKING:
    from ami_worker.ami.connection import Response, Session

log = logging.getLogger(__name__)

LOADING_SECONDS: Final = 120.0
"""After its start a PBX that has not said FullyBooted may still be loading modules for so long."""

ZONE_SECONDS: Final = 900.0
"""All time zones differ from UTC by whole quarters of an hour."""


@dataclass(frozen=True, slots=True)
class Boot:
    """When Asterisk started, as far as it tells us. Another start means that every Uniqueid from before is dead."""

    uptime: float | None = None
    """Seconds since the start when FullyBooted came."""
    since_reload: float | None = None
    """Seconds since the last full reload, at the same moment."""
    started: str = ""
    """The PBX's own date and time of its start, in its own time zone; only when FullyBooted did not come."""
    reloaded: str = ""
    """The same of the last reload."""


async def wait_fully_booted(
    session: Session, patience: float = LOADING_SECONDS, *, on_starting: Callable[[], None] = lambda: None
) -> Boot:
    """Wait for FullyBooted, or until Asterisk has been up for `patience` seconds (by CoreStatus; from now on when that
    is not known). `on_starting` is called once when there is something to wait for.

    FullyBooted may still come after that, see `session.fully_booted`: then what was listed meanwhile has holes.

    Raises:
        Closed: the session ended.
        NoReply: CoreStatus or Ping was not answered.
    """
    boot = Boot()
    if session.fully_booted is None:
        # Actions are answered in order: what is told right behind the log-in comes before these answers.
        status = await session.send(actions.core_status())
        pong = await session.send(actions.ping())
        boot = _by_core_status(session, status)
        loading = patience - up_at_least(boot.started, pong.get("Timestamp"))
        if loading > 0 and not await session.wait_for_fully_booted(0):
            on_starting()
            log.info("%s is starting", session.url)
            await session.wait_for_fully_booted(loading)
    if event := session.fully_booted:
        return Boot(_seconds(event.get("Uptime")), _seconds(event.get("LastReload")))
    if session.is_closed:
        raise Closed(session.closed_reason)
    log.warning("%s has not said FullyBooted; taken as started. Its log-in needs read=system", session.url)
    return boot


def up_at_least(started: str, now: str) -> float:
    """Seconds for which Asterisk has been up for certain; 0 when that cannot be told.

    `started` is from CoreStatus, in the PBX's time zone, which nothing tells; `now` is a Timestamp of its, since 1970.
    Their distance is wrong by whole quarters of an hour, so what it has beyond such quarters is the least.
    """
    try:
        moment = datetime.strptime(started, "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
        return (float(now) - moment.timestamp()) % ZONE_SECONDS
    except ValueError:
        return 0.0


def _by_core_status(session: Session, status: Response) -> Boot:
    if not status.ok:
        log.warning(
            "%s tells neither FullyBooted nor CoreStatus (%s); it needs read=system or write=reporting",
            session.url,
            status.reason,
        )
        return Boot()
    return Boot(
        started=f"{status.get('CoreStartupDate')} {status.get('CoreStartupTime')}".strip(),
        reloaded=f"{status.get('CoreReloadDate')} {status.get('CoreReloadTime')}".strip(),
    )


def _seconds(text: str) -> float | None:
    return float(text) if text.isdecimal() else None
