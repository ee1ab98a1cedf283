"""`manage.py demo_pbx`, as people and the worker start it."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, str(ROOT / "manage.py"), "demo_pbx"]


@contextmanager
def started(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    with subprocess.Popen([*COMMAND, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline()
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_says_where_it_listens_speaks_ami_and_ends_when_asked(number: signal.Signals) -> None:
    with started("--port", "0", "--seed", "3", "--extensions", "20", "--user", "me", "--secret", "s") as (
        process,
        line,
    ):
        found = re.fullmatch(r"demo PBX on 127\.0\.0\.1:(\d+) \(seed 3, 20 extensions\)\n", line)
        assert found, line
        with socket.create_connection(("127.0.0.1", int(found[1])), timeout=10) as connection:
            connection.sendall(b"Action: Login\r\nUsername: me\r\nSecret: s\r\nEvents: off\r\n\r\n")
            received = b""
            while b"\r\n\r\n" not in received:
                received += connection.recv(4096)
            assert received.startswith(b"Asterisk Call Manager/11.0.0\r\nResponse: Success\r\n")
        process.send_signal(number)
        assert process.wait(timeout=10) == 0


def run(*options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=60, check=False)


def test_a_port_in_use_is_one_clear_line_and_an_exit_code() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = run("--port", str(port))
    assert ended.returncode == 1
    expected = f"CommandError: demo PBX cannot listen on 127.0.0.1:{port}: Address already in use\n"
    assert ended.stderr == expected
    assert ended.stdout == ""


@pytest.mark.parametrize(
    "options",
    [
        ["--port", "70000"],
        ["--extensions", "5"],
        ["--extensions", "9999"],
        ["--queues", "2"],
        ["--rate", "-1"],
        ["--rate", "nan"],
        ["--speed", "0"],
        ["--secret", ""],
        ["--port", "five"],
    ],
)
def test_nonsense_is_refused_in_one_line(options: list[str]) -> None:
    from django.core.management import CommandError, call_command

    with pytest.raises(CommandError) as refused:
        call_command("demo_pbx", *options)
    assert options[0] in str(refused.value)
    assert "\n" not in str(refused.value)
