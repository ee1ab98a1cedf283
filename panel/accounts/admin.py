"""Operators and number rules in the admin. Only Django calls this module."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import UserChangeForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from panel.accounts.models import NumberRule, Operator
from panel.accounts.roles import role_of


class DepartmentsField(forms.CharField):
    """A list of names, written with commas between them."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        return [name.strip() for name in (value or "").split(",") if name.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool((initial or []) != self.to_python(data))


class OperatorForm(UserChangeForm):  # type: ignore[type-arg]
    departments = DepartmentsField(
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("Names with commas between them. Empty: this operator sees every department."),
    )


@admin.register(Operator)
class OperatorAdmin(UserAdmin):  # type: ignore[type-arg]
    form = OperatorForm
    list_display = ("username", "shown_name", "role", "extension", "is_active", "last_login")
    list_filter = ("groups", "is_active")
    search_fields = ("username", "first_name", "last_name", "extension")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        (_("Person"), {"fields": ("first_name", "last_name", "email")}),
        (_("Board"), {"fields": ("extension", "extension_is_fixed", "departments")}),
        (_("Rights"), {"fields": ("is_active", "groups", "is_staff", "is_superuser", "user_permissions")}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    readonly_fields = ("last_login", "date_joined")

    @admin.display(description=_("role"))
    def role(self, operator: Operator) -> str:
        return role_of(operator)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")


@admin.register(NumberRule)
class NumberRuleAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """In the order in which they are looked at; they count for the next command."""

    list_display = ("order", "pattern", "verdict", "for_whom", "note")
    list_display_links = ("pattern",)
    list_editable = ("order", "verdict", "note")
    list_filter = ("verdict", "groups")
    search_fields = ("pattern", "note")
    fields = ("order", "pattern", "verdict", "groups", "note")
    filter_horizontal = ("groups",)
    list_per_page = 200

    @admin.display(description=_("for"))
    def for_whom(self, rule: NumberRule) -> str:
        return ", ".join(group.name for group in rule.groups.all()) or str(_("everybody"))

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).prefetch_related("groups")
