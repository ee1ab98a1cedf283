"""Django's registration of the history."""

from __future__ import annotations

from django.apps import AppConfig


class HistoryConfig(AppConfig):
    name = "panel.history"
    verbose_name = "History"
