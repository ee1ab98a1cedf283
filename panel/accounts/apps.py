"""Django's registration of the accounts."""

from __future__ import annotations

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "panel.accounts"
    verbose_name = "Operators"
