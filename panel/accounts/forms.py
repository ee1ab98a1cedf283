"""Forms of the log-in and of the phone page. Used by views.py."""

from __future__ import annotations

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.utils.translation import gettext_lazy as _


class LogInForm(AuthenticationForm):
    """Name and password. `extension` may be sent along by those who know it; people choose it on the next page,
    which knows who they are.
    """

    extension = forms.CharField(required=False, max_length=80, widget=forms.HiddenInput)

    error_messages = {
        # The same for an unknown name, a wrong password and an account that was switched off.
        "invalid_login": _("Name and password do not match. Try again."),
        "inactive": _("Name and password do not match. Try again."),
    }


class PhoneForm(forms.Form):
    """One phone out of a searchable list; the list itself is rendered by the template."""

    extension = forms.CharField(
        label=_("Your phone"),
        max_length=80,
        widget=forms.TextInput(attrs={"list": "phones", "autocomplete": "off", "autofocus": True}),
    )
