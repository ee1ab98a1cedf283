"""The service levels of the queues, in the admin. Only Django calls this."""

from __future__ import annotations

from django.contrib import admin

from panel.history.models import Goal


@admin.register(Goal)
class GoalAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Changes reach the boards within a few seconds: the worker looks for them."""

    list_display = ("queue", "seconds", "percent")
    list_editable = ("seconds", "percent")
    search_fields = ("queue",)
