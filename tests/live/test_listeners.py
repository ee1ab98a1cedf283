"""Who sees that somebody listens to a call."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.contrib.sessions.backends.db import SessionStore
from pytest_django import Settings

from panel.accounts.roles import Role
from panel.live.doorkeeper import Pass, still_valid
from panel.live.visibility import SEES_LISTENERS, audience_of, may_see
from panel.vocabulary import Kind
from tests.people import fresh, make_operator


pytestmark = pytest.mark.django_db


def sees(*, departments: tuple[str, ...] = (), right: str = "", groups: tuple[str, ...] = ("Support",)) -> bool:
    operator = make_operator("somebody", Role.RECEPTIONIST, departments=departments)
    if right:
        operator.user_permissions.add(Permission.objects.get(codename=right.partition(".")[2]))
    return may_see(audience_of(fresh(operator)), Kind.LISTENING, groups, {})


def test_whoever_sees_the_call_sees_it_where_the_house_shows_it() -> None:
    assert sees(departments=("Support",))


def test_another_department_does_not() -> None:
    assert not sees(departments=("Sales",))


def test_where_it_is_not_shown_the_agents_do_not_see_it(settings: Settings) -> None:
    settings.LISTENERS_SHOWN = False
    assert not sees()


@pytest.mark.parametrize("right", SEES_LISTENERS)
def test_and_those_who_may_listen_or_read_the_log_do(settings: Settings, right: str) -> None:
    settings.LISTENERS_SHOWN = False
    assert sees(right=right, departments=("Support",))


@pytest.mark.parametrize("right", SEES_LISTENERS)
def test_but_only_of_their_departments(settings: Settings, right: str) -> None:
    settings.LISTENERS_SHOWN = False
    assert not sees(right=right, departments=("Sales",))


@pytest.mark.parametrize("is_shown", [True, False])
def test_an_open_socket_is_told_the_same_as_a_new_one(settings: Settings, is_shown: bool) -> None:
    settings.LISTENERS_SHOWN = is_shown
    permits = {}
    for name, right in (("agent", ""), ("sue", "give_whisper")):
        operator = make_operator(name, Role.RECEPTIONIST)
        if right:
            operator.user_permissions.add(Permission.objects.get(codename=right))
        session = SessionStore()
        session.create()
        permits[Pass(str(session.session_key), operator.pk, operator.password)] = audience_of(fresh(operator))
    assert still_valid(set(permits)) == permits
    assert [each.sees_listeners for each in permits.values()] == [is_shown, True]
