"""The socket's contract, spoken to a real server."""

from __future__ import annotations

import asyncio
import json
import re
import time
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed

from panel.commands.models import Command
from panel.vocabulary import Kind, seconds
from tests.live.client import Client, opened
from tests.live.conftest import log_in, operator
from tests.live.server import Server
from tests.live.worker import Worker, call, command, extension, gone


async def test_a_subscriber_gets_a_result_then_a_snapshot_then_patches(server: Server, worker: Worker) -> None:
    worker.write(extension("201", "Sales"))
    cookie = log_in(operator("alice"))
    async with opened(server, cookie) as other, opened(server, cookie) as alice:
        await other.subscribe()  # now the server knows what this test has written
        snapshot = await alice.subscribe()
        assert [frame["type"] for frame in alice.frames] == ["result", "snapshot"]
        result = alice.frames[0].pop("result")
        assert alice.frames[0] == {"type": "result", "id": 1, "success": True}
        assert result.keys() == {"operator", "version"}
        assert result["operator"] == "alice"
        assert re.fullmatch("[0-9a-f]{16}", result["version"])
        assert set(snapshot["rows"]) == {kind.value for kind in Kind}
        assert [row["key"] for row in snapshot["rows"]["extension"]] == ["201"]
        assert abs(seconds(snapshot["now"]) - time.time()) < 5

        seq = worker.write(extension("201", "Sales", "ringing"), extension("202", "Sales"))
        await alice.until_seq(seq)
        assert alice.row("extension", "201")["state"] == "ringing"  # type: ignore[index]
        seq = worker.write(gone(Kind.EXTENSION, "202", ["Sales"]))
        await alice.until_seq(seq)
        assert alice.row("extension", "202") is None
        assert alice.reducer.resyncs == 0


async def test_with_nothing_to_say_a_patch_comes_every_two_seconds(daphne: Server, worker: Worker) -> None:
    async with opened(daphne, log_in(operator("alice"))) as alice:
        snapshot = await alice.subscribe()
        times = []
        for _ in range(3):
            assert await alice.receive(timeout=4) == {
                "type": "patch",
                "epoch": snapshot["epoch"],
                "since": snapshot["seq"],
                "seq": snapshot["seq"],
                "set": {},
                "del": {},
            }
            times.append(time.monotonic())
        assert 1.5 < times[1] - times[0] < 3
        assert 1.5 < times[2] - times[1] < 3


async def test_a_change_is_there_within_a_fraction_of_a_second(server: Server, worker: Worker) -> None:
    async with opened(server, log_in(operator("alice"))) as alice:
        await alice.subscribe()
        began = time.monotonic()
        await alice.until_seq(worker.write(extension("201")))
        assert time.monotonic() - began < 1


async def test_a_ping_is_answered_with_the_servers_time(server: Server, worker: Worker) -> None:
    async with opened(server, log_in(operator("alice"))) as alice:
        answer = await alice.ask("ping")
        assert answer["success"] is True
        assert answer["result"]["pong"] is True
        assert abs(seconds(answer["result"]["now"]) - time.time()) < 5


async def test_subscribing_again_gives_a_new_snapshot(server: Server, worker: Worker) -> None:
    worker.write(extension("201"))
    async with opened(server, log_in(operator("alice"))) as alice:
        await alice.subscribe()
        shown = alice.reducer.shown()
        await alice.subscribe()
        assert alice.reducer.shown() == shown
        await alice.until_seq(worker.write(extension("202")))
        assert set(alice.reducer.rows["extension"]) == {"201", "202"}
        assert alice.reducer.resyncs == 0


# --- case 30: whatever a client believes to know, it is given a snapshot ---------------------------------------------


@pytest.mark.parametrize("belief", [{"seq": 0}, {"seq": 10**12}, {"epoch": "of yesterday", "seq": -1}, {"since": [{}]}])
async def test_a_client_that_believes_odd_things_is_given_a_snapshot(
    server: Server, worker: Worker, belief: dict[str, object]
) -> None:
    seq = worker.write(extension("201"))
    async with opened(server, log_in(operator("alice"))) as alice:
        await alice.subscribe()
        await alice.request("subscribe", **belief)
        snapshot = await alice.until(lambda frame: frame["type"] == "snapshot")
        assert snapshot["seq"] == seq
        await alice.until_seq(worker.write(extension("202")))


# --- case 31: frames lost, doubled or swapped on the way ------------------------------------------------------------


@pytest.mark.parametrize("order", [[1], [0, 0, 1], [1, 0]], ids=["lost", "doubled", "swapped"])
async def test_a_patch_that_is_lost_doubled_or_swapped_is_noticed_and_made_good(
    daphne: Server, worker: Worker, order: list[int]
) -> None:
    async with opened(daphne, log_in(operator("alice"))) as alice:
        await alice.subscribe()
        patches = []
        for number in (201, 202):
            seq = worker.write(extension(str(number)))
            while not patches or patches[-1]["seq"] < seq:
                patches.append(json.loads(await alice.connection.recv()))
        patches = [patch for patch in patches if patch["set"]]
        assert len(patches) == 2
        noticed = [alice.reducer.apply(patches[index]) for index in order]
        assert sum(noticed) == 1
        await alice.subscribe()
        assert set(alice.reducer.rows["extension"]) == {"201", "202"}
        assert alice.reducer.resyncs == 1
        await alice.until_seq(worker.write(extension("203")))
        assert alice.reducer.resyncs == 1


# --- case 25: frames that are none ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("frame", "codes"),
    [
        (b'{"id":1,"type":"subscribe"}', {4400}),
        ("{", {4400}),
        ("[]", {4400}),
        ('{"type":"subscribe"}', {4400}),
        ('{"type":"ack","seq":"x"}', {4400}),
        ("[" * 40_000, {4400}),
        ('{"id":1,"type":"ping","x":"' + "x" * 70_000 + '"}', {4400}),
        ('{"id":1,"type":"ping","x":"' + "x" * 2_000_000 + '"}', {1009, None}),  # Daphne cuts the connection
    ],
    ids=["binary", "no JSON", "no object", "no id", "bad ack", "deep", "70 KB", "2 MB"],
)
async def test_what_is_no_frame_closes_this_socket_and_no_other(
    server: Server, worker: Worker, frame: str | bytes, codes: set[int | None]
) -> None:
    alice, bob = log_in(operator("alice")), log_in(operator("bob"))
    async with opened(server, alice) as bad, opened(server, alice) as same_person, opened(server, bob) as other:
        await same_person.subscribe()
        await other.subscribe()
        with suppress(ConnectionClosed):  # a large one may be cut off in the middle
            await bad.connection.send(frame)
        assert await bad.closed() in codes
        seq = worker.write(extension("201"))
        await same_person.until_seq(seq)
        await other.until_seq(seq)


async def test_too_many_frames_close_this_socket_and_no_other(server: Server, worker: Worker) -> None:
    cookie = log_in(operator("alice"))
    async with opened(server, cookie) as bad, opened(server, cookie) as good:
        await good.subscribe()
        with suppress(ConnectionClosed):
            for _ in range(1000):
                await bad.request("ping")
        assert await bad.closed() == 4429
        await good.until_seq(worker.write(extension("201")))


async def test_forty_frames_at_once_are_all_answered(daphne: Server, worker: Worker) -> None:
    async with opened(daphne, log_in(operator("alice"))) as alice:
        ids = [await alice.request("ping") for _ in range(40)]
        for id in ids:
            assert (await alice.receive())["id"] == id


async def test_a_client_may_acknowledge_every_patch_of_a_busy_hour(server: Server, worker: Worker) -> None:
    async with opened(server, log_in(operator("alice"))) as alice:
        await alice.subscribe()
        for _ in range(3):
            for _ in range(80):
                await alice.send(type="ack", seq=alice.reducer.seq)
            await asyncio.sleep(1)
        assert (await alice.ask("ping"))["success"] is True


async def test_an_unknown_type_is_an_error_and_the_socket_goes_on(server: Server, worker: Worker) -> None:
    async with opened(server, log_in(operator("alice"))) as alice:
        answer = await alice.ask("shutdown")
        assert answer["success"] is False
        assert answer["error"]["code"] == "unknown_type"
        assert answer["error"]["message"]
        await alice.subscribe()


@pytest.mark.parametrize("second", [5, 4, 0])
async def test_ids_must_grow(daphne: Server, worker: Worker, second: int) -> None:
    async with opened(daphne, log_in(operator("alice"))) as alice:
        await alice.send(id=5, type="ping")
        await alice.send(id=second, type="ping")
        await alice.send(id=6, type="ping")
        answers = [await alice.receive() for _ in range(3)]
        assert [(answer["id"], answer["success"]) for answer in answers] == [(5, True), (second, False), (6, True)]
        assert answers[1]["error"]["code"] == "bad_id"


async def test_a_socket_that_never_subscribes_is_closed(daphne: Server, worker: Worker) -> None:
    async with opened(daphne, log_in(operator("alice"))) as alice:
        began = time.monotonic()
        await alice.ask("ping")
        assert await alice.closed(timeout=15) == 4400
        assert 9 < time.monotonic() - began < 13


# --- commands -------------------------------------------------------------------------------------------------------


def rows_of(client: Client) -> list[str]:
    return [row["state"] for frame in client.frames for row in frame.get("set", {}).get("command", [])]


async def test_a_command_is_accepted_and_its_outcome_reaches_every_tab_of_its_operator(
    server: Server, worker: Worker
) -> None:
    worker.write(extension("201"), extension("202"))
    cookie = log_in(operator("alice", extension="201"))
    async with opened(server, cookie) as one, opened(server, cookie) as other:
        await one.subscribe()
        await other.subscribe()
        answer = await one.ask("command", name="call", args={"to": "202"})
        assert answer["success"] is True
        key = answer["result"]["command"]
        assert answer["result"] == {"command": key, "state": "pending"}
        assert Command.objects.get(key=key).operator_key == "alice"
        for tab in (one, other):
            await tab.until_shown(lambda shown: key in shown.rows.get("command", {}))
            assert tab.row("command", key)["state"] == "pending"  # type: ignore[index]
        done = worker.write(command(key, "alice", "sent"), command(key, "alice", "done", text="202 answered."))
        for tab in (one, other):
            await tab.until_seq(done)
            assert tab.row("command", key)["state"] == "done"  # type: ignore[index]
            assert tab.reducer.resyncs == 0


async def test_a_refused_command_says_why(server: Server, worker: Worker) -> None:
    worker.write(extension("201"), call("1.1", "Sales"))
    async with opened(server, log_in(operator("bob", extension="201", departments=["Support"]))) as bob:
        await bob.subscribe()
        for name, args, code in [
            ("nonsense", {}, "unknown_command"),
            ("hangup", {"call": "1.1"}, "gone"),
            ("hangup", {"call": "1.1", "Application": "System"}, "bad_arguments"),
            ("hangup", 5, "bad_arguments"),
            ("call", {"to": "202\r\nAction: Command"}, "bad_arguments"),
            (None, None, "unknown_command"),
        ]:
            answer = await bob.ask("command", name=name, args=args)
            assert (answer["success"], answer["error"]["code"]) == (False, code)
            assert answer["error"]["message"]
        answer = await bob.ask("command", name="call", args={"to": "202"}, Application="System")
        assert answer["error"]["code"] == "bad_arguments"
    assert not Command.objects.exists()


async def test_commands_of_one_socket_are_taken_in_as_they_came(daphne: Server, worker: Worker) -> None:
    numbers = [str(number) for number in range(300, 312)]
    worker.write(extension("201"), *map(extension, numbers))
    async with opened(daphne, log_in(operator("alice", extension="201"))) as alice:
        await alice.subscribe()
        ids = [await alice.request("command", name="call", args={"to": number}) for number in numbers]
        answered: list[int] = []
        while len(answered) < len(ids):
            frame = await alice.receive()
            if frame["type"] == "result":
                assert frame["success"] is True
                answered.append(frame["id"])
        assert answered == ids
    written = Command.objects.order_by("created_at").values_list("args", flat=True)
    assert [args["to"] for args in written] == numbers


async def test_the_same_intent_from_two_tabs_is_one_command(daphne: Server, worker: Worker) -> None:
    """Case 35, as far as the socket goes."""
    worker.write(extension("201"), extension("202"))
    cookie = log_in(operator("alice", extension="201"))
    async with opened(daphne, cookie) as one, opened(daphne, cookie) as other:
        await one.subscribe()
        await other.subscribe()
        order = {"name": "call", "args": {"to": "202"}, "intent": "press 1"}
        answers = await asyncio.gather(one.ask("command", **order), other.ask("command", **order))
        again = await one.ask("command", **order)
        assert {answer["result"]["command"] for answer in (*answers, again)} == {Command.objects.get().key}


async def test_commands_that_come_faster_than_they_can_be_written_are_refused_not_lost(
    daphne: Server, worker: Worker
) -> None:
    worker.write(extension("201"), extension("202"))
    async with opened(daphne, log_in(operator("alice", extension="201"))) as alice:
        await alice.subscribe()
        ids = {await alice.request("command", name="call", args={"to": "202"}) for _ in range(35)}
        answers = {}
        while ids - answers.keys():
            frame = await alice.receive()
            if frame["type"] == "result":
                answers[frame["id"]] = frame
        outcomes = {answer.get("error", {}).get("code", "accepted") for answer in answers.values()}
        assert outcomes <= {"accepted", "busy"}
    assert Command.objects.count() == 1
