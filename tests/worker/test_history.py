"""What the store writes of the history, what a new worker finds of it, and what is forgotten."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from pytest_django import Settings

from ami_worker.lease import Lease, LeaseLost
from ami_worker.mirror import Change, Family, Mirror, Target
from ami_worker.mirror.records import LOST as LOST_HERE
from ami_worker.store import Store
from panel.history.models import HISTORY_MODELS, LOST, Call, EndedBy, Gap, Goal, Outcome, Passage, Record, Span
from panel.live.models import Change as ChangeRow
from panel.live.models import Lease as LeaseRow
from panel.live.models import Pbx
from panel.lost.models import FollowUp
from panel.queues.models import AlertRecord
from panel.vocabulary import Kind, Link, RecordKind, SpanKind
from tests.mirror.board import Board, message, uid
from tests.mirror.test_queues import MEMBER, connected, join, leave, office, rung


pytestmark = pytest.mark.django_db(transaction=True)

NOW = time.time


class Office(Board):
    """A board that writes like a worker, by the real clock plus what the test lets pass."""

    def __init__(self, mirror: Mirror, store: Store) -> None:
        super().__init__()
        self.mirror = mirror
        self.store = store

    def flush(self) -> None:
        changes = self.mirror.changes()
        self.store.flush([*changes, *self.mirror.records()])


@pytest.fixture
def lease() -> Lease:
    lease = Lease("main", "this worker", 5)
    assert lease.acquire()
    return lease


@pytest.fixture
def store(lease: Lease) -> Store:
    return Store(lease)


@pytest.fixture
def board(store: Store) -> Office:
    """The office of the tests of the mirror, whose clock is that of this machine."""
    furnished = office()
    furnished.clock.at = NOW()
    written = Office(furnished.mirror, store)
    written.clock = furnished.clock
    return written


def next_worker(board: Office, *, after: float = 10.0) -> Office:
    """The worker is killed; after so many seconds another one takes the PBX over. Nothing is listed yet."""
    LeaseRow.objects.update(until=datetime(2000, 1, 1, tzinfo=UTC))
    lease = Lease("main", "the next one", 5)
    assert lease.acquire()
    board.clock.advance(after)
    store = Store(lease)
    mirror = Mirror("main", now=board.clock)
    mirror.adopt(store.past(mirror.day_began_at))
    following = Office(mirror, store)
    following.clock = board.clock
    return following


def listed(board: Office, *callers: int, channels: dict[int, str] | None = None) -> None:
    """A comparison with the PBX: these callers wait, these channels are up."""
    names = channels if channels is not None else {number: f"PJSIP/itsp-{number}" for number in callers}
    items = [
        message(
            "CoreShowChannel", Channel=name, Uniqueid=uid(number), Linkedid=uid(1), ChannelState="6", Duration="0:1:0"
        )
        for number, name in names.items()
    ]
    board.lists(Family.CHANNELS, *items)
    params = message("QueueParams", Queue="front", Strategy="ringall", Completed="0", Abandoned="0")
    member = message("QueueMember", Queue="front", Name="Clara", Location="PJSIP/203", Status="1", Paused="0")
    waits = str(int(board.clock.at - Passage.objects.latest("joined_at").joined_at.timestamp()))
    waiting = [message("QueueEntry", Queue="front", Position="1", Uniqueid=uid(each), Wait=waits) for each in callers]
    board.lists(Family.QUEUES, params, member, *waiting)
    board.mirror.set_link(Link.LIVE)


def test_the_words_of_the_mirror_are_those_of_the_tables() -> None:
    assert {outcome.value for outcome in LOST} == set(LOST_HERE)
    longest = {field.name: field.max_length for field in Passage._meta.fields if hasattr(field, "max_length")}
    assert all(len(outcome) <= (longest["outcome"] or 0) for outcome in Outcome.values)
    assert all(len(ended_by) <= (longest["ended_by"] or 0) for ended_by in EndedBy.values)
    assert all(len(kind) <= (Span._meta.get_field("kind").max_length or 0) for kind in SpanKind)
    assert set(HISTORY_MODELS) == set(RecordKind)


def test_a_passage_is_one_row_that_is_written_at_each_turn(board: Office) -> None:
    join(board, 1, 1, 1)
    board.flush()
    assert Passage.objects.get().outcome == Outcome.WAITING
    rung(board)
    connected(board)
    board.flush()
    assert Passage.objects.get().talk_ended_at is None
    board.event("HangupRequest", Uniqueid=uid(2))
    board.hang_up(2, 1)
    board.flush()
    row = Passage.objects.get()
    assert (row.outcome, row.ended_by, row.agent, row.is_open) == ("answered", "agent", "PJSIP/203", False)
    assert row.talk_ended_at is not None
    assert row.talk_ended_at.timestamp() == pytest.approx(board.clock.at - 0.1, abs=0.15)
    assert Call.objects.get().is_open is False
    assert {span.kind for span in Span.objects.filter(is_open=False)} == {"ringing", "talking"}


def test_records_are_no_changes_and_reach_no_browser(board: Office) -> None:
    join(board, 1, 1, 1)
    board.flush()
    assert set(ChangeRow.objects.values_list("kind", flat=True)) <= {kind.value for kind in Kind}


def test_the_same_batch_again_changes_nothing(board: Office) -> None:
    join(board, 1, 1, 1)
    batch = [*board.mirror.changes(), *board.mirror.records()]
    for _ in range(2):
        board.store.flush(batch)
    assert (Passage.objects.count(), Call.objects.count()) == (1, 1)


def test_a_worker_that_lost_its_lease_writes_no_record(board: Office) -> None:
    LeaseRow.objects.update(owner="another")
    join(board, 1, 1, 1)
    with pytest.raises(LeaseLost):
        board.flush()
    assert not Passage.objects.exists()


def test_the_first_picture_brings_its_records(board: Office) -> None:
    join(board, 1, 1, 1)
    board.store.replace([*board.mirror.everything(), *board.mirror.records()])
    assert Passage.objects.get().outcome == Outcome.WAITING


def test_texts_that_are_too_long_are_cut_and_do_not_stop_the_rest(board: Office) -> None:
    queue = "q" * 300
    name = {"Channel": "PJSIP/itsp-1", "Uniqueid": uid(1), "Linkedid": uid(1), "ChannelState": "6"}
    board.event("QueueCallerJoin", **name, Queue=queue, Position="999999999999999", Count="1")
    batch = board.mirror.records()
    board.store.flush(batch)
    assert Passage.objects.get().queue == queue[:80]


# --- the next worker ------------------------------------------------------------------------------------------------


def test_a_caller_who_waited_all_the_time_goes_on_in_the_same_row(board: Office) -> None:
    join(board, 1, 1, 1)
    board.flush()
    before = Passage.objects.get()
    following = next_worker(board)
    listed(following, 1)
    following.flush()
    row = Passage.objects.get()
    assert (row.key, row.joined_at, row.outcome, row.is_complete) == (before.key, before.joined_at, "waiting", False)
    following.event("HangupRequest", Uniqueid=uid(1), Channel="PJSIP/itsp-1")
    following.event("QueueCallerAbandon", Queue="front", Uniqueid=uid(1), Position="1")
    following.flush()
    assert Passage.objects.get().outcome == Outcome.ABANDONED
    assert following.rows(Kind.QUEUE)["front"]["abandoned_today"] == 1


def test_one_who_is_gone_ended_when_the_last_worker_was_last_seen(board: Office) -> None:
    join(board, 1, 1, 1)
    board.flush()
    written = ChangeRow.objects.latest("seq").at
    following = next_worker(board)
    listed(following)
    following.flush()
    row, gap = Passage.objects.get(), Gap.objects.get()
    assert (row.outcome, row.is_complete, row.is_open) == ("unknown", False, False)
    assert row.left_at is not None
    assert abs(gap.began_at - written) < timedelta(seconds=0.01)
    assert row.left_at >= row.joined_at
    assert gap.ended_at is not None
    assert gap.ended_at.timestamp() == pytest.approx(following.clock.at)
    assert Call.objects.get().is_open is False
    assert [span.is_complete for span in Span.objects.filter(kind="member").order_by("began_at")] == [False, True]


def test_a_talk_that_goes_on_is_recognised_by_its_member(board: Office) -> None:
    join(board, 1, 1, 1)
    rung(board)
    connected(board)
    board.flush()
    following = next_worker(board)
    following.hints({"203": "PJSIP/203"})
    queue, agent = {"Application": "Queue", "ApplicationData": "front"}, {"Application": "AppQueue"}
    items = [
        message("CoreShowChannel", Channel=name, Uniqueid=uid(number), Linkedid=uid(1), ChannelState="6", **what)
        for number, name, what in ((1, "PJSIP/itsp-1", queue), (2, "PJSIP/203-2", agent))
    ]
    following.lists(Family.CHANNELS, *items)
    following.lists(
        Family.QUEUES, message("QueueMember", Queue="front", Name="Clara", Location="PJSIP/203", Status="2")
    )
    following.mirror.set_link(Link.LIVE)
    following.flush()
    assert Passage.objects.get().is_open
    following.event("AgentComplete", **MEMBER, Uniqueid=uid(1), DestUniqueid=uid(2), Reason="caller")
    following.flush()
    row = Passage.objects.get()
    assert (row.outcome, row.ended_by, row.is_complete, row.is_open) == ("answered", "caller", False, False)


def test_todays_figures_survive_the_worker(board: Office) -> None:
    for number in (1, 2):
        join(board, number, 1, 1)
        leave(board, number, 0)
    join(board, 3, 1, 1)
    rung(board, caller=3, leg=4)
    connected(board, caller=3, leg=4)
    board.hang_up(4, 3)
    board.flush()
    names = [
        name for name in board.rows(Kind.QUEUE)["front"] if name.endswith("_today") and name != "is_complete_today"
    ]
    before = {name: board.rows(Kind.QUEUE)["front"][name] for name in names}
    assert (before["offered_today"], before["answered_today"], before["lost_today"]) == (3, 1, 2)
    following = next_worker(board)
    listed(following)
    row = following.rows(Kind.QUEUE)["front"]
    assert {name: row[name] for name in names} == before
    assert row["is_complete_today"] is False


def test_a_gap_that_was_open_when_the_worker_died_goes_on(board: Office) -> None:
    join(board, 1, 1, 1)
    board.flush()
    lost_at = board.clock.at
    board.mirror.set_link(Link.OFFLINE, "The line was cut.")
    board.store.flush([*board.mirror.changes(only=Kind.PBX), *board.mirror.records()])
    following = next_worker(board, after=100)
    listed(following)
    following.flush()
    gap = Gap.objects.get()
    assert (gap.began_at.timestamp(), gap.reason, gap.is_open) == (pytest.approx(lost_at), "The line was cut.", False)


def test_a_pbx_that_nobody_has_ever_seen_has_no_gap(store: Store) -> None:
    mirror = Mirror("main")
    mirror.adopt(store.past(mirror.day_began_at))
    mirror.set_link(Link.LIVE)
    assert mirror.records() == []


def test_another_pbx_is_left_alone(board: Office) -> None:
    join(board, 1, 1, 1)
    board.flush()
    for model in (Passage, Call, Span, Pbx):
        model.objects.update(pbx="branch")
    past = board.store.past(0.0)
    assert (list(past.passages), list(past.calls), list(past.spans), list(past.ended_today)) == ([], [], [], [])


# --- what is kept, and the goals --------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", RecordKind)
def test_what_is_older_than_the_retention_is_forgotten_unless_it_goes_on(
    store: Store, settings: Settings, kind: RecordKind
) -> None:
    settings.HISTORY_DAYS = 30
    make: dict[RecordKind, Callable[[str, datetime, bool], Record]] = {
        RecordKind.PASSAGE: lambda key, at, on: Passage(key=key, pbx="main", joined_at=at, is_open=on, position=1),
        RecordKind.CALL: lambda key, at, on: Call(key=key, pbx="main", started_at=at, is_open=on),
        RecordKind.SPAN: lambda key, at, on: Span(key=key, pbx="main", began_at=at, is_open=on),
        RecordKind.GAP: lambda key, at, on: Gap(key=key, pbx="main", began_at=at, is_open=on),
    }
    now = datetime.now(UTC)
    for key, age, goes_on in (("old", 31, False), ("old and open", 31, True), ("young", 29, False)):
        make[kind](key, now - timedelta(days=age), goes_on).save()
    store.prune()
    assert set(HISTORY_MODELS[kind]._default_manager.values_list("key", flat=True)) == {"old and open", "young"}


def test_alerts_and_notes_about_lost_callers_are_kept_as_long(store: Store, settings: Settings) -> None:
    settings.HISTORY_DAYS = 30
    now = datetime.now(UTC)
    for key, age, is_up in (("old", 31, False), ("old and up", 31, True), ("young", 29, False)):
        at = now - timedelta(days=age)
        AlertRecord.objects.create(
            key=key, pbx="main", threshold_key=1, queue="front", what="wait", limit=60, value=61, raised_at=at,
            fell_at=None if is_up else at,
        )  # fmt: skip
    AlertRecord.objects.create(
        key="another's", pbx="another", threshold_key=1, queue="front", what="wait", limit=60, value=61,
        raised_at=now - timedelta(days=31), fell_at=now,
    )  # fmt: skip
    for number, days in (("1", 31), ("2", 29)):
        changed_at = now - timedelta(days=days)
        created_at = now - timedelta(days=40)
        FollowUp.objects.create(number=number, changed_by="Anna", changed_at=changed_at, created_at=created_at)
    store.prune()
    assert set(AlertRecord.objects.values_list("key", flat=True)) == {"old and up", "young", "another's"}
    assert set(FollowUp.objects.values_list("number", flat=True)) == {"2"}


def test_goals_are_read_again_only_when_they_changed(store: Store) -> None:
    assert store.targets() == {}
    assert store.targets() is None
    Goal.objects.create(queue="front", seconds=30, percent=90)
    assert store.targets() == {"front": Target(30, 90)}
    assert store.targets() is None
    Goal.objects.all().delete()
    assert store.targets() == {}


@pytest.mark.parametrize(("seconds", "percent"), [(0, 80), (3601, 80), (20, 0), (20, 101)])
def test_a_goal_that_makes_no_sense_is_refused(seconds: int, percent: int) -> None:
    with pytest.raises(ValidationError):
        Goal(queue="front", seconds=seconds, percent=percent).full_clean()


def test_a_batch_of_records_alone_is_written(board: Office) -> None:
    join(board, 1, 1, 1)
    board.mirror.changes()
    records = board.mirror.records()
    assert not any(isinstance(record, Change) for record in records)
    board.store.flush(records)
    assert Passage.objects.count() == 1
