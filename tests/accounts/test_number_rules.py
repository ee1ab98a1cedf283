"""Number rules: what a pattern fits, and how the admin takes one."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import Group
from django.test import Client

from panel.accounts.models import NumberRule, Operator
from panel.accounts.patterns import BadPattern, checked, matches
from panel.accounts.roles import Role
from tests.people import make_operator


@pytest.fixture
def ada(client: Client, db: None) -> Operator:
    operator = make_operator("ada", Role.ADMIN)
    client.force_login(operator)
    return operator


# --- patterns ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("0900", "0900"),
        ("+44 (20) 7946-", "+44207946"),
        ("*72", "*72"),
        ("_112", "_112"),
        ("_0900.", "_0900."),
        ("00x.", "_00X."),
        ("_nxxxxxx", "_NXXXXXX"),
        ("+1 900!", "_+1900!"),
        ("_.", "_."),
        ("!", "_!"),
    ],
)
def test_a_pattern_is_kept_in_one_way_of_writing(written: str, kept: str) -> None:
    assert checked(written) == kept
    assert checked(kept) == kept


@pytest.mark.parametrize(
    ("pattern", "fits", "others"),
    [
        ("0900", ["0900", "090012345"], ["900", "10900", "+0900"]),
        ("+44", ["+442079460001"], ["0044207946", "44"]),
        ("*72", ["*72600"], ["72600"]),
        ("_112", ["112"], ["1125", "0112", "11"]),
        ("_0900.", ["09001"], ["0900", "0901"]),
        ("_0900!", ["0900", "09001"], ["901"]),
        ("_NXX", ["212", "999"], ["112", "2123", "2a2", "٢١٢"]),
        ("_0Z.", ["0148", "09*"], ["0048", "01"]),
        ("_+1900X.", ["+190012"], ["+19001", "1900123"]),
        ("_.", ["1", "+44", "#31#0900"], [""]),
    ],
)
def test_a_pattern_fits_what_asterisk_would_say_it_fits(pattern: str, fits: list[str], others: list[str]) -> None:
    assert [number for number in (*fits, *others) if matches(pattern, number)] == fits


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "Write how the numbers begin"),
        ("_", "Write how the numbers begin"),
        ("+", "Write how the numbers begin"),
        ("09[01]X", "Sets in brackets"),
        ("0900a", "cannot hold “A”"),
        ("0900&0901", "cannot hold “&”"),
        ("٠٩", "cannot hold “٠”"),
        ("09.1", "can only stand at the end"),
        ("09..", "can only stand at the end"),
        ("00+44", "can only stand at the beginning"),
    ],
)
def test_what_fits_no_number_is_refused_with_the_reason(written: str, why: str) -> None:
    with pytest.raises(BadPattern, match=re.escape(why)):
        checked(written)


# --- the admin --------------------------------------------------------------------------------------------------------


def test_an_admin_writes_a_rule_for_a_group(client: Client, ada: Operator) -> None:
    group = Group.objects.get(name="receptionist")
    fields = {"order": "1", "pattern": " 0900x. ", "verdict": "deny", "groups": [str(group.pk)], "note": "Premium"}
    assert client.post("/admin/accounts/numberrule/add/", fields).status_code == 302
    rule = NumberRule.objects.get()
    assert (rule.pattern, rule.verdict, rule.note) == ("_0900X.", "deny", "Premium")
    assert list(rule.groups.all()) == [group]
    page = client.get("/admin/accounts/numberrule/").text
    assert "_0900X." in page
    assert "receptionist" in page


def test_a_rule_without_a_group_is_for_everybody(client: Client, ada: Operator) -> None:
    NumberRule.objects.create(pattern="_112", verdict="allow")
    page = client.get("/admin/accounts/numberrule/").text
    assert '<td class="field-for_whom">everybody</td>' in page


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"pattern": "09[0-4]X."}, "Sets in brackets are not known here"),
        ({"pattern": "call home"}, "A pattern cannot hold"),
        ({"pattern": "  "}, "This field is required"),
        ({"pattern": "0" * 41}, "at most 40 characters"),
        ({"verdict": "maybe"}, "Select a valid choice"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_with_the_reason(
    client: Client, ada: Operator, change: dict[str, str], why: str
) -> None:
    answer = client.post(
        "/admin/accounts/numberrule/add/", {"order": "1", "pattern": "0900", "verdict": "deny"} | change
    )
    assert answer.status_code == 200
    assert why in answer.text
    assert not NumberRule.objects.exists()


def test_order_verdict_and_note_can_be_changed_in_the_list(client: Client, ada: Operator) -> None:
    rule = NumberRule.objects.create(pattern="_0900.")
    fields = {
        "form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "1", "form-0-id": str(rule.pk), "form-0-order": "7",
        "form-0-verdict": "allow", "form-0-note": "Checked", "_save": "Save",
    }  # fmt: skip
    assert client.post("/admin/accounts/numberrule/", fields).status_code == 302
    rule.refresh_from_db()
    assert (rule.order, rule.verdict, rule.note, rule.pattern) == (7, "allow", "Checked", "_0900.")
