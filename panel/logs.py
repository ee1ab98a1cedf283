"""How every process writes its log: lines for people, or with LOG_FORMAT=json one JSON object a line. Both say which
command a line is about.

`settings.LOGGING` names the classes; whoever works on a command, in the web and in the worker, does so inside
`about_command`.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from panel.vocabulary import utc


_command: ContextVar[str] = ContextVar("command", default="")


@contextmanager
def about_command(key: str) -> Iterator[None]:
    """What is logged inside, also by tasks that are begun there, is about this command."""
    before = _command.set(key)
    try:
        yield
    finally:
        _command.reset(before)


class CommandKey(logging.Filter):
    """Gives each record the key of the command that it is about; lets all of them through."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.command = command = _command.get()
        record.about = f" [command {command}]" if command else ""
        return True


class TextLines(logging.Formatter):
    """What is no visible character is written as its code: nobody's name makes a line that never was."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        if not record.message.isprintable():
            record.message = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in record.message)
        return super().formatMessage(record)


class JsonLines(logging.Formatter):
    """One object a line, whatever is in the text: `at`, `level`, `process`, `pid`, `logger`, `message`, and where there
    is one `command` and `error`, the traceback.
    """

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, str | int | None] = {
            "at": utc(record.created),
            "level": record.levelname,
            "process": process_name(sys.argv),
            "pid": record.process,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if command := getattr(record, "command", ""):
            line["command"] = command
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line)


def process_name(arguments: list[str]) -> str:
    """What was started: the management command, or else the program, such as `uvicorn`."""
    program, *others = arguments or [""]
    name = Path(program).stem
    return others[0] if name == "manage" and others else name
