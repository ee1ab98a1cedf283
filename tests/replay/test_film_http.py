"""The film as a page asks for it: `GET /replay/film`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from panel.accounts.roles import Role
from panel.live.wire import encode
from panel.replay.models import Keyframe, Reel
from panel.replay.packing import Shot, Still, milliseconds, moment, pack_changes, pack_frame
from tests.live.reducer import Reducer
from tests.people import make_operator


pytestmark = pytest.mark.django_db

NOW = milliseconds(datetime.now(UTC))
BEGAN = NOW - 600_000


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
        ended_at=moment(NOW - 5_000),
        first_seq=11,
        last_seq=14,
        changes=pack_changes(shots),
    )


def ask(name: str = "sue", role: Role | None = Role.SUPERVISOR, departments: list[str] = [], **query: Any) -> Any:  # noqa: B006
    client = Client()
    client.force_login(make_operator(name, role, departments=departments))
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
    assert answer["Cache-Control"].find("no-store") >= 0
    piece = answer.json()
    assert (piece["from"], piece["to"]) == (BEGAN, BEGAN + 60_000)
    assert (piece["earliest"], piece["latest"], piece["gaps"]) == (BEGAN, NOW - 5_000, [])
    assert piece["snapshot"]["now"] == datetime.fromtimestamp(BEGAN / 1000, UTC).isoformat(
        timespec="milliseconds"
    ).replace("+00:00", "Z")
    assert "command" in piece["snapshot"]["rows"]
    assert shown(piece, BEGAN) == {"pbx": {"pbx": "live"}, "extension": {"201": "idle", "301": "idle"}}
    assert shown(piece, BEGAN + 60_000)["extension"] == {"201": "talking", "301": "idle"}
