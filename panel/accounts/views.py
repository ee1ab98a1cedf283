"""Log-in, log-out, the choice of a phone and of keys, and the change of the own password.

Only panel/urls.py and django-axes call this module.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.mixins import LoginRequiredMixin
from django.contrib.auth.views import LoginView, PasswordChangeView, RedirectURLMixin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.views.generic import FormView, TemplateView

from panel.accounts.forms import LogInForm, PhoneForm
from panel.accounts.keys import FIXED, USUAL, NotThisKey, change, keys_of, own_keys, reset, reset_all, warning
from panel.accounts.models import Operator
from panel.accounts.phones import NoSuchPhone, choose, phones_for


class LogIn(LoginView):
    """Name and password, and on to the phone page where the phone is not fixed."""

    template_name = "registration/login.html"
    authentication_form = LogInForm
    redirect_authenticated_user = True

    def form_valid(self, form: Any) -> HttpResponse:
        response = super().form_valid(form)
        operator: Operator = form.get_user()
        wanted: str = form.cleaned_data["extension"]
        if operator.extension_is_fixed or self.get_success_url().startswith(reverse("admin:index")):
            return response
        if wanted:
            try:
                choose(operator, wanted)
            except NoSuchPhone:
                pass  # the phone page, which comes next, shows what there is
            else:
                return response
        response["Location"] = reverse("phone") + "?" + urlencode({"next": self.get_success_url()})
        return response


class ChoosePhone(LoginRequiredMixin, RedirectURLMixin, FormView):  # type: ignore[type-arg]
    """The operator's own phone: chosen after log-in, changed whenever one sits at another desk."""

    template_name = "accounts/phone.html"
    form_class = PhoneForm
    next_page = "switchboard"

    @property
    def operator(self) -> Operator:
        assert isinstance(self.request.user, Operator)
        return self.request.user

    def get_initial(self) -> dict[str, Any]:
        return {"extension": self.operator.extension}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        is_fixed = self.operator.extension_is_fixed
        return context | {
            "operator": self.operator,
            "extension": self.operator.extension,
            "is_fixed": is_fixed,
            "phones": [] if is_fixed else phones_for(self.operator),
            "next": self.get_success_url(),
        }

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if self.operator.extension_is_fixed:
            raise PermissionDenied(_("Your phone is fixed."))
        if "skip" in request.POST:
            choose(self.operator, "")
            return super().form_valid(self.get_form())
        return super().post(request, *args, **kwargs)

    def form_valid(self, form: PhoneForm) -> HttpResponse:
        try:
            choose(self.operator, form.cleaned_data["extension"])
        except NoSuchPhone as wrong:
            form.add_error("extension", str(wrong))
            return self.form_invalid(form)
        return super().form_valid(form)


class ChangePassword(PasswordChangeView):
    """The own password. Every other session of the account ends with it (Django compares a hash of it in each
    session).
    """

    template_name = "accounts/password.html"
    success_url = reverse_lazy("switchboard")


class ChangeKeys(LoginRequiredMixin, TemplateView):
    """The keys of the board. Each change is sent as it is made; the answer has all keys, or says why not."""

    template_name = "accounts/keys.html"

    @property
    def operator(self) -> Operator:
        assert isinstance(self.request.user, Operator)
        return self.request.user

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        settings = {"usual": USUAL, "fixed": sorted(FIXED), **self._keys()}
        return super().get_context_data(**kwargs) | {"settings": settings}

    def post(self, request: HttpRequest) -> HttpResponse:
        """`verb` and `press` give a verb another key, `verb` and `reset` the usual one, `reset` alone all of them.

        Answers as `_keys`, or with status 400 `{"error": sentence, "taken_by": verb or ""}`.
        """
        verb = request.POST.get("verb", "")
        try:
            if "reset" not in request.POST:
                change(self.operator, verb, request.POST.get("press", ""))
            elif verb:
                reset(self.operator, verb)
            else:
                reset_all(self.operator)
        except NotThisKey as wrong:
            return JsonResponse({"error": str(wrong), "taken_by": wrong.taken_by}, status=400)
        return JsonResponse(self._keys())

    def _keys(self) -> dict[str, Any]:
        """`keys` in force by verb, the `own` ones of them, and the `warnings` there are, by verb."""
        keys = keys_of(self.operator)
        warnings = {verb: text for verb, press in keys.items() if (text := warning(press))}
        return {"keys": keys, "own": own_keys(self.operator), "warnings": warnings}


def locked_out(request: HttpRequest, response: HttpResponse | None = None, credentials: Any = None) -> HttpResponse:
    """The answer of django-axes after too many wrong passwords; the same whether the name exists or not."""
    return render(request, "registration/locked_out.html", status=429)
