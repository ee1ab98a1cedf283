"""A whole panel in processes of its own: database, worker and web, as `make run` starts them.

Used by the tests that need more than one part. Everything runs on loopback, in a temporary data folder, and ends
with the `with` block."""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self


ROOT = Path(__file__).resolve().parents[2]
SECRET_KEY = "only for the tests, never for a panel that people use"
PASSWORD = "correct horse battery"
DATABASE = "cordboard.sqlite3"

_ADD = """
from panel.accounts.models import Operator
from panel.accounts.roles import Role, give_role
for name, extension in {operators}.items():
    operator = Operator(username=name, extension=extension, extension_is_fixed=True)
    operator.set_password("{password}")
    operator.save()
    give_role(operator, Role.RECEPTIONIST)
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def eventually(condition: Callable[[], object], seconds: float, what: str) -> None:
    """Wait until `condition` holds. Raises AssertionError, naming `what`, when it does not within `seconds`."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s: {what}"
        time.sleep(0.02)


class Process:
    """One process of the panel with its output in a file."""

    def __init__(self, name: str, arguments: list[str], environment: dict[str, str], log: Path) -> None:
        self.name = name
        self._arguments = arguments
        self._environment = environment
        self.log = log
        self._popen: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as output:
            self._popen = subprocess.Popen(
                self._arguments, cwd=ROOT, env=self._environment, stdout=output, stderr=output, start_new_session=True
            )

    @property
    def pid(self) -> int:
        assert self._popen is not None
        return self._popen.pid

    @property
    def is_running(self) -> bool:
        return self._popen is not None and self._popen.poll() is None

    @property
    def resident_megabytes(self) -> float:
        """Of memory."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) / 1024

    def signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def kill(self) -> None:
        """As a crash: no time to tidy up."""
        self.signal(signal.SIGKILL)
        assert self._popen is not None
        self._popen.wait(10)

    def stop(self) -> int:
        if self._popen is None:
            return 0
        if self._popen.poll() is None:
            self._popen.send_signal(signal.SIGCONT)
            self._popen.terminate()
            try:
                self._popen.wait(10)
            except subprocess.TimeoutExpired:
                self._popen.kill()
                self._popen.wait(10)
        return self._popen.returncode


class Panel:
    """Worker and web for the PBX at `ami_url` (None: the demo PBX that the worker starts itself). `operators` are there
    from the beginning: receptionists, name -> extension. `under` is a program, with its arguments, that starts each
    process; `environment` is added to theirs.
    """

    def __init__(
        self,
        folder: Path,
        ami_url: str | None,
        *,
        operators: Mapping[str, str] | None = None,
        database_url: str = "",
        redis_url: str = "",
        webs: int = 1,
        under: Sequence[str] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self._operators = dict(operators or {})
        self._database_url = database_url
        self.ports = [free_port() for _ in range(webs)]
        python = [sys.executable, "-W", "default"]
        self._manage = [*python, "manage.py"]
        self.environment = {
            **{
                name: value
                for name, value in os.environ.items()
                if name not in {"AMI_URL", "DATABASE_URL", "REDIS_URL"}
            },
            "DATA_DIR": str(folder),
            "SECRET_KEY": SECRET_KEY,
            "PYTHONUNBUFFERED": "1",
            **({"AMI_URL": ami_url} if ami_url else {}),
            **({"DATABASE_URL": database_url} if database_url else {}),
            **({"REDIS_URL": redis_url} if redis_url else {}),
            **(environment or {}),
        }
        self.worker_starts_by_itself = True
        command = [*under, *self._manage]
        self.worker = Process("worker", [*command, "ami_worker"], self.environment, folder / "worker.log")
        self.webs = [
            Process(
                f"web-{number}",
                [*command, "web"],
                {**self.environment, "PORT": str(port)},
                folder / f"web-{number}.log",
            )
            for number, port in enumerate(self.ports)
        ]

    @property
    def web(self) -> Process:
        return self.webs[0]

    @property
    def port(self) -> int:
        return self.ports[0]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._prepare()
        for process in (self.worker, *self.webs) if self.worker_starts_by_itself else self.webs:
            process.start()
        eventually(lambda: self.is_up("/healthz"), 30, f"the web answers\n{self.logs()}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in (*self.webs, self.worker):
            process.stop()
        if error is not None:
            print(self.logs())

    def _prepare(self) -> None:
        """Static files, tables and operators: a copy of those that were made once, where the database is a file."""
        name, _, file = self._database_url.partition(":///")
        is_file = name in ("", "sqlite")
        ready = _prepared(tuple(self._operators.items()) if is_file else ())
        shutil.copytree(ready / "static", self.folder / "static", dirs_exist_ok=True)
        if is_file:
            shutil.copy(ready / DATABASE, file or self.folder / DATABASE)
        else:
            self.manage("migrate", "--verbosity=0")
            self.manage("shell", "-c", _ADD.format(operators=self._operators, password=PASSWORD))

    def manage(self, *arguments: str, text: str = "") -> str:
        """Run a management command to its end. Raises CalledProcessError when it fails."""
        done = subprocess.run(
            [*self._manage, *arguments],
            cwd=ROOT,
            env=self.environment,
            input=text,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, f"manage.py {' '.join(arguments)}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def add_operator(self, name: str, role: str = "receptionist", extension: str = "", departments: str = "") -> None:
        more = [f"--extension={extension}"] if extension else []
        more += [f"--departments={departments}"] if departments else []
        self.manage("operator", name, f"--role={role}", *more, text=PASSWORD + "\n")

    def is_up(self, path: str) -> bool:
        try:
            with urllib.request.urlopen(self.address + path, timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def wait_ready(self, seconds: float = 20) -> None:
        eventually(lambda: self.is_up("/readyz"), seconds, f"/readyz says that the picture is live\n{self.logs()}")

    def logs(self) -> str:
        """The last lines of each process, for the message of a failed test."""
        parts = []
        for process in (self.worker, *self.webs):
            if process.log.exists():
                lines = process.log.read_text(errors="replace").splitlines()[-40:]
                parts.append(f"--- {process.name}\n" + "\n".join(lines))
        return "\n".join(parts)


@functools.cache
def _prepared(operators: tuple[tuple[str, str], ...]) -> Path:
    """A data folder with all that a panel has before it is started, made once and removed when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="cordboard-"))
    atexit.register(shutil.rmtree, folder)
    maker = Panel(folder, None)
    if operators:
        shutil.copytree(_prepared(()), folder, dirs_exist_ok=True)
        maker.manage("shell", "-c", _ADD.format(operators=dict(operators), password=PASSWORD))
    else:
        maker.manage("migrate", "--verbosity=0")
        maker.manage("collectstatic", "--noinput", "--verbosity=0")
    return folder


@contextmanager
def panel(folder: Path, ami_url: str | None, **options: object) -> Iterator[Panel]:
    """A panel that is up and whose picture is live."""
    with Panel(folder, ami_url, **options) as running:  # type: ignore[arg-type]
        running.wait_ready()
        yield running
