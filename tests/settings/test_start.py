"""`make run` as people use it: it starts everything, ends everything, and when it cannot start it says why in one
line.
"""

from __future__ import annotations

import http.cookiejar
import json
import os
import pty
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.rig.parts import wait_for
from tests.settings.conftest import ROOT, SECRET, Run, environment_of


pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


@pytest.fixture
def venv(tmp_path: Path) -> Path:
    """A virtual environment that counts as filled, whose programs are those of this one."""
    folder = tmp_path / "venv"
    (folder / "bin").mkdir(parents=True)
    here = Path(sys.executable).parent
    for name in ("python", "pip", "honcho"):
        program = folder / "bin" / name
        program.write_text(f'#!/bin/sh\nexec {here / name} "$@"\n')
        program.chmod(0o755)
    (folder / ".installed").touch()
    return folder


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def processes_of(data_dir: Path) -> list[str]:
    """Every process of this machine that was started with the data folder, with its command line."""
    found = []
    for process in Path("/proc").iterdir():
        try:
            if process.name.isdigit() and f"DATA_DIR={data_dir}".encode() in (process / "environ").read_bytes().split(
                b"\0"
            ):
                found.append(f"{process.name}: {(process / 'cmdline').read_bytes()!r}")
        except OSError:
            continue  # it has ended, or is somebody else's
    return found


class MakeRun:
    """`make run`, in a session of its own, as a terminal starts it."""

    def __init__(self, venv: Path, data_dir: Path, log: Path, **variables: str) -> None:
        self.data_dir = data_dir
        self.log = log
        with log.open("w") as output:
            self.process = subprocess.Popen(
                ["make", "run", f"VENV={venv}"],
                cwd=ROOT,
                env=environment_of(data_dir, **variables),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self.log.read_text()

    def ctrl_c(self) -> int:
        """What a terminal does: SIGINT to the group in the foreground."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(timeout=20)

    def kill(self) -> None:
        for process in processes_of(self.data_dir):
            with_pid = int(process.partition(":")[0])
            try:
                os.kill(with_pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        self.process.wait(timeout=10)


@pytest.fixture
def start(venv: Path, data_dir: Path, tmp_path: Path) -> Iterator[type]:
    started: list[MakeRun] = []

    class Start(MakeRun):
        def __init__(self, **variables: str) -> None:
            super().__init__(venv, data_dir, tmp_path / f"log-{len(started)}", **variables)
            started.append(self)

    yield Start
    for each in started:
        each.kill()


# --- what keeps it from starting --------------------------------------------------------------------------------------


def refused(run: MakeRun) -> str:
    """The one line; after making sure that nothing runs."""
    assert run.process.wait(timeout=60) != 0
    assert processes_of(run.data_dir) == []
    lines = [line for line in run.said.splitlines() if not line.startswith("make: ")]
    assert len(lines) == 1, run.said
    return lines[0]


def test_a_port_in_use(start: type[MakeRun], data_dir: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        line = refused(start(PORT=str(port)))  # type: ignore[call-arg]
    assert f"Port {port} on 127.0.0.1 is in use." in line
    assert not (data_dir / "cordboard.sqlite3").exists()


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"AMI_URL": f"ami://panel:{SECRET}@pbx:port"}, "AMI_URL is not usable"),
        ({"AMI_URL": f"http://panel:{SECRET}@pbx"}, "AMI_URL is not usable"),
        ({"DATA_DIR": "/dev/null/data"}, "DATA_DIR /dev/null/data cannot be written to"),
        ({"PORT": "eighty"}, "PORT='eighty' is not a port number"),
        ({"HISTORY_DAYS": "ever"}, "HISTORY_DAYS='ever' is not a number of days"),
        ({"REPLAY_HOURS": "1000"}, "REPLAY_HOURS='1000' is not a number of hours"),
        ({"HOST": "192.0.2.1"}, "192.0.2.1"),
        ({"HOST": "no such host"}, "is not an address of this machine"),
        ({"DATABASE_URL": "postgres://u:x@127.0.0.1:1/none"}, "Connection refused"),
        ({"DATABASE_URL": "sqlite:////no/such/folder/panel.sqlite3"}, "The database cannot be used: unable to open"),
    ],
)
def test_what_is_set_wrongly(start: type[MakeRun], variables: dict[str, str], said: str) -> None:
    line = refused(start(**({"PORT": str(free_port())} | variables)))
    assert said in line
    assert SECRET not in line


def test_a_database_file_that_is_none(start: type[MakeRun], data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "cordboard.sqlite3").write_bytes(b"this is no database" * 100)
    assert "The database cannot be used: file is not a database" in refused(start(PORT=str(free_port())))  # type: ignore[call-arg]


@pytest.mark.usefixtures("migrated")
def test_a_port_that_is_taken_between_the_look_and_the_start_ends_the_web_with_code_1(manage: Run) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = manage("web", PORT=str(other.getsockname()[1]))
    assert done.returncode == 1
    assert "cannot be listened on" in done.stderr


@pytest.mark.parametrize("variable", ["ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS"])
def test_the_web_does_not_start_with_a_wildcard(manage: Run, variable: str) -> None:
    done = manage("web", **{variable: "*"})
    assert (done.returncode, done.stdout) == (1, "")
    assert variable in done.stderr


# --- the whole panel --------------------------------------------------------------------------------------------------


class Browser:
    def __init__(self, address: str) -> None:
        self.address = address
        self.cookies = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))

    def get(self, path: str) -> tuple[int, str]:
        try:
            with self._opener.open(self.address + path, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode()

    def log_in(self, username: str, password: str) -> str:
        """The path that the log-in leads to."""
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get("/login/")[1])
        assert token
        form = {"csrfmiddlewaretoken": token[1], "username": username, "password": password, "next": "/"}
        with self._opener.open(self.address + "/login/", urllib.parse.urlencode(form).encode(), timeout=10) as answer:
            return urllib.parse.urlsplit(answer.url).path


def announced(run: MakeRun) -> tuple[str, dict[str, str]]:
    """The address, and the demo's passwords by name."""

    def said() -> str:
        assert run.process.poll() is None, run.said
        return run.said if "ada-" in run.said else ""

    text = wait_for(said, "the address to be printed", timeout=60)
    address = re.search(r"Cordboard is at (\S+)/", text)
    assert address
    return address[1], dict(re.findall(r"(alice|bruno|ada) +(\S+) +(?:receptionist|supervisor|admin)", text))


def ready(run: MakeRun, browser: Browser) -> bool:
    assert run.process.poll() is None, run.said
    code, body = browser.get("/readyz")
    return code == 200 and json.loads(body)["ready"] is True


@pytest.mark.timeout(180)
def test_ctrl_c_ends_every_process_the_data_stays_and_when_one_process_fails_the_others_end(
    start: type[MakeRun], data_dir: Path
) -> None:
    """Of the demo; the second of the two ends is that of a second start."""
    port = free_port()
    first = start(PORT=str(port))  # type: ignore[call-arg]
    begun = time.monotonic()
    address, passwords = announced(first)
    assert address == f"http://127.0.0.1:{port}"
    browser = Browser(address)
    wait_for(lambda: ready(first, browser), "the board to be live", timeout=60, interval=0.2)
    assert time.monotonic() - begun < 60
    assert browser.log_in("alice", passwords["alice"]) == "/"
    assert len(processes_of(data_dir)) >= 4  # make, honcho, web, worker
    assert first.ctrl_c() != 0
    wait_for(lambda: not processes_of(data_dir), "every process to end", timeout=10)
    assert "Traceback" not in first.said

    second = start(PORT=str(port))  # type: ignore[call-arg]
    address, again = announced(second)
    assert again == passwords
    assert browser.get("/password/")[0] == 200  # the log-in of before still holds
    worker = next(process for process in processes_of(data_dir) if "ami_worker" in process and "-u" not in process)
    os.kill(int(worker.partition(":")[0]), signal.SIGKILL)
    assert second.process.wait(timeout=30) != 0
    wait_for(lambda: not processes_of(data_dir), "every process to end", timeout=10)


# --- operators from a terminal ----------------------------------------------------------------------------------------


@pytest.mark.usefixtures("migrated")
def test_the_operator_command_is_one_line_and_code_1_when_the_password_is_bad(manage: Run) -> None:
    for password, reason in (("", "No password was given"), ("short\n", "too short")):
        done = manage("operator", "rita", "--role", "receptionist", text=password)
        assert done.returncode == 1
        [line] = done.stderr.splitlines()
        assert reason in line
    done = manage("operator", "rita", "--role", "receptionist", "--extension", "201", text="a good long password\n")
    assert (done.returncode, done.stdout) == (0, "Created rita: receptionist, phone 201, sees all departments.\n")


def test_the_operator_command_before_migrate_says_so(manage: Run) -> None:
    done = manage("operator", "rita", "--role", "receptionist", text="a good long password\n")
    assert done.returncode == 1
    assert "migrate" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("migrated")
def test_on_a_terminal_the_password_is_asked_for_and_not_shown(data_dir: Path) -> None:
    pid, keyboard = pty.fork()
    if pid == 0:  # the new process, with the terminal as its own
        os.chdir(ROOT)
        arguments = [sys.executable, "manage.py", "operator", "rita", "--role", "receptionist"]
        os.execve(sys.executable, arguments, environment_of(data_dir))
    shown = b""
    while b"Password: " not in shown:
        shown += os.read(keyboard, 1000)
    os.write(keyboard, b"typed by hand 1\n")
    while b"Created rita" not in shown:
        shown += os.read(keyboard, 1000)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    os.close(keyboard)
    assert b"typed" not in shown
