"""How long the application Queue lets callers wait. Used by `history.py` and `passages.py`.

No event tells it. It is known where a list of channels has shown the application at the same place of the dialplan.
"""

from __future__ import annotations

from ami_worker.ami.protocol import Message


class Limits:
    """By queue and place of the dialplan, in seconds."""

    def __init__(self) -> None:
        self._seconds: dict[tuple[str, str, str], int] = {}

    def learn(self, item: Message) -> None:
        """From an item of CoreShowChannels, which may show Queue(name,options,url,announce,timeout)."""
        if item.get("Application") == "Queue":
            queue, *others = item.get("ApplicationData").split(",")
            seconds = number(others[3]) if len(others) > 3 else 0
            self._seconds[queue, item.get("Context"), item.get("Exten")] = seconds

    def of(self, queue: str, message: Message) -> int:
        """Of a caller in the queue, whose place in the dialplan the message tells; 0 when it is not known."""
        return self._seconds.get((queue, message.get("Context"), message.get("Exten")), 0)


def number(text: str) -> int:
    """A count that Asterisk printed; 0 for nonsense."""
    return int(text) if text.isdecimal() and len(text) < 16 else 0
