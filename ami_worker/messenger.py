"""Tells the world outside of alerts: posts them to webhooks and writes letters, beside everything else.

Only `ami_worker.alerting` and tests may call this module. Nothing here is waited for: what is to be told is taken in at
once, or said to be too much. What came of each message is handed to `note`.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final

from ami_worker import webhooks
from ami_worker.alerts import Decision, Hook, Threshold, sentence
from ami_worker.operations.letters import Letter, Post
from ami_worker.webhooks import Sent
from panel.vocabulary import CommandState, utc


log = logging.getLogger(__name__)

AT_ONCE: Final = 2
MOST_WAITING: Final = 100

PAUSES: Final = (5.0, 30.0, 120.0)
"""Seconds before each further try."""

PATIENCE_SECONDS: Final = 15.0
"""For the look-up of the name, which cannot be hurried, and the message."""

Note = Callable[[str, str, str], Awaitable[None]]
"""Takes the key of the alert, "webhook" or "email", and what came of it in a sentence."""


class Messenger:
    """`post` is the mail server, if there is one; `inside` the hosts of the own network that webhooks may go to."""

    def __init__(
        self,
        note: Note,
        post: Post | None = None,
        inside: Collection[str] = (),
        pauses: tuple[float, ...] = PAUSES,
    ) -> None:
        self._note = note
        self._post = post
        self._inside = frozenset(inside)
        self._pauses = pauses
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook")
        self._turn = asyncio.Semaphore(AT_ONCE)
        self._under_way: set[asyncio.Task[None]] = set()

    def tell(self, decision: Decision, threshold: Threshold) -> None:
        """Tell of an alert that rose or fell whoever the threshold names."""
        if threshold.hook is not None:
            self._begin(decision.alert.key, "webhook", partial(self._call_hook, threshold.hook, _body(decision)))
        if threshold.email:
            self._begin(decision.alert.key, "email", partial(self._write_letter, _letter(decision, threshold.email)))

    async def settled(self) -> None:
        """When nothing is under way any more."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    def close(self) -> None:
        """What has not gone yet does not go; what is under way is not waited for."""
        for task in self._under_way:
            task.cancel()
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _begin(self, key: str, channel: str, send: Callable[[], Awaitable[Sent]]) -> None:
        is_too_much = len(self._under_way) >= MOST_WAITING
        work = self._note(key, channel, "Not sent: too many messages wait") if is_too_much else None
        task = asyncio.ensure_future(self._deliver(key, channel, send) if work is None else work)
        self._under_way.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("what came of a message could not be written down: %s", task.exception())

    async def _deliver(self, key: str, channel: str, send: Callable[[], Awaitable[Sent]]) -> None:
        for at, pause in enumerate((0.0, *self._pauses), start=1):
            await asyncio.sleep(pause)
            async with self._turn:
                sent = await send()
            tries = f" (try {at} of {len(self._pauses) + 1})" if at > 1 or sent.again else ""
            await self._note(key, channel, f"{sent.words}{tries}")
            if not sent.again:
                return

    async def _call_hook(self, hook: Hook, body: bytes) -> Sent:
        posting = self._threads.submit(webhooks.post, hook.url, hook.secret, body, self._inside)
        try:
            return await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(posting)), PATIENCE_SECONDS)
        except TimeoutError:
            posting.cancel()
            return Sent(False, "The name of the host could not be looked up in time", again=True)

    async def _write_letter(self, letter: Letter) -> Sent:
        if self._post is None:
            return Sent(False, "No mail server is named in EMAIL_URL")
        delivery = await self._post.deliver(letter)
        match delivery.state:
            case CommandState.DONE:
                return Sent(True, "The mail server took it")
            case CommandState.FAILED:
                return Sent(False, f"Not sent: {delivery.words}".rstrip(": "), again=True)
        return Sent(False, "Not known whether it went: the mail server gave no answer")


def _body(decision: Decision) -> bytes:
    event, at = ("raised", decision.alert.raised_at) if decision.fell_at is None else ("fell", decision.fell_at)
    return json.dumps({"event": event, "at": utc(at), "alert": decision.alert.row()}).encode()


def _letter(decision: Decision, address: str) -> Letter:
    alert = decision.alert
    text = f"{alert.queue}: {sentence(alert.what, alert.limit)}"
    if decision.fell_at is None:
        return Letter("", address, text, f"{text}\n\nSince {utc(alert.raised_at)}; it was {alert.value} then.\n")
    subject = f"Over: {text}"
    return Letter("", address, subject, f"{subject}\n\nFrom {utc(alert.raised_at)} to {utc(decision.fell_at)}.\n")
