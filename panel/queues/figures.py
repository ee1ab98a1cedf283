"""The figures that a wallboard can show of a queue, and the state of a whole wallboard as its page gets it.

Called by panel/queues/boards.py and the admin. It is pure: rows in, plain data out. What a wallboard may not show is
left out here, on the server.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final, Protocol

from django.utils.translation import gettext_lazy as _

from panel.vocabulary import MemberState, Row


FIGURES: Final = {
    "waiting": _("waiting"),
    "longest": _("longest wait"),
    "free": _("free"),
    "talking": _("talking"),
    "ringing": _("ringing"),
    "wrapup": _("wrapping up"),
    "paused": _("paused"),
    "away": _("away"),
    "members": _("logged in"),
    "answered": _("answered"),
    "abandoned": _("gave up"),
    "answered_today": _("answered today"),
    "lost_today": _("lost today"),
    "level_today": _("in time today"),
}
"""Name and label, in the order in which they are shown. `longest` is a time, `level_today` per cent, the others are
counts: those without a day are the PBX's own, since its queues were loaded. The table of what each of today counts is
in panel/history/tallies.py.
"""

USUAL: Final = ("waiting", "longest", "free")
MOST_FIGURES: Final = 6
MOST_QUEUES: Final = 24
MOST_CALLERS: Final = 3

_OF_ROW: Final = {"answered": "completed"}
"""Figures that have another name in the row of the queue."""

_OF_MEMBERS: Final = {
    "free": (MemberState.FREE,),
    "talking": (MemberState.TALKING, MemberState.BUSY),
    "ringing": (MemberState.RINGING,),
    "wrapup": (MemberState.WRAPUP,),
    "away": (MemberState.AWAY,),
}


class Board(Protocol):
    """What this module needs of `models.Wallboard`."""

    name: str
    title: str
    theme: str
    shows_names: bool
    queues: Any  # JSON columns: lists of names
    figures: Any


def state_of(
    board: Board, queues: Mapping[str, Row], members: Iterable[Row], callers: Iterable[Row], alerts: Iterable[Row]
) -> dict[str, Any]:
    """What the page of the wallboard shows, as JSON has it. The rows are those that may be seen there.

    `{title, theme, figures: [{name, label}], queues: [{name, is_there, needs, alerts: [{text, acknowledged}], figures:
    {name: count or time, None where there is none}, is_complete, callers, agents}]}`; the last two only where names may
    be shown, and the figures only of a queue that is there. It `needs` somebody when callers wait and nobody is free;
    the figures of today are not `is_complete` when the panel has not seen all of the day.
    """
    members_of, callers_of, alerts_of = _by_queue(members), _by_queue(callers), _by_queue(alerts)
    figures = [name for name in FIGURES if name in board.figures]
    shown = []
    for key in board.queues:
        row = queues.get(key)
        if row is None:
            shown.append({"name": key, "is_there": False, "figures": {}})
            continue
        of_queue = members_of.get(key, [])
        entry: dict[str, Any] = {
            "name": f"{row['name']} · {row['pbx']}" if "pbx" in row else row["name"] or key,
            "is_there": True,
            "figures": {name: _figure(name, row, of_queue) for name in figures},
            "is_complete": row.get("is_complete_today", True),
            "alerts": [
                {"text": alert["text"], "acknowledged": alert["acknowledged_at"] is not None}
                for alert in sorted(alerts_of.get(key, []), key=lambda alert: alert["raised_at"])
            ],
            "needs": row["waiting"] > 0 and not any(member["state"] == MemberState.FREE for member in of_queue),
        }
        if board.shows_names:
            entry |= _people(of_queue, callers_of.get(key, []))
        shown.append(entry)
    labels = [{"name": name, "label": str(FIGURES[name])} for name in figures]
    return {"title": board.title or board.name, "theme": board.theme, "figures": labels, "queues": shown}


def _figure(name: str, row: Row, members: list[Row]) -> int | str | None:
    if name == "longest":
        longest: str | None = row["longest_at"]
        return longest
    if name == "members":
        return sum(1 for member in members if member["state"] != MemberState.AWAY)
    if name in _OF_MEMBERS:
        return sum(1 for member in members if member["state"] in _OF_MEMBERS[name])
    if name == "level_today":
        return _level(row)
    count: int | None = row.get(_OF_ROW.get(name, name))
    return count


def _level(row: Row) -> int | None:
    """As in the reports: of those answered or lost, how many were answered within the queue's target; cut off."""
    ended: int = row.get("answered_today", 0) + row.get("lost_today", 0)
    return 100 * int(row["within_target_today"]) // ended if ended else None


def _people(members: list[Row], callers: list[Row]) -> dict[str, Any]:
    first = sorted(callers, key=lambda caller: caller["position"])[:MOST_CALLERS]
    return {
        "callers": [{name: caller[name] for name in ("name", "number", "joined_at")} for caller in first],
        "agents": [
            {"name": member["name"] or member["extension"], "state": member["state"]}
            for member in sorted(members, key=lambda member: (member["name"], member["key"]))
        ],
    }


def _by_queue(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["queue"], []).append(row)
    return found
