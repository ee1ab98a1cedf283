"""The lease is held by one worker at a time, and a worker that lost it cannot write."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections, transaction

from ami_worker.lease import YOUNG, Lease, LeaseLost
from panel.live.models import Change, Pbx
from panel.live.models import Lease as LeaseRow
from panel.vocabulary import seconds, utc


pytestmark = pytest.mark.django_db(transaction=True)


def run_out(pbx: str = "pbx") -> None:
    """As if the holder had not renewed for longer than the ttl."""
    LeaseRow.objects.filter(pbx=pbx).update(until=datetime.now(UTC) - timedelta(seconds=1))


@transaction.atomic
def write_under(lease: Lease) -> None:
    Change.objects.create(pbx="pbx", kind="call", key="1", at=datetime.now(UTC))
    lease.assert_held()


def test_the_first_worker_gets_it_and_the_second_waits() -> None:
    first, second = Lease("pbx", "one", 5), Lease("pbx", "two", 5)
    assert first.acquire()
    assert not second.acquire()
    assert first.is_fresh
    assert not second.is_fresh


def test_a_lease_that_ran_out_is_taken_with_a_higher_epoch() -> None:
    first, second = Lease("pbx", "one", 5), Lease("pbx", "two", 5)
    first.acquire()
    run_out()
    assert second.acquire()
    assert second.epoch > first.epoch


def test_who_lost_it_cannot_renew_or_write() -> None:
    first, second = Lease("pbx", "one", 5), Lease("pbx", "two", 5)
    first.acquire()
    run_out()
    second.acquire()
    with pytest.raises(LeaseLost):
        first.renew()
    with pytest.raises(LeaseLost):
        write_under(first)
    assert not Change.objects.exists()
    assert not first.is_fresh


def test_a_lease_that_ran_out_but_that_nobody_took_is_still_ours() -> None:
    lease = Lease("pbx", "one", 0)
    lease.acquire()
    lease.ttl = 5
    lease.renew()
    assert not Lease("pbx", "two", 5).acquire()


def test_an_older_copy_of_the_database_in_the_place_of_ours_is_noticed() -> None:
    lease = Lease("pbx", "one", 5)
    lease.acquire()
    older = LeaseRow.objects.get(pbx="pbx").until
    lease.renew()
    LeaseRow.objects.filter(pbx="pbx").update(until=older)
    with pytest.raises(LeaseLost):
        write_under(lease)
    with pytest.raises(LeaseLost):
        lease.renew()
    assert lease.acquire(), "it was nobody else's"
    write_under(lease)


def test_a_renewal_in_a_transaction_that_fails_counts_for_nothing() -> None:
    lease = Lease("pbx", "one", 5)
    lease.acquire()
    with transaction.atomic():
        lease.renew()
        transaction.set_rollback(True)
    write_under(lease)


def test_a_young_lease_is_kept_without_a_write_and_one_that_grew_old_meanwhile_is_renewed() -> None:
    lease = Lease("pbx", "one", 1)
    lease.acquire()
    ends = LeaseRow.objects.get(pbx="pbx").until
    lease.keep()
    assert LeaseRow.objects.get(pbx="pbx").until == ends
    time.sleep(YOUNG * lease.ttl)
    lease.keep()
    assert LeaseRow.objects.get(pbx="pbx").until > ends


def test_who_was_stopped_does_not_keep_even_a_young_lease() -> None:
    lease = Lease("pbx", "one", 5)
    lease.acquire()
    lease.has_slept = lambda: True
    with pytest.raises(LeaseLost):
        lease.keep()
    assert not lease.is_fresh


def test_one_given_up_is_free_at_once() -> None:
    first, second = Lease("pbx", "one", 5), Lease("pbx", "two", 5)
    first.acquire()
    first.release()
    assert second.acquire()


def test_who_lost_it_does_not_give_up_the_other_ones() -> None:
    first, second = Lease("pbx", "one", 5), Lease("pbx", "two", 5)
    first.acquire()
    run_out()
    second.acquire()
    first.release()
    second.renew()


def test_a_picture_that_was_live_is_not_live_under_the_next_holder_until_he_says_so() -> None:
    first, second = Lease("pbx", "one", 5), Lease("pbx", "two", 5)
    first.acquire()
    live = {"key": "pbx", "link": "live", "as_of_at": None, "reason": "", "drift": 3}
    for pbx in ("pbx", "branch"):
        Pbx.objects.create(key=pbx, pbx=pbx, link="live", row=live)
    written = datetime.now(UTC) - timedelta(seconds=4)
    Change.objects.create(pbx="pbx", kind="call", key="1", at=written)
    run_out()
    second.acquire()
    shown = Pbx.objects.get(key="pbx")
    assert (shown.link, shown.row["link"], shown.row["drift"]) == ("stale", "stale", 3)
    assert shown.row["as_of_at"] == utc(written.timestamp())
    assert shown.row["reason"]
    assert Pbx.objects.get(key="branch").link == "live"


def test_a_picture_was_true_until_its_holder_gave_it_up_however_quiet_the_pbx_was() -> None:
    first, second = Lease("pbx", "one", 5), Lease("pbx", "two", 5)
    first.acquire()
    Pbx.objects.create(key="pbx", pbx="pbx", link="live", row={"key": "pbx", "link": "live", "as_of_at": None})
    before = datetime.now(UTC)
    first.release()
    after = datetime.now(UTC)
    assert second.acquire(), "it is free at once"
    at = seconds(Pbx.objects.get(key="pbx").row["as_of_at"])
    assert before.timestamp() - 0.001 <= at <= after.timestamp()


def test_two_pbxs_have_two_leases() -> None:
    assert Lease("north", "one", 5).acquire()
    assert Lease("south", "two", 5).acquire()


def test_of_many_that_start_at_the_same_moment_exactly_one_gets_it() -> None:
    epochs: list[int] = []
    for attempt in range(10):
        run_out()
        leases = [Lease("pbx", f"{attempt}-{number}", 5) for number in range(4)]
        start = threading.Barrier(len(leases))
        won: list[Lease] = []

        def contend(lease: Lease, start: threading.Barrier = start, won: list[Lease] = won) -> None:
            start.wait()
            try:
                if lease.acquire():
                    won.append(lease)
            finally:
                connections.close_all()

        threads = [threading.Thread(target=contend, args=(lease,)) for lease in leases]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(won) == 1
        epochs.append(won[0].epoch)
    assert epochs == sorted(set(epochs))


def test_a_lease_that_nobody_renews_is_free_after_its_ttl_whatever_the_clock_on_the_wall_says() -> None:
    """That clock was set back: the lease of one who is dead runs out in an hour."""
    first, second = Lease("pbx", "one", 5), Lease("pbx", "two", 0.2)
    first.acquire()
    ahead = datetime.now(UTC) + timedelta(hours=1)
    LeaseRow.objects.filter(pbx="pbx").update(until=ahead)
    deadline = time.monotonic() + 5
    for _renewal in range(5):
        LeaseRow.objects.filter(pbx="pbx").update(until=(ahead := ahead + timedelta(seconds=1)))
        assert not second.acquire(), "somebody renews it"
        time.sleep(0.1)
    while not second.acquire():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert second.epoch > first.epoch
