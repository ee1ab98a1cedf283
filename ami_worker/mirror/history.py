"""What happened, derived beside the picture: passages, calls, what members did, and when nothing was seen. Used by
`Mirror`, which asks for `Record`s after it has made the rows.

It hears the same events as the families do, and the lists after they were taken. Nothing is invented: what ended while
nobody looked ends where the picture was last known to be true, as unknown and not complete.
"""

from __future__ import annotations

from ami_worker.ami.protocol import Message
from ami_worker.mirror.callbook import Callbook
from ami_worker.mirror.channels import Handler
from ami_worker.mirror.passages import Passages
from ami_worker.mirror.records import CallRecord, Gap, Passage, Past, Record, Span
from ami_worker.mirror.rows import Rows
from ami_worker.mirror.spans import Spans
from ami_worker.mirror.today import Today
from ami_worker.mirror.world import World
from panel.vocabulary import NumberPlan


WORKER_AWAY = "No worker was there."


class History:
    """The records of one PBX."""

    def __init__(self, world: World, pbx: str, today: Today, plan: NumberPlan) -> None:
        self._world = world
        self._pbx = pbx
        self.today = today
        self._spans = Spans(world, pbx)
        self.passages = Passages(world, pbx, today, self._spans.staff, plan)
        self._calls = Callbook(world, pbx, self._groups_of_call, plan)
        self._rows: Rows | None = None
        self._gap: Gap | None = None
        self._gaps: list[Gap] = []  # not yet given
        self._sealed: list[Record] = []
        """What was touched before sight was lost. All later records wait until the lists have been compared."""
        self._is_live = False

    def read_rows(self, rows: Rows) -> None:
        self._rows = rows

    def _groups_of_call(self, key: str) -> tuple[str, ...] | None:
        return self._rows.groups_of_call(key) if self._rows is not None else None

    def listening(self, handlers: dict[str, Handler]) -> dict[str, Handler]:
        """The handlers of the families, each followed by those that record what the event means."""
        listening = dict(handlers)
        for more in (self.passages.handlers, self._spans.handlers):
            for name, handler in more.items():
                before = listening.get(name)
                listening[name] = handler if before is None else _one_after_the_other(before, handler)
        return listening

    # --- sight ------------------------------------------------------------------------------------------------------

    def adopt(self, past: Past) -> None:
        """Go on where an earlier worker has ended; before anything is heard of the PBX."""
        self._gap = past.gap
        if self._gap is None and past.seen_until is not None:
            self._open_gap(past.seen_until, WORKER_AWAY)
        self.today.seen_since = past.gap_ended_at
        seen_until = self._gap.began_at if self._gap is not None else self._world.at
        self.passages.adopt(past.passages)
        for passage in past.ended_today:
            self.today.count(passage)
        self._calls.adopt(past.calls)
        self._spans.adopt(past.spans, seen_until)

    def lost(self, at: float, reason: str) -> None:
        """The picture was live, and is not any more; `at` is when the PBX was last heard."""
        self._is_live = False
        self._open_gap(at, reason)
        self._spans.lost(at)
        self.passages.lost()
        self._calls.lost()
        self._sealed += self._all()

    def _open_gap(self, at: float, reason: str) -> None:
        self._gap = Gap(f"{self._pbx}/{round(at * 1000)}", reason, at)
        self._gaps.append(self._gap)

    def live(self) -> None:
        """The lists have been compared, and from here on events tell everything."""
        if self._is_live:
            return
        self._is_live = True
        gap, self._gap = self._gap, None
        self.compare(self._world.at if gap is None else gap.began_at, was_away=gap is not None)
        if gap is not None:
            gap.ended_at = self.today.seen_since = self._world.at
            self._gaps.append(gap)
            self.today.touch_all()

    def compared(self) -> None:
        """A list was taken; while the picture is live it may have corrected what we thought."""
        if self._is_live:
            self.compare(self._world.at, was_away=False)

    def compare(self, seen_until: float, *, was_away: bool) -> None:
        self.passages.compare(seen_until, was_away=was_away)
        self._calls.compare(seen_until)
        self._spans.compare()

    def note_limit(self, item: Message) -> None:
        """An item of CoreShowChannels: it may show how long the application Queue lets callers wait."""
        self.passages.limits.learn(item)

    # --- giving -----------------------------------------------------------------------------------------------------

    def rows_are_due(self) -> None:
        """Rows are about to be made of the calls that were touched."""
        self._calls.touched.update(self._world.dirty_calls)

    def take(self) -> list[Record]:
        """What is new or changed since the last call; while the picture is not live, what was known before."""
        sealed, self._sealed = self._sealed, []
        return [*sealed, *self._all()] if self._is_live else sealed

    def _all(self) -> list[Record]:
        gaps, self._gaps = dict.fromkeys(self._gaps), []
        found: list[Gap | CallRecord | Passage | Span] = [*gaps, *self._calls.take(), *self.passages.take()]
        found += self._spans.take()
        return [each.record() for each in found]


def _one_after_the_other(first: Handler, then: Handler) -> Handler:
    def both(message: Message) -> None:
        first(message)
        then(message)

    return both
