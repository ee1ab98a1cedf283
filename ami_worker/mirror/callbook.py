"""Calls as the history keeps them: each from its first channel to its last. Used by `history.py`.

A call is looked at when its row was made, never per event; it is written when it begins, when something of it changes
that lists are searched by, and when it has ended, then with its whole story.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ami_worker.mirror.calls import Call
from ami_worker.mirror.entities import ChannelState
from ami_worker.mirror.persons import person_of
from ami_worker.mirror.records import CallRecord
from ami_worker.mirror.world import World
from panel.vocabulary import NumberPlan, same_number


class Callbook:
    """Keeps the records of calls that go on. `groups_given` has the departments of a call's row as last given; None
    when it has none.
    """

    def __init__(
        self, world: World, pbx: str, groups_given: Callable[[str], tuple[str, ...] | None], plan: NumberPlan
    ) -> None:
        self._world = world
        self._pbx = pbx
        self._groups_given = groups_given
        self._plan = plan
        self.touched: set[str] = set()
        """Keys of calls whose rows were made since records were last given."""
        self._open: dict[str, CallRecord] = {}
        self._facts: dict[str, tuple[object, ...]] = {}
        self._ended: list[CallRecord] = []  # not yet given

    def adopt(self, calls: Iterable[CallRecord]) -> None:
        """Those that an earlier worker has left open; `compare` finds out which of them go on."""
        for call in calls:
            call.is_complete = False
            self._open[call.call] = call

    def lost(self) -> None:
        """From here on nothing is seen: what goes on will not be complete."""
        for key, call in self._world.calls.items():
            record = self._record(call)
            if record is not None:
                record.is_complete = False
                self.touched.add(key)

    def compare(self, seen_until: float) -> None:
        """After the lists were taken: what is not known any more ended at `seen_until` or later."""
        self._take_ended(seen_until)
        for key, record in list(self._open.items()):
            if key not in self._world.calls:
                self._lose_sight(record, seen_until)
        self.touched.update(self._open)

    def _lose_sight(self, record: CallRecord, at: float) -> None:
        record.ended_at, record.is_complete = max(at, record.started_at), False
        self._forget(record.call)
        self._ended.append(record)

    def _take_ended(self, seen_until: float) -> None:
        world = self._world
        ended, world.ended_calls = world.ended_calls, []
        for call, is_swept in ended:
            record = self._record(call)
            if record is None or call.key in world.calls:
                continue
            self._look(record, call)
            if is_swept:
                self._lose_sight(record, seen_until)
            else:
                record.ended_at = max(call.ended_at, record.started_at)
                self._forget(call.key)
                self._ended.append(record)

    def take(self) -> list[CallRecord]:
        """Those worth a write since the last call."""
        world = self._world
        self._take_ended(world.at)
        touched, self.touched = self.touched, set()
        given, self._ended = self._ended, []
        for key in touched:
            live = world.calls.get(key)
            record = self._record(live) if live is not None else None
            if live is not None and record is not None:
                self._look(record, live)
                facts = record.facts()
                if self._facts.get(key) != facts:
                    self._facts[key] = facts
                    record.story = live.story.rows(world)
                    given.append(record)
        return given

    def _record(self, call: Call) -> CallRecord | None:
        """None for one of which only machinery was ever seen."""
        record = self._open.get(call.key)
        if record is None and (call.endpoints or call.legs):
            record = self._open[call.key] = CallRecord(f"{self._pbx}/{call.key}", call.key, call.started_at)
            record.is_complete = not call.is_listed
        return record

    def _look(self, record: CallRecord, call: Call) -> None:
        record.started_at = min(record.started_at, call.started_at)
        if call.channels or not record.direction:  # without its channels a call that was only listed has none
            record.direction = call.direction
        record.dialled = call.dialled or record.dialled
        record.answered_at = call.answered_at if record.answered_at is None else record.answered_at
        groups = self._groups_given(call.key)
        if groups and groups != record.groups:
            record.groups = tuple(sorted({*record.groups, *groups}))
        steps = call.story.rows(self._world)
        if steps is not record.story:
            record.story = steps
            for step in steps:
                extension = step["who"]["extension"]
                has_talked = step["kind"] == "talked" or (step["kind"] == "dialled" and call.answered_at is not None)
                if extension and has_talked and extension not in record.extensions:
                    record.extensions.append(extension)
                if step["kind"] == "arrived" and not (record.number and record.name):
                    record.number, record.name = self._plan.of_caller(step["who"]["number"]), step["who"]["name"]
        as_dialled = same_number(record.dialled or self._reached(call))
        if record.direction == "out" and record.number in ("", as_dialled):
            record.number = self._plan.of_dialled(as_dialled)
        elif record.direction != "in" and not record.number:
            record.number = as_dialled

    def _reached(self, call: Call) -> str:
        """The number outside that has answered: of a call that the panel began, nothing else says whom it is for."""
        leg = call.called_leg()
        if leg is None or leg.state != ChannelState.UP or self._world.extension_of(leg) is not None:
            return ""
        return person_of(self._world, leg)["number"]

    def _forget(self, key: str) -> None:
        self._open.pop(key, None)
        self._facts.pop(key, None)
