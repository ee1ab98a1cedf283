"""Django's registration of the lost calls."""

from __future__ import annotations

from django.apps import AppConfig


class LostConfig(AppConfig):
    name = "panel.lost"
    verbose_name = "Lost calls"
