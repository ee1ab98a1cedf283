"""The intake of a message: one line, to somebody on the operator's board."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission

from panel.accounts.models import Operator
from panel.commands.models import Command
from panel.commands.refusals import Refused
from panel.commands.submit import submit


pytestmark = pytest.mark.usefixtures("office")


def refusal(operator: Operator, args: dict[str, Any]) -> Refused:
    with pytest.raises(Refused) as refused:
        submit(operator, "message", args)
    assert not Command.objects.exists()
    return refused.value


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("  Call   Jan back ", "Call Jan back"),
        ("Zażółć\u00a0gęślą 🙂", "Zażółć gęślą 🙂"),
        ("x" * 200, "x" * 200),
    ],
)
def test_a_message_is_brought_into_one_form(alice: Operator, text: str, stored: str) -> None:
    assert submit(alice, "message", {"to": "202", "text": text}).args == {"to": "202", "text": stored}


@pytest.mark.parametrize(
    "text", ["", "   ", "a\r\nBcc: evil@example.com", "a\nb", "a\0", "a\u2028b", "\ud800", "x" * 201, None, 7, ["x"]]
)
def test_what_is_not_one_line_is_refused(alice: Operator, text: Any) -> None:
    assert refusal(alice, {"to": "202", "text": text}).code == "bad_arguments"


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("bo@example.com", "gone"),
        ("+48600111222", "gone"),
        ("999", "gone"),
        ("", "bad_number"),
        ("202\r\nBcc: evil@example.com", "bad_arguments"),
    ],
)
def test_a_message_goes_to_a_person_of_the_board_and_to_no_address(alice: Operator, to: str, code: str) -> None:
    assert refusal(alice, {"to": to, "text": "x"}).code == code


def test_a_person_of_another_department_gets_none(bob: Operator) -> None:
    assert refusal(bob, {"to": "202", "text": "x"}).code == "gone"
    assert submit(bob, "message", {"to": "301", "text": "x"})


def test_it_takes_a_right_of_its_own(charlie: Operator) -> None:
    assert refusal(charlie, {"to": "202", "text": "x"}).code == "not_allowed"
    charlie.user_permissions.add(Permission.objects.get(codename="give_message"))
    assert submit(charlie, "message", {"to": "202", "text": "x"})


def test_the_same_press_twice_is_one_command(alice: Operator) -> None:
    args = {"to": "202", "text": "Call Jan back"}
    first = submit(alice, "message", args, intent="one press")
    assert submit(alice, "message", args, intent="one press").key == first.key
    assert submit(alice, "message", args).key == first.key, "equal and still under way"
    assert Command.objects.count() == 1
