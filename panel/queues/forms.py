"""The forms of wallboards, thresholds and webhooks in the admin: they refuse what makes no sense, with a sentence.

Only panel/queues/admin.py and, for wallboards, making.py call this module.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from panel.accounts.models import Operator
from panel.live.models import Queue
from panel.live.visibility import Audience, audience_of, may_see
from panel.queues.figures import FIGURES, MOST_FIGURES, MOST_QUEUES, USUAL
from panel.queues.models import Hook, Threshold, Wallboard
from panel.vocabulary import AlertKind, Kind


HIGHEST = {
    AlertKind.WAIT: (24 * 3600, gettext_lazy("A wait is counted in seconds, from 1 to %(highest)d.")),
    AlertKind.WAITING: (1000, gettext_lazy("The number of callers is from 1 to %(highest)d.")),
    AlertKind.FREE: (1000, gettext_lazy("Fewer than none are never free: the number is from 1 to %(highest)d.")),
    AlertKind.LEVEL: (100, gettext_lazy("A service level is from 1 to %(highest)d per cent.")),
    AlertKind.LOST: (10_000, gettext_lazy("The number of lost calls is from 1 to %(highest)d.")),
}
"""The highest limit that makes sense for each kind; the lowest is 1."""

WEEKDAYS = [
    ("0", gettext_lazy("Monday")),
    ("1", gettext_lazy("Tuesday")),
    ("2", gettext_lazy("Wednesday")),
    ("3", gettext_lazy("Thursday")),
    ("4", gettext_lazy("Friday")),
    ("5", gettext_lazy("Saturday")),
    ("6", gettext_lazy("Sunday")),
]


class NamesField(forms.CharField):
    """A list of names, each on a line of its own. A name that stands there twice counts once."""

    widget = forms.Textarea(attrs={"rows": 6, "cols": 40})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return list(dict.fromkeys(name.strip() for name in (value or "").splitlines() if name.strip()))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or []) != self.to_python(data))


def known_queues() -> list[str]:
    """Keys of the queues that the PBX has, as the worker has last seen them."""
    return list(Queue.objects.order_by("key").values_list("key", flat=True))


def refuse_unknown_queues(keys: list[str], known: list[str]) -> None:
    """Raises ValidationError, which names them and those that there are."""
    unknown = [key for key in keys if key not in known]
    if not unknown:
        return
    if not known:
        raise ValidationError(_("The PBX has shown no queue yet. Start the worker first."))
    words = {"unknown": ", ".join(unknown), "known": ", ".join(known)}
    raise ValidationError(_("The PBX has no queue %(unknown)s. It has: %(known)s.") % words)


class WallboardForm(forms.ModelForm):  # type: ignore[type-arg]
    queues = NamesField(help_text=gettext_lazy("Names of queues, each on its own line, in the order of the screen."))
    figures = forms.MultipleChoiceField(choices=list(FIGURES.items()), widget=forms.CheckboxSelectMultiple)
    departments = NamesField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 40}),
        help_text=gettext_lazy(
            "Each on its own line: the screen shows the queues that these may see. Empty: every queue."
        ),
    )

    class Meta:
        model = Wallboard
        fields = ("name", "title", "queues", "figures", "theme", "shows_names", "departments")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.instance.pk:
            self.initial["figures"] = list(USUAL)

    def clean_queues(self) -> list[str]:
        queues: list[str] = self.cleaned_data["queues"]
        if len(queues) > MOST_QUEUES:
            raise ValidationError(
                _("Nobody can read more than %(most)d queues from afar. Make a second wallboard.")
                % {"most": MOST_QUEUES}
            )
        # One that was there when the wallboard was made may stay: the screen says that it is gone.
        new = [each for each in queues if each not in (self.instance.queues or [])]
        refuse_unknown_queues(new, self.known_queues())
        return queues

    def known_queues(self) -> list[str]:
        """Keys of those that may be chosen."""
        return known_queues()

    def clean_figures(self) -> list[str]:
        figures: list[str] = self.cleaned_data["figures"]
        if len(figures) > MOST_FIGURES:
            raise ValidationError(
                _("More than %(most)d figures are too small to be read from afar.") % {"most": MOST_FIGURES}
            )
        return figures


class OwnWallboardForm(WallboardForm):
    """For somebody who may be limited to departments: the wallboard shows no more than its maker sees."""

    def __init__(self, *args: Any, operator: Operator, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._audience = audience_of(operator)
        if not self.instance.pk:
            self.initial["queues"] = self.known_queues()[:MOST_QUEUES]
            self.initial["departments"] = sorted(self._audience.departments or [])

    def known_queues(self) -> list[str]:
        return seen_queues(self._audience)

    def clean_departments(self) -> list[str]:
        departments: list[str] = self.cleaned_data["departments"]
        own = self._audience.departments
        if own is not None and not (departments and own.issuperset(departments)):
            raise ValidationError(_("You may show your own departments: %(own)s.") % {"own": ", ".join(sorted(own))})
        return departments


def seen_queues(viewer: Audience) -> list[str]:
    """Keys of the queues that there are and that one who sees what `viewer` does may see."""
    queues = Queue.objects.order_by("key")
    return [queue.key for queue in queues if may_see(viewer, Kind.QUEUE, tuple(queue.groups), queue.row)]


class ThresholdForm(forms.ModelForm):  # type: ignore[type-arg]
    queues = NamesField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "cols": 40}),
        help_text=gettext_lazy("Names of queues, each on its own line. Empty: every queue."),
    )
    quiet_days = forms.TypedMultipleChoiceField(
        choices=WEEKDAYS, coerce=int, empty_value=[], required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = Threshold
        fields = (
            "name", "is_active", "queues", "what", "limit", "target_seconds", "least_calls", "rise_seconds",
            "fall_seconds", "quiet_days", "quiet_from", "quiet_to", "hook", "email",
        )  # fmt: skip

    def clean_queues(self) -> list[str]:
        queues: list[str] = self.cleaned_data["queues"]
        refuse_unknown_queues([each for each in queues if each not in (self.instance.queues or [])], known_queues())
        return queues

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or self.cleaned_data
        what, limit = given.get("what"), given.get("limit")
        if what and limit is not None:
            highest, sentence = HIGHEST[AlertKind(what)]
            if not 1 <= limit <= highest:
                self.add_error("limit", ValidationError(sentence % {"highest": highest}))
        if (given.get("quiet_from") is None) is not (given.get("quiet_to") is None):
            self.add_error("quiet_to", ValidationError(_("Quiet hours need a beginning and an end.")))
        elif given.get("quiet_from") is not None and given["quiet_from"] == given.get("quiet_to"):
            self.add_error("quiet_to", ValidationError(_("These quiet hours begin and end at the same time.")))
        if len(given.get("quiet_days") or []) == len(WEEKDAYS):
            self.add_error(
                "quiet_days", ValidationError(_("On no day would there be an alert. Switch it off instead."))
            )
        return given


class HookForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Hook
        fields = ("name", "url", "secret")

    def clean_url(self) -> str:
        """Its form alone: whether it leads inside the own network is looked up each time that something is posted."""
        url: str = self.cleaned_data["url"]
        try:
            URLValidator(schemes=["http", "https"])(url)
            parts = urlsplit(url)
        except (ValidationError, ValueError) as wrong:
            raise ValidationError(
                _("This is no web address; write it like https://chat.example.com/alerts.")
            ) from wrong
        if parts.username is not None or parts.password is not None:
            raise ValidationError(_("The address must not hold a password: whoever reads the log would have it."))
        if not url.isascii():
            raise ValidationError(_("Write the host name in its ASCII form (xn--…)."))
        return url
