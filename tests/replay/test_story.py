"""Keyframe and reels folded are the picture that the feed had at that moment, for every audience, wherever the film is
cut and whatever became of the workers.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from ami_worker import film_store
from panel.accounts.models import Operator
from panel.history.models import Gap
from panel.live.models import LIVE_MODELS
from panel.live.models import Change as ChangeRow
from panel.live.models import Lease as LeaseRow
from panel.replay.film import TOGETHER, cut_piece
from panel.replay.models import Keyframe, Reel
from panel.replay.reader import extent, gaps, recorded
from panel.vocabulary import Kind, Link
from tests.replay.story import EVERYBODY, Office, change, pbx, shown


KINDS = st.sampled_from([Kind.EXTENSION, Kind.CALL, Kind.PARKED, Kind.MAILBOX])
GROUPS = st.lists(st.sampled_from(["Sales", "Support", "*"]), max_size=2, unique=True)
TOLD = st.tuples(KINDS, st.sampled_from("xyz"), GROUPS, st.one_of(st.none(), st.integers(0, 3)))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("flush"), st.lists(TOLD, min_size=1, max_size=4)),
        st.tuples(st.just("wait"), st.sampled_from([0.05, 0.4, 1.3, 20.0, 400.0])),
        st.tuples(st.just("pack"), st.none()),
        st.tuples(st.just("die"), st.sampled_from([0.0, 4.0, 90.0])),
        st.tuples(st.just("link"), st.sampled_from(list(Link))),
    ),
    max_size=14,
)


def tell(steps: list[tuple[str, Any]]) -> Office:
    """The story of an office that began two hours ago."""
    for model in (*LIVE_MODELS.values(), ChangeRow, LeaseRow, Gap, Keyframe, Reel):
        model._default_manager.all().delete()
    office = Office(datetime.now(UTC) - timedelta(hours=2))
    office.flush(pbx(Link.LIVE, office.at), change(Kind.EXTENSION, "x", ["Sales"], 0))
    office.pack()
    office.wait(1)
    for step, argument in steps:
        match step:
            case "flush":
                # As the mirror does: what goes was there, and each entity is in a batch once.
                told = {(kind, key): change(kind, key, groups, value) for kind, key, groups, value in argument}
                office.flush(*told.values())
            case "link":
                office.flush(pbx(argument, office.at))
            case "wait":
                office.wait(argument)
            case "die":
                office.die(argument)
            case "pack":
                office.pack()
    office.wait(0.3)
    office.pack()
    return office


def check(office: Office) -> None:
    there = extent("pbx")
    assert there is not None
    assert there.latest == office.now
    blind = gaps("pbx", there)
    moments = sorted({at for at, _ in office.seen} | {at for span in office.dark for at in span} | {office.now})
    for began in moments:
        for audience in EVERYBODY:
            found = recorded("pbx", began, there.latest, blind)
            assert found is not None
            piece = cut_piece(found, began, there.latest, audience)
            assert piece.ended == there.latest
            for at in (at for at in moments if at >= began):
                # What happened together is shown together, when all of it has happened.
                settled = at // TOGETHER * TOGETHER + TOGETHER - 1 if at > began else at
                if any(at < other <= settled for other in moments):
                    continue
                rows, link = shown(piece, settled), None
                if Kind.PBX.value in rows:
                    link = rows["pbx"]["pbx"]["link"]
                if office.is_dark(at):
                    assert link != Link.LIVE
                else:
                    assert rows == office.truth(at, audience), (began, at)


RULES = settings(
    deadline=None,
    max_examples=30,
    # Shrinking takes minutes here; what failed is printed all the same.
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


REPLACED_AT_ONCE: list[tuple[str, Any]] = [
    ("link", Link.LIVE),
    ("wait", 20.0),
    ("die", 0.0),
    ("pack", None),
    ("die", 90.0),
]


@RULES
@given(STEPS)
@example(REPLACED_AT_ONCE)
@pytest.mark.django_db(transaction=True)
def test_the_film_shows_what_the_feed_showed(steps: list[tuple[str, Any]]) -> None:
    check(tell(steps))


@RULES
@given(STEPS)
@pytest.mark.django_db(transaction=True)
def test_a_film_in_short_reels_is_no_other(monkeypatch: pytest.MonkeyPatch, steps: list[tuple[str, Any]]) -> None:
    monkeypatch.setattr(film_store, "BATCH", 2)
    check(tell(steps))


@pytest.mark.postgres
def test_the_film_on_postgres(postgres_database: Callable[[], AbstractContextManager[None]]) -> None:
    told = [(Kind.EXTENSION, "x", ["Sales"], 1), (Kind.CALL, "y", ["Support", "Sales"], 2)]
    gone = [(Kind.CALL, "y", [], None)]
    with postgres_database():
        assert connection.vendor == "postgresql"
        steps: list[tuple[str, Any]] = [("flush", told), ("wait", 1.3), ("pack", None), ("flush", gone), ("wait", 0.4)]
        office = tell([*steps, ("die", 90.0), *steps, ("die", 4.0), ("flush", told), ("die", 4.0), *steps])
        check(office)
        browser = Client()
        browser.force_login(Operator.objects.create(username="sue", is_superuser=True))
        piece = browser.get("/replay/film", {"at": office.now, "seconds": 600}).json()
        assert (piece["from"], piece["to"], len(piece["gaps"])) == (office.now, office.now, 2)
        office.at = datetime.now(UTC) + timedelta(hours=30)
        office.pack()
        office.film.forget(24)
        assert Keyframe.objects.count() == 2  # the present one, and what the last day begins with
