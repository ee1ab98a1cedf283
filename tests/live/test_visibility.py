"""Who may see what: the table in ARCHITECTURE.md, row by row."""

from __future__ import annotations

from typing import Any

import pytest

from panel.live.visibility import Audience, audience, audience_of, may_see
from panel.vocabulary import EVERYONE, Kind
from tests.live.conftest import operator


EVERYTHING = Audience(None, True, "carol")
UNLIMITED = Audience(None, False, "alice")
SALES = Audience(frozenset({"Sales"}), False, "bob")
BY_GROUP = [kind for kind in Kind if kind is not Kind.COMMAND]


@pytest.mark.parametrize("kind", BY_GROUP)
@pytest.mark.parametrize("groups", [(), ("Sales",), ("Support",), ("Sales", "Support"), (EVERYONE,)])
def test_an_operator_without_limit_sees_every_row(kind: Kind, groups: tuple[str, ...]) -> None:
    assert may_see(UNLIMITED, kind, groups, {})


@pytest.mark.parametrize("kind", BY_GROUP)
@pytest.mark.parametrize(
    ("groups", "sees"),
    [((), False), (("Sales",), True), (("Support",), False), (("Support", "Sales"), True), ((EVERYONE,), True)],
)
def test_a_limited_operator_sees_his_departments_and_what_is_for_everybody(
    kind: Kind, groups: tuple[str, ...], sees: bool
) -> None:
    assert may_see(SALES, kind, groups, {}) is sees


@pytest.mark.parametrize("groups", [(), ("Sales",), (EVERYONE,)])
def test_a_command_is_seen_by_who_gave_it_and_by_who_may_see_all(groups: tuple[str, ...]) -> None:
    of_bob = {"operator": "bob"}
    assert may_see(SALES, Kind.COMMAND, groups, of_bob)
    assert may_see(EVERYTHING, Kind.COMMAND, groups, of_bob)
    assert not may_see(UNLIMITED, Kind.COMMAND, groups, of_bob)


def test_nobody_in_particular_sees_no_command_even_of_an_operator_without_a_name() -> None:
    assert not may_see(UNLIMITED.shared, Kind.COMMAND, (), {"operator": ""})


def test_operators_who_see_the_same_share_an_audience() -> None:
    one, other = (audience(name, ["Sales", "Support"], False) for name in ("alice", "bob"))
    assert one != other
    assert one.shared == other.shared
    assert len({one.shared, other.shared}) == 1


@pytest.mark.parametrize(
    ("departments", "limit"),
    [
        ([], None),
        (None, None),
        (["Sales"], frozenset({"Sales"})),
        ("Sales", frozenset()),
        ({"Sales": 1}, frozenset()),
        ([1], frozenset()),
    ],
)
def test_departments_that_are_not_a_list_of_names_open_nothing(departments: Any, limit: frozenset[str] | None) -> None:
    assert audience("bob", departments, False).departments == limit


def test_who_is_limited_to_departments_does_not_see_the_commands_of_others_whatever_his_role() -> None:
    assert audience("dave", ["Sales"], True).sees_all_commands is False
    assert audience("dave", [], True).sees_all_commands is True


@pytest.mark.django_db
def test_the_role_decides_who_sees_all_commands() -> None:
    assert audience_of(operator("alice")) == Audience(None, False, "alice")
    assert audience_of(operator("sue", "supervisor")) == Audience(None, True, "sue")
    assert audience_of(operator("bob", departments=["Sales"])) == Audience(frozenset({"Sales"}), False, "bob")
