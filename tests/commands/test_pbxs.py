"""Commands where there are two PBXs: which one a command is for, and how one reaches the other."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from ami_worker.intake import intent_of
from ami_worker.keys import Keys
from ami_worker.operations import Intent
from panel.accounts.models import Operator
from panel.accounts.roles import Role
from panel.commands.models import Command
from panel.commands.submit import Refused, submit
from panel.live.models import Extension
from panel.vocabulary import Kind
from tests.people import fresh, hold_lease, make_operator, put, put_extension, put_pbx, two_pbxs


pytestmark = pytest.mark.usefixtures("branch")


@pytest.fixture
def branch(office: None, settings: Settings) -> None:
    """A second PBX with a 201 and a 202 of its own, a call at the latter, a queue, a member and a waiting caller."""
    settings.PBXS = two_pbxs()
    put_pbx(pbx="branch")
    hold_lease("branch")
    for number in ("201", "202"):
        put_extension(number, "Support", key=f"branch/{number}", pbx="branch")
    parties = [{"key": "1.1", "extension": ""}, {"key": "1.2", "extension": "branch/202"}]
    about = {"state": "talking", "direction": "in", "parties": parties}
    put(Kind.CALL, "branch/1.1", ["Support"], pbx="branch", **about)
    put(Kind.QUEUE, "branch/support", ["Support"], pbx="branch")
    put(Kind.MEMBER, "branch/support/PJSIP/202", ["Support"], pbx="branch")
    put(Kind.CALLER, "branch/support/1.1", ["Support"], pbx="branch")


@pytest.fixture
def bea(branch: None) -> Operator:
    return make_operator("bea", Role.SUPERVISOR, extension="branch/201")


def sent(operator: Operator, name: str, **args: str) -> tuple[str, Intent]:
    """Which PBX the command is for, and what its worker makes of it."""
    command = Command.objects.get(key=submit(fresh(operator), name, args).key)
    return command.pbx, intent_of(command, Keys(command.pbx))


def refusal(operator: Operator, name: str, **args: str) -> tuple[str, str]:
    with pytest.raises(Refused) as caught:
        submit(fresh(operator), name, args)
    return caught.value.code, caught.value.message


def test_the_same_number_is_another_person_on_each(alice: Operator, bea: Operator) -> None:
    pbx, intent = sent(alice, "call", to="202")
    assert (pbx, intent.args["to"], intent.extension) == ("pbx", "202", "201")
    pbx, intent = sent(bea, "call", to="202")
    assert (pbx, intent.args["to"], intent.extension) == ("branch", "202", "201")
    assert sent(bea, "call", to="branch/202")[1].args["to"] == "202"


def test_a_command_goes_to_the_pbx_of_its_call_with_the_keys_known_there(alice: Operator, bea: Operator) -> None:
    pbx, intent = sent(alice, "transfer", call="branch/1.1", to="branch/201", party="1.2")
    assert (pbx, intent.args) == ("branch", {"call": "1.1", "to": "201", "party": "1.2"})
    assert intent.extension == ""  # her phone is not there, so nothing can come back to it
    pbx, intent = sent(bea, "agent_login", person="branch/202", queues="branch/support")
    assert (pbx, intent.args) == ("branch", {"person": "202", "queues": "support"})
    pbx, intent = sent(bea, "agent_pause", agent="branch/support/PJSIP/202", reason="Break")
    assert intent.args["agent"] == "support/PJSIP/202"


def test_a_transfer_to_the_other_pbx_goes_through_its_trunk_prefix(alice: Operator, bea: Operator) -> None:
    Extension.objects.filter(key="branch/201").update(name="Bea Test")
    pbx, intent = sent(alice, "transfer", call="call-Support", to="branch/201")
    assert (pbx, intent.args["to"], intent.to_name) == ("pbx", "8201", "Bea Test (201)")
    assert intent.may_dial_out  # a colleague is no outside number


def test_without_a_trunk_prefix_it_says_so_and_sends_nothing(bea: Operator) -> None:
    no_way = "They are on the PBX pbx, and no trunk prefix is set that leads there."
    assert refusal(bea, "transfer", call="branch/1.1", to="pbx/202") == ("bad_number", no_way)


def test_what_rings_the_own_phone_needs_it_on_that_pbx(alice: Operator) -> None:
    other = "This is on the PBX branch, and your phone is not."
    assert refusal(alice, "take", caller="branch/support/1.1") == ("bad_arguments", other)


def test_the_own_phone_is_known_by_every_name(alice: Operator, bea: Operator) -> None:
    assert refusal(alice, "call", to="pbx/201")[1] == "That is your own phone."
    assert refusal(bea, "call", to="201")[1] == "That is your own phone."


@pytest.mark.parametrize(
    ("name", "more"), [("camp", {"to": "202"}), ("enqueue", {"queue": "queue-Support"}), ("confer", {"room": "801"})]
)
def test_a_person_a_queue_or_a_room_of_another_pbx_is_refused(alice: Operator, name: str, more: dict[str, str]) -> None:
    assert refusal(alice, name, call="branch/1.1", **more)[0] == "bad_arguments"


def test_a_number_of_the_other_pbx_that_is_typed_is_one_of_this(bea: Operator) -> None:
    """301 is somebody on the first PBX; on the phones of the branch it is what its dialplan makes of it."""
    pbx, intent = sent(bea, "call", to="301")
    assert (pbx, intent.args["to"], intent.to_name) == ("branch", "301", "")


def test_a_pbx_that_is_away_refuses_and_the_other_goes_on(alice: Operator, bea: Operator) -> None:
    hold_lease("branch", seconds=-1)
    assert refusal(bea, "call", to="202")[0] == "not_connected"
    assert sent(alice, "call", to="202")[0] == "pbx"
