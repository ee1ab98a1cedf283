"""T19: the database is asked through the ORM; where SQL is written out, nothing is put into it but by the driver."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest


ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(file for top in ("panel", "ami_worker") for file in (ROOT / top).rglob("*.py"))

MADE_OF_NAMES = {"ami_worker/statements.py": {"_delete", "_insert", "_upsert"}}
"""Functions that make SQL of nothing but a model's own table and columns."""


def calls(file: Path) -> list[tuple[str, ast.Call]]:
    tree = ast.parse(file.read_text())
    return [
        (node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", ""), node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
    ]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.relative_to(ROOT).as_posix())
def test_no_query_is_put_together_from_text(file: Path) -> None:
    for name, call in calls(file):
        assert name not in {"RawSQL", "extra", "raw"}, f"line {call.lineno}"
        if name in {"execute", "executemany"}:
            sql, made_of_names = call.args[0], MADE_OF_NAMES.get(file.relative_to(ROOT).as_posix(), set())
            is_made_of_names = isinstance(sql, ast.Call) and getattr(sql.func, "id", "") in made_of_names
            assert isinstance(sql, ast.Constant) or is_made_of_names, f"line {call.lineno}"
