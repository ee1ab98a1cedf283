"""`tests/wire/*.json` are what the server's code makes today."""

from __future__ import annotations

import json

import pytest

from tests.live.vectors import AUDIENCES, FOLDER, stories, texts


TEXTS = texts()


@pytest.mark.parametrize("name", TEXTS)
def test_the_vectors_are_up_to_date(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="ascii") == TEXTS[name], "run: python -m tests.live.vectors"


def test_there_are_no_other_files() -> None:
    assert {file.name for file in FOLDER.iterdir()} == set(TEXTS)


def test_the_stories_exercise_sets_and_deletes_and_lose_nothing() -> None:
    made = list(stories())
    assert len(made) == len(AUDIENCES)
    for vector in made:
        patches = vector["frames"][1:]
        assert all(vector["expected"]["applied"])
        assert any(patch["set"] for patch in patches)
        assert any(patch["del"] for patch in patches)


def test_the_faults_are_noticed() -> None:
    faults = json.loads(TEXTS["faults.json"])
    assert [vector["name"] for vector in faults if all(vector["expected"]["applied"])] == [
        "of what was there before a snapshot that nobody asked for nothing remains"
    ]
