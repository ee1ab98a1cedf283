"""Django's registration of the directory."""

from __future__ import annotations

from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "panel.directory"
    verbose_name = "Directory"
