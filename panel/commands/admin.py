"""The log of commands in the admin, to look at: nobody edits or deletes what was done. Only Django calls it."""

from __future__ import annotations

from django.contrib import admin

from panel.commands.models import Command, ListeningLog
from panel.readonly import ReadOnlyAdmin


@admin.register(Command)
class CommandAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "operator_key", "operator_extension", "name", "args", "state", "text")
    list_filter = ("state", "name")
    search_fields = ("operator_key", "operator_name", "text")
    date_hierarchy = "created_at"
    show_full_result_count = False


@admin.register(ListeningLog)
class ListeningLogAdmin(ReadOnlyAdmin):
    list_display = ("began_at", "operator_key", "listener", "agent", "modes", "reason", "seconds", "end_is_known")
    search_fields = ("operator_key", "operator_name", "agent", "reason")
    date_hierarchy = "began_at"
    show_full_result_count = False
