"""Steering queues: what is taken in of sets of queues, of loans and of what is to be undone; who is told of sets."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError

from panel.accounts.models import Operator
from panel.accounts.roles import ONLY_FROM_SUPERVISOR, Role
from panel.commands.models import Command
from panel.commands.submit import Refused, submit
from panel.directory.models import QueueSet
from panel.pages import queue_sets
from tests.people import fresh, make_operator


pytestmark = pytest.mark.usefixtures("office")


@pytest.fixture
def of_sales(bob: Operator) -> Operator:
    """Bob, who sees the department Sales alone, and may steer its queues."""
    bob.user_permissions.add(*Permission.objects.filter(codename__in=ONLY_FROM_SUPERVISOR))
    return fresh(bob)


def refusal(operator: Operator, name: str, args: dict[str, str]) -> str:
    before = Command.objects.count()
    with pytest.raises(Refused) as refused:
        submit(operator, name, args)
    assert Command.objects.count() == before
    return refused.value.code


def test_queues_that_are_named_twice_or_with_spaces_are_each_meant_once(steering: Operator) -> None:
    args = {"person": "202", "queues": " queue-Support ,, queue-Sales,queue-Support"}
    assert submit(steering, "agent_login", args).args["queues"] == "queue-Support,queue-Sales"


@pytest.mark.parametrize(
    ("queues", "code"),
    [("", "bad_arguments"), (" , ,", "bad_arguments"), ("queue-Support,nowhere", "gone"), ("person", "gone")],
)
def test_a_set_with_a_queue_that_is_not_there_is_refused_as_a_whole(steering: Operator, queues: str, code: str) -> None:
    assert refusal(steering, "agent_login", {"person": "202", "queues": queues}) == code


def test_more_queues_than_a_house_has_are_refused(steering: Operator) -> None:
    queues = ",".join(f"queue-{number}" for number in range(51))
    assert refusal(steering, "agent_logout", {"person": "202", "queues": queues[:499]}) == "bad_arguments"


def test_nobody_is_logged_in_to_a_queue_that_the_operator_does_not_see(of_sales: Operator) -> None:
    assert refusal(of_sales, "agent_login", {"person": "301", "queues": "queue-Sales,queue-Support"}) == "gone"
    assert submit(of_sales, "agent_login", {"person": "301", "queues": "queue-Sales"}).state == "pending"


@pytest.mark.parametrize("minutes", ["0", "721", "-5", "1.5", "x", "", "٣٠", "9" * 40])
def test_a_loan_is_for_a_whole_number_of_minutes_up_to_half_a_day(steering: Operator, minutes: str) -> None:
    args = {"person": "202", "queue": "queue-Support", "minutes": minutes}
    assert refusal(steering, "agent_borrow", args) == "bad_arguments"


def test_only_what_has_changed_something_and_is_seen_can_be_undone(
    steering: Operator, of_sales: Operator, steered: Command
) -> None:
    assert refusal(steering, "undo", {"command": "nothing"}) == "gone"
    assert refusal(of_sales, "undo", {"command": "steered"}) == "gone"
    other = submit(steering, "withdraw", {"caller": "caller-Support"})
    assert refusal(steering, "undo", {"command": other.key}) == "gone"
    assert submit(steering, "undo", {"command": "steered"}).pbx == "pbx"


def test_who_may_not_give_a_command_may_not_undo_it(steered: Command, alice: Operator) -> None:
    alice.user_permissions.add(Permission.objects.get(codename="give_undo"))
    assert refusal(fresh(alice), "undo", {"command": "steered"}) == "gone"


def test_a_supervisor_of_all_departments_undoes_what_others_did(steered: Command) -> None:
    assert submit(make_operator("vera", Role.SUPERVISOR), "undo", {"command": "steered"}).state == "pending"


@pytest.mark.parametrize("queues", ["", " \n ", "front,support", "front\nsup\tport"])
def test_a_set_has_names_of_queues_one_in_each_line(db: None, queues: str) -> None:
    with pytest.raises(ValidationError):
        QueueSet(name="Early", queues=queues).full_clean()
    early = QueueSet(name="Early", queues=" front \r\n\nsupport\nfront")
    early.full_clean()
    assert (early.queues, early.names) == ("front\nsupport", ["front", "support"])


def test_a_page_tells_of_a_set_only_the_queues_that_the_operator_sees(steering: Operator, bob: Operator) -> None:
    QueueSet.objects.create(name="Early", queues="queue-Support\nqueue-Sales\nno such queue", order=1)
    QueueSet.objects.create(name="Support alone", queues="queue-Support", order=2)
    assert queue_sets(steering) == [
        {"name": "Early", "queues": ["queue-Support", "queue-Sales"]},
        {"name": "Support alone", "queues": ["queue-Support"]},
    ]
    assert queue_sets(bob) == [{"name": "Early", "queues": ["queue-Sales"]}]
