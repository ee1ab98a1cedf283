"""What Asterisk itself wrote of its queues: the file `queue_log`, the second witness of the history's tests."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


ENDINGS = {
    "ABANDON": "abandoned",
    "EXITWITHTIMEOUT": "timeout",
    "EXITWITHKEY": "left",
    "EXITEMPTY": "left",
    "WITHDRAW": "withdrawn",
}
TALK_ENDINGS = {
    "COMPLETEAGENT": "agent",
    "COMPLETECALLER": "caller",
    "BLINDTRANSFER": "transfer",
    "ATTENDEDTRANSFER": "transfer",
}


@dataclass
class Logged:
    """One way of a caller through a queue. Times in whole seconds, as Asterisk has them."""

    uniqueid: str
    queue: str
    joined_at: int
    number: str
    outcome: str = "waiting"
    """`answered`, or one of ENDINGS; a caller who was redirected counts as `abandoned` there."""
    waited: int = 0
    agent: str = ""
    talk_ended_at: int | None = None
    ended_by: str = ""
    rings: int = 0


def lines(directory: Path) -> list[str]:
    """The log of an Asterisk as it is."""
    return (directory / "log" / "queue_log").read_text().splitlines()


def read(directory: Path) -> list[Logged]:
    """All passages in the log of an Asterisk, in the order in which the callers joined."""
    passages: list[Logged] = []
    latest: dict[tuple[str, str], Logged] = {}
    talking: dict[tuple[str, str], Logged] = {}
    ended: dict[tuple[str, str], Logged] = {}
    for line in lines(directory):
        at, uniqueid, queue, agent, event, *data = line.split("|")
        who = uniqueid, queue
        if event == "ENTERQUEUE":
            passage = latest[who] = Logged(uniqueid, queue, int(at), data[1])
            passages.append(passage)
        elif event in TALK_ENDINGS:
            # Whoever is sent back into the same queue may join it before the log says how the talk ended.
            if who in talking:
                ended[who] = talking.pop(who)
                _take(ended[who], int(at), agent, event, data)
            elif who in ended and TALK_ENDINGS[event] == "transfer":
                # Sent to nobody: two threads log the transfer and the hangup that it meant, in any order.
                ended[who].ended_by = "transfer"
        elif who in latest:
            _take(latest[who], int(at), agent, event, data)
            if event == "CONNECT":
                talking[who] = latest[who]
    return passages


def _take(passage: Logged, at: int, agent: str, event: str, data: list[str]) -> None:
    if event == "RINGNOANSWER":
        passage.rings += 1
    elif event == "CONNECT":
        passage.outcome, passage.agent, passage.waited = "answered", agent, int(data[0])
    elif event in TALK_ENDINGS:
        passage.talk_ended_at, passage.ended_by = at, TALK_ENDINGS[event]
    elif event in ENDINGS:
        passage.outcome, passage.waited = ENDINGS[event], int(data[2])
