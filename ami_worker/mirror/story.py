"""`Story`: how a call came here, in a few steps. Used inside the mirror: `Call` has one, and the modules that change
the world tell it what happened.

A step belongs to a channel and goes with it into another call. It is told by the first thing that shows it, an event or
a list, and being told again makes no second one. What is kept is small, however long the call: the last steps, and of
phones that ring together the first few and the number of the others.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Final

from ami_worker.mirror.entities import Channel
from ami_worker.mirror.persons import person_at, person_dialled, trunk_of
from ami_worker.mirror.text import clean
from ami_worker.mirror.world import World
from panel.vocabulary import Person, Step, utc


SHOWN: Final = 12
KEPT: Final = 16
RINGING_SHOWN: Final = 3
MAX_OTHERS: Final = 99

SAME_SECONDS: Final = 2.0
"""What goes on within so many seconds is the same step: a leg changes bridges, a dialplan says again what we said."""

_NEVER: Final = -1
"""As the version of the people's names: the rows were not made yet."""

_NONE: Final[list[Step]] = []

_at: Final = attrgetter("at")


class _Told:
    """A step as kept. Who it is about is found when the rows are made: names are learnt late."""

    __slots__ = (
        "_rows", "_version", "at", "ended_at", "endpoint", "kind", "name", "number", "others", "since", "spent",
        "uniqueid", "what",
    )  # fmt: skip

    def __init__(self, kind: str, uniqueid: str, at: float, endpoint: str, number: str, name: str) -> None:
        self.kind = kind
        self.uniqueid = uniqueid
        self.at = at
        self.endpoint = endpoint  # of a phone or a trunk; empty when only the number is known
        self.number = number
        self.name = name
        self.what = ""
        self.since: float | None = at  # when it began or went on; None when it is over
        self.spent = 0.0
        self.ended_at = at
        self.others: set[str] | None = None  # phones that rang beside those that are shown
        self._rows = _NONE
        self._version = _NEVER

    def changed(self) -> None:
        self._version = _NEVER

    def rows(self, world: World) -> list[Step]:
        if self._version != world.people_version:
            self._version = world.people_version
            self._rows = self._made(world)
        return self._rows

    def _made(self, world: World) -> list[Step]:
        who = self._who(world)
        if self.kind != "began":
            seconds = round(self.spent, 1) if self.since is None and self.spent else None
            return [self._row(self.kind, who, str(len(self.others)) if self.others else self.what, seconds)]
        rows = []
        if self.endpoint not in world.owner:
            rows.append(self._row("arrived", who, trunk_of(self.endpoint), None))
        if self.what:
            rows.append(self._row("dialled", who, self.what, None))
        return rows

    def _row(self, kind: str, who: Person, what: str, seconds: float | None) -> Step:
        return Step(at=utc(self.at), kind=kind, who=who, what=clean(what), seconds=seconds)

    def _who(self, world: World) -> Person:
        extension = world.owner.get(self.endpoint) if self.endpoint else None
        if extension is not None:
            return person_at(extension)
        if not self.endpoint and self.number and not self.name:
            return person_dialled(world, self.number)
        return Person(name=clean(self.name), number=clean(self.number), extension="")


class Story:
    """The steps of one call."""

    __slots__ = ("_people", "_rows", "_steps", "_version")

    def __init__(self) -> None:
        self._steps: list[_Told] = []
        self._people: set[str] = set()  # devices and numbers of all steps, and of those that were too many
        self._rows = _NONE
        self._version = _NEVER

    def __contains__(self, kind: str) -> bool:
        return any(step.kind == kind for step in self._steps)

    # --- telling ----------------------------------------------------------------------------------------------------

    def begins(self, channel: Channel, at: float, dialled: str) -> None:
        """Somebody calls, and may have dialled already."""
        step = self._add("began", channel.uniqueid, at, channel.endpoint, channel.caller_number, channel.caller_name)
        step.what = dialled
        step.since = None

    def is_for(self, uniqueid: str, dialled: str) -> None:
        """What whoever began it has dialled."""
        step = self._latest("began", uniqueid)
        if step is not None:
            step.what = dialled
            self._changed(step)

    def names(self, channel: Channel) -> None:
        """A caller id may come later than the channel; it is the first one that counts, others are the dialplan's."""
        for step in self._steps:
            if step.uniqueid == channel.uniqueid and step.endpoint and not (step.number and step.name):
                step.number, step.name = step.number or channel.caller_number, step.name or channel.caller_name
                self._people.add(step.number)
                self._changed(step)

    def tell(
        self,
        kind: str,
        uniqueid: str,
        at: float,
        *,
        endpoint: str = "",
        number: str = "",
        name: str = "",
        what: str = "",
        is_over: bool = False,
    ) -> None:
        """A step begins, or goes on."""
        step = self._latest(kind, uniqueid)
        if step is None or not self._goes_on(step, at, endpoint, number):
            step = self._add(kind, uniqueid, at, endpoint, number, name)
        elif step.since is None:
            step.since = at
        step.what = what or step.what
        if is_over:
            step.since = None
        self._changed(step)

    def _goes_on(self, step: _Told, at: float, endpoint: str, number: str) -> bool:
        """Whether what is told now is this step."""
        if step.number != number or step.endpoint != endpoint:
            return False
        return step.since is not None or step is self._steps[-1] or at - step.ended_at < SAME_SECONDS

    def tell_of(self, kind: str, channel: Channel, at: float, *, is_over: bool = False) -> None:
        """The same about whoever is on a channel."""
        number, name = channel.caller_number, channel.caller_name
        self.tell(kind, channel.uniqueid, at, endpoint=channel.endpoint, number=number, name=name, is_over=is_over)

    def rings(self, channel: Channel, at: float) -> None:
        """A phone rings: in a step of its own, or among those that ring with it."""
        together = []
        for step in reversed(self._steps):
            if step.kind != "rang":
                break
            if step.endpoint == channel.endpoint:
                step.uniqueid = channel.uniqueid
                step.since = at if step.since is None else step.since
                self._changed(step)
                return
            together.append(step)
        if len(together) < RINGING_SHOWN:
            self.tell_of("rang", channel, at)
            return
        last = together[0]
        last.others = last.others or set()
        if len(last.others) < MAX_OTHERS:
            last.others.add(channel.endpoint)
            self._changed(last)

    def end(self, kind: str, uniqueid: str, at: float) -> None:
        """A step is over; nothing when it was before, or was never told."""
        step = self._latest(kind, uniqueid)
        if step is not None:
            self._end(step, at)

    def leaves(self, uniqueid: str, at: float) -> None:
        """A channel is gone: whatever went on with it is over."""
        for step in self._steps:
            if step.uniqueid == uniqueid:
                self._end(step, at)

    def _end(self, step: _Told, at: float) -> None:
        if step.since is not None:
            step.spent += max(0.0, at - step.since)
            step.since, step.ended_at = None, at
            self._changed(step)

    def adopt(self, other: Story, uniqueid: str) -> None:
        """A channel comes from another call, and what was told of it comes with it."""
        moved = [step for step in other._steps if step.uniqueid == uniqueid]
        if moved:
            other._steps = [step for step in other._steps if step.uniqueid != uniqueid]
            self._steps = sorted([*self._steps, *moved], key=_at)[-KEPT:]
            self._people.update(*((step.endpoint, step.number) for step in moved))
            self._version = other._version = _NEVER

    def _add(self, kind: str, uniqueid: str, at: float, endpoint: str, number: str, name: str) -> _Told:
        step = _Told(kind, uniqueid, at, endpoint, number, name)
        self._people.update((endpoint, number))
        steps = self._steps
        steps.append(step)
        if len(steps) > 1 and at < steps[-2].at:  # a list tells what was before
            steps.sort(key=_at)
        del steps[:-KEPT]
        self._version = _NEVER
        return step

    def _latest(self, kind: str, uniqueid: str) -> _Told | None:
        for step in reversed(self._steps):
            if step.uniqueid == uniqueid and step.kind == kind:
                return step
        return None

    def _changed(self, step: _Told) -> None:
        step.changed()
        self._version = _NEVER

    def tells_of(self, people: set[str]) -> bool:
        """Whether a step is, or was, about one of these, by device or number. Asked of every call at once."""
        return not self._people.isdisjoint(people)

    # --- the row ----------------------------------------------------------------------------------------------------

    def rows(self, world: World) -> list[Step]:
        """The last steps, oldest first. The same list as before while nothing changed: nobody may write in it."""
        if self._version != world.people_version:
            self._version = world.people_version
            self._rows = [row for step in self._steps for row in step.rows(world)][-SHOWN:]
        return self._rows
