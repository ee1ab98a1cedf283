"""The lost calls as lines of a file: one for each call, whatever became of it. Used by views.py."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from django.db.models import Case, Value, When
from django.utils.translation import gettext as _

from panel.history.exports import Cell, local
from panel.history.scope import Scope
from panel.lost.entries import is_closed, is_spent, last_closers, lost_in
from panel.lost.models import FollowUp
from panel.lost.reasons import STATES, logged_in, staff_of, waited, why


AT_ONCE = 2000
"""Rows that are fetched from the database together."""


def table(scope: Scope) -> Iterator[Sequence[Cell]]:
    """The head, then the calls, the latest first. Names are put together with commas; times are in seconds."""
    yield [
        *(
            _("Joined"),
            _("Left"),
            _("Queue"),
            _("Number"),
            _("Name"),
            _("Dialled"),
            _("Wait"),
            _("Position at joining"),
        ),
        *(_("Position at leaving"), _("Outcome"), _("Why"), _("Logged in"), _("Ringing"), _("On a call"), _("Free")),
        *(_("Paused"), _("Phone away"), _("State"), _("Owner"), _("Note"), _("Complete")),
    ]
    rows = lost_in(scope).annotate(closed=Case(When(is_closed(), then=Value(True)), default=Value(False)))
    notes = _notes()
    for row in rows.order_by("-joined_at").iterator(chunk_size=AT_ONCE):
        follow_up = None if row.closed else notes.get((row.number, row.caller))
        yield [
            *(local(row.joined_at), local(row.left_at), row.queue, row.number, row.name, row.dialled),
            *(
                round(waited(row).total_seconds(), 1),
                row.position,
                row.left_position,
                row.get_outcome_display(),
                why(row),
            ),
            ", ".join(logged_in(row)),
            *(", ".join(staff_of(row, state)) for state in STATES),
            _("closed") if row.closed else _("open"),
            follow_up.owner.shown_name if follow_up and follow_up.owner else "",
            follow_up.note if follow_up else "",
            _("yes") if row.is_complete else _("no"),
        ]
    for began, ended, reason in scope.gaps():
        yield [_("Incomplete"), local(began), local(ended) or _("now"), reason]


def _notes() -> dict[tuple[str, str], FollowUp]:
    """What is written about callers who are open, by number and passage."""
    rows = list(FollowUp.objects.filter(closed_at=None).select_related("owner"))
    closed = last_closers([row.number for row in rows if row.number])
    return {(row.number, row.passage): row for row in rows if not is_spent(row, closed.get(row.number))}
