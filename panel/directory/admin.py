"""Names and departments of extensions in the admin. Only Django calls this module."""

from __future__ import annotations

from django.contrib import admin

from panel.directory.models import Listing


@admin.register(Listing)
class ListingAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Changes reach the boards within a few seconds: the worker looks for them."""

    list_display = ("extension", "name", "department", "hidden")
    list_editable = ("name", "department", "hidden")
    list_filter = ("department", "hidden")
    search_fields = ("extension", "name", "department")
    list_per_page = 200
