"""What the worker records, keeps and forgets of the film."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from asgiref.sync import sync_to_async
from pytest_django import Settings

from ami_worker import filming
from ami_worker.film_store import FilmStore
from ami_worker.filming import Filming
from ami_worker.lease import Lease, LeaseLost
from ami_worker.store import Store
from panel.live.models import Change as ChangeRow
from panel.live.models import Lease as LeaseRow
from panel.replay.film import cut_piece
from panel.replay.models import Keyframe, Reel
from panel.replay.packing import moment, pack_frame, unpack_changes, unpack_frame
from panel.replay.reader import extent, gaps, recorded
from panel.vocabulary import Kind, Link
from tests.replay.story import EVERYBODY, Office, change, pbx, shown


pytestmark = pytest.mark.django_db(transaction=True)

EVERYTHING = EVERYBODY[0]
SECONDS = 8.0


@pytest.fixture
def office(transactional_db: None) -> Office:
    """One that began an hour ago, with one extension."""
    office = Office(datetime.now(UTC) - timedelta(hours=1))
    office.flush(pbx(Link.LIVE, office.at), change(Kind.EXTENSION, "201", ["Sales"], 0))
    office.pack()
    office.wait(10)
    return office


def values(at: int) -> list[int]:
    """What is shown of the extensions at that moment."""
    there = extent("pbx")
    assert there is not None
    found = recorded("pbx", at, at, gaps("pbx", there))
    assert found is not None
    return [row["value"] for row in shown(cut_piece(found, at, at, EVERYTHING), at).get("extension", {}).values()]


def link(at: int) -> str:
    there = extent("pbx")
    assert there is not None
    found = recorded("pbx", at, at, gaps("pbx", there))
    assert found is not None
    state: str = shown(cut_piece(found, at, at, EVERYTHING), at)["pbx"]["pbx"]["link"]
    return state


def seqs() -> list[int]:
    return list(ChangeRow.objects.order_by("seq").values_list("seq", flat=True))


def test_a_keyframe_is_the_whole_picture_and_a_reel_what_came_after(office: Office) -> None:
    office.flush(change(Kind.EXTENSION, "201", ["Sales"], 1), change(Kind.COMMAND, "c", [], None))
    office.pack()
    frame, reel = Keyframe.objects.get(), Reel.objects.get()
    assert [(still.kind, still.key, still.groups) for still in unpack_frame(bytes(frame.frame))] == [
        ("pbx", "pbx", ("*",)),
        ("extension", "201", ("Sales",)),
    ]
    [shot] = unpack_changes(bytes(reel.changes))
    assert (shot.at, shot.key, shot.groups) == (office.now, "201", ("Sales",))
    assert (reel.began_at, reel.ended_at) == (frame.at, moment(office.now))
    assert (reel.first_seq, reel.last_seq) == (shot.seq, seqs()[-1])


def test_what_a_killed_worker_had_not_packed_is_on_film_afterwards(office: Office) -> None:
    office.flush(change(Kind.EXTENSION, "201", ["Sales"], 1))
    rang = office.now
    office.wait(2)
    office.die(60)
    office.pack()
    assert (values(rang - 1), values(rang)) == ([0], [1])
    assert [link(at) for at in (rang + 1_999, rang + 2_000, rang + 61_999)] == ["live", "stale", "stale"]
    there = extent("pbx")
    assert there is not None
    assert [(gap.began, gap.ended) for gap in gaps("pbx", there)] == [(rang + 2_000, rang + 62_000)]


def test_a_night_in_which_nothing_happens_is_one_row(office: Office) -> None:
    for _ in range(5):
        office.pack()
        office.wait(20)
    reel = Reel.objects.get()
    assert (reel.ended_at - reel.began_at, list(unpack_changes(bytes(reel.changes)))) == (timedelta(seconds=90), [])
    office.flush(change(Kind.EXTENSION, "201", ["Sales"], 1))
    office.pack()
    assert Reel.objects.count() == 2
    assert values(office.now) == [1]


def test_every_ten_minutes_and_after_very_much_there_is_a_whole_picture(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.wait(580)
    office.pack()
    assert Keyframe.objects.count() == 1
    office.wait(20)
    office.pack()
    assert Keyframe.objects.count() == 2
    monkeypatch.setattr("ami_worker.film_store.KEYFRAME_CHARACTERS", 20)
    for value in (1, 2):
        office.wait(1)
        office.flush(change(Kind.EXTENSION, "201", ["Sales"], value))
        office.pack()
    assert Keyframe.objects.count() == 3
    assert not Keyframe.objects.exclude(blind_since=None).exists()


def test_a_worker_that_lost_its_lease_records_nothing(office: Office) -> None:
    office.flush(change(Kind.EXTENSION, "201", ["Sales"], 1))
    LeaseRow.objects.update(owner="another", epoch=99)
    with pytest.raises(LeaseLost):
        office.film.pack()
    assert not Reel.objects.exists()


def test_no_change_is_pruned_before_it_is_on_film(office: Office) -> None:
    office.flush(change(Kind.EXTENSION, "201", ["Sales"], 1))
    office.store.prune(office.film.packed)
    assert len(seqs()) == 1
    office.pack()
    office.store.prune(office.film.packed)
    assert seqs() == []
    assert values(office.now) == [1]


def test_after_an_hour_without_film_it_is_begun_anew(office: Office) -> None:
    office.pack()
    lost = office.now
    office.flush(change(Kind.EXTENSION, "201", ["Sales"], 1))
    office.wait(3_601)
    office.store.prune()
    office.flush(change(Kind.EXTENSION, "201", ["Sales"], 2))
    office.pack()
    assert [link(at) for at in (lost - 1, lost, office.now - 1, office.now)] == [
        "live", "stale", "stale", "live",
    ]  # fmt: skip
    assert values(office.now) == [2]


def test_while_nothing_could_be_written_the_film_is_stale(office: Office) -> None:
    began = office.now
    office.film.go_blind(began)
    office.wait(40)
    office.flush(change(Kind.EXTENSION, "201", ["Sales"], 1))
    office.pack()
    assert [link(at) for at in (began - 1, began, office.now - 1, office.now)] == ["live", "stale", "stale", "live"]
    assert values(office.now) == [1]


def test_a_clock_that_was_wrong_leaves_no_film_of_the_future(office: Office) -> None:
    right = office.at
    office.wait(5_000_000)
    office.flush(change(Kind.EXTENSION, "201", ["Sales"], 1))
    office.pack()
    office.at = right + timedelta(seconds=5)
    office.flush(change(Kind.EXTENSION, "201", ["Sales"], 2))
    office.pack()
    there = extent("pbx")
    assert there is not None
    assert there.latest == office.now
    assert values(office.now) == [2]
    assert link(office.now - 1) == "stale"


def test_a_clock_set_back_a_little_keeps_the_order(office: Office) -> None:
    office.flush(change(Kind.EXTENSION, "201", ["Sales"], 1))
    office.pack()
    end = office.now
    office.wait(-3)
    office.flush(change(Kind.EXTENSION, "201", ["Sales"], 2))
    office.pack()
    assert values(end) == [2]
    assert values(end - 1) == [0]


def test_what_is_too_old_is_forgotten_but_not_the_picture_that_the_film_begins_with(office: Office) -> None:
    office.film.pack()
    for _ in range(12):
        office.wait(600)
        office.flush(change(Kind.EXTENSION, "201", ["Sales"], 1))
        office.pack()
    assert Keyframe.objects.count() == 13
    office.wait(100)
    assert office.film.forget(1) is False
    frames = Keyframe.objects.order_by("at")
    assert frames.count() == 7
    assert frames[0].at == moment(office.now - 3_700_000)
    assert values(office.now - 3_600_000) == [1]
    assert office.film.forget(1) is False
    assert office.film.forget(0) is False
    assert not Keyframe.objects.exists()
    assert not Reel.objects.exists()


def test_a_great_deal_is_forgotten_in_parts(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ami_worker.film_store.FORGOTTEN_AT_ONCE", 2)
    for _ in range(5):
        Keyframe.objects.create(pbx="pbx", at=moment(office.now), seq=1, frame=pack_frame([]))
    assert [office.film.forget(0) for _ in range(4)] == [True, True, True, False]


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not await sync_to_async(holds)():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


@pytest.fixture
def lease(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> Lease:
    monkeypatch.setattr(filming, "LOOK_SECONDS", 0.03)
    monkeypatch.setattr(filming, "PACK_SECONDS", 0.05)
    lease = Lease("pbx", "this worker", 1.0)
    assert lease.acquire()
    return lease


async def test_the_worker_films_beside_the_picture(lease: Lease) -> None:
    film = Filming(lease)
    await film.begin()
    assert film.packed == 0
    is_written = asyncio.Event()

    async def renew() -> None:
        while not is_written.is_set():
            await sync_to_async(lease.renew)()
            await asyncio.sleep(0.05)

    running, renewing = asyncio.create_task(film.run()), asyncio.create_task(renew())
    try:
        await until(Keyframe.objects.exists)
        store = Store(lease)
        await sync_to_async(store.flush)([change(Kind.EXTENSION, "201", ["Sales"], 1)])
        (seq,) = await sync_to_async(seqs)()
        await until(lambda: film.packed == seq)
        assert await sync_to_async(Reel.objects.filter(last_seq=seq).exists)()
        is_written.set()
        await renewing
        await until(lambda: film.is_dark)
        assert not await sync_to_async(Keyframe.objects.exclude(blind_since=None).exists)()
        await sync_to_async(lease.renew)()
        await until(Keyframe.objects.exclude(blind_since=None).exists)
        await sync_to_async(LeaseRow.objects.update)(owner="another", epoch=99)
        with pytest.raises(LeaseLost):
            await asyncio.wait_for(running, SECONDS)
    finally:
        running.cancel()
        film.close()


async def test_with_no_hours_to_keep_there_is_no_film(lease: Lease, settings: Settings) -> None:
    settings.REPLAY_HOURS = 0
    await sync_to_async(FilmStore(lease).pack)()
    film = Filming(lease)
    await film.begin()
    assert film.packed is None
    running = asyncio.create_task(film.run())
    try:
        await until(lambda: not Keyframe.objects.exists())
    finally:
        running.cancel()
        film.close()
