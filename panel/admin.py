"""The live tables in the admin, to look at when a board seems wrong. Only Django calls this module."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from panel.live.models import LIVE_MODELS, Lease, LiveRow
from panel.readonly import ReadOnlyAdmin


class LiveAdmin(ReadOnlyAdmin):
    def get_list_display(self, request: HttpRequest) -> Any:
        model: type[LiveRow] = self.model
        return ("key", *model.COLUMNS, "groups")


@admin.register(Lease)
class LeaseAdmin(ReadOnlyAdmin):
    list_display = ("pbx", "owner", "epoch", "until")


for model in LIVE_MODELS.values():
    admin.site.register(model, LiveAdmin)
