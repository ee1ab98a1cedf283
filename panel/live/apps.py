"""Django's registration of the live picture."""

from __future__ import annotations

from django.apps import AppConfig


class LiveConfig(AppConfig):
    name = "panel.live"
    verbose_name = "Live picture"
