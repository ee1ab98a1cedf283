"""Django's registration of the accounts."""

from __future__ import annotations

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    name = "panel.accounts"
    verbose_name = "Operators"

    def ready(self) -> None:
        from django.apps import apps

        from panel.accounts.roles import APPS_WITH_RIGHTS, make_roles

        # After django.contrib.auth's own receiver, which makes the permissions of the same app: receivers run in
        # the order of connecting. Once for each app that has rights to hand out.
        for label in APPS_WITH_RIGHTS:
            uid = f"panel.accounts.roles.make_roles.{label}"
            post_migrate.connect(make_roles, sender=apps.get_app_config(label), dispatch_uid=uid)
