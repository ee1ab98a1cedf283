"""Rows as the wire has them (panel/vocabulary), with what a test does not care about filled in."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from panel.vocabulary import utc


Row = dict[str, Any]

CAPABILITIES = (
    "include",
    "include2",
    "parking",
    "originate",
    "listen",
    "record",
    "hold",
    "retrieve",
    "consult",
    "serial",
    "camp",
)
CAPABILITIES += ("voicemail", "enqueue", "confer", "advance", "withdraw", "prompt")
"""Of a PBX with our include; "answer" is not among them, for few log-ins and phones can do that, and "message" not, for
it needs a mail server.
"""


def ago(seconds: float) -> str:
    return utc(time.time() - seconds)


def pbx(link: str = "live", *, as_of_at: str | None = None, reason: str = "", more: Iterable[str] = ()) -> Row:
    """`more` are capabilities that not every PBX has."""
    return {
        "key": "pbx",
        "link": link,
        "as_of_at": as_of_at or ago(0),
        "reason": reason,
        "version": "22.10.0",
        "started_at": ago(90_000),
        "drift": 0,
        "lag_seconds": 0.0,
        "capabilities": [*CAPABILITIES, *more],
    }


def person(name: str = "", number: str = "", extension: str = "") -> Row:
    return {"name": name, "number": number, "extension": extension}


def extension(number: str, name: str = "", group: str = "", state: str = "idle", **more: Any) -> Row:
    return {
        "key": number,
        "number": number,
        "name": name,
        "group": group,
        "state": state,
        "state_at": ago(60),
        "calls": [],
        "mailbox": "",
        "camped": [],
        "numbers": [],
        "ring_seconds": 0,
        "can_message": False,
        "forward": [],
        **more,
    }


def leg(call: str, state: str, other: Row, *, direction: str = "in", since: float = 5, queue: str = "") -> Row:
    """One of the calls of an extension's row."""
    return {
        "call": call,
        "channel": f"{call}.leg",
        "state": state,
        "direction": direction,
        "state_at": ago(since),
        "other": other,
        "queue": queue,
    }


def party(key: str, who: Row, state: str, role: str, *, since: float = 5, muted: bool = False) -> Row:
    return {
        "key": key,
        **who,
        "state": state,
        "state_at": ago(since),
        "role": role,
        "peers": [],
        "trunk": "" if who["extension"] else "trunk",
        "muted": muted,
    }


def call(key: str, caller: Row, called: Row, state: str = "talking", *, since: float = 5, **more: Any) -> Row:
    """A call of two parties, both in `state`."""
    return {
        "key": key,
        "state": state,
        "state_at": ago(since),
        "direction": "internal"
        if caller["extension"] and called["extension"]
        else "in"
        if called["extension"]
        else "out",
        "started_at": ago(since + 10),
        "answered_at": ago(since) if state == "talking" else None,
        "dialled": called["number"],
        "caller": caller,
        "called": called,
        "parties": [
            party(f"{key}.1", caller, "dialling" if state == "ringing" else state, "caller", since=since),
            party(f"{key}.2", called, state, "called", since=since),
        ],
        "queue": "",
        "queued_at": None,
        "connected_at": None,
        "held_by": "",
        "parked": "",
        "conference": "",
        "care": None,
        "claim": None,
        "note": "",
        "note_by": "",
        "recording": "",
        "story": [],
        **more,
    }


def care(kind: str, operator: Row, target: Row | None = None, *, party: str, reason: str = "", since: float = 5) -> Row:
    return {
        "kind": kind,
        "party": party,
        "operator": operator,
        "target": target or person(),
        "reason": reason,
        "since_at": ago(since),
        "until_at": None,
    }


def kept(
    key: str,
    caller: Row,
    kind: str,
    operator: Row,
    target: Row | None = None,
    *,
    reason: str = "",
    since: float = 5,
    others: list[Row] | None = None,
    **more: Any,
) -> Row:
    """A call whose caller our include keeps; `others` are the further parties."""
    parties = [party(f"{key}.1", caller, "held", "caller", since=since), *(others or [])]
    entry = care(kind, operator, target, party=f"{key}.1", reason=reason, since=since)
    return call(key, caller, person(), "held", since=since, parties=parties, care=entry, **more)


def claim(operator: str, name: str, doing: str = "claim") -> Row:
    return {"operator": operator, "name": name, "doing": doing, "until_at": ago(-8)}


def step(kind: str, who: Row | None = None, what: str = "", seconds: float | None = None, *, since: float = 60) -> Row:
    """One step of a story."""
    return {"at": ago(since), "kind": kind, "who": who or person(), "what": what, "seconds": seconds}


def number(label: str, number: str) -> Row:
    """One further number of a person."""
    return {"label": label, "number": number}


def queue(key: str, *, waiting: int = 0, members: int = 4, free: int = 2, **more: Any) -> Row:
    return {
        "key": key,
        "name": key,
        "strategy": "ringall",
        "waiting": waiting,
        "longest_at": None,
        "members": members,
        "free": free,
        "paused": 0,
        "completed": 31,
        "abandoned": 2,
        "offered_today": 0,
        "answered_today": 0,
        "abandoned_today": 0,
        "lost_today": 0,
        "moved_today": 0,
        "within_target_today": 0,
        "target_seconds": 20,
        "target_percent": 80,
        "wait_total_today": 0,
        "talks_today": 0,
        "talk_total_today": 0,
        "is_complete_today": True,
        **more,
    }


def member(queue: str, number: str, name: str, state: str = "free", **more: Any) -> Row:
    return {
        "key": f"{queue}/PJSIP/{number}",
        "queue": queue,
        "interface": f"PJSIP/{number}",
        "name": name,
        "extension": number,
        "state": state,
        "state_at": ago(30),
        "paused": state == "paused",
        "pause_reason": "",
        "penalty": 0,
        "calls_taken": 7,
        "unanswered": 0,
        "last_call_at": ago(300),
        "call": "",
        "wrapup_until_at": None,
        "ring_in_use": False,
        "loan": None,
        **more,
    }


def caller(queue: str, call: str, position: int, name: str, number: str, *, waits: float = 20) -> Row:
    return {
        "key": f"{queue}/{call}",
        "queue": queue,
        "call": call,
        "position": position,
        "priority": 0,
        "name": name,
        "number": number,
        "joined_at": ago(waits),
    }


def parked(key: str, call: str, space: str, name: str, number: str, *, by: Row | None = None, since: float = 20) -> Row:
    return {
        "key": key,
        "lot": "default",
        "space": space,
        "call": call,
        "name": name,
        "number": number,
        "extension": "",
        "parked_by": by or person(),
        "parked_at": ago(since),
        "returns_at": None,
    }


def conference(room: str, names: list[str]) -> Row:
    return {
        "key": room,
        "room": room,
        "locked": False,
        "started_at": ago(400),
        "members": [
            {
                "channel": f"{room}.{at}",
                "name": name,
                "number": "",
                "extension": "",
                "admin": at == 0,
                "muted": False,
                "talking": False,
                "joined_at": ago(300),
            }
            for at, name in enumerate(names)
        ],
    }


def mailbox(number: str, new: int) -> Row:
    return {"key": f"{number}@default", "extension": number, "new": new, "old": 1}


def command(key: str, name: str, args: Row, state: str = "pending", *, text: str = "", operator: str = "rita") -> Row:
    ended = state in {"done", "failed", "unknown"}
    return {
        "key": key,
        "name": name,
        "args": args,
        "operator": operator,
        "operator_name": "Rita",
        "state": state,
        "reason": "",
        "text": text,
        "call": args.get("call", ""),
        "created_at": ago(0),
        "sent_at": None if state == "pending" else ago(0),
        "ended_at": ago(0) if ended else None,
        "can_undo": False,
    }


def listening(key: str, call: str, to: Row, by: Row, mode: str = "listen", *, party: str = "", since: float = 5) -> Row:
    return {
        "key": key,
        "call": call,
        "party": party or f"{call}.leg",
        "to": to,
        "by": by,
        "mode": mode,
        "since_at": ago(since),
    }
