"""All the real parts of a chaos run, and the lines between them at which faults are made: Asterisk with desks,
PostgreSQL, Redis, two webs, a worker and a standby.

Made by the run; the faults, the people and the comparison use it.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Self

import psycopg

from tests.chaos.diary import Diary, Listener
from tests.chaos.load import LoadedFloor
from tests.chaos.watched_worker import PERFORMED, picture_file
from tests.e2e.proxy import Line
from tests.e2e.stack import Panel, Process
from tests.rig.postgres import Postgres
from tests.rig.redis import Redis


SUPERVISOR = "watch"
"""Who looks at the queues, without a phone."""

SETTINGS = {
    "TRANSFER_TIMEOUT": 5, "HOLD_TIMEOUT": 8, "CAMP_TIMEOUT": 8, "QUEUE_TIMEOUT": 8, "DESK_TIMEOUT": 8,
    "RETURN_TIMEOUT": 10, "RETURN_PAUSE": 1,
}  # fmt: skip
"""Of the include: seconds after which a caller comes back, shorter than some faults and longer than others."""

RESTART_SECONDS = 1.0
"""After which a supervisor starts a process again that has ended."""

KEPT_WHEN_IT_CRASHES = "ALTER DATABASE cordboard SET synchronous_commit TO on"
"""The rig's servers forget the last moments when they are killed; those that people use do not."""

OWNER = "SELECT owner FROM live_lease"
OPEN_COMMANDS = """
SELECT key, name, state FROM commands_command
WHERE state IN ('pending', 'sent') AND created_at < now() - interval '60 seconds'
"""
ROWS = """
SELECT 'pbx', row FROM live_pbx UNION ALL SELECT 'extension', row FROM live_extension
UNION ALL SELECT 'call', row FROM live_call UNION ALL SELECT 'queue', row FROM live_queue
UNION ALL SELECT 'member', row FROM live_member UNION ALL SELECT 'caller', row FROM live_caller
UNION ALL SELECT 'parked', row FROM live_parked UNION ALL SELECT 'conference', row FROM live_conference
"""


class Rows:
    """Rows by kind, as a board has them."""

    def __init__(self, rows: dict[str, list[dict[str, Any]]]) -> None:
        self._rows = rows

    def all(self, kind: str) -> list[dict[str, Any]]:
        return self._rows.get(kind, [])


class House:
    """A context manager: everything runs from the beginning of the block to its end. To be entered on a thread that
    lives as long.
    """

    def __init__(self, folder: Path, diary: Diary, *, desks: int) -> None:
        self.folder = folder
        self.diary = diary
        self.floor = LoadedFloor(22, desks=desks)
        self.starts = 0
        """How often Asterisk was started again: no call outlives that."""
        self.asterisk_is_up = asyncio.Event()
        self.asterisk_is_up.set()

    def __enter__(self) -> Self:
        with ExitStack() as parts:
            parts.enter_context(self.floor)
            self.postgres = parts.enter_context(Postgres())
            with psycopg.connect(self.postgres.url, autocommit=True) as connection:
                connection.execute(KEPT_WHEN_IT_CRASHES)
            self.redis = parts.enter_context(Redis())
            self.ami = parts.enter_context(Line(("127.0.0.1", self.floor.ports.ami)))
            parts.enter_context(Listener(self.floor, self.diary))
            self.panel = self._panel()
            self.panel.worker, self.standby = self._worker("worker"), self._worker("standby")
            parts.callback(self.standby.stop)
            parts.enter_context(self.panel)
            self.panel.add_operator(SUPERVISOR, role="supervisor")
            self.lines = [parts.enter_context(Line(("127.0.0.1", port))) for port in self.panel.ports]
            self.settle_in()
            self.panel.worker.start()
            self.panel.wait_ready(60)
            self.standby.start()
            self._parts = parts.pop_all()
        return self

    def __exit__(self, *error: Any) -> None:
        self._parts.__exit__(*error)

    def _panel(self) -> Panel:
        *desks, diallers = self.floor.desks
        numbers = [number for desk in desks for number in (desk.operator, desk.colleague)] + [*diallers.extensions]
        panel = Panel(
            self.folder,
            self.ami.url(self.floor.ami_url),
            operators={f"op{number}": number for number in numbers},
            database_url=self.postgres.url,
            redis_url=self.redis.url,
            webs=2,
        )
        panel.worker_starts_by_itself = False
        return panel

    def _worker(self, name: str) -> Process:
        arguments = [sys.executable, "-W", "default", "-m", "tests.chaos.watched_worker"]
        return Process(name, arguments, self.panel.environment, self.folder / f"{name}.log")

    @property
    def workers(self) -> tuple[Process, Process]:
        return self.panel.worker, self.standby

    def settle_in(self) -> None:
        """The settings of the include, which an Asterisk that starts knows nothing of."""
        with self.floor.session() as pbx:
            for name, seconds in SETTINGS.items():
                pbx.action("Setvar", {"Variable": f"CORDBOARD_{name}", "Value": str(seconds)})

    async def supervise(self) -> None:
        """As an operating system does: what has ended is started again."""
        while True:
            for process in (*self.workers, *self.panel.webs):
                if not process.is_running:
                    await asyncio.sleep(RESTART_SECONDS)
                    self.diary.note("supervisor", f"starts {process.name} again")
                    process.start()
            await asyncio.sleep(0.05)

    # --- looking inside ----------------------------------------------------------------------------------------------

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """What the database says; OperationalError while it is away."""
        with psycopg.connect(self.postgres.url, connect_timeout=5) as connection:
            return connection.execute(sql).fetchall()  # type: ignore[arg-type]

    def keeper(self) -> Process | None:
        """The worker that holds the lease; None while that cannot be told."""
        with suppress(psycopg.Error):
            for (owner,) in self.ask(OWNER):
                for worker in self.workers:
                    if worker.is_running and f":{worker.pid}:" in owner:
                        return worker
        return None

    def database_rows(self) -> Rows:
        rows: dict[str, list[dict[str, Any]]] = {}
        for kind, row in self.ask(ROWS):
            rows.setdefault(kind, []).append(row)
        return Rows(rows)

    def performed(self) -> list[str]:
        """The keys of the commands that were taken up, as often as they were."""
        file = self.folder / PERFORMED
        return file.read_text().split() if file.exists() else []

    async def worker_rows(self) -> Rows | None:
        """What the worker that keeps the picture has in memory; None when there is none that answers."""
        keeper = await asyncio.to_thread(self.keeper)
        if keeper is None:
            return None
        file = picture_file(self.folder, keeper.pid)
        file.unlink(missing_ok=True)
        with suppress(ProcessLookupError):
            os.kill(keeper.pid, signal.SIGUSR1)
        for _ in range(100):
            if file.exists():
                return Rows(json.loads(file.read_text()))
            await asyncio.sleep(0.01)
        return None
