"""Pictures made comparable: the same state told by events and by lists differs in what lists do not say."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ami_worker.mirror import Mirror
from ami_worker.mirror.today import Figures
from panel.vocabulary import Kind, Row


UNKNOWABLE = frozenset(
    {
        "story",  # what was before
        "note",  # these four are written by a worker, which says so to its own mirror; no event tells of them
        "note_by",
        "recording",
        "muted",
        "ring_in_use",  # of a member: QueueStatus leaves it out
        "unanswered",  # how often a member's phone rang for nothing
        "state_at",  # since when: lists know how old a channel is, and how long somebody waits, no more
        "answered_at",  # of a call whose first callee is gone
        *Figures.__annotations__,  # counted by the panel since midnight
        "dialled",  # lists have the extension that the caller is at now, not the one first dialled
    }
)

# What lists do not say at these points of these scenes.
LISTS_DO_NOT_KNOW: dict[tuple[str, str], frozenset[str]] = {
    # Who put the caller on hold has gone into another bridge.
    ("attended_transfer", "consulting: ringing"): frozenset({"held_by"}),
    ("attended_transfer", "consulting: talking"): frozenset({"held_by"}),
    # The caller was on hold when it was moved; chan_pjsip was never told to unhold and lists the device as ONHOLD.
    ("bridge_of_two_calls", "joined"): frozenset({"held_by", "state"}),
    # That an outside caller began it, who is gone.
    ("park_of_a_ringing_leg", "a phone that rings for nobody"): frozenset({"direction"}),
    # The same, after the operator has asked somebody.
    ("cordboard_swap", "202 again"): frozenset({"direction"}),
    # The member whose name 206 was called by is gone again.
    ("member_pause", "end"): frozenset({"name"}),
    # That the caller once waited in a queue.
    ("queue_redirect", "ringing 201"): frozenset({"queue", "queued_at"}),
    ("queue_redirect", "talking"): frozenset({"queue", "queued_at"}),
    # Who came into the room first.
    ("cordboard_join", "all three"): frozenset({"members"}),
    ("cordboard_join", "two"): frozenset({"members"}),
}


def picture(mirror: Mirror, without: Collection[str] = ()) -> dict[Kind, dict[str, Any]]:
    """All rows, without what cannot be known from lists, and without `without`; of other times only whether there is
    one.
    """
    return comparable(mirror.rows(), without)


def comparable(rows: Mapping[Kind, Mapping[str, Row]], without: Collection[str] = ()) -> dict[Kind, dict[str, Any]]:
    left_out = UNKNOWABLE.union(without)
    return {kind: {key: _plain(row, left_out) for key, row in table.items()} for kind, table in rows.items()}


def _plain(value: Any, left_out: Collection[str]) -> Any:
    if isinstance(value, dict):
        kept = {key: item for key, item in value.items() if key not in left_out}
        return {key: item is not None if key.endswith("_at") else _plain(item, left_out) for key, item in kept.items()}
    return [_plain(item, left_out) for item in value] if isinstance(value, list) else value
