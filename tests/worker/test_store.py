"""What the store writes: whole transactions under the lease, and commands that move on exactly once."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from unittest.mock import Mock

import pytest
from django.contrib.auth import get_user_model
from django.db import OperationalError, connection, connections
from django.test.utils import CaptureQueriesContext

from ami_worker.lease import Lease, LeaseLost
from ami_worker.mirror import Change, Listing
from ami_worker.operations import Outcome
from ami_worker.store import Store
from ami_worker.timings import Timings
from panel.commands.models import Command
from panel.directory.models import Listing as ListingRow
from panel.directory.models import Prompt
from panel.live.connection import OWN_REST_SECONDS, TICK_SECONDS
from panel.live.models import LIVE_MODELS, Extension, Work
from panel.live.models import Change as ChangeRow
from panel.live.models import Lease as LeaseRow
from panel.vocabulary import CommandState, Kind, WorkerFigures


pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lease() -> Lease:
    lease = Lease("pbx", "this worker", 5)
    assert lease.acquire()
    return lease


@pytest.fixture
def store(lease: Lease) -> Store:
    return Store(lease)


def extension(key: str, state: str = "idle", group: str = "Sales") -> Change:
    row = {"key": key, "number": key, "name": f"Person {key}", "group": group, "state": state}
    return Change(Kind.EXTENSION, key, (group,), row)


def command(key: str, *, expires_in: float = 10, state: CommandState = CommandState.PENDING) -> Command:
    now = datetime.now(UTC)
    return Command.objects.create(
        key=key,
        pbx="pbx",
        operator_key="alice",
        name="hangup",
        args={"call": "1.1"},
        state=state.value,
        created_at=now,
        expires_at=now + timedelta(seconds=expires_in),
    )


def figures(events: int) -> WorkerFigures:
    nothing = Timings().figures()
    return WorkerFigures(
        events=events, changes=0, resyncs=0, sessions_lost=0, flushes_failed=0, flush=nothing, lag=nothing
    )


def in_another_connection(function: Callable[[], object]) -> None:
    with ThreadPoolExecutor(1) as thread:
        thread.submit(function).result()
        thread.submit(connections.close_all).result()


def lose(lease: Lease) -> None:
    LeaseRow.objects.filter(pbx=lease.pbx).update(owner="another", epoch=lease.epoch + 1)


def test_a_flush_writes_live_rows_and_changes_together(store: Store) -> None:
    store.flush([extension("201"), extension("202", "ringing")])
    assert dict(Extension.objects.values_list("key", "state")) == {"201": "idle", "202": "ringing"}
    assert [change.key for change in ChangeRow.objects.order_by("seq")] == ["201", "202"]


def test_a_row_that_changed_and_one_that_went(store: Store) -> None:
    store.flush([extension("201"), extension("202")])
    store.flush([extension("201", "talking"), Change(Kind.EXTENSION, "202", ("Sales",), None)])
    assert dict(Extension.objects.values_list("key", "state")) == {"201": "talking"}
    assert ChangeRow.objects.order_by("seq").last().row is None


def test_nothing_is_written_by_a_worker_that_lost_its_lease(store: Store, lease: Lease) -> None:
    lose(lease)
    with pytest.raises(LeaseLost):
        store.flush([extension("201")])
    assert not Extension.objects.exists()
    assert not ChangeRow.objects.exists()


@pytest.mark.parametrize("asleep_at", [1, 2])
def test_a_worker_that_is_stopped_in_the_middle_of_a_flush_writes_nothing_of_it(
    store: Store, lease: Lease, asleep_at: int
) -> None:
    """Else its old picture would be under a fresh lease, and live, until the worker notices that it slept."""
    before = LeaseRow.objects.get().until
    asked = itertools.count(1)
    lease.has_slept = lambda: next(asked) >= asleep_at
    with pytest.raises(LeaseLost, match="was stopped for a while"):
        store.flush([extension("201")])
    assert not ChangeRow.objects.exists()
    assert not Extension.objects.exists()
    assert LeaseRow.objects.get().until == before
    assert not lease.is_fresh


def test_what_the_worker_has_counted_is_written_with_the_lease(store: Store, lease: Lease) -> None:
    store.flush([extension("201"), extension("202")])
    assert store.changes_written == 2
    until = LeaseRow.objects.get().until
    for events in (1, 26):
        store.renew(figures(events))
    assert LeaseRow.objects.get().until > until
    assert Work.objects.get(pbx="pbx").figures["events"] == 26
    lose(lease)
    with pytest.raises(LeaseLost):
        store.renew(figures(99))
    assert Work.objects.get(pbx="pbx").figures["events"] == 26, "it is another worker's to say"


def test_replacing_removes_what_an_earlier_worker_left_and_writes_only_what_differs(store: Store) -> None:
    store.flush([extension("201"), extension("202"), extension("203")])
    before = ChangeRow.objects.count()
    store.replace([extension("201"), extension("202", "talking"), extension("204")])
    assert dict(Extension.objects.values_list("key", "state")) == {"201": "idle", "202": "talking", "204": "idle"}
    written = ChangeRow.objects.order_by("seq")[before:]
    assert {(change.key, change.row is None) for change in written} == {("202", False), ("203", True), ("204", False)}


def test_that_the_picture_is_live_is_written_after_all_that_it_stands_for(store: Store) -> None:
    """A reader takes so many changes in several reads, each of which reaches the boards."""
    pbx = Change(Kind.PBX, "pbx", (), {"key": "pbx", "link": "stale"})
    store.replace([pbx, extension("201"), extension("202")])
    live = Change(Kind.PBX, "pbx", (), {"key": "pbx", "link": "live"})
    store.replace([live, extension("201", "busy"), extension("203")])
    assert ChangeRow.objects.order_by("seq").values_list("key", flat=True)[6] == "pbx"


def test_the_rows_of_another_pbx_are_left_alone(store: Store) -> None:
    other = Lease("south", "that worker", 5)
    other.acquire()
    Store(other).flush([extension("south/201")])
    store.replace([extension("201")])
    assert set(Extension.objects.values_list("key", flat=True)) == {"201", "south/201"}


def test_every_kind_has_the_columns_that_its_rows_bring() -> None:
    for kind, model in LIVE_MODELS.items():
        fields = {field.name for field in model._meta.get_fields()}
        assert set(model.COLUMNS) <= fields, kind


def test_more_rows_than_one_statement_takes(store: Store) -> None:
    store.flush([extension(str(number)) for number in range(5000)])
    store.flush([Change(Kind.EXTENSION, str(number), (), None) for number in range(5000)])
    assert not Extension.objects.exists()
    assert ChangeRow.objects.count() == 10_000


def test_a_claimed_command_is_sent_and_claimed_once(store: Store) -> None:
    command("a")
    assert [intent.key for intent in store.claim()] == ["a"]
    assert store.claim() == []
    assert Command.objects.get(key="a").state == CommandState.SENT
    assert ChangeRow.objects.filter(kind="command", key="a").count() == 1


def test_with_a_prompt_goes_the_sound_that_it_has_now(store: Store) -> None:
    Prompt.objects.create(name="Closed", sound="custom/closed")
    for key, prompt in (("a", "Closed"), ("b", ""), ("c", "Removed")):
        command(key)
        args = {"caller": "front/1.1", **({"prompt": prompt} if prompt else {})}
        Command.objects.filter(key=key).update(name="withdraw", args=args)
    assert [intent.sound for intent in store.claim()] == ["custom/closed", "", ""]


def test_commands_are_claimed_in_the_order_in_which_they_were_given(store: Store) -> None:
    for key in ("c", "a", "b"):
        command(key)
    assert [intent.key for intent in store.claim()] == ["c", "a", "b"]


def test_a_command_that_came_too_late_fails_and_is_not_done(store: Store) -> None:
    command("late", expires_in=-1)
    assert store.claim() == []
    row = Command.objects.get(key="late")
    assert (row.state, row.reason) == (CommandState.FAILED, "expired")
    assert row.text


def test_an_outcome_is_recorded_once(store: Store) -> None:
    command("a")
    store.claim()
    done = Outcome(CommandState.DONE, "", "The call has ended.", "1.1")
    assert store.finish("a", done)
    assert not store.finish("a", Outcome(CommandState.FAILED, "late", "Too late."))
    row = Command.objects.get(key="a")
    assert (row.state, row.text, row.call) == (CommandState.DONE, "The call has ended.", "1.1")


def test_where_nobody_else_has_committed_no_table_is_asked_for_commands(store: Store) -> None:
    assert store.claim() == []
    with CaptureQueriesContext(connection) as asked:
        assert store.claim() == []
    assert [query["sql"] for query in asked] == ["PRAGMA data_version"]
    for key in ("a", "b"):
        in_another_connection(partial(command, key))
        assert [intent.key for intent in store.claim()] == [key]


def test_a_write_of_its_own_is_no_reason_to_look_for_commands(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    at = [time.monotonic()]
    monkeypatch.setattr("panel.live.connection.time", Mock(monotonic=lambda: at[0], time_ns=time.time_ns))
    store.claim()
    store.flush([extension("201")])
    assert store.watch.is_quiet()
    at[0] += OWN_REST_SECONDS
    assert not store.watch.is_quiet()  # for what somebody else has written in the same tick of the clock


@pytest.mark.parametrize("when", ["before", "in between", "after"])
def test_a_command_given_about_the_time_of_a_write_is_looked_for(
    store: Store, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    store.claim()
    give = partial(in_another_connection, partial(command, "a"))
    if when == "before":
        give()
    seen = store.watch.state

    def given_after_it_was_seen() -> object:
        state = seen()
        give()
        return state

    if when == "in between":
        monkeypatch.setattr(store.watch, "state", given_after_it_was_seen)
    store.flush([extension("201")])
    monkeypatch.undo()
    if when == "after":
        time.sleep(TICK_SECONDS)
        give()
    assert not store.watch.is_quiet()
    assert [intent.key for intent in store.claim()] == ["a"]


def test_what_is_written_stays_written_when_nobody_can_say_who_else_has_committed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.claim()
    monkeypatch.setattr("ami_worker.store.commits_of_others", Mock(side_effect=OperationalError("disk I/O error")))
    store.flush([extension("201")])
    assert store.changes_written == 1
    assert not store.watch.is_quiet()


def test_a_claim_that_failed_is_made_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    command("a")
    with monkeypatch.context() as broken:
        broken.setattr("ami_worker.store.write", Mock(side_effect=OperationalError("disk I/O error")))
        with pytest.raises(OperationalError):
            store.claim()
    assert [intent.key for intent in store.claim()] == ["a"]


def test_what_an_earlier_worker_had_sent_is_unknown_and_never_claimed_again(store: Store) -> None:
    command("a", state=CommandState.SENT)
    store.abandon_unfinished("The panel was restarted.")
    assert Command.objects.get(key="a").state == CommandState.UNKNOWN
    assert store.claim() == []


def test_a_worker_without_the_lease_claims_nothing(store: Store, lease: Lease) -> None:
    command("a")
    lose(lease)
    with pytest.raises(LeaseLost):
        store.claim()
    assert Command.objects.get(key="a").state == CommandState.PENDING


def test_listings_are_read_again_only_when_they_changed(store: Store) -> None:
    ListingRow.objects.create(extension="201", name="Front desk", department="Reception")
    assert store.listings() == {"201": Listing(name="Front desk", group="Reception", hidden=False)}
    assert store.listings() is None
    ListingRow.objects.get(extension="201").delete()
    assert store.listings() == {}


def test_where_messages_go_is_read_with_the_listing(store: Store) -> None:
    row = ListingRow.objects.create(extension="201", email="desk@example.com")
    assert store.listings() == {"201": Listing(email="desk@example.com")}
    row.email = ""
    row.save()
    assert store.listings() == {"201": Listing()}


def test_further_numbers_come_in_their_order_and_are_read_again_when_one_changed(store: Store) -> None:
    row = ListingRow.objects.create(extension="201", ring_seconds=40)
    home = row.numbers.create(order=2, label="At home", number="020 7946 0001")
    row.numbers.create(order=1, label="Mobile", number="07700900123")
    numbers = (("Mobile", "07700900123"), ("At home", "020 7946 0001"))
    assert store.listings() == {"201": Listing(numbers=numbers, ring_seconds=40)}
    assert store.listings() is None
    home.number = "02079460002"
    home.save()
    assert store.listings() == {"201": Listing(numbers=(numbers[0], ("At home", "02079460002")), ring_seconds=40)}
    home.delete()
    assert store.listings() == {"201": Listing(numbers=numbers[:1], ring_seconds=40)}
    assert store.listings() is None


def test_operators_who_may_not_log_in_are_left_out(store: Store) -> None:
    people = get_user_model().objects
    people.create_user("rita", first_name="Rita", last_name="Novak", extension="201")
    people.create_user("gone", is_active=False)
    operators = store.operators()
    assert set(operators) == {"rita"}
    assert (operators["rita"]["name"], operators["rita"]["extension"]) == ("Rita Novak", "201")


def test_old_changes_are_pruned_and_new_ones_stay(store: Store) -> None:
    store.flush([extension("201"), extension("202")])
    old = ChangeRow.objects.order_by("seq").first()
    ChangeRow.objects.filter(seq=old.seq).update(at=datetime.now(UTC) - timedelta(days=1))
    store.prune()
    assert [change.key for change in ChangeRow.objects.all()] == ["202"]
