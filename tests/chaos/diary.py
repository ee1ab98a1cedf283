"""What happened in a chaos run and when, for whoever has to find out why it went wrong.

Used by all modules of the run, from any thread.
"""

from __future__ import annotations

import re
import threading
import time
from collections import deque
from collections.abc import Collection, Iterator
from typing import NamedTuple, Self

from tests.rig.ami import Fields
from tests.rig.asterisk import Asterisk


KEPT = 100_000
AWAY_SECONDS = 0.2
BEFORE_SECONDS = 45.0

SHOWN = (
    "Channel", "Uniqueid", "Linkedid", "ChannelStateDesc", "Exten", "Context", "DestChannel", "DialStatus",
    "BridgeUniqueid", "Queue", "Position", "ParkeeUniqueid", "ParkingSpace", "UserEvent", "Care", "Cause-txt",
    "Variable", "Value", "TimeoutChannel",
)  # fmt: skip
"""Headers of an event, or of an action, that tell what it was about."""

ASTERISK, PANEL = "asterisk", "panel"
CHANNEL = re.compile(r"\bChannel=(\S+)")


class Entry(NamedTuple):
    at: float
    who: str
    what: str

    def __str__(self) -> str:
        return (
            f"{time.strftime('%H:%M:%S', time.localtime(self.at))}.{int(self.at % 1 * 1000):03} {self.who}: {self.what}"
        )


class Diary:
    """Kept by everybody. `loud` has what is noted by hand printed as it happens."""

    def __init__(self, *, loud: bool = False) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEPT)
        self._loud = loud

    def note(self, who: str, what: str) -> None:
        entry = Entry(time.time(), who, what)
        self._entries.append(entry)
        if self._loud:
            print(f"  {entry}", flush=True)

    def hear(self, event: Fields) -> None:
        """Something that Asterisk tells."""
        self._entries.append(Entry(time.time(), ASTERISK, _told(event["Event"], event)))

    def overhear(self, action: Fields) -> None:
        """Something that the panel asks of Asterisk."""
        self._entries.append(Entry(time.time(), PANEL, _told(action["Action"], action)))

    def around(self, about: Collection[str]) -> Iterator[Entry]:
        """The latest: all that people, faults and processes did, and what Asterisk and the panel said about these and
        about the channels that had to do with them.
        """
        since = time.time() - BEFORE_SECONDS
        entries = [entry for entry in tuple(self._entries) if entry.at >= since]
        these = re.compile("|".join(rf"\b{re.escape(each)}\b" for each in about) or "(?!)")
        channels = {
            channel
            for entry in entries
            if entry.who == ASTERISK and these.search(entry.what)
            for channel in CHANNEL.findall(entry.what)
        }
        for entry in entries:
            is_said = entry.who in (ASTERISK, PANEL)
            if not is_said or these.search(entry.what) or any(channel in entry.what for channel in channels):
                yield entry


def _told(name: str, fields: Fields) -> str:
    return " ".join((name, *(f"{each}={fields[each]}" for each in SHOWN if fields.get(each))))


class Listener:
    """Writes into the diary what Asterisk tells, on a session of its own, past every fault. A context manager."""

    def __init__(self, asterisk: Asterisk, diary: Diary) -> None:
        self._asterisk = asterisk
        self._diary = diary
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._listen)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._is_over.set()
        self._thread.join()

    def _listen(self) -> None:
        while not self._is_over.is_set():
            try:
                self._follow()
            except OSError:  # Asterisk is on its way down, or up
                self._is_over.wait(AWAY_SECONDS)

    def _follow(self) -> None:
        with self._asterisk.session(events="call,agent,user") as session:
            heard = session.count
            while not self._is_over.is_set():
                session.read(AWAY_SECONDS)
                for message in session.messages(heard):
                    if "Event" in message:
                        self._diary.hear(message)
                heard = session.count
