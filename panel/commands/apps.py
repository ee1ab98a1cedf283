"""Django's registration of the commands."""

from __future__ import annotations

from django.apps import AppConfig


class CommandsConfig(AppConfig):
    name = "panel.commands"
    verbose_name = "Commands"
