"""`manage.py demo_accounts`: makes log-ins and prompts of the demo office. `make run` calls it when no PBX is named."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from panel.accounts.demo import demo_lines, make_demo_accounts
from panel.directory.demo import make_demo_prompts


class Command(BaseCommand):
    help = "Makes log-ins and prompts of the demo office, prints the former. Refused when AMI_URL names a real PBX."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--if-demo", action="store_true", help="quiet: do nothing on a real PBX, and leave the printing to `web`"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            if options["if_demo"]:
                return
            raise CommandError("AMI_URL names a real PBX: there are no demo accounts on it. Use `manage.py operator`.")
        make_demo_accounts()
        make_demo_prompts()
        if not options["if_demo"]:
            self.stdout.write("\n".join(demo_lines()))
