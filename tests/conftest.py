"""What every test needs: an environment of its own, made before Django reads it, and the real parts as fixtures."""

from __future__ import annotations

import os
import tempfile
import zlib

import django
import pytest


# Nothing that the developer's shell says about a PBX or a database may reach a test.
for name in (
    "AMI_URL",
    "DATABASE_URL",
    "REDIS_URL",
    "ALLOWED_HOSTS",
    "CSRF_TRUSTED_ORIGINS",
    "SECRET_KEY",
    "DEBUG",
    "EMAIL_URL",
    "EMAIL_FROM",
):
    os.environ.pop(name, None)
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="cordboard-tests-")
os.environ["SECRET_KEY"] = "only for the tests, never for a panel that people use"
os.environ["DJANGO_SETTINGS_MODULE"] = "panel.settings"
# pytest-django would do this before this file is read, if pyproject.toml named the settings.
django.setup()

pytest_plugins = ["tests.rig.fixtures"]

_WITH_PARTS = ("browser", "doctor", "e2e", "live", "operations", "rig", "settings", "worker")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With several processes: first the files with real parts, shuffled (always in the same way), so that tests that
    compute run beside tests that wait; then the short ones, which fill what is left.
    """
    if not hasattr(config, "workerinput"):
        return

    def place(item: pytest.Item) -> tuple[bool, int]:
        file = item.nodeid.partition("::")[0]
        return file.split("/")[1] not in _WITH_PARTS, zlib.crc32(file.encode())

    items.sort(key=place)
