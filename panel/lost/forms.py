"""The forms of the page of the lost calls: what is listed, and what is written about a caller. Used by views.py."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from panel.accounts.models import Operator
from panel.history.periods import EARLIEST, Period
from panel.history.scope import Scope
from panel.live.visibility import Audience


SEE_LOST = "lost.see_lost"
USUAL_DAYS = 7
DAYS = (
    (1, gettext_lazy("Today")),
    (7, gettext_lazy("7 days")),
    (31, gettext_lazy("31 days")),
    (0, gettext_lazy("All")),
)


class ListForm(forms.Form):
    """Which callers: open or closed ones, of how many days (0: all that the retention has left)."""

    state = forms.ChoiceField(required=False, choices=[("open", "open"), ("closed", "closed")])
    days = forms.TypedChoiceField(required=False, choices=[(str(days), name) for days, name in DAYS], coerce=int)
    page = forms.IntegerField(required=False, min_value=1, max_value=1_000_000)

    def __init__(self, data: Any, audience: Audience) -> None:
        super().__init__(data)
        self.audience = audience
        self.now = timezone.now()
        self.is_valid()

    @property
    def is_open(self) -> bool:
        return self.cleaned_data.get("state") != "closed"

    @property
    def days_chosen(self) -> int:
        days = self.cleaned_data.get("days", "")
        return USUAL_DAYS if days == "" else int(days)

    @property
    def page_chosen(self) -> int:
        return self.cleaned_data.get("page") or 1

    @property
    def scope(self) -> Scope:
        zone = ZoneInfo(timezone.get_current_timezone_name())
        today = self.now.astimezone(zone).date()
        first = today - timedelta(days=self.days_chosen - 1) if self.days_chosen else EARLIEST
        return Scope(Period(first, today, zone), self.audience, self.now)

    @property
    def query(self) -> dict[str, str]:
        """What leads back to the same list."""
        state = "open" if self.is_open else "closed"
        return {"state": state, "days": str(self.days_chosen), "page": str(self.page_chosen)}


class NoteForm(forms.Form):
    """What is written about one caller. `close` is the button that ends it, for which there must be a word."""

    number = forms.CharField(required=False, max_length=80)
    passage = forms.CharField(required=False, max_length=300)
    version = forms.IntegerField(min_value=0, max_value=2_000_000_000)
    owner = forms.ModelChoiceField(
        required=False,
        queryset=Operator.objects.none(),
        error_messages={"invalid_choice": gettext_lazy("This person cannot call back.")},
    )
    note = forms.CharField(
        required=False,
        max_length=500,
        error_messages={"max_length": gettext_lazy("A note may have %(limit_value)d signs at most.")},
    )
    close = forms.BooleanField(required=False)

    def __init__(self, data: Any, operator: Operator) -> None:
        super().__init__(data)
        self.fields["owner"].queryset = owners_for(operator)  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = self.cleaned_data
        if bool(given.get("number")) == bool(given.get("passage")):
            raise forms.ValidationError(_("It is not clear which caller this is about."))
        if given.get("close") and not given.get("note") and "note" not in self.errors:
            self.add_error("note", _("Write a word on what became of it before you close it."))
        return given

    @property
    def sentence(self) -> str:
        """All that is wrong with it."""
        return " ".join(str(error) for errors in self.errors.values() for error in errors)


def owners_for(operator: Operator) -> QuerySet[Operator]:
    """Who can be asked to call back: whoever may see the lost calls, of the departments that the operator sees."""
    people = Operator.objects.with_perm(SEE_LOST, backend="panel.accounts.backends.OperatorBackend")
    if operator.departments:
        shared = [
            person.pk
            for person in people
            if person.pk == operator.pk or set(map(str, person.departments)) & set(map(str, operator.departments))
        ]
        people = people.filter(pk__in=shared)
    return people.order_by("first_name", "last_name", "username")
