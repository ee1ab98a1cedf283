"""The demo PBX as others use it: `async with DemoPbx(...) as pbx`, in a test or in the command `demo_pbx`.

Everything else in this package is behind it. Knows asyncio, not Django.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, Self

from ami_worker.demo.channels import Channel
from ami_worker.demo.clock import Clock
from ami_worker.demo.office import MIN_QUEUES, make_office
from ami_worker.demo.pbx import Pbx
from ami_worker.demo.phones import Phone
from ami_worker.demo.server import Server
from ami_worker.demo.session import User, classes
from ami_worker.demo.traffic import TALK_SECONDS, Traffic


PANEL_READ = "system,call,agent,user"
PANEL_WRITE = "call,agent,originate,reporting"
"""The least privileges that the panel asks an administrator for."""

OPERATORS = ("201", "202", "203")
"""Extensions that people log in with when they try the panel out: a phone of these answers by itself what it has to."""

OPERATOR_SECONDS = 1.5


class DemoPbx:
    """A simulated office that speaks AMI on a real socket.

    Args:
        seed: the same seed gives the same people, calls and decisions.
        extensions: 10 to 5,000.
        members: of all queues together; 0: as many as there usually are.
        rate: calls a second that begin by themselves. 0: nothing happens that is not asked for, nobody answers but the
            operators' phones when a manager rings them (Originate), and nobody has voicemail after no answer.
        talk_seconds: the middle length of a talk.
        open_for: seconds for which that life has been going on at the beginning.
        speed: how many times faster people live.
        users: (name, secret, read classes, write classes) of further managers.
        operators: see OPERATORS. `operator_seconds` None: they do not answer by themselves.
        write_timeout: seconds after which a client that does not read is cut off.
        include: our part of the dialplan is installed on this PBX.
    """

    def __init__(
        self,
        *,
        seed: int = 7,
        extensions: int = 60,
        queues: int = MIN_QUEUES,
        members: int = 0,
        rate: float = 0.25,
        talk_seconds: float = TALK_SECONDS[0],
        open_for: float = 0.0,
        speed: float = 1.0,
        host: str = "127.0.0.1",
        port: int = 0,
        user: str = "demo",
        secret: str = "demo",
        read: str = PANEL_READ,
        write: str = PANEL_WRITE,
        users: Sequence[tuple[str, str, str, str]] = (),
        operators: Sequence[str] = OPERATORS,
        operator_seconds: float | None = OPERATOR_SECONDS,
        write_timeout: float = 5.0,
        include: bool = True,
    ) -> None:
        self.seed, self.extensions, self.queues, self.members = seed, extensions, queues, members
        self.rate, self.talk_seconds, self.open_for, self.speed = rate, talk_seconds, open_for, speed
        self.host, self.port, self.user, self.secret = host, port, user, secret
        self.operators, self.operator_seconds = tuple(operators), operator_seconds
        self.write_timeout, self.include = write_timeout, include
        self._users = [
            User(name, word, classes(may_read), classes(may_write))
            for name, word, may_read, may_write in ((user, secret, read, write), *users)
        ]
        self._wanted_port = port
        self.actions_received: list[tuple[str, list[tuple[str, str]]]] = []
        self._make()

    def _make(self) -> None:
        natural = self.rate > 0
        clock = Clock(time.time() - self.open_for / self.speed, speed=self.speed)
        office = make_office(self.extensions, self.queues, self.members)
        self.pbx = Pbx(office, clock, seed=self.seed, natural=natural, include=self.include)
        for phone in self.pbx.phones.values():
            if phone.number in self.operators:
                phone.answers_originated_after = self.operator_seconds
                phone.answers_after = self.operator_seconds if natural else None
        if natural:
            self.traffic = Traffic(
                self.pbx, seed=self.seed, rate=self.rate, talk_seconds=self.talk_seconds, operators=self.operators
            )
            self.traffic.start()
        clock.run_for(self.open_for)
        self.server = Server(self.pbx, self._users, write_timeout=self.write_timeout)
        self.server.actions_received = self.actions_received

    # -- life ---------------------------------------------------------------------------------------------------------

    async def start(self) -> int:
        """Begin to listen. Returns the port; raises OSError when it cannot be had."""
        self.port = await self.server.start(self.host, self._wanted_port)
        self._wanted_port = self.port
        return self.port

    async def stop(self) -> None:
        """End it as an administrator does: sessions are told of the Shutdown."""
        await self.server.stop()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.stop()

    @property
    def ami_url(self) -> str:
        return f"ami://{self.user}:{self.secret}@{self.host}:{self.port}"

    async def restart(self, *, crash: bool = False) -> None:
        """End it, orderly or by a crash, and start a fresh one on the same port: all calls are gone."""
        await self.server.stop(shutdown=not crash)
        self._make()
        await self.start()

    def cut_sessions(self) -> None:
        """Cut every AMI session; the office goes on."""
        self.server.cut()

    def black_hole(self, on: bool = True) -> None:
        """From now on nothing is answered and nothing is told, although the connections stay open."""
        self.server.silent = on

    async def until(self, condition: Callable[[], bool], *, seconds: float = 5.0) -> None:
        """Come back when it is so. Raises TimeoutError if it does not become so in time."""
        async with asyncio.timeout(seconds):
            while not condition():
                await self.server.something()

    # -- what people do -----------------------------------------------------------------------------------------------

    def phone(self, number: str) -> Phone:
        """The phone of an extension; see `Phone` for what can be done with it, at once."""
        self.server.kick()
        return self.pbx.phones[number]

    async def call_from_outside(
        self, did: str, *, name: str = "Jan Novák", number: str = "+48600111222", trunk: str = "itsp"
    ) -> Channel:
        """Somebody calls one of our numbers. Returns the channel."""
        self.server.kick()
        return self.pbx.outside[trunk].call(did, number, name)

    def outside_hangs_up(self, channel: Channel) -> None:
        """The outside party of a call puts the receiver down."""
        self.server.kick()
        self.pbx.outside[channel.device.partition("/")[2]].hangup(channel)

    def outside_answers(self, number: str) -> None:
        """Who was called outside answers. Raises KeyError if that number does not ring."""
        self.server.kick()
        for outside in self.pbx.outside.values():
            if number in outside.ringing:
                outside.answer_if_ringing(outside.ringing[number])
                return
        raise KeyError(f"{number} does not ring")

    def truth(self) -> dict[str, Any]:
        """What is going on; see `Pbx.truth`."""
        return self.pbx.truth()
