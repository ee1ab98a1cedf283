"""Django's registration of the film."""

from __future__ import annotations

from django.apps import AppConfig


class ReplayConfig(AppConfig):
    name = "panel.replay"
    verbose_name = "Replay"
