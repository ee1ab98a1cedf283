"""A manager session on a plain socket: bytes in, bytes out, and no more AMI than the rig itself needs.

It must not depend on the client under test: recordings made with it are what that client is judged by. Used by the
rig and by tests that want a second opinion on what Asterisk says.
"""

from __future__ import annotations

import itertools
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Self


Fields = dict[str, str]
"""Headers of one message; of repeated ones the first, which is enough here."""


class RawSession:
    """A logged-in session. `received` holds every byte since log-in was answered, in order."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port), timeout=5)
        self._numbers = itertools.count(1)
        self.received = bytearray()
        self._parsed = 0
        self._messages: list[Fields] = []
        self.logged_in_at = 0
        """Offset in `received` of the first byte after the answer to the log-in."""

    @classmethod
    def login(cls, host: str, port: int, user: str, secret: str, *, events: str = "off") -> Self:
        """Connect and log in; PermissionError when refused, OSError when there is nobody."""
        session = cls(host, port)
        try:
            session._read_banner()
            answer = session.action("Login", {"Username": user, "Secret": secret, "Events": events})
            if answer["Response"] != "Success":
                raise PermissionError(answer.get("Message", "log-in refused"))
            session.logged_in_at = session.received.index(b"\r\n\r\n") + 4
        except BaseException:
            session.close()
            raise
        return session

    def send(self, action: str, headers: Mapping[str, str] | None = None) -> str:
        """Write one action and return its ActionID."""
        action_id = f"rig-{next(self._numbers)}"
        lines = {"Action": action, "ActionID": action_id, **(headers or {})}
        text = "".join(f"{key}: {value}\r\n" for key, value in lines.items())
        self._socket.sendall(text.encode() + b"\r\n")
        return action_id

    def action(self, action: str, headers: Mapping[str, str] | None = None, *, timeout: float = 10) -> Fields:
        """Send an action and return its response."""
        action_id = self.send(action, headers)
        return self.wait_message(
            lambda m: m.get("ActionID") == action_id and "Response" in m, f"{action}'s response", timeout
        )

    def list(self, action: str, headers: Mapping[str, str] | None = None, *, timeout: float = 10) -> list[Fields]:
        """Send a list action and return its items, without the end event. A refusal is an empty list."""
        start = len(self._messages)
        action_id = self.send(action, headers)
        answer = self.wait_message(lambda m: m.get("ActionID") == action_id and "Response" in m, action, timeout)
        if answer.get("EventList") != "start":
            return []
        self.wait_message(
            lambda m: m.get("ActionID") == action_id and m.get("EventList") == "Complete",
            f"the end of {action}",
            timeout,
        )
        mine = [message for message in self._messages[start:] if message.get("ActionID") == action_id]
        return [message for message in mine if "EventList" not in message]

    def wait_event(self, name: str, timeout: float = 10, *, since: int = 0, **fields: str) -> Fields:
        """The first event `name` with these header values, at or after message number `since`; TimeoutError if none
        comes.
        """

        def matches(message: Fields) -> bool:
            return message.get("Event") == name and all(message.get(key) == value for key, value in fields.items())

        return self.wait_message(matches, f"{name} {fields or ''}", timeout, since=since)

    def wait_message(self, matches: Callable[[Fields], bool], what: str, timeout: float, *, since: int = 0) -> Fields:
        """The first message that `matches`; TimeoutError, which names `what` was waited for, if none comes."""
        deadline = time.monotonic() + timeout
        while True:
            for message in self._messages[since:]:
                if matches(message):
                    return message
            since = len(self._messages)
            if not self.read(deadline - time.monotonic()):
                raise TimeoutError(f"waited {timeout:g} s for {what}")

    def read(self, timeout: float) -> bool:
        """Take in what has come or comes within `timeout` seconds; False when nothing did. ConnectionError at the
        end.
        """
        if timeout <= 0:
            return False
        self._socket.settimeout(timeout)
        try:
            data = self._socket.recv(65536)
        except TimeoutError:
            return False
        if not data:
            raise ConnectionError("Asterisk closed the manager session")
        self.received += data
        self._parse()
        return True

    @property
    def count(self) -> int:
        """How many messages have come: a mark for `since`."""
        return len(self._messages)

    def messages(self, since: int = 0) -> Sequence[Fields]:
        return self._messages[since:]

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    def _read_banner(self) -> None:
        while not self.received.endswith(b"\r\n"):
            data = self._socket.recv(1024)
            if not data:
                raise ConnectionError("no banner")
            self.received += data
        self.received.clear()

    def _parse(self) -> None:
        end = self.received.rfind(b"\r\n\r\n") + 4
        if end > self._parsed:
            self._messages += frames(bytes(self.received[self._parsed : end]))
            self._parsed = end


def frames(data: bytes) -> list[Fields]:
    """The messages in a piece of the stream that begins and ends between two messages."""
    messages = []
    for frame in data.decode("utf-8", "replace").split("\r\n\r\n"):
        message: Fields = {}
        for line in frame.splitlines():
            key, separator, value = line.partition(":")
            if separator:
                message.setdefault(key, value.strip())
        if message:
            messages.append(message)
    return messages
