"""Read from the source: bytes for Asterisk are made in one place and written in one place."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest


ROOT = Path(__file__).resolve().parents[2]
WORKER = ROOT / "ami_worker"
DEMO = WORKER / "demo"  # the other side of the wire: it answers, and sends no actions
WRITES = {"write", "writelines", "sendall", "sendto", "sendmsg", "sock_sendall", "sock_sendto", "send_bytes"}
WRITER = Path("ami/connection.py")
WEBHOOKS = Path("webhooks.py")  # its line leads to the web and never to Asterisk
CONSTRUCTORS = Path("ami/actions")


def sources() -> Iterator[tuple[Path, ast.Module]]:
    for file in sorted(WORKER.rglob("*.py")):
        if DEMO not in file.parents and file != WORKER / WEBHOOKS:
            yield file.relative_to(WORKER), ast.parse(file.read_text())


def calls(tree: ast.Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def called(call: ast.Call) -> str:
    return ast.unparse(call.func)


def test_only_the_session_writes_to_a_transport_and_in_one_place() -> None:
    places = [
        (str(file), called(call))
        for file, tree in sources()
        for call in calls(tree)
        if isinstance(call.func, ast.Attribute) and call.func.attr in WRITES and not is_a_terminal(call)
    ]
    assert places == [(str(WRITER), "transport.write")]


def is_a_terminal(call: ast.Call) -> bool:
    """`self.stdout.write` of a management command is for people."""
    return called(call).startswith(("self.stdout.", "self.stderr.", "sys.stdout.", "sys.stderr."))


def test_what_the_session_writes_comes_from_encode_alone() -> None:
    tree = ast.parse((WORKER / WRITER).read_text())
    assert [called(call) for call in calls(tree)].count("encode") == 1
    encoders = [str(file) for file, tree in sources() for call in calls(tree) if called(call).split(".")[-1] == "encode"
                and isinstance(call.func, ast.Name)]  # fmt: skip
    assert encoders == [str(WRITER)]


def test_nobody_opens_a_connection_beside_the_session() -> None:
    openers = {"open_connection", "create_connection", "sock_connect", "open_unix_connection", "start_tls"}
    places = {str(file) for file, tree in sources() for call in calls(tree) if called(call).split(".")[-1] in openers}
    assert places == {"ami/dial.py"}


@pytest.mark.parametrize("name", ["Action"])
def test_actions_are_made_by_their_constructors_alone(name: str) -> None:
    places = {
        str(file)
        for file, tree in sources()
        for call in calls(tree)
        if called(call).split(".")[-1] == name and CONSTRUCTORS not in file.parents
    }
    assert places == set()


def test_tls_is_never_unverified() -> None:
    for file, tree in sources():
        text = ast.unparse(tree)
        for word in ("CERT_NONE", "_create_unverified_context", "check_hostname"):
            assert word not in text, f"{file} mentions {word}"
