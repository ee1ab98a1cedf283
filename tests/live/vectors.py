"""Makes `tests/wire/*.json`: frames as the server sends them, and what every client must make of them.

`python -m tests.live.vectors` writes the files; test_vectors.py fails when they are not what would be written.
`static/panel/js/store.js` is tested with the same files in a browser (tests/js/vectors.js). A file is a list of
vectors:

* `name`: a sentence;
* `frames`: as they come;
* `expected`: `applied` says of each frame whether it could be folded in (if not, the client asks for a snapshot);
  `epoch`, `seq` and `rows` (lists by kind, sorted by key, kinds without rows left out) are the state at the end.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import django


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "panel.settings")
    django.setup()

from panel.live.picture import Delta, Entry, Picture
from panel.live.visibility import Audience
from panel.live.wire import Entity, Patch, encode
from panel.vocabulary import Kind
from tests.live.reducer import Reducer
from tests.live.worker import Write, call, command, extension, gone, pbx


FOLDER = Path(__file__).resolve().parents[1] / "wire"
NOW = "2026-11-22T10:42:07.123Z"
Frame = dict[str, Any]
Vector = dict[str, Any]

AUDIENCES = {
    "supervisor": Audience(None, True, "carol"),
    "receptionist": Audience(None, False, "alice"),
    "sales": Audience(frozenset({"Sales"}), False, "bob"),
}


def vector(name: str, frames: Iterable[Frame]) -> Vector:
    reducer = Reducer()
    frames = list(frames)
    applied = []
    for frame in frames:
        reducer.apply(frame)
        applied.append(not reducer.is_lost)
    rows = {
        kind: sorted(of_kind.values(), key=lambda row: row["key"].encode("utf-16-be", "surrogatepass"))
        for kind, of_kind in reducer.shown().items()
    }
    seq = reducer.seq if reducer.epoch is not None else None
    expected = {"applied": applied, "epoch": reducer.epoch, "seq": seq, "rows": rows}
    return {"name": name, "frames": frames, "expected": expected}


def entries(writes: Iterable[Write]) -> dict[Entity, Entry | None]:
    return {
        (each.kind.value, each.key): None if each.row is None else Entry(frozenset(each.groups), encode(each.row))
        for each in writes
    }


class Board:
    """A picture that says what one operator is sent about it."""

    def __init__(self, audience: Audience, *writes: Write, epoch: str = "7-4f1c", seq: int = 100) -> None:
        self.audience = audience
        self.picture = Picture(epoch, seq, {entity: entry for entity, entry in entries(writes).items() if entry})

    def snapshot(self) -> list[Frame]:
        shared = self.picture.shared(self.audience.shared)
        return [json.loads(text) for text in self.picture.snapshot(self.audience, shared).texts(NOW)]

    def step(self, *writes: Write) -> Patch:
        since = self.picture.seq
        delta = self.picture.apply(since + len(writes), entries(writes))
        return self.picture.patch(since, self._seen(delta))

    def write(self, *writes: Write) -> list[Frame]:
        return [json.loads(text) for text in self.step(*writes).texts]

    def _seen(self, delta: Delta) -> dict[Entity, str | None]:
        changes = delta.for_all(self.audience.shared)
        if not self.audience.sees_all_commands:
            changes |= delta.personal().get(self.audience.operator, {})
        return changes


def story(choice: random.Random, length: int) -> Iterator[list[Write]]:
    for _ in range(length):
        yield [_write(choice) for _ in range(choice.randrange(1, 4))]


def _write(choice: random.Random) -> Write:
    number = str(choice.randrange(200, 206))
    groups = choice.sample(["Sales", "Support"], choice.randrange(3))
    match choice.randrange(7):
        case 0 | 1:
            return extension(number, choice.choice(["Sales", "Support", ""]), choice.choice(["idle", "ringing", "dnd"]))
        case 2:
            return gone(Kind.EXTENSION, number)
        case 3:
            return call(f"{number}.1", *groups, state=choice.choice(["ringing", "talking", "held"]))
        case 4:
            return gone(Kind.CALL, f"{number}.1")
        case 5:
            name = choice.choice(["alice", "bob", "carol"])
            return command(f"of-{name}", name, choice.choice(["pending", "sent", "done"]), created_at=NOW)
        case _:
            return pbx(drift=choice.randrange(9), link=choice.choice(["live", "stale"]))


def start() -> tuple[Write, ...]:
    return (pbx(), extension("201", "Sales"), extension("202", "Sales"), call("1.1", "Sales"))


def stories() -> Iterator[Vector]:
    """Longer ones, as three people see them."""
    for name, audience in AUDIENCES.items():
        choice = random.Random("a busy minute")
        board = Board(audience, pbx(), *(extension(str(number), "Sales") for number in range(200, 203)))
        frames = board.snapshot()
        for writes in story(choice, 40):
            frames += board.write(*writes)
        yield vector(f"a busy minute as seen by: {name}", frames)


def faults() -> Iterator[Vector]:
    """What does not fit."""
    alice = AUDIENCES["receptionist"]
    rings = extension("201", "Sales", "ringing")
    board = Board(alice, *start())
    first, second, third = board.snapshot(), board.write(rings), board.write(gone(Kind.CALL, "1.1"))
    fourth, again = board.write(extension("203")), board.snapshot()
    fifth = board.write(extension("204"))
    yield vector("a patch is lost: none fits until the next snapshot", [*first, *third, *fourth, *again, *fifth])
    yield vector("a patch is lost and no snapshot has come yet", [*first, *third, *fourth])
    yield vector("a patch comes twice", [*first, *second, *second, *third, *again, *fifth])
    yield vector("two patches come the wrong way round", [*first, *third, *second, *again])
    yield vector("patches before the first snapshot mean nothing", [*second, *third, *again])
    other = Board(alice, pbx(), extension("201", "Sales"), epoch="8-99aa", seq=5)
    foreign = {**second[0], "epoch": "8-99aa"}
    yield vector(
        "a patch of a new epoch is not for this picture, even if its seq fits",
        [*first, foreign, *third, *other.snapshot(), *other.write(rings)],
    )
    yield vector(
        "of what was there before a snapshot that nobody asked for nothing remains",
        [*first, *other.snapshot(), *other.write(gone(Kind.EXTENSION, "201"))],
    )


def shapes() -> Iterator[Vector]:
    """Frames that fit and look unusual."""
    alice = AUDIENCES["receptionist"]
    rings = extension("201", "Sales", "ringing")
    board = Board(alice, *start())
    yield vector(
        "a patch that changes nothing is a heartbeat",
        [*board.snapshot(), *board.write(), *board.write(), *board.write(rings)],
    )
    board = Board(alice, *start())
    frames = board.snapshot()
    merged = board.step(rings, extension("203"))
    merged = merged.then(board.step(gone(Kind.EXTENSION, "203"), extension("202", "Board")))
    frames += [json.loads(text) for text in merged.texts]
    yield vector(
        "what a slow client missed comes as one patch, which may delete what it never had",
        [*frames, *board.write(call("2.2"))],
    )
    [whole] = Board(alice, *start()).snapshot()
    extensions = whole["rows"]["extension"]
    part = {**whole, "rows": {**whole["rows"], "extension": extensions[:1]}}
    stays = {"type": "patch", "epoch": whole["epoch"], "since": whole["seq"], "seq": whole["seq"]}
    yield vector(
        "what a snapshot has no room for follows as a patch that stays at its seq",
        [part, {**stays, "set": {"extension": extensions[1:]}, "del": {}}],
    )
    odd = ["Zoë", "<img src=x onerror=alert(1)>", "\u202egnp.exe", "\U0001f600", "{{7*7}}", "__proto__", "constructor"]
    board = Board(alice, pbx())
    frames = [*board.snapshot(), *board.write(*(extension(name, name=name) for name in odd))]
    yield vector(
        "names and keys are data, whatever is in them",
        [*frames, *board.write(gone(Kind.EXTENSION, "__proto__"), gone(Kind.EXTENSION, "toString"))],
    )


def texts() -> dict[str, str]:
    """File name -> content."""
    files = {"stories.json": stories(), "faults.json": faults(), "shapes.json": shapes()}
    return {name: json.dumps(list(made), indent=1) + "\n" for name, made in files.items()}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, content in texts().items():
        (FOLDER / name).write_text(content, encoding="ascii")
