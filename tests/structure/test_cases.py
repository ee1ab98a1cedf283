"""The table of cases in tests/CASES.md names tests that exist, and each case has one."""

from __future__ import annotations

import ast
import re
from pathlib import Path


TESTS = Path(__file__).resolve().parents[1]
CASES = range(1, 51)
THREATS = {1, 2, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14, 15, 16, 19, 23, 26}


def named() -> dict[str, list[str]]:
    """Case or threat -> names of tests."""
    rows = re.findall(r"^\| (T?\d+) \|.*\| (.*) \|$", (TESTS / "CASES.md").read_text(), re.MULTILINE)
    return {case: re.findall(r"`(test_\w+)`", tests) for case, tests in rows}


def written() -> set[str]:
    return {
        node.name
        for file in TESTS.rglob("test_*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def test_every_case_and_every_threat_has_a_test() -> None:
    wanted = {str(case) for case in CASES} | {f"T{threat}" for threat in THREATS}
    assert {case for case, tests in named().items() if tests} == wanted


def test_every_test_that_is_named_is_there() -> None:
    missing = {name for names in named().values() for name in names} - written()
    assert not missing
