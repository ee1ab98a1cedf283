"""The PBX's own row: how far the picture can be trusted, and what the PBX is. Used inside the mirror."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from ami_worker.mirror.text import clean
from panel.vocabulary import Link, PbxRow, utc


LAG_STEP_SECONDS: Final = 0.5
"""The lag is shown in steps, so that a row does not change with every flush."""

RESTART_TOLERANCE_SECONDS: Final = 10.0
"""Two reckonings of the same start of Asterisk differ by less, even over a slow link."""


class Pbx:
    """What the PBX row says."""

    def __init__(self, key: str, now: Callable[[], float]) -> None:
        self.key = key
        self._now = now
        self.link = Link.OFFLINE
        self.reason = "Not connected yet."
        self.as_of: float | None = None
        self.heard_at: float | None = None
        """When the PBX last said anything while the picture was live."""
        self.version = ""
        self.started_at: float | None = None
        self._started_as = ""
        self.drift = 0
        self.lag_seconds = 0.0
        self.capabilities: list[str] = []

    def set_link(self, link: Link, reason: str) -> None:
        """On loss the picture is as old as the last word that came, not as the moment at which the loss was noticed."""
        if link is Link.LIVE:
            self.as_of = None
            self.heard_at = self._now()
        elif self.link is Link.LIVE:
            self.as_of = self.heard_at
        self.link = link
        self.reason = "" if link is Link.LIVE else reason

    def set_lag(self, seconds: float) -> bool:
        """Returns whether the row changes by it."""
        lag = round(seconds / LAG_STEP_SECONDS) * LAG_STEP_SECONDS
        changed = lag != self.lag_seconds
        self.lag_seconds = lag
        return changed

    def started(self, started_at: float) -> bool:
        """Returns whether Asterisk was started anew since we last knew; then nothing of before lives on."""
        before = self.started_at
        if before is not None and started_at <= before + RESTART_TOLERANCE_SECONDS:
            return False
        self.started_at = started_at
        return before is not None

    def started_as(self, started: str) -> bool:
        """The same by what the PBX calls its start."""
        before, self._started_as = self._started_as, started
        return before not in ("", started)

    def set_capabilities(self, capabilities: Iterable[str]) -> None:
        self.capabilities = sorted(set(capabilities))

    def row(self) -> PbxRow:
        return PbxRow(
            key=self.key,
            link=self.link,
            as_of_at=None if self.as_of is None else utc(self.as_of),
            reason=self.reason,
            version=clean(self.version),
            started_at=None if self.started_at is None else utc(self.started_at),
            drift=self.drift,
            lag_seconds=self.lag_seconds,
            capabilities=self.capabilities,
        )
