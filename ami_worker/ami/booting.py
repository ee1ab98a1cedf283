"""Waiting until Asterisk has finished starting. Import it from `connection`.

Before that, queues, hints and registrations are incomplete, and a list of them would sweep away what is only not loaded
yet.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ami_worker.ami import actions
from ami_worker.ami.errors import Closed


if TYPE_CHECKING:
    from ami_worker.ami.connection import Session

log = logging.getLogger(__name__)


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


async def wait_fully_booted(session: Session, timeout: float = 10.0) -> Boot:
    """Wait for FullyBooted, or ask with CoreStatus when it does not come within `timeout` seconds.

    It comes right after the log-in, or when Asterisk is ready, but only to a session whose user has `read=system` and
    that asked for `system` events. CoreStatus (class `reporting`) cannot tell a PBX that is still loading its modules;
    with neither class nothing is known, and the periodic comparison has to mend what was taken too early.

    Raises:
        Closed: the session ended.
        NoReply: CoreStatus was not answered.
    """
    if await session.wait_for_fully_booted(timeout) and (event := session.fully_booted):
        return Boot(_seconds(event.get("Uptime")), _seconds(event.get("LastReload")))
    if session.is_closed:
        raise Closed(session.closed_reason)
    status = await session.send(actions.core_status())
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
