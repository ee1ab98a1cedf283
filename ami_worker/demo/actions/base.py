"""An action as a manager sent it, and the answer that it gets. Used by the modules of `ami_worker.demo.actions`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, NamedTuple

from ami_worker.demo.channels import Channel


if TYPE_CHECKING:
    from ami_worker.demo.pbx import Pbx
    from ami_worker.demo.session import Session


class Request:
    """The headers of one action. Names are matched without regard to case, and the first of a name wins."""

    __slots__ = ("headers", "pbx", "session")

    def __init__(self, headers: list[tuple[str, str]], pbx: Pbx, session: Session) -> None:
        self.headers = headers
        self.pbx = pbx
        self.session = session

    def get(self, name: str) -> str:
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")

    def all(self, name: str) -> list[str]:
        wanted = name.lower()
        return [value for key, value in self.headers if key.lower() == wanted]

    @property
    def action(self) -> str:
        return next((value for key, value in self.headers if key.lower() == "action" and value), "")

    @property
    def action_id(self) -> str:
        """The ActionID as a header line, or nothing."""
        return f"ActionID: {found}\r\n" if (found := self.get("ActionID")) else ""

    def channel(self, header: str = "Channel") -> Channel | None:
        return self.pbx.switch.names.get(self.get(header))

    # -- answers ------------------------------------------------------------------------------------------------------

    def start(self, body: str = "", response: str = "Success") -> str:
        """A response without Message, with headers of its own."""
        return f"Response: {response}\r\n{self.action_id}{body}\r\n"

    def ack(self, message: str) -> str:
        return self.start(f"Message: {message}\r\n")

    def error(self, message: str) -> str:
        return self.start(f"Message: {message}\r\n", "Error")

    def listing(self, message: str, items: Iterable[str], complete: str, extra: str = "") -> str:
        """A list: its start, the items (whole events without the empty line at their end), its end."""
        parts = [f"Response: Success\r\n{self.action_id}EventList: start\r\nMessage: {message}\r\n\r\n"]
        parts += [f"{item}\r\n" for item in items]
        count = len(parts) - 1
        parts.append(f"Event: {complete}\r\n{self.action_id}EventList: Complete\r\nListItems: {count}\r\n{extra}\r\n")
        return "".join(parts)


class Action(NamedTuple):
    """What ListCommands tells of an action, and what it does. `classes` of which one is needed; 0: anybody may."""

    name: str
    classes: int
    synopsis: str
    perform: Callable[[Request], str]


_TRUE = ("yes", "true", "y", "t", "1", "on")
_FALSE = ("no", "false", "n", "f", "0", "off")


def is_true(text: str) -> bool:
    return text.lower() in _TRUE


def is_false(text: str) -> bool:
    return text.lower() in _FALSE


def integer(text: str) -> int | None:
    """The number at the beginning of a text, as sscanf finds it."""
    found = re.match(r"\s*([+-]?\d{1,30})", text)
    return int(found[1]) if found else None
