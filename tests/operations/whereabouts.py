"""Where a caller is, in the picture and by the PBX's own lists, in the same words. Used by players.py."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Self

from ami_worker.ami import actions
from ami_worker.mirror import ChannelState
from panel.vocabulary import CareKind
from tests.operations.driver import Driver
from tests.rig.floor import Desk


GONE: Final = "gone"
PARKED: Final = "parked"
IN_THE_ROOM: Final = "in the room"
LEAVES_A_MESSAGE: Final = "leaves a message"
BY_THEMSELVES: Final = "hung up by themselves"
TALKS_TO, AND = "talks to ", " and "
SOON: Final = 15.0
"""Seconds. A parked caller who is brought back so soon is on the way to somebody."""


class Whereabouts:
    """Of one caller. `seen` and `before` are as of the last event."""

    def __init__(self, caller: str, observer: Driver, desk: Desk) -> None:
        self._caller = caller
        self._observer = observer
        self._desk = desk
        self.seen = ""
        """Where the picture has them; empty while on the way to somebody."""
        self.before = ""
        """When they are gone: where they were until then."""
        self._look()

    @classmethod
    @contextmanager
    def of(cls, caller: str, observer: Driver, desk: Desk) -> Iterator[Self]:
        """They are looked after until the end of the block."""
        whereabouts = cls(caller, observer, desk)
        observer.watchers.append(whereabouts._look)
        yield whereabouts
        observer.watchers.remove(whereabouts._look)

    @property
    def is_gone(self) -> bool:
        return self.seen == GONE

    @property
    def company(self) -> set[str]:
        """With whom they talk, or talked until they were gone: `the operator`, `the target`, `the colleague`."""
        where = self.before if self.is_gone else self.seen
        return set(where.removeprefix(TALKS_TO).split(AND)) if where.startswith(TALKS_TO) else set()

    def _look(self) -> None:
        """Two who part leave their bridge before they hang up: what comes in between is no other place, but care is."""
        now = self._place()
        if now not in ("", GONE) or (now == "" and self._is_kept()):
            self.before = now
        self.seen = now

    def _is_kept(self) -> bool:
        mirror = self._observer.mirror
        care = mirror.care_of(mirror.channels[self._caller])
        return self._caller in mirror.parked or (care is not None and care.kind is not CareKind.CONFERENCE)

    def _place(self) -> str:
        mirror = self._observer.mirror
        channel = mirror.channels.get(self._caller)
        if channel is None:
            return GONE
        if (parked := mirror.parked.get(self._caller)) is not None:
            is_soon_back = parked.returns_at is not None and parked.returns_at - time.time() < SOON
            return "" if is_soon_back else PARKED
        if any(self._caller in room.members for room in mirror.conferences.values()):
            return IN_THE_ROOM
        care = mirror.care_of(channel)
        if care is not None and care.kind is CareKind.VOICEMAIL:
            return LEAVES_A_MESSAGE
        return self._talks_to({peer.endpoint for peer in mirror.peers_of(channel) if peer.state == ChannelState.UP})

    async def listed(self) -> str:
        """The same by CoreShowChannels and ParkedCalls; empty for what those do not show: nobody is left there."""
        session = self._observer.actions
        listed = (await session.list(actions.core_show_channels())).items
        own = next((item for item in listed if item.get("Uniqueid") == self._caller), None)
        if own is None:
            return GONE
        parked = (await session.list(actions.parked_calls())).items
        if any(item.get("ParkeeUniqueid") == self._caller for item in parked):
            return PARKED
        context, application, bridge = (own.get(name) for name in ("Context", "Application", "BridgeId"))
        if context == "cordboard-conference" and application == "ConfBridge" and bridge:
            return IN_THE_ROOM
        if context in ("cordboard-voicemail", "cordboard-return") and application == "VoiceMail":
            return LEAVES_A_MESSAGE
        others = (item for item in listed if item is not own and bridge and item.get("BridgeId") == bridge)
        return self._talks_to({each.get("Channel")[:-9] for each in others if each.get("ChannelStateDesc") == "Up"})

    async def described(self) -> str:
        """All that can be said of them, for whoever looks into a loss."""
        channel = self._observer.mirror.channels.get(self._caller)
        row = channel.call.row() if channel is not None else "no such channel"
        return f"the picture says {self.seen!r}, the PBX {await self.listed()!r}; {row}"

    def _talks_to(self, endpoints: set[str]) -> str:
        others = [who for who, number in self._desk.people.items() if f"PJSIP/{number}" in endpoints]
        return TALKS_TO + AND.join(others) if others else ""
