"""A panel that is scaled out: PostgreSQL, Redis, two webs, a worker and another one that stands by.

Used by the tests of many processes and by the benchmark of recoveries. The PBX is the demo's, in this process, behind a
line that can be cut and that keeps every byte that is sent to the PBX.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import psycopg

from tests.e2e.demo_rig import DemoAsterisk
from tests.e2e.proxy import Line
from tests.e2e.stack import Panel, Process, eventually, panel
from tests.rig.postgres import Postgres
from tests.rig.redis import Redis


class Office(NamedTuple):
    pbx: DemoAsterisk
    line: Line
    panel: Panel
    standby: Process
    database: psycopg.Connection

    def workers(self) -> tuple[Process, Process]:
        """The one that keeps the picture, and the one that stands by."""
        one, other = self.panel.worker, self.standby
        return (one, other) if f":{one.pid}:" in str(self.value("SELECT owner FROM live_lease")) else (other, one)

    def value(self, query: str) -> object:
        """The first value of the first row."""
        row = self.database.execute(query).fetchone()
        assert row is not None
        return row[0]


def wait_stands_by(worker: Process, said: int = 0) -> None:
    """Until it says so, after what its log had said before."""
    eventually(lambda: "standing by" in worker.log.read_text()[said:], 20, f"the {worker.name} stands by")


@contextmanager
def many_processes(postgres: Postgres, redis: Redis, folder: Path, operators: Mapping[str, str]) -> Iterator[Office]:
    """In a database of its own. The picture is live, and a worker stands by."""
    url = postgres.own_database()
    with ExitStack() as stack:
        pbx = stack.enter_context(DemoAsterisk())
        line = stack.enter_context(Line(("127.0.0.1", pbx.pbx.port)))
        running = stack.enter_context(
            panel(
                folder,
                line.url(pbx.ami_url),
                operators=operators,
                database_url=url,
                redis_url=redis.url,
                webs=2,
            )
        )
        command = [sys.executable, "-W", "default", "manage.py", "ami_worker"]
        standby = Process("standby", command, running.environment, folder / "standby.log")
        stack.callback(standby.stop)
        standby.start()
        database = stack.enter_context(psycopg.connect(url, autocommit=True))
        wait_stands_by(standby)
        yield Office(pbx, line, running, standby, database)
