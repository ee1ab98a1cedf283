"""The log of commands in the admin, to look at: nobody edits or deletes what was done. Only Django calls it."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext as _

from panel.accounts.models import Operator
from panel.commands.models import Command, ListeningLog
from panel.readonly import ReadOnlyAdmin
from panel.replay.links import replay_address
from panel.replay.models import SEE_REPLAY


@admin.register(Command)
class CommandAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "operator_key", "operator_extension", "name", "args", "state", "text")
    list_filter = ("state", "name")
    search_fields = ("operator_key", "operator_name", "text")
    date_hierarchy = "created_at"
    show_full_result_count = False

    def get_list_display(self, request: HttpRequest) -> tuple[Any, ...]:
        """With a link to the board as it was, for those who may look at it."""
        operator = request.user
        assert isinstance(operator, Operator)

        @admin.display(description=_("Board at that time"))
        def then(command: Command) -> str:
            address = replay_address(operator, command.created_at, call=command.call)
            return format_html('<a href="{}">{}</a>', address, _("Show")) if address else "–"

        return (*self.list_display, then) if operator.has_perm(SEE_REPLAY) else self.list_display


@admin.register(ListeningLog)
class ListeningLogAdmin(ReadOnlyAdmin):
    list_display = ("began_at", "operator_key", "listener", "agent", "modes", "reason", "seconds", "end_is_known")
    search_fields = ("operator_key", "operator_name", "agent", "reason")
    date_hierarchy = "began_at"
    show_full_result_count = False
