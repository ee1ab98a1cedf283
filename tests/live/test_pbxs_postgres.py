"""Two workers of two PBXs that write into one PostgreSQL at the same time: a reader misses nothing of either."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from django.db import DatabaseError, connections, transaction
from pytest_django import Settings

from ami_worker.statements import STOPPED_MILLISECONDS
from panel.live.models import Change as ChangeRow
from panel.live.models import Extension
from tests.people import two_pbxs
from tests.worker.pbxs import extension, store


pytestmark = [pytest.mark.postgres, pytest.mark.usefixtures("on_postgres")]


@pytest.fixture
def on_postgres(postgres_database: Callable[[], AbstractContextManager[None]], settings: Settings) -> Iterator[None]:
    settings.PBXS = two_pbxs()
    with postgres_database():
        yield


class Aside:
    """Work on a thread and a connection of its own, begun. `outcome`: what came of it, an error of the database too."""

    def __init__(self, work: Callable[[], object]) -> None:
        ours = connections["default"]

        def run() -> None:
            connections["default"] = ours.copy()
            try:
                self.outcome = work()
            except DatabaseError as failed:
                self.outcome = failed
            finally:
                connections["default"].close()

        self.outcome: object = "under way"
        self._thread = threading.Thread(target=run)
        self._thread.start()

    def ends_within(self, seconds: float) -> bool:
        self._thread.join(seconds)
        return not self._thread.is_alive()


def test_the_order_of_seq_is_that_of_the_commits_of_both_workers() -> None:
    """A reader that has seen a seq never finds a lower one later: who is second waits until the first has committed."""
    first, branch = store("pbx"), store("branch")
    with transaction.atomic():
        first.flush([extension("201")])
        second = Aside(lambda: branch.flush([extension("branch/201")]))
        assert not second.ends_within(0.3)
    assert second.ends_within(10)
    assert second.outcome is None
    assert list(ChangeRow.objects.order_by("seq").values_list("pbx", flat=True)) == ["pbx", "branch"]


def test_a_worker_that_is_stopped_in_a_write_holds_the_other_up_for_two_seconds_at_most() -> None:
    first, branch = store("pbx"), store("branch")
    has_written, goes_on = threading.Event(), threading.Event()

    def stops() -> None:
        with transaction.atomic():
            first.flush([extension("201")])
            has_written.set()
            goes_on.wait(20)

    stopped = Aside(stops)
    assert has_written.wait(10)
    other = Aside(lambda: branch.flush([extension("branch/201")]))
    assert other.ends_within(STOPPED_MILLISECONDS / 1000 + 3)
    goes_on.set()
    assert stopped.ends_within(10)
    assert (other.outcome, isinstance(stopped.outcome, DatabaseError)) == (None, True)
    assert list(Extension.objects.values_list("key", flat=True)) == ["branch/201"]
