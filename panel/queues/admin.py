"""Wallboards with their secret links, thresholds, webhooks, and the alerts that there were, in the admin.

Only Django calls this module.
"""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from panel.queues.forms import HookForm, ThresholdForm, WallboardForm
from panel.queues.models import AlertRecord, Hook, Threshold, Wallboard
from panel.readonly import ReadOnlyAdmin


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


@admin.register(Threshold)
class ThresholdAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """They count from the next second on. Times of day are those of the panel (TIME_ZONE)."""

    form = ThresholdForm
    list_display = ("name", "what", "limit", "for_queues", "rise_seconds", "fall_seconds", "is_active")
    list_filter = ("what", "is_active")
    fieldsets = (
        (None, {"fields": ("name", "is_active", "queues", "what", "limit", "rise_seconds", "fall_seconds")}),
        (gettext_lazy("Service level"), {"fields": ("target_seconds", "least_calls")}),
        (gettext_lazy("Quiet hours"), {"fields": ("quiet_days", "quiet_from", "quiet_to")}),
        (gettext_lazy("Tell"), {"fields": ("hook", "email")}),
    )

    @admin.display(description=gettext_lazy("queues"))
    def for_queues(self, threshold: Threshold) -> str:
        return ", ".join(threshold.queues) or _("every queue")


@admin.register(Hook)
class HookAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = HookForm
    list_display = ("name", "url")


@admin.register(AlertRecord)
class AlertRecordAdmin(ReadOnlyAdmin):
    """To be looked at: the worker writes them."""

    list_display = ("raised_at", "fell_at", "queue", "what", "limit", "value", "acknowledged_by", "webhook", "email")
    list_filter = ("what", "queue")
    date_hierarchy = "raised_at"
