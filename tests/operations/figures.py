"""Each figure of the queues, their members and those who wait, beside what the PBX itself says of it at that moment.

`wrong(driver)` asks `QueueStatus` and `QueueSummary` on the action session and understands the answers anew: nothing of
the worker's own reading of them is believed. Used by test_figures.py.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from ami_worker.ami import actions
from ami_worker.ami.protocol import Message
from panel.vocabulary import Kind, MemberState, seconds
from tests.operations.driver import Driver


Row = Mapping[str, Any]

APART_SECONDS: Final = 1.5
"""The lists have whole seconds."""
PATIENCE_SECONDS: Final = 3.0

IN_USE: Final = {"2", "3", "8"}
RINGING: Final = {"6", "7"}
AWAY: Final = {"4", "5"}
"""`Status` of a member: the state of its phone (ast_device_state)."""


@dataclass
class Listed:
    """What the PBX says of one queue."""

    params: Message
    summary: Message
    members: list[Message] = field(default_factory=list)
    entries: list[Message] = field(default_factory=list)


async def listed(driver: Driver) -> dict[str, Listed]:
    """All queues by name."""
    status = (await driver.actions.list(actions.queue_status())).items
    summaries = {item.get("Queue"): item for item in (await driver.actions.list(actions.queue_summary())).items}
    queues = {
        item.get("Queue"): Listed(item, summaries[item.get("Queue")]) for item in status if item.event == "queueparams"
    }
    for item in status:
        if item.event == "queuemember":
            queues[item.get("Queue")].members.append(item)
        elif item.event == "queueentry":
            queues[item.get("Queue")].entries.append(item)
    return queues


async def wrong(driver: Driver) -> list[str]:
    """One sentence for each figure that differs."""
    rows, queues = driver.mirror.rows(), await listed(driver)
    found = [f"{name} is not shown" for name in queues.keys() - rows[Kind.QUEUE].keys()]
    for name, told in queues.items():
        row = rows[Kind.QUEUE].get(name)
        if row is not None:
            members = {key: each for key, each in rows[Kind.MEMBER].items() if each["queue"] == name}
            callers = {key: each for key, each in rows[Kind.CALLER].items() if each["queue"] == name}
            found += [f"{name}: {each}" for each in _queue(row, told, members.values())]
            found += _each(
                "member", members, {f"{name}/{each.get('Location')}": each for each in told.members}, _member
            )
            found += _each(
                "caller", callers, {f"{name}/{each.get('Uniqueid')}": each for each in told.entries}, _caller
            )
    return found


async def assert_as_told(driver: Driver, what: str) -> None:
    """Every figure is the PBX's; what is told by another thread may take a moment."""
    end = time.monotonic() + PATIENCE_SECONDS
    while found := await wrong(driver):
        assert time.monotonic() < end, f"{what}: {found}"
        await asyncio.sleep(0.05)


def _each(what: str, rows: Mapping[str, Row], told: Mapping[str, Message], compare: Any) -> list[str]:
    found = [f"{what} {key} is shown or listed alone" for key in rows.keys() ^ told.keys()]
    for key in rows.keys() & told.keys():
        found += [f"{what} {key}: {each}" for each in compare(rows[key], told[key])]
    return found


def _unequal(**pairs: tuple[Any, Any]) -> list[str]:
    return [f"{name} {here}, told {there}" for name, (here, there) in pairs.items() if here != there]


def _queue(row: Row, told: Listed, members: Iterable[Row]) -> list[str]:
    params, summary = told.params, told.summary
    states = [member["state"] for member in members]
    can_be_called = sum(state in (MemberState.FREE, MemberState.WRAPUP) for state in states)
    found = _unequal(
        waiting=(row["waiting"], int(params.get("Calls"))),
        waiting_by_summary=(row["waiting"], int(summary.get("Callers"))),
        strategy=(row["strategy"], params.get("Strategy")),
        members=(row["members"], len(told.members)),
        paused=(row["paused"], sum(each.get("Paused") == "1" for each in told.members)),
        free=(row["free"], states.count(MemberState.FREE)),
        not_away=(len(states) - states.count(MemberState.AWAY), int(summary.get("LoggedIn"))),
        available=(can_be_called, int(summary.get("Available"))),
        completed=(row["completed"], int(params.get("Completed"))),
        abandoned=(row["abandoned"] + row["moved_today"], int(params.get("Abandoned"))),
        service_level=(_level(row), float(params.get("ServicelevelPerf"))),
    )
    waited = time.time() - seconds(row["longest_at"]) if row["longest_at"] else 0.0
    if abs(waited - int(summary.get("LongestHoldTime"))) >= APART_SECONDS:
        found.append(f"longest wait {waited:.1f}, told {summary.get('LongestHoldTime')}")
    return found


def _level(row: Row) -> float:
    """As the PBX has it: of those whose talk is over, how many of a hundred were answered in time."""
    return round(100 * row["within_target_today"] / row["talks_today"], 1) if row["talks_today"] else 0.0


def _member(row: Row, told: Message) -> list[str]:
    found = _unequal(
        name=(row["name"], told.text("Name")),
        paused=(row["paused"], told.get("Paused") == "1"),
        pause_reason=(row["pause_reason"], told.get("PausedReason")),
        penalty=(row["penalty"], int(told.get("Penalty"))),
        calls_taken=(row["calls_taken"], int(told.get("CallsTaken"))),
    )
    if row["state"] not in (states := _states(told)):
        found.append(f"state {row['state']}, told {sorted(states)}")
    last_call = seconds(row["last_call_at"]) if row["last_call_at"] else 0.0
    if abs(last_call - int(told.get("LastCall"))) >= APART_SECONDS:
        found.append(f"last call {last_call:.1f}, told {told.get('LastCall')}")
    return found


def _states(told: Message) -> set[MemberState]:
    """Which states the answer allows. Which queue a phone rings for, and how long exactly a wrap-up goes on, it leaves
    open.
    """
    status = told.get("Status")
    if status in AWAY:
        return {MemberState.AWAY}
    if told.get("Paused") == "1":
        return {MemberState.PAUSED}
    if told.get("InCall") == "1":
        return {MemberState.TALKING}
    if status in RINGING:
        return {MemberState.RINGING, MemberState.BUSY}
    if status in IN_USE:
        return {MemberState.BUSY}
    left = int(told.get("LastCall")) + int(told.get("Wrapuptime")) - time.time()
    if abs(left) < APART_SECONDS:
        return {MemberState.FREE, MemberState.WRAPUP}
    return {MemberState.WRAPUP} if left > 0 else {MemberState.FREE}


def _caller(row: Row, told: Message) -> list[str]:
    found = _unequal(
        position=(row["position"], int(told.get("Position"))),
        priority=(row["priority"], int(told.get("Priority"))),
        number=(row["number"], told.text("CallerIDNum")),
        name=(row["name"], told.text("CallerIDName")),
    )
    waited = time.time() - seconds(row["joined_at"])
    if abs(waited - int(told.get("Wait"))) >= APART_SECONDS:
        found.append(f"waits {waited:.1f}, told {told.get('Wait')}")
    return found


async def averages(driver: Driver, queue: str) -> tuple[int, int]:
    """The average hold and talk time that the PBX tells, in seconds; both its lists say the same."""
    told = (await listed(driver))[queue]
    summary = int(told.summary.get("HoldTime")), int(told.summary.get("TalkTime"))
    assert summary == (int(told.params.get("Holdtime")), int(told.params.get("TalkTime")))
    return summary
