"""The SQLite file is locked, may not be written, is gone, or its disk is full (case 40).

Whatever the fault, what needs the database is refused with the reason within six seconds, what was true last stays on
the boards, the worker keeps what it knows and goes on listening, and all is right again without a restart when the
fault is over. So one panel goes through all of them.
"""

from __future__ import annotations

import http.client
import json
import re
import shutil
import sqlite3
import subprocess
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.e2e.board import Board, log_in
from tests.e2e.databases import locked, moved_away
from tests.e2e.demo_rig import Caller, DemoAsterisk, DemoRig
from tests.e2e.stack import PASSWORD, Panel, eventually, panel
from tests.e2e.waiting import PATIENCE, RIGHT_AGAIN, assert_board_equals_pbx, is_live, wait_idle
from tests.rig.fixtures import missing
from tests.rig.parts import Unavailable, require_debian_root, require_program


SIZE = "16M"
"""Room for the database, a copy and both their logs; a test that wants it full fills it."""

SAID_WITHIN = 6.0
"""Seconds that a page may take to say that it cannot be had."""

MUSIC = "5550108"
"""A number that answers by itself."""


class Disk:
    """A small disk, mounted at `folder`, that can be filled, made read-only, unmounted, and lost."""

    def __init__(self, parent: Path) -> None:
        self.folder = parent / "disk"
        self.store = parent / "store"

    def __enter__(self) -> Disk:
        self.store.mkdir()
        (self.folder / "database").mkdir(parents=True)  # all that is left when the disk is not there
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", self.store], check=True)
        (self.store / "database").mkdir()
        self.mount()
        return self

    def __exit__(self, *_: object) -> None:
        self.unmount()
        subprocess.run(["umount", "--lazy", self.store], check=True)

    @property
    def database(self) -> Path:
        return self.folder / "database" / "cordboard.sqlite3"

    def mount(self) -> None:
        subprocess.run(["mount", "--bind", self.store, self.folder], check=True)

    def unmount(self) -> None:
        """Also while files are open, as when a network disk goes away."""
        subprocess.run(["umount", "--lazy", self.folder], check=True)


class Answer(NamedTuple):
    status: int
    text: str
    seconds: float


class Office(NamedTuple):
    """Everything that a test here needs."""

    panel: Panel
    board: Board
    rig: DemoRig
    pbx: DemoAsterisk
    disk: Disk
    cookie: str

    def ask(self, path: str, form: dict[str, str] | None = None) -> Answer:
        """What alice's browser is answered, without following a redirect."""
        started = time.monotonic()
        with closing(http.client.HTTPConnection("127.0.0.1", self.panel.port, timeout=30)) as connection:
            headers = {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}
            if form is None:
                connection.request("GET", path, headers=headers)
            else:
                connection.request("POST", path, urllib.parse.urlencode(form), headers)
            answer = connection.getresponse()
            text = answer.read().decode()
        return Answer(answer.status, text, time.monotonic() - started)

    def ask_to_log_in(self) -> Answer:
        """Somebody else, in a browser of his own, gives the right password."""
        form = self._replace(cookie="").ask("/login/").text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
        assert token, form
        somebody = self._replace(cookie=f"cordboard_csrf={token[1]}")
        return somebody.ask("/login/", {"username": "bob", "password": PASSWORD, "csrfmiddlewaretoken": token[1]})

    def not_ready(self) -> str:
        """The reason that /readyz gives; empty when all is well."""
        answer = self.ask("/readyz")
        assert answer.seconds < SAID_WITHIN
        reason: str = json.loads(answer.text)["reason"]
        assert (answer.status == 503) == bool(reason)
        return reason

    def log_ins_at_pbx(self) -> int:
        return sum(name == "Login" for name, _ in self.pbx.pbx.actions_received)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Panel, DemoAsterisk, Disk]]:
    try:
        require_debian_root("a file system of its own")
        # Of all that root may do, this one thing would undo a read-only file.
        under = [require_program("setpriv"), "--bounding-set=-dac_override", "--"]
    except Unavailable as error:
        missing(str(error))
    folder = tmp_path_factory.mktemp("data")
    with ExitStack() as stack:
        disk = stack.enter_context(Disk(tmp_path_factory.mktemp("disks")))
        pbx = stack.enter_context(DemoAsterisk())
        url, people = f"sqlite:///{disk.database}", {"alice": "201", "bob": "202"}
        office = stack.enter_context(panel(folder, pbx.ami_url, operators=people, database_url=url, under=under))
        yield office, pbx, disk


@pytest.fixture
def office(running: tuple[Panel, DemoAsterisk, Disk]) -> Iterator[Office]:
    panel, pbx, disk = running
    panel.wait_ready()
    with DemoRig(pbx) as rig, Board(panel, "alice") as board:
        wait_idle(board)
        yield Office(panel, board, rig, pbx, disk, log_in(panel.address, "alice"))


def some_calls(office: Office) -> list[Caller]:
    callers = [office.rig.call_from_outside(MUSIC, number=f"+4860011122{index}") for index in range(4)]
    office.board.until(lambda: len(office.board.all("call")) == 4, PATIENCE, "four calls on the board")
    return callers


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    modes = {path: path.stat().st_mode for path in (*folder.iterdir(), folder)}
    for path, mode in modes.items():
        path.chmod(mode & ~0o222)
    try:
        yield
    finally:
        for path, mode in modes.items():
            path.chmod(mode)


@contextmanager
def full(disk: Disk) -> Iterator[None]:
    filler = disk.folder / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65_536, 1_024, 1):
            with suppress(OSError):
                while True:
                    file.write(b"x" * size)
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def moved_away_and_an_older_copy_put_there(file: Path) -> Iterator[None]:
    folder = file.parent
    copy = folder.with_name("copy")
    copy.mkdir()
    with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(copy / file.name)) as target:
        source.backup(target)
        version = source.execute("PRAGMA data_version").fetchone()
        eventually(lambda: source.execute("PRAGMA data_version").fetchone() != version, 5, "something more is written")
    away = folder.rename(folder.with_name("away"))
    try:
        yield
    finally:
        copy.rename(folder)
        shutil.rmtree(away)


@contextmanager
def unmounted(disk: Disk) -> Iterator[None]:
    disk.unmount()
    try:
        yield
    finally:
        disk.mount()


def goes_on_meanwhile(office: Office, callers: list[Caller]) -> None:
    """Of the calls two end, and another begins."""
    for caller in callers[:2]:
        caller.hangup()
    office.rig.call_from_outside(MUSIC, number="+48700000000")


def assert_what_needs_it_is_refused(office: Office, reason: str, *paths: str) -> None:
    """The log-in, a command, and these pages; each at once or within the time that is allowed."""
    board = office.board
    board.until(lambda: not is_live(board), RIGHT_AGAIN, "the board says that it is not live")
    eventually(lambda: office.not_ready().removeprefix("pbx: ") == reason, RIGHT_AGAIN, f"/readyz says: {reason}")
    for answer in (office.ask_to_log_in(), *(office.ask(path) for path in paths)):
        assert answer.status == 503, answer
        assert reason in answer.text, answer
        assert answer.seconds < SAID_WITHIN
    assert "refused" in board.command("hangup", call=board.all("call")[0]["key"]), "no button is silent"
    assert len(board.all("call")) >= 4, "what was true last stays to be seen"
    assert board.closed is None


def assert_right_again(office: Office, calls: int = 3) -> None:
    """Within five seconds, in the same processes and on the same socket."""
    healed = time.monotonic()
    office.board.until(lambda: is_live(office.board), RIGHT_AGAIN, "the board is live")
    assert_board_equals_pbx(office.board, office.pbx, RIGHT_AGAIN - (time.monotonic() - healed))  # type: ignore[arg-type]
    assert len(office.board.all("call")) == calls
    eventually(lambda: not office.not_ready(), RIGHT_AGAIN, "/readyz says that all is well")
    assert office.ask_to_log_in().status == 302
    assert office.board.closed is None


def test_a_database_that_somebody_keeps_locked_is_said_and_waited_for(office: Office) -> None:
    callers, log_ins = some_calls(office), office.log_ins_at_pbx()
    with locked(office.disk.database):
        goes_on_meanwhile(office, callers)
        assert_what_needs_it_is_refused(office, "Another program keeps the database locked.")
        assert office.ask("/").status == 200, "what can be read is served"
    assert_right_again(office)
    assert office.log_ins_at_pbx() == log_ins, "the worker has kept what it knew"
    assert office.board.snapshots == 1


def test_a_read_only_database_is_said_and_waited_out(office: Office) -> None:
    callers, log_ins = some_calls(office), office.log_ins_at_pbx()
    with read_only(office.disk.database.parent):
        goes_on_meanwhile(office, callers)
        assert_what_needs_it_is_refused(office, "The database can be read but not written.")
        assert office.ask("/").status == 200, "what can be read is served"
    assert_right_again(office)
    assert office.log_ins_at_pbx() == log_ins, "the worker has kept what it knew"
    assert office.board.snapshots == 1


def test_a_full_disk_is_waited_out_and_nothing_is_lost(office: Office) -> None:
    callers, log_ins = some_calls(office), office.log_ins_at_pbx()
    with full(office.disk):
        goes_on_meanwhile(office, callers)
        for number in range(50):  # what still fits into the log's file must not be enough
            office.rig.call_from_outside(MUSIC, number=f"+4870000{number:04}")
        assert_what_needs_it_is_refused(office, "The disk with the database is full.")
        assert office.ask("/").status == 200, "what can be read is served"
    assert_right_again(office, calls=53)
    assert office.log_ins_at_pbx() == log_ins, "the worker has kept what it knew"
    assert office.board.snapshots == 1


def test_a_database_whose_folder_is_gone_is_said_and_waited_for(office: Office) -> None:
    callers, log_ins = some_calls(office), office.log_ins_at_pbx()
    with moved_away(office.disk.database):
        goes_on_meanwhile(office, callers)
        assert_what_needs_it_is_refused(office, "The file with the database cannot be opened.", "/", "/queues/")
        assert office.board.all("pbx")[0]["reason"] == "The database does not answer."
    assert_right_again(office)
    assert office.log_ins_at_pbx() == log_ins, "the worker has kept what it knew"
    assert office.board.snapshots == 1


def test_a_database_whose_disk_is_not_mounted_is_said_and_waited_for(office: Office) -> None:
    callers, log_ins = some_calls(office), office.log_ins_at_pbx()
    with unmounted(office.disk):
        goes_on_meanwhile(office, callers)
        reason = "The database is empty: its disk may be missing, or “manage.py migrate” was not run."
        assert_what_needs_it_is_refused(office, reason, "/", "/queues/")
    assert_right_again(office)
    assert office.log_ins_at_pbx() == log_ins, "the worker has kept what it knew"


def test_an_older_copy_of_the_database_begins_the_picture_anew(office: Office) -> None:
    """What the worker has written since then is not in it: it begins anew, and so do the boards."""
    callers = some_calls(office)
    with moved_away_and_an_older_copy_put_there(office.disk.database):
        goes_on_meanwhile(office, callers)
        assert_what_needs_it_is_refused(office, "The file with the database cannot be opened.", "/")
    assert_right_again(office)
    assert office.board.snapshots == 2, "a new epoch"
