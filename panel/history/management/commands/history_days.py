"""`manage.py history_days`: keeps the figures of the days that are over, so that reports of long periods are quick."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from panel.history.days import audiences, forget, keep
from panel.history.models import Passage
from panel.history.periods import EARLIEST, Period
from panel.history.scope import Scope


class Command(BaseCommand):
    help = "Keeps the figures of the days that are over; to be run once a night. Days that are kept cost nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=int, default=0, help="only the last so many days; all when left out")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["days"] < 0:
            raise CommandError("--days is a number of days.")
        zone, now = ZoneInfo(timezone.get_current_timezone_name()), timezone.now()
        today = now.astimezone(zone).date()
        # Of the day before these the worker may have pruned a part.
        whole = max(EARLIEST, today - timedelta(days=settings.HISTORY_DAYS - 1))
        forget(whole)
        oldest = Passage.objects.order_by("joined_at").values_list("joined_at", flat=True).first()
        if oldest is None:
            self.stdout.write("There is no history yet.")
            return
        first = max(whole, oldest.astimezone(zone).date())
        if options["days"]:
            first = max(first, today - timedelta(days=options["days"]))
        period = Period(min(first, today), today, zone)
        number = sum(keep(Scope(period, each, now)) for each in audiences())
        self.stdout.write(f"Kept the figures of {number} days.")
