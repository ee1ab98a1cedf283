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

    def started(self, started_at: float | None, started: str) -> bool:
        """Take when Asterisk was started, by our reckoning and by what it says itself of its start and its name; either
        may not be known.

        Returns whether it is another start than the one known: then nothing of before lives on. What it says itself
        counts more, for our clock may jump. After a fail-over the start may be an earlier one.
        """
        before, before_as = self.started_at, self._started_as
        if started and before_as:
            is_another = started != before_as
        else:
            known = before is not None and started_at is not None
            is_another = known and abs((started_at or 0.0) - (before or 0.0)) > RESTART_TOLERANCE_SECONDS
        self._started_as = started or before_as
        if before is None or is_another:
            self.started_at = started_at
        return is_another

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
