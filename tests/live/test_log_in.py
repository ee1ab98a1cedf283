"""Who may open a socket, and how soon it is closed when that ends (cases 33 and 34, threats T5, T6, T16)."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.contrib.sessions.models import Session
from django.utils import timezone
from websockets.exceptions import ConnectionClosed, InvalidStatus

from panel.accounts.models import Operator
from panel.live.doorkeeper import MOST_SOCKETS, Pass, still_valid
from panel.live.visibility import audience_of
from tests.live.client import opened
from tests.live.conftest import log_in, operator
from tests.live.server import Server
from tests.live.worker import Worker, extension


REVOKED_SECONDS = 5.0


# --- at the door ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("cookie", ["", "cordboard_session=", "cordboard_session=nonsense", "sessionid=x", 'a="; b'])
async def test_who_is_not_logged_in_is_told_so(server: Server, worker: Worker, cookie: str) -> None:
    async with opened(server, cookie) as nobody:
        with suppress(ConnectionClosed):
            await nobody.request("subscribe")
        assert await nobody.closed() == 4401
        assert nobody.frames == []


async def test_odd_cookies_of_other_programs_on_the_host_do_no_harm(server: Server, worker: Worker) -> None:
    cookie = log_in(operator("alice"))
    async with opened(server, f'theme[dark]=1; x="; {cookie}; {{"a":1}}=b') as alice:
        await alice.subscribe()


@pytest.mark.parametrize(
    "origin",
    ["http://evil.example", "http://127.0.0.1:1", "https://127.0.0.1:{port}", "http://localhost:{port}", "null", ""],
)
async def test_a_foreign_origin_is_refused_even_with_a_good_cookie(server: Server, worker: Worker, origin: str) -> None:
    cookie = log_in(operator("alice"))
    with pytest.raises(InvalidStatus) as refused:
        async with opened(server, cookie, origin.format(port=server.port) or None, no_origin=not origin):
            pass
    assert refused.value.response.status_code == 403


async def test_no_other_path_is_a_socket(server: Server, worker: Worker) -> None:
    with pytest.raises(InvalidStatus) as refused:
        async with opened(server, log_in(operator("alice")), path="/ws/other/"):
            pass
    assert refused.value.response.status_code == 403


async def test_an_operator_may_have_ten_sockets(daphne: Server, worker: Worker) -> None:
    cookie = log_in(operator("alice"))
    async with AsyncExitStack() as stack:
        for _ in range(MOST_SOCKETS):
            await (await stack.enter_async_context(opened(daphne, cookie))).subscribe()
        async with opened(daphne, cookie) as one_more:
            assert await one_more.closed() == 4429
        async with opened(daphne, log_in(operator("bob"))) as bob:
            await bob.subscribe()
    async with opened(daphne, cookie) as later:
        await later.subscribe()


# --- while it is open -----------------------------------------------------------------------------------------------


def log_out(account: Operator) -> None:
    Session.objects.all().delete()


def let_session_run_out(account: Operator) -> None:
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))


def deactivate(account: Operator) -> None:
    Operator.objects.filter(pk=account.pk).update(is_active=False)


def change_password(account: Operator) -> None:
    Operator.objects.filter(pk=account.pk).update(password="another")


def delete(account: Operator) -> None:
    account.delete()


@pytest.mark.parametrize("end", [log_out, let_session_run_out, deactivate, change_password, delete])
async def test_when_a_log_in_ends_the_socket_is_closed_and_nothing_more_is_sent(
    server: Server, worker: Worker, end: Callable[[Operator], None]
) -> None:
    other = log_in(operator("bob"))
    alice_account = operator("alice")
    async with opened(server, log_in(alice_account)) as alice, opened(server, other) as bob:
        await alice.subscribe()
        await bob.subscribe()
        if end in (log_out, let_session_run_out):
            Session.objects.exclude(session_key=alice.session_key).update(
                expire_date=timezone.now() + timedelta(days=9)
            )
            mine = Session.objects.filter(session_key=alice.session_key)
            mine.delete() if end is log_out else mine.update(expire_date=timezone.now() - timedelta(seconds=1))
        else:
            end(alice_account)
        began = time.monotonic()
        assert await alice.closed() == 4401
        assert time.monotonic() - began < REVOKED_SECONDS
        await bob.until_seq(worker.write(extension("201")))
    async with opened(server, f"cordboard_session={alice.session_key}") as again:
        assert await again.closed() == 4401


async def test_a_command_after_the_log_out_is_refused_at_once(daphne: Server, worker: Worker) -> None:
    worker.write(extension("201"), extension("202"))
    async with opened(daphne, log_in(operator("alice", extension="201"))) as alice:
        await alice.subscribe()
        Session.objects.all().delete()
        await alice.request("command", name="call", args={"to": "202"})
        assert await alice.closed() == 4401
        assert [frame for frame in alice.frames if frame["type"] == "result" and frame["id"] > 1] == []


async def test_a_right_that_is_withdrawn_holds_for_the_next_command(daphne: Server, worker: Worker) -> None:
    worker.write(extension("201"), extension("202"))
    account = operator("alice", extension="201")
    async with opened(daphne, log_in(account)) as alice:
        await alice.subscribe()
        assert (await alice.ask("command", name="call", args={"to": "202"}))["success"] is True
        account.groups.clear()
        answer = await alice.ask("command", name="call", args={"to": "202"})
        assert answer["error"]["code"] == "not_allowed"


async def test_who_may_see_less_is_given_a_new_picture_without_it(server: Server, worker: Worker) -> None:
    worker.write(extension("201", "Sales"), extension("301", "Support"))
    account = operator("bob", departments=["Sales", "Support"])
    async with opened(server, log_in(account)) as bob:
        await bob.subscribe()
        assert set(bob.reducer.rows["extension"]) == {"201", "301"}
        account.departments = ["Sales"]
        account.save()
        began = time.monotonic()
        await bob.until(lambda frame: frame["type"] == "snapshot")
        assert time.monotonic() - began < REVOKED_SECONDS
        assert set(bob.reducer.rows["extension"]) == {"201"}
        seen = len(bob.texts)
        worker.write(extension("301", "Support", name="only-Support"))
        await bob.until_seq(worker.write(extension("201", "Sales", "ringing")))
        assert all('"301"' not in text for text in bob.texts[seen:])
        assert bob.reducer.resyncs == 0


async def test_who_is_given_a_role_sees_what_belongs_to_it(daphne: Server, worker: Worker) -> None:
    account = operator("sue")
    async with opened(daphne, log_in(account)) as sue:
        await sue.subscribe()
        account.groups.add(Group.objects.get(name="supervisor"))
        await sue.until(lambda frame: frame["type"] == "snapshot")
        account.groups.remove(Group.objects.get(name="supervisor"))
        await sue.until(lambda frame: frame["type"] == "snapshot")


# --- the sweep itself -----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_sweep_asks_three_questions_for_any_number_of_sockets(
    django_assert_num_queries: Callable[[int], object],
) -> None:
    permits = []
    for number in range(8):
        account = operator(f"operator{number}", "supervisor" if number % 2 else "receptionist")
        key = log_in(account).partition("=")[2]
        permits.append(Pass(key, account.pk, account.password))
    with django_assert_num_queries(3):  # type: ignore[attr-defined]
        valid = still_valid(permits)
    assert valid == {permit: audience_of(Operator.objects.get(pk=permit.account)) for permit in permits}
    assert still_valid([permits[0]._replace(password="another")]) == {}
    assert still_valid([permits[0]._replace(session_key="another")]) == {}
    assert still_valid([permits[0]._replace(account=0)]) == {}


@pytest.mark.django_db
def test_an_account_of_the_demo_is_let_in_by_no_real_board(settings: object) -> None:
    account = operator("demo", is_demo=True)
    permit = Pass(log_in(account).partition("=")[2], account.pk, account.password)
    assert still_valid([permit])
    settings.DEMO = False  # type: ignore[attr-defined]
    assert still_valid([permit]) == {}
