"""Which answer belongs to which action. For `connection` alone.

Correlated by ActionID only. Asterisk answers the actions of one session in order, but an answer that never comes must
not shift all those after it. Whatever belongs to nothing that waits is counted and dropped.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ami_worker.ami.errors import AmiError, ListIncomplete, ListRefused, NoReply
from ami_worker.ami.protocol import Message


Hook = Callable[[Message], None]
Answer = TypeVar("Answer")

MAX_LIST_ITEMS = 50_000
_REMEMBERED_LISTS = 64

# Errors by which a list action says that there is nothing to list (https://github.com/asterisk/asterisk/issues/807).
_NONE = frozenset(
    {
        "no active conferences.",
        "no conference by that name found.",
        "no dialplan hints are available",
        "no endpoints found",
        "no contacts found",
        "database entry not found",
    }
)

_MISCOUNTED = ("dbgettreecomplete", "1")
"""Asterisk 16 says so of every tree, an empty one too (tried on 16.28; 22 counts)."""


@dataclass(frozen=True, slots=True)
class Response:
    """The answer to an action. That Asterisk took it does not mean that it has happened."""

    message: Message

    @property
    def ok(self) -> bool:
        """Whether Asterisk accepted the action."""
        return self.message.name in ("Success", "Goodbye", "Follows")

    @property
    def reason(self) -> str:
        """What Asterisk says to it: `Channel does not exist: …`, `Permission denied`."""
        return self.message.get("Message")

    def get(self, key: str, default: str = "") -> str:
        """A header of the answer."""
        return self.message.get(key, default)


@dataclass(frozen=True, slots=True)
class ListResult:
    """A list that came to its end."""

    response: Response
    items: list[Message]
    """In the order of the wire; empty when the items went to `on_item`."""
    end: Message
    """The event with `EventList: Complete`; the response itself when there was nothing to list."""


class Waiter(Generic[Answer]):
    """Whoever waits for the answer to one action."""

    def __init__(self) -> None:
        self.future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    @property
    def finished(self) -> bool:
        """Whether nobody waits any more."""
        return self.future.done()

    def fail(self, error: AmiError) -> None:
        """Give up."""
        if not self.future.done():
            self.future.set_exception(error)

    def take(self, message: Message) -> bool:
        """Whether the message, which has the action's ActionID, belongs to the answer."""
        raise NotImplementedError

    def unanswered(self, why: str) -> AmiError:
        """What it means that nothing more comes."""
        raise NotImplementedError


class Single(Waiter[Response]):
    """Waits for one response."""

    def take(self, message: Message) -> bool:
        # OriginateResponse is an event with the ActionID of its Originate, and may overtake the response.
        if message.type != "response":
            return False
        if not self.future.done():
            self.future.set_result(Response(message))
        return True

    def unanswered(self, why: str) -> AmiError:
        return NoReply(f"{why} It is not known whether the PBX has carried it out.")


class Listing(Waiter[ListResult]):
    """Waits for a response, its items and their end, and passes them on at their place in the stream."""

    def __init__(self, on_response: Hook | None, on_item: Hook | None, on_complete: Hook | None) -> None:
        super().__init__()
        self._on_response = on_response
        self._on_item = on_item
        self._on_complete = on_complete
        self._response: Response | None = None
        self._items: list[Message] = []
        self._count = 0
        self.ended = False
        """Whether the last message of the list has come."""

    def take(self, message: Message) -> bool:
        if self.future.done():  # given up a moment ago; the rest is on its way
            return True
        if self._response is None:
            if message.type != "response":
                return False
            self._begin(message)
        elif message.type == "response":
            return False
        elif state := message.get("EventList"):
            self._end(message, state)
        else:
            self._item(message)
        return True

    def _begin(self, message: Message) -> None:
        response = self._response = Response(message)
        # A list action may answer without a list: "There are no voicemail users currently defined."
        self.ended = message.get("EventList").lower() != "start"
        if not response.ok and response.reason.strip().lower() not in _NONE:
            self.fail(ListRefused(response.reason or "Asterisk refused the list."))
            return
        if self._on_response:
            self._on_response(message)
        if self.ended:
            self._complete(message)

    def _item(self, message: Message) -> None:
        self._count += 1
        if self._count > MAX_LIST_ITEMS:
            self.fail(ListIncomplete(f"The list has more than {MAX_LIST_ITEMS} items."))
        elif self._on_item:
            self._on_item(message)
        else:
            self._items.append(message)

    def _end(self, message: Message, state: str) -> None:
        self.ended = True
        announced = message.get("ListItems")
        if state.lower() != "complete":
            self.fail(ListIncomplete("Asterisk cancelled the list."))
        elif announced.isdecimal() and self._count < int(announced) and (message.event, announced) != _MISCOUNTED:
            # More is harmless: PJSIPShowRegistrationsOutbound does not count the auth detail after each registration.
            self.fail(ListIncomplete(f"Only {self._count} of {announced} items of the list arrived."))
        else:
            self._complete(message)

    def _complete(self, end: Message) -> None:
        assert self._response
        if self._on_complete:
            self._on_complete(end)
        self.future.set_result(ListResult(self._response, self._items, end))

    def unanswered(self, why: str) -> AmiError:
        return ListIncomplete(why)


class Replies:
    """The waiting actions of one session, by ActionID."""

    def __init__(self) -> None:
        self._waiting: dict[str, Waiter[Any]] = {}
        self._given_up: dict[str, None] = {}
        self._count = 0
        self.orphans = 0
        """Messages that answer nothing which waits: answers come too late, twice, or with an ActionID of nobody."""

    def __len__(self) -> int:
        return len(self._waiting)

    def new_id(self) -> str:
        """An ActionID of at most 22 characters that nobody can guess.

        Callers influence what Asterisk prints; they must not be able to forge an answer.
        """
        self._count += 1
        return f"{self._count & 0xFFFFFFFF:x}-{secrets.token_urlsafe(9)}"

    def wait_for(self, action_id: str, waiter: Waiter[Any]) -> None:
        """Messages with this ActionID go to `waiter`, until `forget`."""
        self._waiting[action_id] = waiter

    def forget(self, action_id: str) -> None:
        """Nobody waits any more. Of a list that goes on, the rest is dropped."""
        waiter = self._waiting.pop(action_id, None)
        if isinstance(waiter, Listing) and not waiter.ended:
            self._given_up[action_id] = None
            if len(self._given_up) > _REMEMBERED_LISTS:
                del self._given_up[next(iter(self._given_up))]

    def take(self, message: Message) -> bool:
        """Whether the message belonged to an action, or to none although it looks so; else it is news."""
        if message.type == "event" and not self._waiting and not self._given_up:
            return False
        action_id = message.get("ActionID")
        waiter = self._waiting.get(action_id)
        if waiter is not None and self._pass_on(message, action_id, waiter):
            return True
        if action_id in self._given_up:
            if "EventList" in message:
                del self._given_up[action_id]
        elif message.type == "event":
            return False
        self.orphans += 1
        return True

    def _pass_on(self, message: Message, action_id: str, waiter: Waiter[Any]) -> bool:
        try:
            return waiter.take(message)
        except Exception:
            # An item that could not be applied would be swept away as if it did not exist.
            waiter.fail(ListIncomplete(f"A part of the list ({message.name}) could not be applied."))
            raise
        finally:
            if waiter.finished:
                self.forget(action_id)

    def lose(self, reason: str) -> None:
        """The session ended: tell everybody who waits."""
        for waiter in self._waiting.values():
            waiter.fail(waiter.unanswered(reason))
        self._waiting.clear()
