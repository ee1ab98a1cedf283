"""The form above a report: the period, what a line is about, and one queue or all. Used by views.py."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from panel.history import days
from panel.history.columns import By, head
from panel.history.periods import EARLIEST, Period
from panel.history.scope import Scope
from panel.live.models import Queue
from panel.live.visibility import Audience, may_see
from panel.vocabulary import Kind


if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

MOST_DAYS = 366
MOST_DAYS_BY_HOUR = 31
"""A table of more lines is read by nobody."""


def day(label: _StrPromise) -> forms.DateField:
    """A field for one day, as the browser's own date field writes it."""
    return forms.DateField(
        label=label,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "min": EARLIEST.isoformat()}),
        error_messages={"invalid": gettext_lazy("Write a day that there is, such as 2026-03-31.")},
        required=False,
    )


class ReportForm(forms.Form):
    """Valid, it has a `scope`. What is left out is today, by queue, of all queues. `now` is asked once."""

    first = day(gettext_lazy("From"))
    last = day(gettext_lazy("To"))
    by = forms.ChoiceField(
        required=False,
        choices=[(by.value, by.value) for by in By],
        error_messages={"invalid_choice": gettext_lazy("There is no such report.")},
    )
    queue = forms.CharField(label=gettext_lazy("Queue"), max_length=80, required=False)

    def __init__(self, data: Any, audience: Audience) -> None:
        super().__init__(data)
        self.audience = audience
        self.now = timezone.now()
        self.zone = ZoneInfo(timezone.get_current_timezone_name())

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    @property
    def by_chosen(self) -> By:
        """Also where the form is wrong: the page stays at the report that was asked for."""
        return next((by for by in By if by == self.data.get("by")), By.QUEUE)

    def clean_first(self) -> date:
        first: date | None = self.cleaned_data["first"]
        if first is not None and first < EARLIEST:
            raise forms.ValidationError(_("Reports begin with the year %s.") % EARLIEST.year)
        if first is not None and first > self.today:
            raise forms.ValidationError(_("This day has not come yet."))
        return first or self.today

    def clean_last(self) -> date:
        last: date | None = self.cleaned_data["last"]
        if last is not None and last > self.today + timedelta(days=MOST_DAYS):
            raise forms.ValidationError(_("This day is too far in the future."))
        return last or max(self.today, self.cleaned_data.get("first") or self.today)

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = self.cleaned_data
        first, last = given.get("first"), given.get("last")
        if first is None or last is None:
            return given
        if first > last:
            raise forms.ValidationError(_("The period ends before it begins. Exchange the two days."))
        number = (last - first).days + 1
        if number > MOST_DAYS:
            raise forms.ValidationError(_("A period may have %d days at most.") % MOST_DAYS)
        if self.by_chosen is By.HOUR and number > MOST_DAYS_BY_HOUR:
            raise forms.ValidationError(
                _("By hour, a period may have %d days at most. By day it may have more.") % MOST_DAYS_BY_HOUR
            )
        if days.asks_too_much(Scope(self.period, self.audience, self.now), self.by_chosen):
            raise forms.ValidationError(self._why_too_much() % f"{days.MOST_CALLERS:,}")
        queue = given.get("queue")
        if queue and queue not in self.queues() and not days.is_in(self.scope):
            self.add_error("queue", _("There is no queue “%s” in this period that you may see.") % queue)
        return given

    def _why_too_much(self) -> str:
        if self.by_chosen is By.HOUR:
            return _("More than %s callers joined a queue in this period. By hour, choose fewer days.")
        return _(
            "More than %s callers of this period are not added up yet, which is done at night: the days are new, or"
            " goals or your departments have changed. Until then choose fewer days."
        )

    @property
    def period(self) -> Period:
        return Period(self.cleaned_data["first"], self.cleaned_data["last"], self.zone)

    @property
    def scope(self) -> Scope:
        return Scope(self.period, self.audience, self.now, self.cleaned_data["queue"])

    def queues(self) -> list[str]:
        """Names of the queues that there are now, as far as the operator may see them."""
        rows = Queue.objects.values_list("name", "groups")
        return sorted(
            (name for name, groups in rows if may_see(self.audience, Kind.QUEUE, groups, {})), key=str.casefold
        )

    def tabs(self) -> list[tuple[By, str]]:
        return [(by, head(by) if by is not By.PAUSE else _("Pauses")) for by in By]

    def usual_periods(self) -> list[tuple[str, date, date]]:
        """What is asked for most: a name, the first and the last day."""
        today = self.today
        month = today.replace(day=1)
        before = month - timedelta(days=1)
        return [
            (_("Today"), today, today),
            (_("Yesterday"), today - timedelta(days=1), today - timedelta(days=1)),
            (_("Last 7 days"), today - timedelta(days=6), today),
            (_("This month"), month, today),
            (_("Last month"), before.replace(day=1), before),
        ]
