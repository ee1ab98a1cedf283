"""What the worker keeps of the past, on PostgreSQL: written at each turn, found again, cut where it is too long."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.db import connection

from ami_worker.lease import Lease
from ami_worker.store import Store
from panel.history.models import Call, Gap, Passage, Span
from panel.vocabulary import Kind
from tests.mirror.board import uid
from tests.mirror.test_queues import connected, join, office, rung
from tests.worker.test_history import NOW, Office, listed, next_worker


pytestmark = pytest.mark.postgres


def test_the_history_of_two_workers_on_postgres(
    postgres_database: Callable[[], AbstractContextManager[None]],
) -> None:
    with postgres_database():
        assert connection.vendor == "postgresql"
        lease = Lease("main", "this worker", 5)
        assert lease.acquire()
        furnished = office()
        furnished.clock.at = NOW()
        board = Office(furnished.mirror, Store(lease))
        board.clock = furnished.clock
        join(board, 1, 1, 1)
        rung(board)
        connected(board)
        board.event("HangupRequest", Uniqueid=uid(2))
        board.hang_up(2, 1)
        join(board, 5, 1, 1)
        board.flush()
        answered, waits = Passage.objects.order_by("joined_at")
        assert (answered.outcome, answered.ended_by, answered.is_open) == ("answered", "agent", False)
        assert waits.is_open
        assert Span.objects.filter(kind="talking", is_open=False).count() == 1

        following = next_worker(board)
        listed(following, 5)
        following.flush()
        waits.refresh_from_db()
        assert (waits.outcome, waits.is_complete, Passage.objects.count()) == ("waiting", False, 2)
        assert Gap.objects.get().is_open is False
        figures = following.rows(Kind.QUEUE)["front"]
        assert (figures["offered_today"], figures["answered_today"]) == (2, 1)
        following.store.prune()
        assert (Passage.objects.count(), Call.objects.count()) == (2, 2)

        name = {"Channel": "PJSIP/itsp-3", "Uniqueid": uid(3), "Linkedid": uid(3), "ChannelState": "6"}
        following.event("QueueCallerJoin", **name, Queue="q" * 300, Position="999999999999999", Count="1")
        following.event("QueueCallerAbandon", **name, Queue="q" * 300)
        following.store.flush(following.mirror.records())
        cut = Passage.objects.get(uniqueid=uid(3))
        assert (len(cut.queue), cut.outcome, cut.staff["free"]) == (80, "left", [])
