"""Number rules, asked for over the socket of a real server."""

from __future__ import annotations

from django.contrib.auth.models import Group

from panel.accounts.models import NumberRule
from panel.commands.models import Command
from tests.live.client import opened
from tests.live.conftest import log_in, operator
from tests.live.server import Server
from tests.live.worker import Worker, call, extension, pbx


async def test_a_number_that_a_rule_forbids_is_refused_with_its_note_from_the_next_command_on(
    daphne: Server, worker: Worker
) -> None:
    worker.write(pbx(), extension("201"), call("1.1"))
    async with opened(daphne, log_in(operator("alice", extension="201"))) as alice:
        await alice.subscribe()
        premium = {"to": "0900 123"}
        answer = await alice.ask("command", name="call", args=premium)
        assert answer["success"] is True
        rule = NumberRule.objects.create(pattern="_0900.", note="Premium numbers")
        rule.groups.add(Group.objects.get(name="receptionist"))
        for name, args in (("call", {"to": "0900124"}), ("transfer", {"call": "1.1", **premium})):
            answer = await alice.ask("command", name=name, args=args)
            assert answer["error"] == {
                "code": "not_allowed",
                "message": "A number rule says that this number may not be dialled: Premium numbers.",
            }
        assert "A command of alice is refused (not_allowed): A number rule says" in daphne.log.read_text()
        rule.groups.set([Group.objects.get(name="supervisor")])
        answer = await alice.ask("command", name="call", args={"to": "0900124"})
        assert answer["success"] is True
    assert [each.args["to"] for each in Command.objects.order_by("created_at")] == ["0900123", "0900124"]
