"""What every test needs: an environment of its own, made before Django reads it, and the real parts as fixtures."""

from __future__ import annotations

import os
import tempfile
from collections import defaultdict
from pathlib import Path

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
    "HISTORY_DAYS",
    "REPLAY_HOURS",
    "LOG_FORMAT",
):
    os.environ.pop(name, None)
os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="cordboard-tests-")
os.environ["SECRET_KEY"] = "only for the tests, never for a panel that people use"
os.environ["DJANGO_SETTINGS_MODULE"] = "panel.settings"
# pytest-django would do this before this file is read, if pyproject.toml named the settings.
django.setup()

pytest_plugins = ["tests.rig.fixtures"]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """With `-m alone` only the files that have such tests are read: importing the others would take longer."""
    is_asked = config.option.markexpr == "alone" and collection_path.match("test_*.py")
    return (is_asked and "mark.alone" not in collection_path.read_text()) or None


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Deal the files of each folder out over the whole run, so that those that keep a core busy (browsers, whole
    panels) and those that wait (for telephones) run beside each other. `make test` has pytest-xdist keep to this order.
    """
    folders: dict[Path, dict[Path, None]] = defaultdict(dict)
    for item in items:
        folders[item.path.parent][item.path] = None
    places = {
        path: (index + 0.5) / len(files) for files in folders.values() for index, path in enumerate(sorted(files))
    }
    items.sort(key=lambda item: (places[item.path], item.path))
