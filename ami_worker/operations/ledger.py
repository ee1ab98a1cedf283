"""`Ledger`: where loans are kept so that they outlive this process.

Used by `Attempt`; `ami_worker.lending` is the ledger that there is. Without one a loan lives as long as the process.
"""

from __future__ import annotations

from typing import Protocol

from ami_worker.mirror import Loan


class Ledger(Protocol):
    async def keep(self, loan: Loan) -> None:
        """Write it down, over an older one of the same member. Returns when it is safe."""

    async def strike(self, key: str) -> None:
        """It has ended. One that is not there is no mistake."""
