"""The film as a page asks for it: `GET /replay/film`."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from panel.accounts.models import Operator
from panel.accounts.roles import Role, give_role
from panel.history.models import Gap
from panel.live import wire
from panel.live.wire import encode
from panel.replay import film
from panel.replay.models import Keyframe, Reel
from panel.replay.packing import Shot, Still, milliseconds, moment, pack_changes, pack_frame, unpack_changes
from panel.vocabulary import utc
from tests.live.reducer import Reducer


pytestmark = pytest.mark.django_db

NOW = milliseconds(datetime.now(UTC)) // 1000 * 1000
BEGAN = NOW - 600_000
LATEST = NOW - 5_000


def pbx(link: str = "live") -> str:
    return encode({"key": "pbx", "link": link, "as_of_at": None, "reason": ""})


def extension(number: str, state: str) -> str:
    return encode({"key": number, "number": number, "state": state})


@pytest.fixture
def recorded() -> None:
    """Ten minutes: 201 of Sales rings after 10 s and talks after 10.1 s; 301 of Support rings after 70 s."""
    stills = [
        Still("pbx", "pbx", ("*",), pbx()),
        Still("extension", "201", ("Sales",), extension("201", "idle")),
        Still("extension", "301", ("Support",), extension("301", "idle")),
    ]
    shots = [
        Shot(BEGAN + 10_000, 11, "extension", "201", ("Sales",), extension("201", "ringing")),
        Shot(BEGAN + 10_100, 12, "extension", "201", ("Sales",), extension("201", "talking")),
        Shot(BEGAN + 70_000, 13, "extension", "301", ("Support",), extension("301", "ringing")),
        Shot(BEGAN + 80_000, 14, "extension", "301", ("Support",), None),
    ]
    Keyframe.objects.create(pbx="pbx", at=moment(BEGAN), seq=10, frame=pack_frame(stills))
    Reel.objects.create(
        pbx="pbx",
        began_at=moment(BEGAN),
        ended_at=moment(LATEST),
        first_seq=11,
        last_seq=14,
        changes=pack_changes(shots),
    )


def account(name: str = "sue", role: Role | None = Role.SUPERVISOR, departments: Iterable[str] = ()) -> Operator:
    """Nobody logs in by password here, so no time is spent on hashing one."""
    made = Operator.objects.create(username=name, password=f"of {name}", departments=list(departments))
    if role is not None:
        give_role(made, role)
    return made


def ask(name: str = "sue", role: Role | None = Role.SUPERVISOR, departments: Iterable[str] = (), **query: Any) -> Any:
    client = Client()
    client.force_login(account(name, role, departments))
    return client.get("/replay/film", query)


def shown(piece: dict[str, Any], until: int) -> dict[str, dict[str, Any]]:
    """What a browser shows at that moment."""
    reducer = Reducer()
    for frame in [piece["snapshot"], *(frame for at, frame in piece["patches"] if at <= until)]:
        assert reducer.apply(frame) is False
    return {
        kind: {key: row.get("state", row.get("link")) for key, row in rows.items()}
        for kind, rows in reducer.shown().items()
    }


@pytest.mark.usefixtures("recorded")
def test_a_minute_of_the_past_is_a_snapshot_and_patches() -> None:
    answer = ask(at=BEGAN)
    assert "no-store" in answer["Cache-Control"]
    piece = answer.json()
    assert (piece["from"], piece["to"]) == (BEGAN, BEGAN + 60_000)
    assert (piece["earliest"], piece["latest"], piece["gaps"]) == (BEGAN, LATEST, [])
    assert piece["snapshot"]["now"] == utc(BEGAN / 1000)
    assert piece["snapshot"]["rows"]["command"] == []
    assert shown(piece, BEGAN) == {"pbx": {"pbx": "live"}, "extension": {"201": "idle", "301": "idle"}}
    assert shown(piece, BEGAN + 60_000)["extension"] == {"201": "talking", "301": "idle"}


@pytest.mark.usefixtures("recorded")
def test_the_film_of_a_large_office_goes_compressed() -> None:
    client = Client(headers={"Accept-Encoding": "gzip"})
    client.force_login(account())
    answer = client.get("/replay/film", {"at": BEGAN, "seconds": 600})
    assert answer["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(answer.content))["to"] == LATEST


@pytest.mark.usefixtures("recorded")
def test_what_happens_at_nearly_the_same_time_is_one_patch() -> None:
    piece = ask(at=BEGAN, seconds=600).json()
    assert [at - BEGAN for at, _ in piece["patches"]] == [10_100, 70_000, 80_000]
    assert piece["to"] == LATEST


@pytest.mark.usefixtures("recorded")
def test_a_piece_begins_in_the_middle_of_what_happened() -> None:
    piece = ask(at=BEGAN + 75_000, seconds=10).json()
    assert shown(piece, 0)["extension"] == {"201": "talking", "301": "ringing"}
    assert shown(piece, BEGAN + 85_000)["extension"] == {"201": "talking"}


@pytest.mark.usefixtures("recorded")
def test_a_supervisor_of_one_department_learns_nothing_of_another() -> None:
    answer = ask(at=BEGAN, seconds=600, departments=["Sales"])
    assert '"301"' not in answer.content.decode()
    assert shown(answer.json(), LATEST) == {"pbx": {"pbx": "live"}, "extension": {"201": "talking"}}


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize(
    ("role", "status"), [(None, 403), (Role.RECEPTIONIST, 403), (Role.SUPERVISOR, 200), (Role.ADMIN, 200)]
)
def test_the_film_is_for_supervisors_and_admins(role: Role | None, status: int) -> None:
    answer = ask(role=role, at=BEGAN)
    assert answer.status_code == status
    if status != 200:
        assert set(answer.json()) == {"error"}
        assert answer.json()["error"]["code"] == "no_right"


def test_who_is_not_logged_in_is_told_so() -> None:
    answer = Client().get("/replay/film", {"at": BEGAN})
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "logged_out")


@pytest.mark.usefixtures("recorded")
@pytest.mark.parametrize(
    "query",
    [
        {},
        {"at": ""},
        {"at": "yesterday"},
        {"at": "-5"},
        {"at": "1e12"},
        {"at": "\N{FULLWIDTH DIGIT NINE}"},
        {"at": "9" * 14},
        {"at": "9" * 400},
        {"at": NOW + 3_600_000},
        {"at": BEGAN, "seconds": "0"},
        {"at": BEGAN, "seconds": "601"},
        {"at": BEGAN, "seconds": "1.5"},
        {"at": BEGAN, "seconds": ""},
    ],
)
def test_a_time_that_is_none_is_refused(query: dict[str, Any]) -> None:
    answer = ask(**query)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_time")
    assert answer.json()["error"]["message"]


def test_without_any_film_nothing_is_recorded() -> None:
    answer = ask(at=BEGAN)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "nothing_recorded")


@pytest.mark.usefixtures("recorded")
def test_of_a_time_outside_the_film_one_learns_what_there_is() -> None:
    answer = ask(at=BEGAN - 61_000)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "nothing_recorded")
    assert (answer.json()["error"]["earliest"], answer.json()["error"]["latest"]) == (BEGAN, LATEST)
    early, late = ask("a", at=BEGAN - 30_000).json(), ask("b", at=LATEST - 5_000).json()
    assert (early["from"], early["to"]) == (BEGAN, BEGAN + 30_000)
    assert (late["from"], late["to"]) == (LATEST - 5_000, LATEST)


@pytest.mark.usefixtures("recorded")
def test_what_has_just_happened_may_not_be_on_film_yet() -> None:
    piece = ask(at=LATEST + 4_000).json()
    assert (piece["from"], piece["to"], piece["patches"]) == (LATEST, LATEST, [])
    Reel.objects.update(ended_at=moment(LATEST - 120_000))
    assert ask("b", at=LATEST + 4_000).status_code == 404


@pytest.mark.usefixtures("recorded")
def test_no_more_hours_are_shown_than_are_to_be_kept(settings: Settings) -> None:
    settings.REPLAY_HOURS = 0
    answer = ask(at=BEGAN)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "switched_off")
    settings.REPLAY_HOURS = 1
    Keyframe.objects.update(at=moment(NOW - 7_200_000))
    piece = ask("b", at=BEGAN).json()
    assert abs(piece["earliest"] - (time.time() - 3_600) * 1000) < 60_000
    assert ask("c", at=NOW - 3_700_000).status_code == 404


@pytest.mark.usefixtures("recorded")
def test_over_a_gap_the_board_is_visibly_stale() -> None:
    began, ended = BEGAN + 20_000, BEGAN + 40_000
    Gap.objects.create(key="gap", pbx="pbx", reason="The PBX was gone.", began_at=moment(began), ended_at=moment(ended))
    piece = ask(at=BEGAN).json()
    assert piece["gaps"] == [[began, ended, "The PBX was gone."]]
    assert [shown(piece, BEGAN + at)["pbx"]["pbx"] for at in (19_999, 20_000, 39_999, 40_000)] == [
        "live", "stale", "stale", "live",
    ]  # fmt: skip
    stale = ask("b", at=began + 5_000).json()["snapshot"]["rows"]["pbx"][0]
    assert (stale["link"], stale["as_of_at"], stale["reason"]) == ("stale", utc(began / 1000), "The PBX was gone.")


@pytest.mark.usefixtures("recorded")
def test_a_gap_that_has_not_ended_goes_to_the_end_of_the_film() -> None:
    Gap.objects.create(key="gap", pbx="pbx", reason="x", began_at=moment(BEGAN + 20_000), is_open=True)
    Gap.objects.create(key="new", pbx="pbx", reason="y", began_at=moment(BEGAN + 90_000), ended_at=moment(NOW))
    piece = ask(at=LATEST).json()
    assert piece["gaps"] == [[BEGAN + 20_000, LATEST, "x"]]


@pytest.mark.usefixtures("recorded")
def test_a_kind_of_row_that_another_version_had_is_left_out() -> None:
    reel = Reel.objects.get()
    new = Shot(BEGAN + 5_000, 11, "hologram", "h", ("*",), encode({"key": "h"}))
    reel.changes = pack_changes([new, *unpack_changes(bytes(reel.changes))])
    reel.save()
    assert shown(ask(at=BEGAN, seconds=600).json(), LATEST)["extension"] == {"201": "talking"}


@pytest.mark.usefixtures("recorded")
def test_a_long_piece_ends_early_and_the_next_goes_on_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(film, "MOST_CHARACTERS", 10)
    first = ask(at=BEGAN, seconds=600).json()
    assert first["to"] == BEGAN + 10_100
    second = ask("b", at=first["to"], seconds=600).json()
    assert shown(second, 0) == shown(first, first["to"])
    assert second["to"] == BEGAN + 70_000


@pytest.mark.usefixtures("recorded")
def test_a_picture_too_large_for_one_frame_goes_on_in_patches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "LONGEST_TEXT", 40)
    piece = ask(at=BEGAN).json()
    assert piece["patches"][0][0] == BEGAN
    assert shown(piece, BEGAN) == {"pbx": {"pbx": "live"}, "extension": {"201": "idle", "301": "idle"}}
