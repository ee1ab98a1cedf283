"""Extensions and patterns of a dialplan: which rule answers for a number, and how ShowDialPlan lists them.

Only `ami_worker.demo` may import this module.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from ami_worker.demo.channels import Channel, Steps


_CLASSES = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]", ".": ".+", "!": ".*"}


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = re.findall(r"\[[^\]]*\]|.", pattern)
    return re.compile("".join(part if part[0] == "[" else _CLASSES.get(part, re.escape(part)) for part in parts))


Act = Callable[[Channel, str], Steps]
"""What a number does: steps of the channel that dialled it; the text is the number."""


class Rule(NamedTuple):
    """What happens at an extension: `lines` says it in the dialplan's words, `steps` does it."""

    exten: str  # literal, or a pattern that begins with "_"
    lines: tuple[tuple[str, str], ...]  # application and data, by priority
    steps: Act
    hint: str = ""
    behind: Act | None = None
    """What comes after the application that keeps the caller, which is at priority 1; None where the call ends then."""


class Context:
    """A context with its rules; those of included contexts come after its own."""

    def __init__(self, name: str, *includes: str) -> None:
        self.name = name
        self.includes = includes
        self.literals: dict[str, Rule] = {}
        self.patterns: list[Rule] = []

    def add(self, exten: str, steps: Act, *lines: tuple[str, str], hint: str = "", behind: Act | None = None) -> None:
        rule = Rule(exten, lines, steps, hint, behind)
        if exten.startswith("_"):
            self.patterns.append(rule)
        else:
            self.literals[exten] = rule

    def matching(self, exten: str) -> Iterator[Rule]:
        if exten in self.literals:
            yield self.literals[exten]
        for rule in self.patterns:
            if _compiled(rule.exten[1:]).fullmatch(exten):
                yield rule

    def rules(self) -> Iterator[Rule]:
        yield from self.literals.values()
        yield from self.patterns
