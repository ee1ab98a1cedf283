"""Django's registration of the queues' own tables."""

from __future__ import annotations

from django.apps import AppConfig


class QueuesConfig(AppConfig):
    name = "panel.queues"
    verbose_name = "Queues"
