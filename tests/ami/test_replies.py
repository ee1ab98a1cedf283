"""Corners of the correlation that a socket reaches only by luck."""

from __future__ import annotations

import asyncio

import pytest

from ami_worker.ami.connection import ListIncomplete
from ami_worker.ami.protocol import Message
from ami_worker.ami.replies import MAX_LIST_ITEMS, Listing, Replies, Single


def started(action_id: str) -> Message:
    return Message.of([("Response", "Success"), ("ActionID", action_id), ("EventList", "start")])


def item(action_id: str) -> Message:
    return Message.of([("Event", "CoreShowChannel"), ("ActionID", action_id)])


def ended(action_id: str) -> Message:
    return Message.of([("Event", "Done"), ("ActionID", action_id), ("EventList", "Complete")])


async def test_a_list_that_ends_just_after_it_was_given_up_completes_nothing() -> None:
    """The waiting task has been cancelled and has not run yet when the rest of the list comes in."""
    calls: list[Message] = []
    replies, listing = Replies(), Listing(calls.append, calls.append, calls.append)
    replies.wait_for("1", listing)
    assert replies.take(started("1"))
    listing.future.cancel()
    assert replies.take(item("1"))
    assert replies.take(ended("1"))
    assert [call.name for call in calls] == ["Success"]
    assert replies.take(Message.of([("Event", "Newchannel")])) is False


async def test_an_answer_just_after_it_was_given_up_is_dropped() -> None:
    replies, single = Replies(), Single()
    replies.wait_for("1", single)
    single.future.cancel()
    assert replies.take(Message.of([("Response", "Success"), ("ActionID", "1")]))
    assert len(replies) == 0


async def test_a_list_without_end_is_given_up_in_time_for_the_memory() -> None:
    replies, listing = Replies(), Listing(None, None, None)
    replies.wait_for("1", listing)
    replies.take(started("1"))
    for _ in range(MAX_LIST_ITEMS + 10):
        assert replies.take(item("1"))
    with pytest.raises(ListIncomplete, match="more than 50000 items"):
        await listing.future
    assert replies.orphans == 9


async def test_what_was_given_up_is_remembered_for_a_while_only() -> None:
    replies = Replies()
    for number in range(100):
        replies.wait_for(str(number), Listing(None, None, None))
        replies.forget(str(number))
    assert replies.take(item("99"))
    assert not replies.take(item("0"))


async def test_action_ids_are_short_and_cannot_be_guessed() -> None:
    replies = Replies()
    ids = {replies.new_id() for _ in range(10_000)}
    assert len(ids) == 10_000
    assert max(map(len, ids)) <= 22
    assert len({action_id.partition("-")[2] for action_id in ids}) == 10_000


async def test_the_end_of_a_session_tells_everybody_who_waits() -> None:
    replies, single, listing = Replies(), Single(), Listing(None, None, None)
    replies.wait_for("1", single)
    replies.wait_for("2", listing)
    replies.lose("It is over.")
    errors = await asyncio.gather(single.future, listing.future, return_exceptions=True)
    assert [type(error).__name__ for error in errors] == ["NoReply", "ListIncomplete"]
    assert all("It is over." in str(error) for error in errors)
    assert len(replies) == 0
