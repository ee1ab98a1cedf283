"""Actions and their answers, and what is said when there is none."""

from __future__ import annotations

import asyncio

import pytest

from ami_worker.ami import actions
from ami_worker.ami.connection import Closed, InvalidValue, NoReply, NotSent, Session
from ami_worker.ami.protocol import Message
from tests.ami.helpers import PATIENT, names, outcome
from tests.ami.server import AmiServer, Client, Fields, message, silence


async def test_each_action_gets_its_own_answer_whatever_the_order(server: AmiServer, session: Session) -> None:
    held: list[Fields] = []

    async def hold(client: Client, action: Fields) -> None:
        held.append(action)
        if len(held) == 20:
            for each in reversed(held):
                await client.respond(each, Variable=each["Variable"])

    server.answers["Getvar"] = hold
    async with asyncio.timeout(5):
        answers = await asyncio.gather(*(session.send(actions.getvar(f"V{number}")) for number in range(20)))
    assert [answer.get("Variable") for answer in answers] == [f"V{number}" for number in range(20)]
    ids = {action["ActionID"] for action in held}
    assert len(ids) == 20
    assert all(len(action_id) <= 22 for action_id in ids)


async def test_an_error_is_an_answer_with_asterisks_reason(server: AmiServer, session: Session) -> None:
    answer = await session.send(actions.hangup("PJSIP/201-00000001"))
    assert not answer.ok
    assert answer.reason == "Invalid/unknown command: Hangup."


async def test_no_answer_means_that_the_outcome_is_unknown_and_nothing_is_sent_again(
    server: AmiServer, session: Session
) -> None:
    server.answers["Hangup"] = silence
    with pytest.raises(NoReply, match=r"did not answer Hangup within 0\.05 s\. It is not known"):
        await session.send(actions.hangup("PJSIP/201-00000001"), timeout=0.05)
    assert (await session.send(actions.ping())).ok
    assert [action["Action"] for action in server.client.actions].count("Hangup") == 1


async def test_an_answer_that_comes_too_late_is_an_orphan_and_disturbs_nobody(
    server: AmiServer, session: Session, heard: list[Message]
) -> None:
    server.answers["Hangup"] = silence
    with pytest.raises(NoReply):
        await session.send(actions.hangup("PJSIP/201-00000001"), timeout=0.05)
    await server.client.respond(server.client.actions[-1])
    assert (await session.send(actions.ping())).get("Ping") == "Pong"
    assert session.orphans == 1
    assert names(heard) == ["FullyBooted"]


async def test_a_second_answer_is_an_orphan(server: AmiServer, session: Session) -> None:
    async def twice(client: Client, action: Fields) -> None:
        await client.respond(action, Number="1")
        await client.respond(action, "Error", Number="2")

    server.answers["CoreStatus"] = twice
    assert (await session.send(actions.core_status())).get("Number") == "1"
    assert (await session.send(actions.ping())).ok
    assert session.orphans == 1


async def test_an_answer_with_a_foreign_action_id_answers_nothing(server: AmiServer, session: Session) -> None:
    async def mislabelled(client: Client, action: Fields) -> None:
        await client.respond(action | {"ActionID": "1-forged"}, Message="forged")
        await client.send(message(("Response", "Success"), Message="no id at all"))
        await client.respond(action, Message="real")

    server.answers["CoreStatus"] = mislabelled
    assert (await session.send(actions.core_status())).reason == "real"
    assert session.orphans == 2


async def test_originate_response_is_news_even_when_it_overtakes_the_answer(
    server: AmiServer, session: Session, heard: list[Message]
) -> None:
    async def originate(client: Client, action: Fields) -> None:
        await client.event("OriginateResponse", ActionID=action["ActionID"], Response="Failure", Reason="5")
        await client.respond(action, Message="Originate successfully queued")

    server.answers["Originate"] = originate
    answer = await session.send(actions.originate("PJSIP/201", "cordboard-call", "300", channel_id="cb-1"))
    assert answer.reason == "Originate successfully queued"
    assert names(heard) == ["FullyBooted", "OriginateResponse"]


async def test_an_action_whose_connection_breaks_has_an_unknown_outcome(server: AmiServer, session: Session) -> None:
    async def cut(client: Client, action: Fields) -> None:
        client.cut()

    server.answers["Hangup"] = cut
    with pytest.raises(NoReply, match="It is not known"):
        await session.send(actions.hangup("PJSIP/201-00000001"))
    assert session.is_closed


async def test_an_action_on_a_session_that_is_over_was_not_sent(server: AmiServer, session: Session) -> None:
    server.client.cut()
    assert await session.wait_closed(timeout=5)
    with pytest.raises(Closed, match="Ping was not sent"):
        await session.send(actions.ping())
    with pytest.raises(Closed):
        await session.list(actions.queue_status())


async def test_a_value_that_must_not_be_sent_reaches_nobody(server: AmiServer, session: Session) -> None:
    before = server.client.raw
    evil = actions.Action("Ping", (("X", "a\r\n\r\nAction: Originate"),))
    with pytest.raises(InvalidValue):
        await session.send(evil)
    assert (await session.send(actions.ping())).ok
    assert server.client.raw.removeprefix(before).count(b"Action: ") == 1


async def test_an_asterisk_that_stops_reading_gets_no_more_actions_put_on_the_pile(server: AmiServer) -> None:
    enough = asyncio.Event()

    async def stop_reading(client: Client, action: Fields) -> None:
        await enough.wait()

    server.answers["Ping"] = stop_reading
    session = await Session.open(server.url(), timeouts=PATIENT)
    big = actions.Action("Setvar", tuple(("Value", "x" * 800) for _ in range(50)))
    async with asyncio.TaskGroup() as tasks:
        sent = [tasks.create_task(outcome(session.send(actions.ping(), timeout=60)))]
        while not any(task.done() for task in sent):
            assert len(sent) < 5000
            sent.append(tasks.create_task(outcome(session.send(big, timeout=60))))
            await asyncio.sleep(0)
        refused = [task.result() for task in sent if task.done()]
        assert isinstance(refused[0], NotSent)
        assert "does not take in" in str(refused[0])
        enough.set()
        server.client.cut()
    outcomes = [task.result() for task in sent]
    assert {type(outcome) for outcome in outcomes} == {NotSent, NoReply}
    assert session.is_closed
