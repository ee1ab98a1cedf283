"""The demo PBX with the methods of the real Asterisk and its SIPp phones, so that the same scenarios run on both.

Used by the journeys. The demo PBX lives in a thread with an event loop of its own.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

from ami_worker.demo import DemoPbx
from ami_worker.demo.channels import Channel
from ami_worker.demo.phones import Outside, Phone, Still
from tests.rig.ami import RawSession


T = TypeVar("T")
SECONDS = 10.0
CAUSE_OF = {486: 17, 603: 21}


class Refuses(Still):
    """Somebody who refuses every call as soon as it rings. `cause` is the hang-up cause."""

    def __init__(self, cause: int) -> None:
        self._cause = cause

    def phone_rings(self, phone: Phone, channel: Channel) -> None:
        phone.switch.clock.after(0.01, phone.reject, self._cause)

    def outside_rings(self, outside: Outside, channel: Channel, number: str) -> None:
        """Not called: this person sits at a phone of ours."""


class DemoAsterisk:
    """Stands for `tests.rig.asterisk.Asterisk`."""

    major = "demo"

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="demo PBX", daemon=True)
        self.pbx = DemoPbx(rate=0, extensions=20)

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self.pbx.start(), self._loop).result(SECONDS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self.pbx.stop(), self._loop).result(SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SECONDS)
        self._loop.close()

    @property
    def ami_url(self) -> str:
        return self.pbx.ami_url

    def session(self, user: str = "", events: str = "off") -> RawSession:
        return RawSession.login("127.0.0.1", self.pbx.port, self.pbx.user, self.pbx.secret, events=events)

    def channels(self) -> list[str]:
        with self.session() as session:
            return [channel["Channel"] for channel in session.list("CoreShowChannels")]

    def do(self, function: Callable[..., T], *arguments: Any) -> T:
        """Call it in the thread of the PBX."""

        async def call() -> T:
            return function(*arguments)

        return asyncio.run_coroutine_threadsafe(call(), self._loop).result(SECONDS)


class Caller:
    """Stands for a SIPp caller."""

    def __init__(self, hang_up: Callable[[], None]) -> None:
        self.hangup = hang_up


class DemoRig:
    """Stands for `tests.rig.phones.Rig`."""

    def __init__(self, asterisk: DemoAsterisk) -> None:
        self._asterisk = asterisk
        self._changed: list[Phone] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._asterisk.do(self._put_back)

    def phone(
        self, number: str, *, answer_after: float | None = None, refuse: bool = False, refuse_with: int = 603
    ) -> None:
        def set_up() -> None:
            phone = self._asterisk.pbx.phone(number)
            self._changed.append(phone)
            phone.answers_after = phone.answers_originated_after = None if refuse else answer_after
            if refuse:
                phone.behaviour = Refuses(CAUSE_OF[refuse_with])

        self._asterisk.do(set_up)

    def call_from_outside(self, did: str, *, number: str = "+48600111222", name: str = "Jan Novák") -> Caller:
        pbx = self._asterisk.pbx
        channel = self._asterisk.do(pbx.pbx.outside["itsp"].call, did, number, name)
        self._asterisk.do(pbx.server.kick)
        return Caller(lambda: self._asterisk.do(pbx.outside_hangs_up, channel))

    def call_from(self, extension: str, to: str) -> Caller:
        def dial() -> Phone:
            phone = self._asterisk.pbx.phone(extension)
            phone.dial(to)
            return phone

        phone = self._asterisk.do(dial)
        return Caller(lambda: self._asterisk.do(lambda: self._asterisk.pbx.phone(phone.number).hangup()))

    def _put_back(self) -> None:
        for phone in self._changed:
            phone.answers_after = phone.answers_originated_after = None
            phone.behaviour = Still()
        pbx = self._asterisk.pbx
        pbx.server.kick()
        for channel in list(pbx.pbx.switch.channels.values()):
            pbx.pbx.switch.hang_up(channel)
