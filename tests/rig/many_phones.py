"""Telephones by the hundred, and callers from outside, in one process: they share two sockets.

    async with ManyPhones.beside(("127.0.0.1", sip_port), ("127.0.0.1", phone_port), TRUNK_HOST) as phones:
        phones.phone("211").answers = True
        caller = await phones.call_in("5551211", number="+48600211", name="Jan Novák")
        await caller.hang_up()

For stories that are played many at a time (`python -m benchmarks lost`). Asyncio, on one loop. Where a few telephones
are enough, `phones.py` has them, played by SIPp.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from typing import Self, cast

from tests.rig.sip import Call, Message, State


REPEAT_SECONDS = 0.5
REPEATS = 10
"""What is not confirmed is sent again: nothing promises that the machine's loopback loses nothing."""

OBEYED_SECONDS = 5.0
FINE = "200 OK"
FINAL = "any final response"


class NoSuchCall(Exception):
    """The telephone has no call to which that could be done."""


class Phone:
    """The telephone of one extension. It takes any number of calls."""

    def __init__(self, number: str, side: _Side) -> None:
        self.number = number
        self.answers = False
        """By itself and at once."""
        self.is_busy = False
        """Refuses every call at once (486)."""
        self.is_there = True
        """Without power it says nothing more, to anybody."""
        self.calls: dict[str, Call] = {}
        self._side = side

    async def answer(self) -> None:
        """Pick up the newest call that rings, and wait until the other side has confirmed. Raises NoSuchCall."""
        await self._pick_up(self._newest(State.RINGING))

    async def _pick_up(self, call: Call) -> None:
        assert call.invite is not None
        call.state = State.UP
        await self._side.until_confirmed(call, call.answer_to(call.invite, FINE, self._side.sound), "ACK")

    async def reject(self) -> None:
        """Decline the newest call that rings (603). Raises NoSuchCall."""
        await self._refuse(self._newest(State.RINGING), "603 Decline")

    async def hang_up(self) -> None:
        """End the newest call that is up. Raises NoSuchCall."""
        await self._side.end(self._newest(State.UP))

    @property
    def is_talking(self) -> bool:
        return any(call.state is State.UP for call in self.calls.values())

    @property
    def is_ringing(self) -> bool:
        return any(call.state is State.RINGING for call in self.calls.values())

    def lose_power(self) -> None:
        self.is_there = False
        self._side.forget(self.calls)
        self.calls.clear()

    def called(self, invite: Message) -> None:
        """For the socket: a new call. Those that are over are of no interest any more."""
        self.calls = {key: before for key, before in self.calls.items() if before.state is not State.OVER}
        call = self._side.take(Call.called(invite, self._side.contact(self.number)))
        self.calls[call.call_id] = call
        if self.is_busy:
            self._side.start(self._refuse(call, "486 Busy Here"))
            return
        self._side.send(call.answer_to(invite, "180 Ringing"))
        if self.answers:
            self._side.start(self._answer_by_itself(call))

    async def _answer_by_itself(self, call: Call) -> None:
        if call.state is State.RINGING:  # else somebody has picked it up by hand, or the caller has given up
            await self._pick_up(call)

    async def _refuse(self, call: Call, status: str) -> None:
        assert call.invite is not None
        call.state = State.OVER
        await self._side.until_confirmed(call, call.answer_to(call.invite, status), "ACK")

    def _newest(self, state: State) -> Call:
        for call in reversed(self.calls.values()):
            if call.state is state:
                return call
        raise NoSuchCall(f"{self.number} has no call that is {state.name}: {[c.state for c in self.calls.values()]}")


class Caller:
    """Somebody outside who has called."""

    def __init__(self, call: Call, side: _Side) -> None:
        self._call = call
        self._side = side

    @property
    def is_talking(self) -> bool:
        return self._call.state is State.UP

    @property
    def is_gone(self) -> bool:
        return self._call.state is State.OVER

    async def hang_up(self) -> None:
        """End the call, answered or not, and wait until that is done."""
        if self._call.state is State.UP:
            await self._side.end(self._call)
        elif self._call.state is not State.OVER:
            self._call.hung_up_by_us = True
            await self._side.until_confirmed(self._call, self._call.cancel(), FINAL)


class _Side(asyncio.DatagramProtocol):
    """One socket and the calls on it: requests and responses find their call by its Call-ID."""

    def __init__(self, asterisk: tuple[str, int], sound: int, called: Callable[[Message], None]) -> None:
        self.sound = sound
        self._asterisk = asterisk
        self._called = called
        self._calls: dict[str, Call] = {}
        self._forgotten: set[str] = set()
        self._said: dict[tuple[str, int, str], bytes] = {}
        """Responses by Call-ID, number and method of the request, for one that comes again."""
        self._confirmations: dict[tuple[str, str], asyncio.Event] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._failures: list[Exception] = []
        self._transport: asyncio.DatagramTransport
        self.address: tuple[str, int]

    # --- for the telephones ------------------------------------------------------------------------------------------

    def contact(self, user: str) -> str:
        return f"sip:{user}@{self.address[0]}:{self.address[1]}"

    def take(self, call: Call) -> Call:
        self._calls[call.call_id] = call
        return call

    def forget(self, call_ids: dict[str, Call]) -> None:
        """Whatever comes for these gets no reply any more."""
        self._forgotten.update(call_ids)

    def send(self, message: Message) -> None:
        data = message.encode()
        if message.is_response:
            self._said[message.call_id, message.sequence, message.method] = data
        self._transport.sendto(data, self._asterisk)

    async def until_confirmed(self, call: Call, message: Message, by: str) -> None:
        """Send it again and again until the other side has confirmed it `by` a request or a response. One that is not
        there any more confirms nothing: then the call is over too.
        """
        confirmed = self._confirmations.setdefault((call.call_id, by), asyncio.Event())
        confirmed.clear()
        for _ in range(REPEATS):
            self.send(message)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(REPEAT_SECONDS):
                    await confirmed.wait()
                return
            if call.call_id in self._forgotten:
                return
        raise TimeoutError(f"nobody confirmed {message.start!r} of {call.ours} with {by}")

    async def end(self, call: Call) -> None:
        """Hang up, and wait until the other side knows. Who was called waits until the answer is confirmed (RFC 3261,
        section 15): before that Asterisk knows of no such call (481), and would keep one that nobody has any more.
        """
        call.hung_up_by_us = True
        call.state = State.OVER
        if (answer := self._confirmations.get((call.call_id, "ACK"))) is not None:
            async with asyncio.timeout(REPEATS * REPEAT_SECONDS):
                await answer.wait()
        await self.until_confirmed(call, call.request("BYE"), "BYE")

    def start(self, coroutine: Coroutine[None, None, None]) -> None:
        """What a telephone does by itself. How it failed is raised by `close`."""
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def close(self) -> None:
        """Raises what went wrong beside the story."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._transport.close()
        if self._failures:
            raise ExceptionGroup("telephones failed", self._failures)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and isinstance(failure := task.exception(), Exception):
            self._failures.append(failure)

    # --- what arrives ------------------------------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)  # Python 3.11's is not derived from it
        host, port = transport.get_extra_info("sockname")
        self.address = host, port

    def datagram_received(self, data: bytes, _address: object) -> None:
        message = Message.parse(data)
        call = self._calls.get(message.call_id)
        if message.call_id in self._forgotten:
            return
        if message.is_response:
            if call is not None:
                self._answered(call, message)
        elif (said := self._said.get((message.call_id, message.sequence, message.method))) is not None:
            self._transport.sendto(said, self._asterisk)
        elif call is None:
            if message.method == "INVITE":
                self._called(message)
        else:
            self._asked(call, message)

    def _asked(self, call: Call, request: Message) -> None:
        match request.method:
            case "ACK":
                self._confirm(call, "ACK")
                return
            case "CANCEL" if call.state is State.RINGING:
                assert call.invite is not None
                call.state = State.OVER
                self.send(call.answer_to(request, FINE))
                self.start(self.until_confirmed(call, call.answer_to(call.invite, "487 Request Terminated"), "ACK"))
                return
            case "BYE":
                call.state = State.OVER
        self.send(call.answer_to(request, FINE, self.sound if request.method == "INVITE" else None))

    def _answered(self, call: Call, response: Message) -> None:
        if response.method != "INVITE":
            self._confirm(call, response.method)
            return
        self._confirm(call, "INVITE")
        if response.status < 200:
            if call.state is State.CALLING:
                call.state = State.RINGING
        elif response.status < 300:
            call.theirs = response.get("to")
            call.target = response.contact or call.target
            self.send(call.acknowledge(response))
            if call.state is not State.OVER:
                call.state = State.UP
            if call.hung_up_by_us:  # answered in the instant in which we gave up
                self.start(self.end(call))
        else:
            call.state = State.OVER
            self.send(call.acknowledge(response))
        if response.status >= 200:
            self._confirm(call, FINAL)

    def _confirm(self, call: Call, by: str) -> None:
        if (waited := self._confirmations.get((call.call_id, by))) is not None:
            waited.set()


class ManyPhones:
    """All the telephones around one Asterisk."""

    def __init__(self) -> None:
        self._phones: dict[str, Phone] = {}
        self._inside: _Side
        self._outside: _Side
        self._uri_host = ""

    @classmethod
    @asynccontextmanager
    async def beside(
        cls, asterisk: tuple[str, int], phones_at: tuple[str, int], trunk_host: str
    ) -> AsyncIterator[Self]:
        """Telephones at the address `phones_at`, callers from `trunk_host`, until the end of the block."""
        phones = cls()
        loop = asyncio.get_running_loop()
        with _unheard(phones_at[0]) as sound, _unheard(trunk_host) as sound_outside:
            _, phones._inside = await loop.create_datagram_endpoint(
                lambda: _Side(asterisk, sound, phones._called), local_addr=phones_at
            )
            _, phones._outside = await loop.create_datagram_endpoint(
                lambda: _Side(asterisk, sound_outside, lambda _invite: None), local_addr=(trunk_host, 0)
            )
            phones._uri_host = f"{asterisk[0]}:{asterisk[1]}"
            try:
                yield phones
            finally:
                await phones._inside.close()
                await phones._outside.close()

    def phone(self, number: str) -> Phone:
        """The telephone of an extension; a number that was never asked for has none and does not reply."""
        if number not in self._phones:
            self._phones[number] = Phone(number, self._inside)
        return self._phones[number]

    async def call_in(self, did: str, *, number: str, name: str) -> Caller:
        """Somebody outside calls `did`; comes back when Asterisk has taken notice."""
        side = self._outside
        host = side.address[0]
        call = side.take(
            Call.calling(f"sip:{did}@{self._uri_host}", f'"{name}" <sip:{number}@{host}>', side.contact(number))
        )
        await side.until_confirmed(call, call.request("INVITE", side.sound), "INVITE")
        return Caller(call, side)

    def _called(self, invite: Message) -> None:
        phone = self._phones.get(invite.user)
        if phone is None or not phone.is_there:
            self._inside.forget({invite.call_id: Call.called(invite, "")})
            return
        phone.called(invite)


@contextlib.contextmanager
def _unheard(host: str) -> Iterator[int]:
    """A port that takes sound and does nothing with it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        sink.bind((host, 0))
        yield sink.getsockname()[1]
