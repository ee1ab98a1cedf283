"""The intake of commands: what gets in, what is refused with which code, and that a refusal leaves nothing behind."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from panel.accounts.models import Operator
from panel.commands.catalogue import CATALOGUE
from panel.commands.models import Command
from panel.commands.refusals import Refused
from panel.commands.submit import MOST_OPEN, submit
from panel.live.models import Call, Lease, Pbx
from panel.vocabulary import Link
from tests.commands.examples import GOOD
from tests.people import hold_lease, put_extension, put_pbx


pytestmark = pytest.mark.usefixtures("office")


def refusal(operator: Operator, name: Any, args: Any, **more: Any) -> Refused:
    """The refusal, after making sure that nothing was written."""
    before = Command.objects.count()
    with pytest.raises(Refused) as refused:
        submit(operator, name, args, **more)
    assert Command.objects.count() == before
    assert refused.value.message
    return refused.value


@pytest.mark.parametrize(("name", "args"), GOOD)
def test_a_good_command_is_written_down_and_waits(
    steering: Operator, steered: Command, name: str, args: dict[str, str]
) -> None:
    before = timezone.now()
    command = Command.objects.get(key=submit(steering, name, args).key)
    assert (command.name, command.args, command.state, command.pbx) == (name, args, "pending", "pbx")
    assert (command.operator, command.operator_key, command.operator_extension) == (steering, "alice", "201")
    assert command.operator_name == "Alice Test"
    assert before <= command.created_at <= timezone.now()
    assert command.expires_at - command.created_at == timedelta(seconds=10)


def test_every_command_of_the_catalogue_is_tried() -> None:
    assert {name for name, _ in GOOD} == set(CATALOGUE)


@pytest.mark.parametrize(
    "name", ["", "originate", "Hangup", "hangup\n", None, 7, ["call"], {"name": "call"}, "x" * 10_000]
)
def test_an_unknown_command_is_refused(alice: Operator, name: Any) -> None:
    assert refusal(alice, name, {}).code == "unknown_command"


@pytest.mark.parametrize(
    "args",
    [None, 7, "call", ["call-Support"], {}, {"call": ""}, {"call": None}, {"call": 7}, {"call": ["call-Support"]},
     {"call": {"key": "x"}}, {"call": True}, {"call": "x" * 501}, {"call": "a\r\nAction: Command"}, {"call": "a\x00"},
     {"call": "\ud800"}, {"call": "a\u2028b"}, {"call": "call-Support", "party": 3}],
)  # fmt: skip
def test_arguments_of_a_wrong_kind_are_refused(alice: Operator, args: Any) -> None:
    assert refusal(alice, "hangup", args).code == "bad_arguments"


@pytest.mark.parametrize("extra", ["Application", "Variable", "Data", "to", "Call", "key", "", 7])
def test_an_argument_that_the_command_does_not_have_is_refused(alice: Operator, extra: Any) -> None:
    assert refusal(alice, "hangup", {"call": "call-Support", extra: "x"}).code == "bad_arguments"


@pytest.mark.parametrize("name", ["call", "transfer", "serial", "consult"])
@pytest.mark.parametrize("to", ["", "300&PJSIP/x", "1,2", "@evil", "201@sales", "٢٠١", "Zofia", "9" * 40])
def test_a_number_that_cannot_be_dialled_is_refused(alice: Operator, name: str, to: str) -> None:
    args = {"to": to} if name == "call" else {"call": "call-Support", "to": to}
    if to or name != "consult":  # which can begin before it is known whom to ask
        assert refusal(alice, name, args).code == "bad_number"


@pytest.mark.parametrize("to", ["201\r\nApplication: System", "201\n", "\r", "2\x0001", "2\u202801"])
def test_line_breaks_in_a_number_are_refused(alice: Operator, to: str) -> None:
    assert refusal(alice, "call", {"to": to}).code == "bad_arguments"


def test_a_number_is_written_down_as_it_will_be_dialled(alice: Operator) -> None:
    assert submit(alice, "call", {"to": "+44 (0)20 7946-0000"}).args == {"to": "+442079460000"}


def test_an_extension_is_reached_by_a_key_that_is_no_number(alice: Operator) -> None:
    put_extension("401", "Support", key="401@lab")
    assert submit(alice, "call", {"to": "401@lab"}).args == {"to": "401@lab"}


def test_the_own_phone_is_not_called(alice: Operator) -> None:
    assert refusal(alice, "call", {"to": "201"}).code == "bad_number"
    assert refusal(alice, "consult", {"call": "call-Support", "to": "201"}).code == "bad_number"
    assert refusal(alice, "camp", {"call": "call-Support", "to": "201"}).code == "bad_number"
    assert submit(alice, "transfer", {"call": "call-Support", "to": "201"}).state == "pending"


# --- what is gone, and what belongs to others -------------------------------------------------------------------------

FOREIGN = [
    ("hangup", {"call": "call-%s"}),
    ("transfer", {"call": "call-%s", "to": "301"}),
    ("park", {"call": "call-%s"}),
    ("pickup", {"call": "call-%s"}),
    ("unpark", {"parked": "parked-%s"}),
    ("take", {"caller": "caller-%s"}),
    ("retrieve", {"call": "call-%s"}),
    ("record", {"call": "call-%s"}),
    ("note", {"call": "call-%s", "text": "x"}),
    ("claim", {"call": "call-%s"}),
    ("enqueue", {"call": "call-Sales", "queue": "queue-%s"}),
]


@pytest.mark.parametrize(("name", "args"), FOREIGN)
def test_other_peoples_rows_are_refused_like_rows_that_are_not_there(
    bob: Operator, name: str, args: dict[str, str]
) -> None:
    def with_key(of: str) -> dict[str, str]:
        return {argument: value % of if "%" in value else value for argument, value in args.items()}

    foreign, missing = refusal(bob, name, with_key("Support")), refusal(bob, name, with_key("Nowhere"))
    assert (foreign.code, foreign.message) == (missing.code, missing.message)
    assert foreign.code == "gone"
    assert submit(bob, name, with_key("Sales")).state == "pending"


def test_a_foreign_extension_key_is_refused_like_one_that_is_not_there(bob: Operator) -> None:
    put_extension("401", "Support", key="401@lab")
    foreign, missing = refusal(bob, "call", {"to": "401@lab"}), refusal(bob, "call", {"to": "499@lab"})
    assert (foreign.code, foreign.message) == (missing.code, missing.message)


def test_a_call_that_has_just_ended_is_gone(alice: Operator) -> None:
    Call.objects.filter(key="call-Support").delete()
    assert refusal(alice, "hangup", {"call": "call-Support"}).code == "gone"


@pytest.mark.parametrize("name", ["camp", "voicemail", "hold"])
def test_a_person_is_an_extension_on_the_own_board(bob: Operator, name: str) -> None:
    foreign = refusal(bob, name, {"call": "call-Sales", "to": "202"})
    missing = refusal(bob, name, {"call": "call-Sales", "to": "299"})
    number = refusal(bob, name, {"call": "call-Sales", "to": "+48600111222"})
    assert {(each.code, each.message) for each in (foreign, missing, number)} == {
        ("gone", "That person is not on your board.")
    }


@pytest.mark.parametrize(
    ("name", "more"), [("room_lock", {}), ("room_kick", {"member": "801.1"}), ("room_mute", {"member": "801.1"})]
)
def test_what_is_done_in_a_room_needs_a_room_that_is_seen(bob: Operator, name: str, more: dict[str, str]) -> None:
    foreign, missing = refusal(bob, name, {"room": "801", **more}), refusal(bob, name, {"room": "899", **more})
    assert (foreign.code, foreign.message) == (missing.code, missing.message) == ("gone", "Nobody is in that room.")


def test_nobody_is_put_out_of_a_room_who_is_in_another(alice: Operator) -> None:
    assert refusal(alice, "room_kick", {"room": "801", "member": "802.1"}).code == "gone"
    assert refusal(alice, "room_kick", {"room": "801"}).code == "bad_arguments"


def test_no_caller_is_sent_into_a_room_where_others_meet(bob: Operator) -> None:
    assert refusal(bob, "confer", {"call": "call-Sales", "room": "801"}).code == "not_allowed"
    assert submit(bob, "confer", {"call": "call-Sales", "room": "802"}).state == "pending"
    assert submit(bob, "confer", {"call": "call-Sales", "room": "888"}).state == "pending"


@pytest.mark.parametrize("room", ["h", "sales", "*80", "8 01", "801,1", "8" * 33, "٨٠١"])
def test_a_caller_is_sent_into_a_room_with_a_number(alice: Operator, room: str) -> None:
    assert refusal(alice, "confer", {"call": "call-Support", "room": room}).code == "bad_number"


def test_a_party_of_another_call_is_gone(alice: Operator) -> None:
    assert refusal(alice, "hangup", {"call": "call-Support", "party": "9.9"}).code == "gone"


# --- rights -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "args"), GOOD)
def test_without_the_right_every_command_is_refused(charlie: Operator, name: str, args: dict[str, str]) -> None:
    assert refusal(charlie, name, args).code == "not_allowed"


def test_a_right_that_was_withdrawn_counts_at_once_even_for_an_account_in_memory(alice: Operator) -> None:
    assert alice.has_perm("commands.give_hangup")  # Django remembers this in the object
    Group.objects.get(name="receptionist").permissions.remove(Permission.objects.get(codename="give_hangup"))
    assert refusal(alice, "hangup", {"call": "call-Support"}).code == "not_allowed"


def test_an_account_that_was_switched_off_or_deleted_is_refused_at_once(alice: Operator) -> None:
    Operator.objects.filter(pk=alice.pk).update(is_active=False)
    assert refusal(alice, "hangup", {"call": "call-Support"}).code == "not_allowed"
    Operator.objects.filter(pk=alice.pk).delete()
    assert refusal(alice, "hangup", {"call": "call-Support"}).code == "not_allowed"


def test_outside_numbers_need_their_own_right_and_extensions_do_not(alice: Operator) -> None:
    Group.objects.get(name="receptionist").permissions.remove(Permission.objects.get(codename="dial_out"))
    for args in ({"to": "0900123"}, {"to": "+48600111222"}, {"to": "*72600"}):
        assert refusal(alice, "call", args).code == "not_allowed"
    assert refusal(alice, "transfer", {"call": "call-Support", "to": "0900123"}).code == "not_allowed"
    assert submit(alice, "call", {"to": "202"}).state == "pending"


def test_an_extension_of_another_department_can_be_dialled_as_on_any_phone(bob: Operator) -> None:
    Group.objects.get(name="receptionist").permissions.remove(Permission.objects.get(codename="dial_out"))
    assert submit(bob, "call", {"to": "202"}).args == {"to": "202"}


@pytest.mark.parametrize(
    ("name", "args"),
    [("call", {"to": "202"}), ("unpark", {"parked": "parked-Support"}), ("pickup", {"call": "call-Support"}),
     ("take", {"caller": "caller-Support"}), ("retrieve", {"call": "call-Support"}),
     ("consult", {"call": "call-Support"}), ("answer", {"call": "call-Support"})],
)  # fmt: skip
def test_what_rings_the_own_phone_needs_one(alice: Operator, name: str, args: dict[str, str]) -> None:
    Operator.objects.filter(pk=alice.pk).update(extension="")
    assert refusal(alice, name, args).code == "no_extension"
    Operator.objects.filter(pk=alice.pk).update(extension="201")
    assert submit(alice, name, args).operator_extension == "201"


@pytest.mark.parametrize("name", ["hangup", "park", "hold", "mute", "note"])
def test_what_does_not_ring_the_own_phone_works_without_one(alice: Operator, name: str) -> None:
    Operator.objects.filter(pk=alice.pk).update(extension="")
    assert submit(alice, name, {"call": "call-Support"}).state == "pending"


# --- the link ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("link", [Link.STALE, Link.OFFLINE])
def test_while_the_pbx_is_not_live_commands_are_refused_at_once(alice: Operator, link: Link) -> None:
    Pbx.objects.all().delete()
    put_pbx(link)
    assert refusal(alice, "hangup", {"call": "call-Support"}).code == "not_connected"
    assert refusal(alice, "call", {"to": "202"}).code == "not_connected"


def test_without_a_worker_commands_are_refused_even_when_its_last_rows_say_live(alice: Operator) -> None:
    hold_lease(seconds=-1)
    assert refusal(alice, "hangup", {"call": "call-Support"}).code == "not_connected"
    Lease.objects.all().delete()
    assert refusal(alice, "call", {"to": "202"}).code == "not_connected"


# --- once, and not too often ------------------------------------------------------------------------------------------


def test_the_same_intent_is_one_command_however_often_it_comes(alice: Operator) -> None:
    first = submit(alice, "hangup", {"call": "call-Support"}, intent="press-1")
    Command.objects.update(state="done", text="The call was ended.")
    Call.objects.all().delete()
    again = submit(alice, "hangup", {"call": "call-Support"}, intent="press-1")
    assert (again.key, again.state) == (first.key, "done")
    assert Command.objects.count() == 1


def test_an_intent_belongs_to_its_operator_and_to_one_command(alice: Operator, bob: Operator) -> None:
    mine = submit(alice, "call", {"to": "202"}, intent="press-1")
    assert submit(bob, "call", {"to": "202"}, intent="press-1").key != mine.key
    assert refusal(alice, "call", {"to": "301"}, intent="press-1").code == "bad_arguments"
    assert refusal(alice, "hangup", {"call": "call-Support"}, intent="press-1").code == "bad_arguments"


@pytest.mark.parametrize("intent", [None, 7, ["x"], "x" * 501, "a\x00", "\ud800"])
def test_an_intent_of_a_wrong_kind_is_refused(alice: Operator, intent: Any) -> None:
    assert refusal(alice, "call", {"to": "202"}, intent=intent).code == "bad_arguments"


@pytest.mark.parametrize("state", ["pending", "sent"])
def test_a_double_click_is_one_command(alice: Operator, state: str) -> None:
    first = submit(alice, "call", {"to": "+48 600"}, intent="tab-1")
    Command.objects.update(state=state)
    assert submit(alice, "call", {"to": "+48-600"}, intent="tab-2").key == first.key
    assert submit(alice, "call", {"to": "+48600"}).key == first.key
    assert Command.objects.count() == 1


def test_two_presses_of_a_tone_are_two_tones_and_one_press_sent_twice_is_one(alice: Operator) -> None:
    args = {"call": "call-Support", "digits": "1"}
    first = submit(alice, "dtmf", args, intent="press-1")
    assert submit(alice, "dtmf", args, intent="press-1").key == first.key
    assert submit(alice, "dtmf", args, intent="press-2").key != first.key


@pytest.mark.parametrize("state", ["done", "failed", "unknown"])
def test_what_has_ended_can_be_given_again(alice: Operator, state: str) -> None:
    first = submit(alice, "call", {"to": "202"})
    Command.objects.update(state=state)
    assert submit(alice, "call", {"to": "202"}).key != first.key


def test_what_was_never_begun_in_time_does_not_block_a_new_one(alice: Operator) -> None:
    first = submit(alice, "call", {"to": "202"})
    Command.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert submit(alice, "call", {"to": "202"}).key != first.key


def test_what_a_dead_worker_left_behind_does_not_block_a_new_one(alice: Operator) -> None:
    first = submit(alice, "call", {"to": "202"})
    Command.objects.update(state="sent", created_at=timezone.now() - timedelta(minutes=3))
    assert submit(alice, "call", {"to": "202"}).key != first.key


def test_equal_commands_of_two_operators_are_two(alice: Operator, bob: Operator) -> None:
    assert submit(alice, "hangup", {"call": "call-Sales"}).key != submit(bob, "hangup", {"call": "call-Sales"}).key


def test_nobody_can_heap_up_commands(alice: Operator, bob: Operator) -> None:
    for number in range(MOST_OPEN):
        submit(alice, "call", {"to": f"05{number}"})
    assert refusal(alice, "call", {"to": "202"}).code == "too_many"
    assert submit(bob, "call", {"to": "202"}).state == "pending"
    Command.objects.filter(operator=alice).update(state="done")
    assert submit(alice, "call", {"to": "202"}).state == "pending"


def test_commands_that_a_dead_worker_left_behind_do_not_lock_their_operator_out(alice: Operator) -> None:
    for number in range(MOST_OPEN):
        submit(alice, "call", {"to": f"05{number}"})
    Command.objects.update(state="sent", created_at=timezone.now() - timedelta(minutes=3))
    assert submit(alice, "call", {"to": "202"}).state == "pending"


def test_the_log_of_years_is_not_read_at_every_press(
    alice: Operator, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(20) as queries:
        submit(alice, "transfer", {"call": "call-Support", "to": "202"})
    of_commands = [query["sql"] for query in queries.captured_queries if 'FROM "commands_command"' in query["sql"]]
    assert of_commands
    plan = " ".join(str(row) for sql in of_commands for row in explain(sql))
    assert "SCAN commands_command" not in plan
    assert "command_of_operator" in plan


def explain(sql: str) -> list[tuple[object, ...]]:
    if connection.vendor != "sqlite":
        pytest.skip("the plan is read from SQLite")
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        rows: list[tuple[object, ...]] = cursor.fetchall()
    return rows
