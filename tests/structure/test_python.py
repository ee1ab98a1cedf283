"""What Debian's own Python (3.11.2) does otherwise than the Pythons after it is not used."""

from __future__ import annotations

import ast
from pathlib import Path


ROOT = Path(__file__).resolve().parents[2]
PARTS = ("panel", "ami_worker", "benchmarks", "tests")


def test_no_except_star() -> None:
    """What is raised in one arrives in a group there, and as itself in 3.11.7: a worker ended by it."""
    files = [file for part in PARTS for file in (ROOT / part).rglob("*.py")]
    nodes = [(file, node) for file in files for node in ast.walk(ast.parse(file.read_text()))]
    assert len(files) > 500
    assert [file for file, node in nodes if isinstance(node, ast.TryStar)] == []
