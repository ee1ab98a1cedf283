"""Who listens to whom: ChanSpyStart, ChanSpyStop, and what the list of channels says of it. Used inside the mirror.

A listener is no party of the call, and the channel by which one of our commands lets somebody listen is no leg of any
call (`OUR_LISTENERS`). No list has a listening as such; a channel that runs ChanSpy has, as the arguments of the
application, whom and how. Our recordings listen too, and are told by marks.py.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ami_worker.ami.protocol import Message
from ami_worker.mirror.channels import Handler, endpoint_of
from ami_worker.mirror.entities import Channel, Listening
from ami_worker.mirror.marks import RECORDER, Marks
from ami_worker.mirror.persons import groups_of, person_at, person_of
from ami_worker.mirror.world import World
from panel.vocabulary import OUR_LISTENERS, Kind, ListeningRow, ListenMode, Person, utc


CONTEXT: Final = "cordboard-spy"
"""Of the include. Its extensions are the modes, and the listener's channel stays at the one it was sent to."""

SWITCH_SECONDS: Final = 1.0
"""A listener of ours who is sent to another mode stops and begins again: for so long that is no end."""

_APPLICATION: Final = "ChanSpy"
_MODES: Final = frozenset(mode.value for mode in ListenMode)


class Listenings:
    """Keeps `World.listenings`."""

    def __init__(self, world: World, marks: Marks) -> None:
        self._world = world
        self._marks = marks
        self.handlers: dict[str, Handler] = {
            "chanspystart": self.on_start,
            "chanspystop": self.on_stop,
        }
        world.gone.append(self._on_channel_gone)

    # --- events -----------------------------------------------------------------------------------------------------

    def on_start(self, message: Message) -> None:
        by, to = self._named(message, "Spyer"), self._named(message, "Spyee")
        if by is not None and to is not None:
            mode = message.get("SpyerExten") if message.get("SpyerContext") == CONTEXT else ""
            self._set(by, to, mode if mode in _MODES else "", self._world.at)

    def on_stop(self, message: Message) -> None:
        """The event may lack the one who was listened to (app_chanspy.c, where that channel is gone already)."""
        self._marks.on_spy_stop(message)
        by = self._world.channels.get(message.get("SpyerUniqueid"))
        listening = self._world.listenings.get(by.uniqueid) if by is not None else None
        if by is None or listening is None:
            return
        if by.uniqueid.startswith(OUR_LISTENERS):
            listening.stopped_at = self._world.at
            self._world.touch_later(self._world.at + SWITCH_SECONDS, Kind.LISTENING, by.uniqueid)
        else:
            self._drop(by)

    def _named(self, message: Message, prefix: str) -> Channel | None:
        """The channel that stands there by name and by Uniqueid."""
        channel = self._world.channels.get(message.get(f"{prefix}Uniqueid"))
        if channel is None or message.get(f"{prefix}Channel") not in (channel.name, channel.former_name):
            self._world.unknown_ids += 1
            return None
        return channel

    def _on_channel_gone(self, channel: Channel) -> None:
        self._drop(channel)
        for listening in [each for each in self._world.listenings.values() if each.to is channel]:
            self._drop(listening.by)

    # --- the list ---------------------------------------------------------------------------------------------------

    def rebuild(self, listed: Iterable[Channel]) -> None:
        """Of the channels that a list had, after all of them have been taken."""
        for channel in listed:
            found = self._told_in(channel.application, channel.data, channel.name)
            if found is None:
                self._drop(channel)
            else:
                self._set(channel, *found, channel.created_at)

    def differs(self, channel: Channel, item: Message) -> str:
        """In whom a listed channel listens to, as against what is known; empty when in nothing."""
        told = self._told_in(item.get("Application"), item.get("ApplicationData"), channel.name)
        theirs = told[0].uniqueid if told is not None else ""
        known = self._world.listenings.get(channel.uniqueid)
        ours = known.to.uniqueid if known is not None and known.stopped_at is None else ""
        return "" if ours == theirs else f"listens to {ours or 'nobody'} here, {theirs or 'nobody'} there"

    def _told_in(self, application: str, data: str, name: str) -> tuple[Channel, str] | None:
        """Whom, and how, as the arguments say: `1795371234.5,quES`. One that names a prefix tells nobody exactly."""
        if application != _APPLICATION or name.startswith(RECORDER):
            return None
        whom, _, options = data.partition(",")
        to = self._world.channels.get(whom) or self._world.by_name.get(whom)
        if to is None:
            return None
        mode = ListenMode.WHISPER if "w" in options else ListenMode.BARGE if "B" in options else ListenMode.LISTEN
        return to, mode.value

    # --- inside -----------------------------------------------------------------------------------------------------

    def _set(self, by: Channel, to: Channel, mode: str, since: float) -> None:
        """Of the same one it goes on: in another mode, or as before."""
        if by.name.startswith(RECORDER):
            return
        known = self._world.listenings.get(by.uniqueid)
        if known is None or known.to is not to:
            self._world.listenings[by.uniqueid] = Listening(by, to, mode, since)
        else:
            known.mode, known.stopped_at = mode or known.mode, None
        self._world.dirty[Kind.LISTENING].add(by.uniqueid)

    def _drop(self, by: Channel) -> None:
        if self._world.listenings.pop(by.uniqueid, None) is not None:
            self._world.dirty[Kind.LISTENING].add(by.uniqueid)

    # --- rows -------------------------------------------------------------------------------------------------------

    def is_shown(self, listening: Listening) -> bool:
        return listening.stopped_at is None or self._world.at < listening.stopped_at + SWITCH_SECONDS

    def groups(self, listening: Listening) -> tuple[str, ...]:
        """Of the call that is listened to, and of the one who is."""
        return tuple(sorted({*listening.to.call.groups(), *groups_of(self._world, [listening.to])}))

    def row(self, listening: Listening) -> ListeningRow:
        return ListeningRow(
            key=listening.by.uniqueid,
            call=listening.to.call.key,
            party=listening.to.uniqueid,
            to=person_of(self._world, listening.to),
            by=self._listener(listening.by),
            mode=listening.mode,
            since_at=utc(listening.since),
        )

    def _listener(self, by: Channel) -> Person:
        extension = self._world.owner.get(endpoint_of(by.name))
        return person_at(extension) if extension is not None else person_of(self._world, by)
