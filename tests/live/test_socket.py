"""The socket's contract, spoken to a real server."""

from __future__ import annotations

from panel.vocabulary import Kind
from tests.live.client import opened
from tests.live.conftest import log_in, operator
from tests.live.server import Server
from tests.live.worker import Worker, extension, gone


async def test_a_subscriber_gets_a_result_then_a_snapshot_then_patches(server: Server, worker: Worker) -> None:
    worker.write(extension("201", "Sales"))
    async with opened(server, log_in(operator("alice"))) as alice:
        await alice.subscribe()
        assert [frame["type"] for frame in alice.frames] == ["result", "snapshot"]
        assert alice.frames[0]["success"] is True
        snapshot = alice.frames[1]
        assert set(snapshot["rows"]) == {kind.value for kind in Kind}
        assert [row["key"] for row in snapshot["rows"]["extension"]] == ["201"]

        seq = worker.write(extension("201", "Sales", "ringing"), extension("202", "Sales"))
        await alice.until_seq(seq)
        assert alice.row("extension", "201")["state"] == "ringing"  # type: ignore[index]
        seq = worker.write(gone(Kind.EXTENSION, "202", ["Sales"]))
        await alice.until_seq(seq)
        assert alice.row("extension", "202") is None
        assert alice.reducer.resyncs == 0
