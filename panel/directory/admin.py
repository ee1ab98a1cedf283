"""Names, departments and further numbers of extensions, reasons of pauses, prompts and sets of queues, in the
admin. Only Django calls this.
"""

from __future__ import annotations

from django.contrib import admin

from panel.directory.models import Listing, PauseReason, PhoneNumber, Prompt, QueueSet


class PhoneNumberInline(admin.TabularInline):  # type: ignore[type-arg]
    model = PhoneNumber
    fields = ("order", "label", "number")
    extra = 1


@admin.register(Listing)
class ListingAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Changes reach the boards within a few seconds: the worker looks for them."""

    list_display = ("extension", "name", "department", "email", "ring_seconds", "hidden")
    list_editable = ("name", "department", "email", "ring_seconds", "hidden")
    list_filter = ("department", "hidden")
    search_fields = ("extension", "name", "department", "email", "numbers__label", "numbers__number")
    list_per_page = 200
    inlines = (PhoneNumberInline,)


@admin.register(PauseReason)
class PauseReasonAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The page of the queues has them when it is loaded the next time."""

    list_display = ("name", "order", "minutes")
    list_editable = ("order", "minutes")


@admin.register(Prompt)
class PromptAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The page of the queues has them when it is loaded the next time."""

    list_display = ("name", "sound", "order")
    list_editable = ("order",)


@admin.register(QueueSet)
class QueueSetAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """The page of the queues has them when it is loaded the next time."""

    list_display = ("name", "queues", "order")
    list_editable = ("order",)
