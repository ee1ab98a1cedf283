"""What was done about lost calls, in the admin, to look at. Only Django calls it."""

from __future__ import annotations

from django.contrib import admin

from panel.lost.models import FollowUp
from panel.readonly import ReadOnlyAdmin


@admin.register(FollowUp)
class FollowUpAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "number", "owner", "note", "changed_by", "changed_at", "closed_at")
    search_fields = ("number", "note", "changed_by")
    list_select_related = ("owner",)
