"""Wallboards in the admin, with their secret links. Only Django calls this module."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from panel.queues.forms import WallboardForm
from panel.queues.models import Wallboard


@admin.register(Wallboard)
class WallboardAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Changes are on the screens within seconds. “View on site” shows the wallboard to whoever is logged in."""

    form = WallboardForm
    list_display = ("name", "title", "shown_queues", "shows_names", "link_state")
    fields = ("name", "title", "queues", "figures", "theme", "shows_names", "departments", "link_state")
    readonly_fields = ("link_state",)
    change_form_template = "panel/admin/wallboard.html"

    @admin.display(description=gettext_lazy("queues"))
    def shown_queues(self, board: Wallboard) -> str:
        return ", ".join(board.queues)

    @admin.display(description=gettext_lazy("secret link"))
    def link_state(self, board: Wallboard) -> str:
        if board.link_made_at is None:
            return _("none: only who is logged in sees the wallboard")
        return _("made at %(at)s; whoever has it sees the wallboard without a log-in") % {
            "at": f"{board.link_made_at:%Y-%m-%d %H:%M} UTC"
        }

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        """The form has been saved; two of its buttons do something more."""
        if "_make_link" in request.POST:
            return self._show_new_link(request, obj)
        if "_withdraw_link" in request.POST:
            obj.withdraw_link()
            self.log_change(request, obj, _("The secret link was withdrawn."))
            self.message_user(request, _("The secret link was withdrawn."), messages.SUCCESS)
            return HttpResponseRedirect(request.path)
        return super().response_change(request, obj)

    def _show_new_link(self, request: HttpRequest, board: Wallboard) -> HttpResponse:
        """In the answer itself: it goes through no cookie and no redirect, and is never shown again."""
        token = board.make_link()
        self.log_change(request, board, _("A new secret link was made."))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Secret link"),
            "board": board,
            "link": request.build_absolute_uri(reverse("wallboard-link", args=[board.name, token])),
            "back": request.path,
        }
        return render(request, "panel/admin/wallboard_link.html", context)
