"""The forms of the wallboards in the admin: they refuse what makes no sense, with a sentence.

Only panel/queues/admin.py calls this module.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from panel.live.models import Queue
from panel.queues.figures import FIGURES, MOST_FIGURES, MOST_QUEUES, USUAL
from panel.queues.models import Wallboard


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
    figures = forms.MultipleChoiceField(
        choices=list(FIGURES.items()), widget=forms.CheckboxSelectMultiple, initial=list(USUAL)
    )
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

    def clean_queues(self) -> list[str]:
        queues: list[str] = self.cleaned_data["queues"]
        if len(queues) > MOST_QUEUES:
            raise ValidationError(
                _("Nobody can read more than %(most)d queues from afar. Make a second wallboard.")
                % {"most": MOST_QUEUES}
            )
        # One that was there when the wallboard was made may stay: the screen says that it is gone.
        refuse_unknown_queues([each for each in queues if each not in (self.instance.queues or [])], known_queues())
        return queues

    def clean_figures(self) -> list[str]:
        figures: list[str] = self.cleaned_data["figures"]
        if len(figures) > MOST_FIGURES:
            raise ValidationError(
                _("More than %(most)d figures are too small to be read from afar.") % {"most": MOST_FIGURES}
            )
        return figures
