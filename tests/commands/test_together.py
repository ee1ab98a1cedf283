"""Cases 35 and 36: the same intent, or the same command, from several places at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from django.db import connection, transaction

from panel.accounts.models import Operator
from panel.accounts.roles import Role
from panel.commands.models import Command
from panel.commands.refusals import Refused
from panel.commands.submit import MOST_OPEN, submit
from tests.people import hold_lease, make_operator, put_call, put_pbx


pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alice(transactional_db: None) -> Operator:
    put_pbx()
    hold_lease()
    put_call("call-1")
    return make_operator("alice", Role.RECEPTIONIST, extension="201")


def at_once(*calls: Callable[[], Command]) -> list[Command | Refused]:
    """Make the calls from threads that start together; what each got, or was refused with."""
    barrier = threading.Barrier(len(calls))
    results: list[Command | Refused] = []

    def run(call: Callable[[], Command]) -> None:
        try:
            barrier.wait(timeout=10)
            results.append(call())
        except Refused as refused:
            results.append(refused)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert len(results) == len(calls)
    return results


def keys_of(results: list[Command | Refused]) -> set[str]:
    assert all(isinstance(result, Command) for result in results), results
    return {result.key for result in results if isinstance(result, Command)}


def test_one_press_that_arrives_several_times_is_one_command(alice: Operator) -> None:
    results = at_once(*[lambda: submit(alice, "hangup", {"call": "call-1"}, intent="press-1")] * 6)
    assert len(keys_of(results)) == 1
    assert Command.objects.count() == 1


def test_the_same_command_from_two_tabs_is_one(alice: Operator) -> None:
    results = at_once(
        *[lambda tab=tab: submit(alice, "call", {"to": "+48 600 111 222"}, intent=f"tab-{tab}") for tab in range(4)]
    )
    assert len(keys_of(results)) == 1
    assert Command.objects.count() == 1


def test_two_operators_who_want_the_same_call_are_both_heard(alice: Operator) -> None:
    """Which of them gets it, the PBX decides: the worker does one after the other and the second is told."""
    bob = make_operator("bob", Role.RECEPTIONIST, extension="202")
    results = at_once(
        lambda: submit(alice, "transfer", {"call": "call-1", "to": "301"}),
        lambda: submit(bob, "transfer", {"call": "call-1", "to": "302"}),
    )
    assert len(keys_of(results)) == 2


def test_the_limit_holds_for_commands_that_come_together(alice: Operator) -> None:
    for number in range(MOST_OPEN - 1):
        submit(alice, "call", {"to": f"05{number}"})
    results = at_once(*[lambda n=n: submit(alice, "call", {"to": f"06{n}"}) for n in range(4)])
    assert sorted(type(result).__name__ for result in results) == ["Command", "Refused", "Refused", "Refused"]
    assert Command.objects.count() == MOST_OPEN


def test_a_database_that_is_locked_for_long_is_said_and_nothing_is_done_later(
    alice: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite locks the whole database")
    locked, done = threading.Event(), threading.Event()

    def writer() -> None:
        with transaction.atomic():
            locked.set()
            done.wait(timeout=30)
        connection.close()

    thread = threading.Thread(target=writer)
    thread.start()
    try:
        assert locked.wait(timeout=10)
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA busy_timeout = 200")  # instead of five seconds
        with pytest.raises(Refused) as refused:
            submit(alice, "hangup", {"call": "call-1"}, intent="press-1")
    finally:
        done.set()
        thread.join(timeout=10)
        connection.close()
    assert refused.value.code == "unavailable"
    assert not Command.objects.exists()
    assert submit(alice, "hangup", {"call": "call-1"}, intent="press-1").state == "pending"
