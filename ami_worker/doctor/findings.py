"""What `pbx_doctor` can find: `Finding`, `Report`, and how they are printed.

`checks.py` makes findings; the management command prints them.
"""

from __future__ import annotations

import textwrap
from dataclasses import asdict, dataclass, field
from enum import IntEnum
from typing import Any, Final


WIDTH: Final = 100


class Severity(IntEnum):
    """The order in which findings are printed."""

    ERROR = 0  # something does not work
    WARNING = 1  # it works, but worse or less safely than it could
    NOTE = 2  # good to know

    @property
    def title(self) -> str:
        return {
            Severity.ERROR: "DOES NOT WORK",
            Severity.WARNING: "COULD BE BETTER",
            Severity.NOTE: "GOOD TO KNOW",
        }[self]


@dataclass(frozen=True)
class Finding:
    """One thing that was found. `code` is for programs and does not change."""

    severity: Severity
    code: str
    title: str
    text: str
    """One paragraph: what it is and what it costs."""
    place: str = ""
    """Where the lines go: `in manager.conf, in the section [cordboard]`."""
    lines: tuple[str, ...] = ()
    """What to write there."""


@dataclass(frozen=True)
class Report:
    """All that was found about one PBX. `address` never holds the secret; it is empty when no PBX was asked."""

    address: str
    version: str = ""
    findings: tuple[Finding, ...] = field(default=())

    @property
    def exit_code(self) -> int:
        """0: all is well. 1: something does not work. 2: only warnings."""
        worst = min((finding.severity for finding in self.findings), default=Severity.NOTE)
        return {Severity.ERROR: 1, Severity.WARNING: 2, Severity.NOTE: 0}[worst]

    def as_json(self) -> dict[str, Any]:
        """For programs: the severity in lower case."""
        findings = [asdict(each) | {"severity": each.severity.name.lower()} for each in self.sorted()]
        return {
            "address": self.address,
            "version": self.version,
            "ok": self.exit_code == 0,
            "exit_code": self.exit_code,
            "findings": findings,
        }

    def as_text(self) -> str:
        """For people: the worst first, a paragraph each, and the lines to put where."""
        version = f" (Asterisk {self.version})" if self.version else ""
        blocks = [f"Cordboard asked {self.address}{version}."] if self.address else []
        shown: Severity | None = None
        for finding in self.sorted():
            if finding.severity is not shown:
                shown = finding.severity
                blocks.append(shown.title)
            blocks.append(_block(finding))
        if self.address:
            blocks.append(self._verdict())
        return "\n\n".join(blocks)

    def sorted(self) -> list[Finding]:
        return sorted(self.findings, key=lambda finding: finding.severity)

    def _verdict(self) -> str:
        if self.exit_code == 1:
            return "After a change to manager.conf say “manager reload” on the Asterisk console, and ask again."
        if self.exit_code == 2:
            return "The panel works. What could be better is said above."
        return "All is well: the panel can do everything it offers."


def _block(finding: Finding) -> str:
    block = textwrap.fill(f"{finding.title}. {finding.text}", WIDTH, initial_indent="* ", subsequent_indent="  ")
    if finding.lines:
        block += f"\n  Write {finding.place}:" if finding.place else ""
        block += "".join(f"\n      {line}" for line in finding.lines)
    return block
