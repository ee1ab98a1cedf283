"""Operators at sockets of their own, each a plain client of the contract that reconnects as the page does, and presses
each button once: a command that was not answered is sent again under its intent.

Used by the people of a chaos run and by the comparison.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from websockets.exceptions import WebSocketException

from tests.chaos.diary import Diary
from tests.chaos.house import House
from tests.e2e.board import Board, Row


ACCEPTED_SECONDS = 20.0
"""So long a command is offered; then the operator gives up."""

OUTCOME_SECONDS = 60.0
ANSWER_SECONDS = 3.0
LOOK_SECONDS = 0.2
ENDED = {"done", "failed", "unknown"}
CANNOT_CONNECT = (OSError, WebSocketException, AssertionError)
"""AssertionError: the socket is there, and no snapshot came."""


class Seat:
    """One operator. Everything is done on a thread of its own; the coroutines wait for that."""

    def __init__(self, house: House, name: str, *, web: int) -> None:
        self.name = name
        self.board = Board(house.panel, name, web=web)
        self.pressed: Counter[tuple[str, ...]] = Counter()
        """How often each button was pressed: the command's name and its arguments."""
        self.outcomes: Counter[str] = Counter()
        self.silent: list[str] = []
        """Commands that were taken in and of whose end nothing was ever heard."""
        self._diary: Diary = house.diary
        self._thread = ThreadPoolExecutor(1, f"seat {name}")
        self._presses = itertools.count(1)
        self._is_connected = False
        self._is_over = False

    async def stay(self) -> None:
        """Connected, until cancelled."""
        try:
            while True:
                await self._on_thread(self._connected)
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            self._is_over = True
            await asyncio.shield(self._on_thread(self.board.close))
            self._thread.shutdown()

    async def give(self, name: str, **args: str) -> None:
        """One press of a button, until its outcome is there."""
        receipt = await self._on_thread(self._give, name, args)
        self.outcomes[receipt] += 1
        self._diary.note(self.name, f"{name} {args}: {receipt}")

    @property
    def is_connected(self) -> bool:
        return self._is_connected and self.board.closed is None

    def call_of(self, number: str) -> Row:
        """The call of somebody outside, as the board has it; an empty row when it has none."""
        for call in self.board.all("call"):
            if any(party["number"] == number and not party["extension"] for party in call["parties"]):
                return call
        return {}

    async def _on_thread(self, function: Any, *arguments: Any) -> Any:
        return await asyncio.get_running_loop().run_in_executor(self._thread, function, *arguments)

    # --- on the thread -----------------------------------------------------------------------------------------------

    def _connected(self) -> bool:
        if self.is_connected:
            return True
        self._is_connected = False
        self.board.close()
        with suppress(*CANNOT_CONNECT):
            self.board.connect()
            self._is_connected = True
        return self._is_connected

    def _give(self, name: str, args: dict[str, str]) -> str:
        """The state in which it ended; `not taken in`, `refused`, `silent`, or `under way` at the end of the run."""
        self.pressed[name, *args.values()] += 1
        frame = {"type": "command", "name": name, "args": args, "intent": f"press {next(self._presses)}"}
        result = self._offer(frame)
        if result is None:
            return "not taken in"
        if not result["success"]:
            return f"refused, {result['error']['code']}"
        key = result["result"]["command"]
        if not self._until(lambda: self.board.row("command", key).get("state") in ENDED, OUTCOME_SECONDS):
            if self._is_over:
                return "under way"
            self.silent.append(f"{name} {args} of {self.name} ({key})")
            return "silent"
        return str(self.board.row("command", key)["state"])

    def _offer(self, frame: Row) -> Row | None:
        """The first result, of however many sockets it takes."""
        end = time.monotonic() + ACCEPTED_SECONDS
        while time.monotonic() < end and not self._is_over:
            if not self._connected():
                time.sleep(LOOK_SECONDS)
                continue
            try:
                number = self.board.send(frame)
            except CANNOT_CONNECT:
                continue
            self._until(lambda number=number: number in self.board.results or self.board.closed, ANSWER_SECONDS)  # type: ignore[misc]
            if (result := self.board.results.get(number)) is not None:
                return result
        return None

    def _until(self, condition: Any, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end or self._is_over:
                return False
            self._connected()
            time.sleep(0.02)
        return True
