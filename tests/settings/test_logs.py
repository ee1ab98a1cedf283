"""A log line is one line, and says which command it is about wherever the work on it is done."""

from __future__ import annotations

import asyncio
import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from ami_worker.database_thread import DatabaseThread
from panel import environment
from panel.logs import CommandKey, JsonLines, TextLines, about_command, process_name
from panel.vocabulary import seconds


log = logging.getLogger("panel.tests")


class Written:
    """What has been written, parsed line by line."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.stream.getvalue().splitlines()]


@pytest.fixture
def written() -> Iterator[Written]:
    written = Written()
    handler = logging.StreamHandler(written.stream)
    handler.addFilter(CommandKey())
    handler.setFormatter(JsonLines())
    log.addHandler(handler)
    yield written
    log.removeHandler(handler)


ODD = "José\r\nERROR forged\x1b[2K \u2028 \u202e"


def test_whatever_is_in_the_text_it_stays_one_line(written: Written) -> None:
    log.error("a call of %s", ODD)
    try:
        raise RuntimeError("two\nlines")
    except RuntimeError:
        log.exception("it failed")
    odd, failed = written.lines
    assert written.stream.getvalue().isascii()
    assert odd["message"] == f"a call of {ODD}"
    assert (odd["level"], odd["logger"]) == ("ERROR", "panel.tests")
    assert seconds(odd["at"]) <= seconds(failed["at"])
    assert failed["message"] == "it failed"
    assert failed["error"].startswith("Traceback")
    assert failed["error"].endswith("RuntimeError: two\nlines")
    assert "command" not in odd
    assert "error" not in odd


def test_so_it_does_in_the_lines_for_people() -> None:
    record = logging.LogRecord("panel.tests", logging.ERROR, "", 0, "a call of %s", (ODD,), None)
    CommandKey().filter(record)
    line = TextLines("{levelname} {message}{about}", style="{").format(record)
    assert line == r"ERROR a call of José\r\nERROR forged\x1b[2K \u2028 \u202e"
    with about_command("one"):
        CommandKey().filter(record)
    assert TextLines("{levelname}{about}", style="{").format(record) == "ERROR [command one]"


async def test_tasks_of_two_commands_at_once_are_told_apart(written: Written) -> None:
    begun = asyncio.Barrier(2)

    async def later() -> None:
        await asyncio.sleep(0)
        log.warning("later")

    async def work(key: str) -> asyncio.Task[None]:
        with about_command(key):
            await begun.wait()
            log.warning("now")
            return asyncio.create_task(later())

    log.warning("before")
    await asyncio.gather(*await asyncio.gather(work("one"), work("two")))
    log.warning("after")
    keys = [(line["message"], line.get("command")) for line in written.lines]
    assert keys[0] == ("before", None)
    assert keys[-1] == ("after", None)
    assert sorted(keys[1:-1]) == [("later", "one"), ("later", "two"), ("now", "one"), ("now", "two")]


@pytest.mark.django_db(transaction=True)
async def test_what_the_database_thread_does_for_a_command_is_about_it(written: Written) -> None:
    thread = DatabaseThread("database")
    with about_command("one"):
        await thread.run(lambda: log.warning("for it"))
    await thread.run(lambda: log.warning("for nobody"))
    thread.close(wait=True)
    assert [line.get("command") for line in written.lines] == ["one", None]


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["manage.py", "ami_worker", "--reconcile", "5"], "ami_worker"),
        (["/srv/manage.py"], "manage"),
        (["/srv/.venv/bin/uvicorn", "panel.asgi:application"], "uvicorn"),
        ([], ""),
    ],
)
def test_the_process_is_named_by_what_was_started(arguments: list[str], name: str) -> None:
    assert process_name(arguments) == name


def test_a_format_that_there_is_not_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOG_FORMAT", raising=False)
    assert environment.choice("LOG_FORMAT", ("text", "json")) == "text"
    monkeypatch.setenv("LOG_FORMAT", "JSON")
    assert environment.choice("LOG_FORMAT", ("text", "json")) == "json"
    monkeypatch.setenv("LOG_FORMAT", "xml")
    with pytest.raises(ImproperlyConfigured, match=r"^LOG_FORMAT='xml' is none of: text, json\.$"):
        environment.choice("LOG_FORMAT", ("text", "json"))
