"""How long a minute of the past takes to open, and how much room its film takes: demo offices of 500 and of 5,000
extensions, on SQLite; next to a plain SELECT of the same keyframe and reels.

`python -m benchmarks replay` prints the table. A demo PBX and a worker run for a while; what they wrote is then on
film over and over, so that the minute asked for is as far from its keyframe as one can be. Measured is the whole
answer as Django makes it, for an operator who sees everything, without web server and browser.
"""

from __future__ import annotations

import json
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from typing import NamedTuple


os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="cordboard-bench-"))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "panel.settings")

import django


django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client, override_settings  # noqa: E402

from ami_worker.film_store import KEYFRAME_CHARACTERS, KEYFRAME_MILLISECONDS  # noqa: E402
from benchmarks.office import demo_pbx, panel_of  # noqa: E402
from benchmarks.table import Row, median, show  # noqa: E402
from panel.accounts.models import Operator  # noqa: E402
from panel.accounts.roles import Role  # noqa: E402
from panel.live.wire import encode  # noqa: E402
from panel.replay.models import Keyframe, Reel  # noqa: E402
from panel.replay.packing import Shot, Still, milliseconds, moment, pack_changes, pack_frame  # noqa: E402
from tests.people import make_operator  # noqa: E402


OFFICES = ((500, 5.0, 1.0), (5_000, 20.0, 3.0))
"""Extensions, calls a second, and seconds in which a minute should open."""

WARM_SECONDS, SECONDS = 30.0, 40.0
EACH_REEL = 20_000  # milliseconds
ROUNDS = 3


class Recorded(NamedTuple):
    """The picture before, and what happened then, at milliseconds from 0 on."""

    stills: list[Still]
    shots: list[Shot]


def record(extensions: int, rate: float) -> Recorded:
    """What a worker writes about a demo office once as many calls end as begin."""
    with demo_pbx(extensions, rate) as url, panel_of(url) as panel:
        panel.worker.start()
        panel.wait_ready(90)
        time.sleep(WARM_SECONDS)
        began = milliseconds(datetime.now(UTC))
        time.sleep(SECONDS)
        panel.worker.stop()
        with closing(sqlite3.connect(panel.folder / "cordboard.sqlite3")) as database:
            rows = database.execute("SELECT at, seq, kind, key, groups, row FROM live_change ORDER BY seq").fetchall()
    stills: dict[tuple[str, str], Still] = {}
    shots = []
    for written, seq, kind, key, groups, row in rows:
        at = milliseconds(datetime.fromisoformat(written).replace(tzinfo=UTC)) - began
        text = None if row is None else encode(json.loads(row))
        if kind == "command" or at >= SECONDS * 1000:
            continue
        if at >= 0:
            shots.append(Shot(at, seq, kind, key, tuple(json.loads(groups)), text))
        elif text is None:
            stills.pop((kind, key), None)
        else:
            stills[kind, key] = Still(kind, key, tuple(json.loads(groups)), text)
    return Recorded(list(stills.values()), shots)


def put_on_film(recorded: Recorded, began: int, length: int) -> None:
    """A keyframe, and for so many milliseconds what happened, again and again."""
    Keyframe.objects.all().delete()
    Reel.objects.all().delete()
    Keyframe.objects.create(pbx="pbx", at=moment(began), seq=0, frame=pack_frame(recorded.stills))
    seq = 0
    for start in range(0, length, EACH_REEL):
        within = start % int(SECONDS * 1000)
        shots = []
        for shot in (shot for shot in recorded.shots if within <= shot.at < within + EACH_REEL):
            seq += 1
            shots.append(shot._replace(at=began + start + shot.at - within, seq=seq))
        Reel.objects.create(
            pbx="pbx",
            began_at=moment(began + start),
            ended_at=moment(began + start + EACH_REEL),
            first_seq=seq - len(shots) + 1,
            last_seq=seq,
            changes=pack_changes(shots),
        )


def took(function: Callable[[], object]) -> tuple[float, float]:
    """Seconds by the clock and of this process's CPU, the middle of a few rounds."""
    times, work = [], []
    for _ in range(ROUNDS):
        began, had_worked = time.perf_counter(), time.process_time()
        function()
        times.append(time.perf_counter() - began)
        work.append(time.process_time() - had_worked)
    return median(times), median(work)


def measure(extensions: int, rate: float, target: float, operator: Operator) -> list[Row]:
    recorded = record(extensions, rate)
    a_second = sum(len(shot.text or "") for shot in recorded.shots) / SECONDS
    apart = min(KEYFRAME_MILLISECONDS, int(KEYFRAME_CHARACTERS / a_second * 1000))  # from keyframe to keyframe
    length = (apart + 60_000) // EACH_REEL * EACH_REEL
    began = milliseconds(datetime.now(UTC)) - length - 60_000
    put_on_film(recorded, began, length)
    client = Client()
    client.force_login(operator)
    sizes: list[int] = []

    def open_a_minute() -> None:
        answer = client.get("/replay/film", {"at": began + length - 60_000})
        assert answer.status_code == 200, answer.content[:500]
        sizes.append(len(answer.content))

    def select() -> None:
        assert list(Keyframe.objects.values_list("frame"))
        assert list(Reel.objects.values_list("changes"))

    (opened, work), (_, select_work) = took(open_a_minute), took(select)
    reels = sum(len(bytes(changes)) for changes in Reel.objects.values_list("changes", flat=True))
    frames = len(bytes(Keyframe.objects.get().frame)) * 3_600_000 / apart
    name = f"replay: {extensions:,} extensions, {rate:g} calls a second"
    return [
        Row(f"{name}: a minute is open after", opened, "s", target, more=False),
        Row(f"{name}: … of CPU", work, "s"),
        Row(f"{name}: … times a plain SELECT of the same film", work / select_work, "x"),
        Row(f"{name}: size of the answer", sizes[0] / 1e6, "MB"),
        Row(f"{name}: changes", len(recorded.shots) / SECONDS, "/s"),
        Row(f"{name}: film of an hour", (reels * 3_600_000 / length + frames) / 1e6, "MB"),
    ]


def run() -> list[Row]:
    with override_settings(ALLOWED_HOSTS=["testserver"]):
        call_command("migrate", verbosity=0)
        operator = make_operator("bench-replay", Role.SUPERVISOR)
        try:
            return [row for office in OFFICES for row in measure(*office, operator)]
        finally:
            operator.delete()
            connection.close()


if __name__ == "__main__":
    show(run())
