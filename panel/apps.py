"""Django's registration of the project's own templates tags, checks and commands, and of its admin site."""

from __future__ import annotations

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PanelConfig(AppConfig):
    name = "panel"
    verbose_name = "Cordboard"

    def ready(self) -> None:
        from panel import checks

        checks.register_all()


class PanelAdminConfig(AdminConfig):
    default_site = "panel.site.PanelAdminSite"
