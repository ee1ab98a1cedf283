"""The value that an action is, and the two ways to make one from headers. For the modules of `actions` alone."""

from __future__ import annotations

from typing import NamedTuple


Headers = tuple[tuple[str, str], ...]
_SECRETS = ("Secret", "Key")


class Action(NamedTuple):
    """An action to send. Equal actions are equal values; the ActionID is the session's business."""

    name: str
    headers: Headers = ()
    is_list: bool = False
    """Whether Asterisk answers with a list (`EventList: start`), to be sent with `Session.list`."""

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={'…' if name in _SECRETS else repr(value)}" for name, value in self.headers)
        return f"{self.name}({shown})"


def action(name: str, /, **headers: str) -> Action:
    """An action from its headers, in order, without those that are empty."""
    return Action(name, tuple((key, value) for key, value in headers.items() if value))


def list_action(name: str, /, **headers: str) -> Action:
    return action(name, **headers)._replace(is_list=True)
