"""Who may listen to whom, and what the log has of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone
from pytest_django import Settings

from panel.accounts.models import Operator
from panel.accounts.roles import ONLY_FROM_ADMIN, Role
from panel.commands.listening import record
from panel.commands.models import Command, ListeningLog
from panel.commands.refusals import Refused
from panel.commands.submit import submit
from panel.vocabulary import Kind, utc
from tests.people import fresh, make_operator, put, put_call, put_extension


pytestmark = pytest.mark.usefixtures("office")

SUPPORT = {"call": "call-Support", "party": "1.2", "reason": "new here"}


@pytest.fixture
def sue(db: None) -> Operator:
    """A supervisor of Support who may listen."""
    operator = make_operator("sue", Role.SUPERVISOR, extension="203", departments=["Support"])
    operator.user_permissions.add(*Permission.objects.filter(codename__in=ONLY_FROM_ADMIN))
    put_extension("203", "Support")
    return fresh(operator)


def refusal(operator: Operator, name: str, args: dict[str, str]) -> str:
    with pytest.raises(Refused) as refused:
        submit(operator, name, args)
    assert not Command.objects.exists()
    return f"{refused.value.code}: {refused.value.message}"


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.SUPERVISOR])
@pytest.mark.parametrize("mode", ["listen", "whisper", "barge"])
def test_a_role_alone_does_not_let_anybody_listen(db: None, role: Role, mode: str) -> None:
    operator = make_operator("somebody", role, extension="201")
    assert refusal(operator, mode, SUPPORT).startswith("not_allowed")


@pytest.mark.parametrize("mode", ["listen", "whisper", "barge"])
def test_each_mode_has_a_right_of_its_own(db: None, mode: str) -> None:
    operator = make_operator("somebody", Role.SUPERVISOR, extension="201")
    operator.user_permissions.add(Permission.objects.get(codename=f"give_{mode}"))
    assert submit(operator, mode, SUPPORT).state == "pending"
    for other in {"listen", "whisper", "barge"} - {mode}:
        with pytest.raises(Refused, match="may not use"):
            submit(operator, other, SUPPORT)


def test_a_supervisor_of_one_department_does_not_listen_to_another(sue: Operator) -> None:
    assert refusal(sue, "listen", {**SUPPORT, "call": "call-Sales"}).startswith("gone")
    # A call of both departments is on the board of both; only one end of it may be heard.
    put_call("both", ["Sales", "Support"], ("3.1", "3.2"), extension="301")
    assert "a department that is not yours" in refusal(sue, "listen", {"call": "both", "reason": "x"})
    assert "a department that is not yours" in refusal(sue, "listen", {"call": "both", "party": "3.2", "reason": "x"})
    assert submit(sue, "listen", SUPPORT).state == "pending"


def test_a_caller_is_not_listened_to_and_neither_is_the_own_call(sue: Operator) -> None:
    assert "people of the house" in refusal(sue, "listen", {**SUPPORT, "party": "1.1"})
    put_call("mine", ["Support"], ("4.1", "4.2"), extension="203")
    assert "in this call yourself" in refusal(sue, "barge", {"call": "mine", "reason": "x"})


def test_without_a_phone_nobody_listens(sue: Operator) -> None:
    sue.extension = ""
    sue.save()
    assert refusal(sue, "listen", SUPPORT).startswith("no_extension")
    assert refusal(sue, "listen_end", {}).startswith("no_extension")


def put_listening(call: str, party: str, by: str) -> None:
    put(Kind.LISTENING, "cordboard-spy-x", ["Support"], call=call, party=party, by={"extension": by})


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_reason_is_asked_for_where_the_house_wants_one(sue: Operator, settings: Settings, reason: str) -> None:
    args = {**SUPPORT, "reason": reason}
    assert "needs a reason" in refusal(sue, "whisper", args)
    settings.LISTENING_NEEDS_REASON = False
    assert submit(sue, "whisper", args).state == "pending"


@pytest.mark.parametrize(
    ("call", "party", "by", "is_asked"),
    [
        ("call-Support", "1.2", "203", False),
        ("call-Support", "1.2", "202", True),
        ("call-Support", "9.9", "203", True),
        ("call-Sales", "1.2", "203", True),
    ],
    ids=["the same", "somebody else's", "another party", "another call"],
)
def test_who_changes_the_mode_has_given_the_reason_before(
    sue: Operator, call: str, party: str, by: str, is_asked: bool
) -> None:
    put_listening(call, party, by)
    args = {"call": "call-Support", "party": "1.2"}
    if is_asked:
        assert "needs a reason" in refusal(sue, "barge", args)
    else:
        assert submit(sue, "barge", args).state == "pending"


# --- the log ----------------------------------------------------------------------------------------------------------

BEGAN = 1_800_000_000.0


def told(key: str = "cordboard-spy-k1", *, mode: str = "listen", party: str = "1.2") -> tuple[str, list[str], Any]:
    people = {
        "to": {"name": "Bo Larsen", "number": "202", "extension": "202"},
        "by": {"name": "Sue", "number": "203", "extension": "203"},
    }
    row = {"key": key, "call": "call-Support", "party": party, "mode": mode, "since_at": utc(BEGAN), **people}
    return key, ["Support"], row


def given(sue: Operator) -> Command:
    return Command.objects.create(
        key="k1", pbx="pbx", operator=sue, operator_key="sue", operator_name="Sue Test", name="listen", args=SUPPORT,
        state="done", created_at=timezone.now(), expires_at=timezone.now(),
    )  # fmt: skip


def test_the_log_says_who_listened_to_whom_how_why_and_for_how_long(sue: Operator) -> None:
    given(sue)
    record("pbx", [told()], end_is_known=True)
    log = ListeningLog.objects.get()
    assert (log.operator, log.operator_key, log.operator_name) == (sue, "sue", "Sue Test")
    assert (log.agent, log.agent_extension, log.call) == ("Bo Larsen 202", "202", "call-Support")
    assert (log.reason, log.groups, log.seconds) == ("new here", ["Support"], None)
    assert log.began_at.timestamp() == BEGAN
    record("pbx", [told(mode="barge")], end_is_known=True)
    record("pbx", [told(mode="barge")], end_is_known=True)
    record("pbx", [("cordboard-spy-k1", [], None)], end_is_known=True)
    log.refresh_from_db()
    assert [mode for mode, _at in log.modes] == ["listen", "barge"]
    assert log.ended_at is not None
    assert (log.end_is_known, log.seconds) == (True, round(log.ended_at.timestamp() - BEGAN))


def test_what_ended_while_nobody_watched_is_marked(sue: Operator) -> None:
    given(sue)
    record("pbx", [told()], end_is_known=True)
    record("pbx", [("cordboard-spy-k1", [], None)], end_is_known=False)
    assert ListeningLog.objects.get().end_is_known is False
    record("pbx", [("cordboard-spy-k1", [], None)], end_is_known=True)
    assert ListeningLog.objects.get().end_is_known is False


def test_between_two_modes_it_does_not_end(sue: Operator) -> None:
    given(sue)
    for each in (told(), ("cordboard-spy-k1", [], None), told(mode="whisper")):
        record("pbx", [each], end_is_known=True)
    log = ListeningLog.objects.get()
    assert (log.ended_at, [mode for mode, _at in log.modes]) == (None, ["listen", "whisper"])


def test_a_listener_whom_no_command_has_sent_is_logged_with_the_phone(db: None) -> None:
    record("pbx", [told("1800000000.7", mode="")], end_is_known=True)
    record("pbx", [told("1800000000.7", mode="", party="1.9")], end_is_known=True)
    second, first = ListeningLog.objects.all().order_by("-pk")
    assert (first.operator_key, first.listener, first.reason) == ("", "Sue 203", "")
    assert first.ended_at is not None
    assert (second.party, second.ended_at) == ("1.9", None)


def test_another_pbx_has_a_log_of_its_own(db: None) -> None:
    record("pbx", [told("1800000000.7")], end_is_known=True)
    record("other", [("1800000000.7", [], None)], end_is_known=True)
    assert ListeningLog.objects.get().ended_at is None


def test_only_who_has_the_right_ends_the_listening_of_others(steering: Operator) -> None:
    put_listening("call-Support", "1.2", "299")
    maria = make_operator("maria", Role.SUPERVISOR, extension="203")
    assert refusal(maria, "listen_stop", {"listening": "cordboard-spy-x"}).startswith("not_allowed")
    assert refusal(steering, "listen_stop", {"listening": "cordboard-spy-y"}) == "gone: They are no longer listening."
    assert submit(steering, "listen_stop", {"listening": "cordboard-spy-x"}).state == "pending"


def test_who_is_limited_to_departments_ends_no_listening_that_is_not_seen(office: None, steering: Operator) -> None:
    steering.departments = ["Sales"]
    steering.save()
    assert refusal(steering, "listen_stop", {"listening": "listening-Support"}).startswith("gone")
    assert submit(steering, "listen_stop", {"listening": "listening-Sales"}).state == "pending"
