"""Pages as a browser gets them, without the worker."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from panel.accounts.models import Operator
from panel.accounts.roles import Role
from tests.people import make_operator


@pytest.fixture(autouse=True)
def for_tests(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture
def alice(db: None) -> Operator:
    return make_operator("alice", Role.RECEPTIONIST, extension="201")


@pytest.fixture
def charlie(db: None) -> Operator:
    """May log in and nothing else."""
    return make_operator("charlie", None)
