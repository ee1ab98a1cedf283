"""`manage.py pbx_doctor`: what the PBX at AMI_URL lacks for the panel, in plain words.

Exit code 0: all is well. 1: something does not work. 2: it works, with warnings. The secret is never printed.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from ami_worker.ami.connection import AmiUrl
from ami_worker.doctor import Finding, Report, Severity, examine


class Command(BaseCommand):
    help = (
        "Connect to the PBX as the panel does and say what is missing. Changes nothing. "
        "Exit code 0: all is well, 1: something does not work, 2: only warnings."
    )
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--url", metavar="URL", help="ask this PBX instead of the one at AMI_URL")
        parser.add_argument("--pbx", metavar="NAME", help="ask this one of those that PBXS names")
        parser.add_argument("--json", action="store_true", help="for programs: one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        pbx = options["pbx"] or settings.PBX_NAME
        if pbx not in settings.PBXS:
            raise CommandError(f"There is no PBX {pbx!r}; PBXS names {', '.join(settings.PBXS)}.")
        address = options["url"] or settings.PBXS[pbx].ami_url
        report = _examine(address) if address else _demo()
        self.stdout.write(json.dumps(report.as_json(), indent=2) if options["json"] else report.as_text())
        if report.exit_code:
            sys.exit(report.exit_code)


def _examine(address: str) -> Report:
    try:
        url = AmiUrl.parse(address)
    except ValueError as wrong:
        text = f"AMI_URL cannot be used: {wrong}."
        finding = Finding(Severity.ERROR, "bad_url", "The address of the PBX is not usable", text)
        return Report("", findings=(finding,))
    return asyncio.run(examine(url))


def _demo() -> Report:
    text = "AMI_URL is not set, so the panel runs on its own demo PBX. There is nothing to check."
    return Report("", findings=(Finding(Severity.NOTE, "demo", "This is the demo", text),))
