"""Members who are lent to a queue for a time, and lists of single queues that are wanted at once. Used inside the
mirror; `ami_worker.operations` and `ami_worker.lending` read and change both through `Mirror`.

No event tells of either. A loan is our own word, kept in the database; of a changed order of those who wait only the
list QueueStatus tells.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

from ami_worker.mirror.pbx import Pbx
from ami_worker.mirror.world import World
from panel.vocabulary import Kind


RELOADED_SECONDS: Final = 60.0
"""Within that time after its start Asterisk has read its dynamic members from its database."""


class Loan(NamedTuple):
    """One membership that ends by itself."""

    queue: str
    interface: str
    until: float  # seconds since the epoch
    by: str  # name of the operator
    login_at: int = 0  # LoginTime of the membership, by the PBX's clock: another one is another membership; 0: not seen

    @property
    def key(self) -> str:
        """Of the member's row."""
        return f"{self.queue}/{self.interface}"


class Loans:
    """The loans that run now, by the key of the member's row. One ends when its member leaves the queue."""

    def __init__(self, world: World, pbx: Pbx) -> None:
        self._world = world
        self._pbx = pbx
        self.running: Mapping[str, Loan] = MappingProxyType(world.loans)

    def begin(self, loan: Loan) -> None:
        self._world.loans[loan.key] = loan
        self._world.dirty[Kind.MEMBER].add(loan.key)

    def of(self, queue: str, interface: str, minutes: int, by: str) -> Loan:
        """One that begins now."""
        return Loan(queue, interface, self._world.now() + 60 * minutes, by)

    def is_over(self, loan: Loan) -> bool:
        return self._world.now() >= loan.until

    def is_another(self, loan: Loan) -> bool:
        """Whether the member is in the queue by another log-in than the one that was lent. Asterisk takes its dynamic
        members in anew when it starts (reload_queue_members in apps/app_queue.c): that is the same for us.
        """
        login_at = self._world.members[loan.key].login_at
        started_at = self._pbx.started_at
        since_start = login_at - self._world.clock_offset - started_at if started_at is not None else RELOADED_SECONDS
        return login_at != loan.login_at and not -1 <= since_start < RELOADED_SECONDS

    def end(self, key: str) -> None:
        if self._world.loans.pop(key, None) is not None:
            self._world.dirty[Kind.MEMBER].add(key)


class Relisting:
    """Queues to be listed at once, and whether that has been done: a list counts that began after it was asked for."""

    def __init__(self) -> None:
        self._wanted: set[str] = set()
        self._begun: dict[str, int] = {}
        self._ended: dict[str, int] = {}
        self.on_wanted: Callable[[], None] = lambda: None

    def ask(self, queue: str) -> int:
        """Have the queue listed. Returns what `is_done` wants to know it by."""
        self._wanted.add(queue)
        self.on_wanted()
        return self._begun.get(queue, 0) + 1

    def is_done(self, queue: str, asked: int) -> bool:
        return self._ended.get(queue, 0) >= asked

    def take(self) -> set[str]:
        """The queues that are wanted; they are forgotten."""
        wanted, self._wanted = self._wanted, set()
        return wanted

    def began(self, queue: str) -> None:
        self._begun[queue] = self._begun.get(queue, 0) + 1

    def ended(self, queue: str) -> None:
        self._ended[queue] = self._begun.get(queue, 0)
