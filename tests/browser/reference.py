"""Vectors: frames, and what the reference reducer (tests/live/reducer.py) makes of them.

The store in static/panel/js/store.js is held against them.
"""

from __future__ import annotations

import random
from typing import Any

from tests.live.reducer import Reducer


Frame = dict[str, Any]


def vector(name: str, frames: list[Frame]) -> dict[str, Any]:
    """Frames, and what is to come of them."""
    reducer = Reducer()
    applied = [not reducer.apply(frame) and not reducer.is_lost for frame in frames]
    rows = {kind: [by_key[key] for key in sorted(by_key)] for kind, by_key in reducer.shown().items()}
    seq = None if reducer.seq < 0 else reducer.seq
    expected = {"applied": applied, "epoch": reducer.epoch, "seq": seq, "rows": rows}
    return {"name": name, "frames": frames, "expected": expected}


def random_vector(seed: int) -> dict[str, Any]:
    """A life of a picture: patches that fit, some lost, doubled or of another epoch, and now and then a snapshot."""
    dice = random.Random(seed)
    frames: list[Frame] = []
    seq, epoch = 0, "a"
    for _ in range(30):
        what = dice.random()
        if what < 0.12 or not frames:
            epoch = dice.choice("ab")
            rows = {kind: [_row(dice, key) for key in "xyz" if dice.random() < 0.6] for kind in ("call", "queue")}
            seq = dice.randint(0, 50)
            frames.append(
                {"type": "snapshot", "epoch": epoch, "seq": seq, "now": "2026-01-01T00:00:00.000Z", "rows": rows}
            )
            continue
        if what < 0.2:
            frames.append(frames[-1])
            continue
        since = seq if what < 0.9 else seq + dice.choice([-1, 1])
        step = dice.choice([0, 1, 3])
        changes = {"call": [_row(dice, key) for key in "xyz" if dice.random() < 0.4]}
        gone = {"call": ["x"] if dice.random() < 0.2 else [], "queue": ["nobody", "y"] if dice.random() < 0.2 else []}
        patch_epoch = epoch if dice.random() < 0.95 else "c"
        frames.append(
            {"type": "patch", "epoch": patch_epoch, "since": since, "seq": since + step, "set": changes, "del": gone}
        )
        if since == seq and patch_epoch == epoch:
            seq += step
    return vector(f"seed {seed}", frames)


def _row(dice: random.Random, key: str) -> dict[str, Any]:
    return {
        "key": key,
        "n": dice.randint(0, 3),
        "list": [{"a": dice.randint(0, 1)}],
        "none": dice.choice([None, "", 0]),
    }
