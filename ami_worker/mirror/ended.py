"""Passages through queues that ended a moment ago: what belongs to them may be told late. Used by `passages.py`."""

from __future__ import annotations

from typing import Final

from ami_worker.ami.protocol import Message
from ami_worker.mirror.records import Passage
from ami_worker.mirror.world import TOMBSTONE_SECONDS


LATE_SECONDS: Final = 1.0
"""How late it may be told of a talk that it was ended, by events that name the talk in a roundabout way only."""


class Ended:
    """The last passage of each caller through each queue, for `TOMBSTONE_SECONDS`, in the order in which they ended."""

    def __init__(self) -> None:
        self._passages: dict[tuple[str, str], Passage] = {}

    def add(self, passage: Passage) -> None:
        """It has ended now; `ended_at` says when."""
        self.take_back(passage)
        self._passages[passage.uniqueid, passage.queue] = passage

    def take_back(self, passage: Passage) -> None:
        """It goes on after all, or another one of this caller through this queue counts."""
        self._passages.pop((passage.uniqueid, passage.queue), None)

    def of(self, uniqueid: str, queue: str) -> Passage | None:
        return self._passages.get((uniqueid, queue))

    def talk_of(self, complete: Message, at: float) -> Passage | None:
        """Whose end an AgentComplete tells. It names the caller and the member's leg, but none whose channel was gone
        when it was made: apps/app_queue.c asks for the latest snapshots (handle_hangup, handle_blind_transfer). With
        neither of them, it is the latest talk of this member in this queue.
        """
        queue, interface = complete.get("Queue"), complete.get("Interface")
        uniqueid, leg = complete.get("Uniqueid"), complete.get("DestUniqueid")
        if uniqueid:
            found = self.of(uniqueid, queue)
            return found if found is not None and (found.agent, found.outcome) == (interface, "answered") else None
        for passage in self._latest_talks(at):
            if (passage.queue, passage.agent) == (queue, interface) and leg in ("", passage.leg):
                return passage
        return None

    def talk_on(self, uniqueid: str, at: float) -> Passage | None:
        """The latest talk of this channel, as caller or as the leg of a member."""
        return next((each for each in self._latest_talks(at) if uniqueid in (each.uniqueid, each.leg)), None)

    def _latest_talks(self, at: float) -> list[Passage]:
        found = []
        for passage in reversed(self._passages.values()):
            if passage.ended_at < at - LATE_SECONDS:
                break
            if passage.outcome == "answered":
                found.append(passage)
        return found

    def forget(self, at: float) -> None:
        """Those of which nothing more is to be expected."""
        while self._passages:
            oldest = next(iter(self._passages))
            if self._passages[oldest].ended_at > at - TOMBSTONE_SECONDS:
                break
            del self._passages[oldest]
