"""Which outside numbers an operator may have dialled: the first number rule that fits, else the right to dial out."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission

from panel.accounts.models import NumberRule, Operator
from panel.accounts.roles import Role
from panel.commands.permissions import may_dial_out, ruling_on
from panel.commands.submit import submit
from panel.directory.models import Listing, PhoneNumber
from tests.commands.test_submit import refusal
from tests.people import fresh, make_operator


@pytest.fixture(autouse=True)
def _office(office: None) -> None:
    """Every test is in the office."""


def rule(pattern: str, verdict: str = "deny", *, order: int = 0, note: str = "", group: str = "") -> NumberRule:
    made = NumberRule(pattern=pattern, verdict=verdict, order=order, note=note)
    made.full_clean()
    made.save()
    if group:
        made.groups.add(Group.objects.get(name=group))
    return made


def without_dial_out() -> None:
    Group.objects.get(name="receptionist").permissions.remove(Permission.objects.get(codename="dial_out"))


def test_without_a_rule_that_fits_the_right_to_dial_out_decides(alice: Operator) -> None:
    rule("0900", note="Premium")
    assert submit(alice, "call", {"to": "0600111222"}).state == "pending"
    without_dial_out()
    assert "outside numbers" in refusal(alice, "call", {"to": "0600111333"}).message


def test_the_first_rule_that_fits_decides(alice: Operator) -> None:
    allowed = rule("_09001.", "allow", order=1)
    denied = rule("0900", order=2)
    rule("_.", "allow", order=3)
    assert ruling_on(alice, "0900123") == (True, allowed)
    assert ruling_on(alice, "0900999") == (False, denied)
    NumberRule.objects.filter(pk=denied.pk).update(order=0)
    assert ruling_on(alice, "0900123") == (False, denied)


def test_a_rule_is_for_its_groups_alone(alice: Operator) -> None:
    bruno = make_operator("bruno", Role.SUPERVISOR, extension="202")
    nobodys = make_operator("nobody", None)
    made = rule("0900", group="receptionist")
    made.groups.add(Group.objects.get(name="admin"))
    assert ruling_on(alice, "0900123").rule == made
    assert ruling_on(bruno, "0900123") == (True, None)
    assert ruling_on(nobodys, "0900123") == (False, None)


def test_a_rule_counts_for_admins_too(db: None) -> None:
    rule("0900")
    assert not ruling_on(make_operator("ada", Role.ADMIN), "0900123").allowed


def test_an_allowed_number_can_be_dialled_without_the_right_and_the_page_offers_to(alice: Operator) -> None:
    without_dial_out()
    assert not may_dial_out(fresh(alice))
    rule("_0800.", "deny", group="admin")
    assert not may_dial_out(fresh(alice))
    rule("_112", "allow", note="Emergency")
    assert may_dial_out(fresh(alice))
    assert submit(alice, "call", {"to": "112"}).state == "pending"
    assert refusal(alice, "call", {"to": "1125"}).code == "not_allowed"


def test_who_is_not_welcome_is_allowed_nothing(alice: Operator) -> None:
    rule("_112", "allow")
    alice.is_active = False
    assert not ruling_on(alice, "112").allowed
    assert not may_dial_out(alice)


@pytest.mark.parametrize(
    ("name", "args"),
    [
        ("call", {}),
        ("transfer", {"call": "call-Support"}),
        ("consult", {"call": "call-Support"}),
        ("serial", {"call": "call-Support"}),
    ],
)
@pytest.mark.parametrize("number", ["0900123", "0 900-12 3", "(0900) 123"])
def test_every_way_to_dial_is_refused_with_the_note(
    alice: Operator, name: str, args: dict[str, str], number: str
) -> None:
    rule("0900", note="Premium numbers cost 2 € a minute.")
    refused = refusal(alice, name, args | {"to": number})
    assert refused.code == "not_allowed"
    assert refused.message == (
        "A number rule says that this number may not be dialled: Premium numbers cost 2 € a minute."
    )


def test_a_rule_without_a_note_is_a_sentence_too(alice: Operator) -> None:
    rule("0900")
    assert refusal(alice, "call", {"to": "0900123"}).message == (
        "A number rule says that this number may not be dialled."
    )


def test_a_further_number_of_a_person_is_no_way_around(alice: Operator) -> None:
    rule("+48", note="Abroad")
    listing = Listing.objects.create(extension="202")
    mobile = PhoneNumber.objects.create(listing=listing, label="Mobile", number="+48600111222")
    assert "Abroad" in refusal(alice, "transfer", {"call": "call-Support", "to": mobile.number}).message


def test_extensions_are_no_outside_numbers(alice: Operator, bob: Operator) -> None:
    rule("_.", note="Nothing")
    assert submit(alice, "call", {"to": "202"}).state == "pending"
    assert submit(bob, "call", {"to": "202"}).state == "pending", "of another department"
    assert refusal(alice, "call", {"to": "299"}).code == "not_allowed"
