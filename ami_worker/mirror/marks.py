"""What our dialplan include and our commands have written on a channel: who keeps a party, a note, a recording, a mute.
Used inside the mirror; `Mirror.mark` is the door for `operations`.

It is told by the include's UserEvent, by the worker that has just set the variable, and by the list Status. The stream
is not to be trusted: what is told of an unknown channel, or in a form that is none, is counted and dropped.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ami_worker.ami.protocol import Message
from ami_worker.mirror.care import care_in, code_of, is_in_force, is_over
from ami_worker.mirror.channels import Channels, Handler
from ami_worker.mirror.entities import CareView, Channel, Parked
from ami_worker.mirror.text import OUR_CONTEXTS
from ami_worker.mirror.topology import peers_of
from ami_worker.mirror.world import World
from panel.vocabulary import CareKind, Kind


CARE: Final = "CORDBOARD_CARE"
NOTE: Final = "CORDBOARD_NOTE"
RECORDING: Final = "CORDBOARD_RECORDING"
MUTED: Final = "CORDBOARD_MUTED"

VARIABLES: Final = (CARE, NOTE, RECORDING, MUTED)
"""What the list Status is to be asked for."""

RECORDER: Final = "Local/record@cordboard-record"
"""How the names of the channels begin that listen for a recording."""

WRITTEN_SECONDS: Final = 15.0
"""For so long after we have written on a channel, a list that says otherwise may be older, or what we do not done."""

_USER_EVENT: Final = "CordboardCare"
_ASKED: Final = "CordboardAsked"
_UNSET: Final = "(null)"
_HEADERS: Final = {"Care": CARE, "Note": NOTE, "Recording": RECORDING, "Muted": MUTED}
_STEPS: Final = {
    CareKind.HOLD: "held",
    CareKind.CONSULT: "held",
    CareKind.CAMP: "camped",
    CareKind.RETURN: "returned",
    **dict.fromkeys(
        (CareKind.TRANSFER, CareKind.SERIAL, CareKind.QUEUE, CareKind.VOICEMAIL, CareKind.CONFERENCE), "transferred"
    ),
}
"""What a kind of care is in the story of the call; a phone that takes it is seen to ring."""

_RECORDINGS: Final = frozenset({"", "on", "paused"})


class Marks:
    """Keeps what is written on channels, and `World.in_care`."""

    def __init__(self, world: World, channels: Channels) -> None:
        self._world = world
        self._channels = channels
        self._written: dict[str, float] = {}  # Uniqueid → when we have written on it ourselves
        self.handlers: dict[str, Handler] = {"userevent": self.on_user_event}
        world.gone.append(self._on_channel_gone)
        world.met.append(self._on_met)
        world.unparked.append(self._on_unparked)

    # --- told by events and by ourselves ----------------------------------------------------------------------------

    def on_user_event(self, message: Message) -> None:
        """`UserEvent: CordboardCare`, then `Care: kind,operator,target,reason,until,since` or another of ours;
        `UserEvent: CordboardAsked`, of the operator's leg. Those of other people are ignored.

        Its own headers come last, after the snapshot of the channel (main/stasis.c): what a caller's number brings
        with it stands before them.
        """
        headers = message.headers
        last = max((place for place, (name, _) in enumerate(headers) if name == "UserEvent"), default=-1)
        kind = headers[last][1] if last >= 0 else ""
        if kind not in (_USER_EVENT, _ASKED):
            self._world.count_ignored("userevent")
            return
        channel = self._channels.told_of(message)
        if channel is None:
            return
        own = headers[last + 1 :]
        if kind == _ASKED:
            self._on_asked(dict(reversed(own)))
            return
        for name, value in own:
            if name in _HEADERS:
                self.set(channel, _HEADERS[name], value)

    def _on_asked(self, told: dict[str, str]) -> None:
        """Whoever was asked about a caller does not come to the phone. The caller goes back to the operator, who wants
        to know why. `told` has Caller (a channel's name), Target and Reason.
        """
        held, reason = self._world.by_name.get(told.get("Caller", "")), told.get("Reason", "")
        if held is not None and reason != "ANSWER":
            at = self._world.at
            target = told.get("Target", "")
            held.call.story.tell("asked", held.uniqueid, at, number=target, what=code_of(reason), is_over=True)
            self._world.touch(held)

    def on_spy_stop(self, message: Message) -> None:
        """ChanSpyStop, by way of listenings.py. Our recorder listens like a supervisor, and may stop without having
        been told to: its time is over.
        """
        if message.get("SpyerChannel").startswith(RECORDER):
            channel = self._channels.find(message.get("SpyeeUniqueid"))
            if channel is not None and message.get("SpyeeChannel") in (channel.name, channel.former_name):
                self.set(channel, RECORDING, "")

    def mark(self, uniqueid: str, variable: str, value: str) -> None:
        """Raises ValueError for a variable that is none of ours. A channel that is gone is counted as unknown."""
        channel = self._channels.find(uniqueid)
        name = variable.lstrip("_")
        if name not in VARIABLES:
            raise ValueError(f"{variable} is not a mark")
        if channel is not None:
            self._written[uniqueid] = self._world.at
            self.set(channel, name, value)

    def set(self, channel: Channel, variable: str, value: str, *, since: float | None = None) -> bool:
        """Take the value of one variable. Returns whether it was news."""
        world = self._world
        before = (channel.care, channel.note, channel.recording, channel.muted)
        match variable:
            case "CORDBOARD_CARE":
                self._set_care(channel, care_in(value, world.at if since is None else since, world.clock_offset))
            case "CORDBOARD_NOTE":
                channel.note = _note_in(value)
            case "CORDBOARD_RECORDING":
                channel.recording = value if value in _RECORDINGS else ""
            case "CORDBOARD_MUTED":
                channel.muted = value == "in"
        is_news = before != (channel.care, channel.note, channel.recording, channel.muted)
        if is_news:
            world.touch(channel)
        return is_news

    def _set_care(self, channel: Channel, care: CareView | None) -> None:
        """Told again, it began when it was told first."""
        world, before = self._world, channel.care
        is_the_same = before is not None and care is not None and before[:4] == care[:4]
        if before is not None and care is not None and is_the_same and channel.uniqueid not in world.parked:
            care = care._replace(since=before.since)
        if care == before:
            return
        channel.care = care
        if care is None:
            world.in_care.pop(channel.uniqueid, None)
        else:
            world.in_care[channel.uniqueid] = channel
        if before is not None:
            self._is_over(channel, before)
        if care is not None:
            self._begins(channel, care)
        world.touch_with_peers(channel)

    def _begins(self, channel: Channel, care: CareView) -> None:
        self._touch_target(care)
        kind, story = _STEPS.get(care.kind), channel.call.story
        if kind == "returned":
            story.tell(kind, channel.uniqueid, care.since, number=care.target, what=code_of(care.reason))
        elif kind:
            story.tell(kind, channel.uniqueid, care.since, number=care.operator, what=care.target)

    def _is_over(self, channel: Channel, care: CareView) -> None:
        self._touch_target(care)
        channel.call.story.end(_STEPS.get(care.kind, ""), channel.uniqueid, self._world.at)

    def _touch_target(self, care: CareView) -> None:
        """Its tile counts who camps there."""
        if care.kind is CareKind.CAMP:
            extensions = self._world.by_number.get(care.target, ())
            self._world.dirty[Kind.EXTENSION].update(extension.key for extension in extensions)

    # --- ending -----------------------------------------------------------------------------------------------------

    def _on_met(self, channel: Channel) -> None:
        """It has come into a bridge where others are."""
        world = self._world
        if not world.in_care:
            return
        bridge = world.bridges[channel.bridge]
        for each in (channel, *bridge.members.values(), *peers_of(world, channel)):
            if each.care is not None and is_over(world, each, each.care):
                self._set_care(each, None)

    def _on_unparked(self, channel: Channel, parked: Parked) -> None:
        """Who is parked has left the context that kept it; the variable stays. Only a serial call goes on there when
        the talk is over, whoever it was with.
        """
        care = channel.care
        if care is not None and care.since <= parked.parked_at and care.kind is not CareKind.SERIAL:
            self._set_care(channel, None)

    def _on_channel_gone(self, channel: Channel) -> None:
        self._written.pop(channel.uniqueid, None)
        if channel.care is not None:
            self._set_care(channel, None)

    # --- the list ---------------------------------------------------------------------------------------------------

    def on_listed(self, message: Message) -> tuple[str, bool]:
        """An item of Status. Returns the Uniqueid and whether the item corrects what was known.

        A channel that is not known is left to the events.
        """
        channel = self._listed(message)
        if channel is None:
            return "", False
        care, values = self._told_in(channel, message)
        corrected = care != channel.care
        self._set_care(channel, care)
        for variable in (NOTE, RECORDING, MUTED):
            corrected |= self.set(channel, variable, values.get(variable, ""))
        return channel.uniqueid, corrected

    def differs(self, message: Message) -> str:
        """In what an item of Status differs from what is known; empty when it does not.

        What we wrote is told on another session than the list, which may be older; and a party that is about to be
        moved is in no context of ours yet.
        """
        channel = self._listed(message)
        if channel is None or self._written.get(channel.uniqueid, 0.0) > self._world.now() - WRITTEN_SECONDS:
            return ""
        care, values = self._told_in(channel, message)
        differs = {
            "care": (care and care[:4]) != (channel.care and channel.care[:4]),
            "note": _note_in(values.get(NOTE, "")) != channel.note,
            "recording": values.get(RECORDING, "") != channel.recording,
            "muted": (values.get(MUTED) == "in") != channel.muted,
        }
        return ", ".join(name for name, is_other in differs.items() if is_other)

    def forget(self, uniqueid: str) -> None:
        """A whole list did not have this channel: nothing is known to be written on it."""
        channel = self._world.channels.get(uniqueid)
        if channel is not None:
            for variable in VARIABLES:
                self.set(channel, variable, "")

    def marked(self) -> list[str]:
        """Uniqueids of the channels on which something is written."""
        return [
            channel.uniqueid
            for channel in self._world.channels.values()
            if channel.care is not None or channel.note is not None or channel.recording or channel.muted
        ]

    def _listed(self, message: Message) -> Channel | None:
        channel = self._world.channels.get(message.get("Uniqueid"))
        return (
            channel if channel is not None and message.get("Channel") in (channel.name, channel.former_name) else None
        )

    def _told_in(self, channel: Channel, message: Message) -> tuple[CareView | None, Mapping[str, str]]:
        """The care that is meant by an item, and all its variables.

        A variable stays on a channel that has long gone on to somebody: whoever talks, or is in no context of ours, is
        in nobody's care; and where no recorder is, nobody is recorded.
        """
        world = self._world
        values = _variables_of(message)
        if values.get(RECORDING) and not any(name.startswith(RECORDER) for name in world.by_name):
            values[RECORDING] = ""
        since = channel.created_at if channel.care is None else channel.care.since
        care = care_in(values.get(CARE, ""), since, world.clock_offset)
        if care is not None and (
            not message.get("Context").startswith(OUR_CONTEXTS) or not is_in_force(world, channel, care)
        ):
            care = None
        if care is not None and channel.care is not None and channel.care[:4] == care[:4]:
            care = care._replace(since=channel.care.since)
        return care, values


def _note_in(value: str) -> tuple[str, str] | None:
    """`author|text`; without an author's bar it is all text."""
    if not value:
        return None
    author, bar, text = value.partition("|")
    return (author, text) if bar else ("", value)


def _variables_of(message: Message) -> dict[str, str]:
    """By name, of a Status item: `Variable: NAME=value`, one of them `(null)` where it is not set (main/manager.c).

    The last counts: they come after all that a caller's number could bring.
    """
    pairs = (text.partition("=") for text in message.all("Variable"))
    return {name: "" if value == _UNSET else value for name, _, value in pairs}
