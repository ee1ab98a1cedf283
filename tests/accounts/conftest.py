"""Operators, and a browser without JavaScript (Django's test client)."""

from __future__ import annotations

import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from pytest_django import Settings

from panel.accounts.models import Operator
from panel.accounts.roles import Role
from tests.people import make_operator, put_extension


class QuickHasher(PBKDF2PasswordHasher):
    """The real one with a thousandth of the work."""

    iterations = 1000


@pytest.fixture(autouse=True)
def for_tests(settings: Settings) -> None:
    settings.PASSWORD_HASHERS = ["tests.accounts.conftest.QuickHasher"]
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.fixture
def alice(db: None) -> Operator:
    return make_operator("alice", Role.RECEPTIONIST, extension="201")


@pytest.fixture
def bob(db: None) -> Operator:
    """Limited to Sales, and chooses a phone when logging in."""
    return make_operator("bob", Role.RECEPTIONIST, departments=["Sales"])


@pytest.fixture
def phones(db: None) -> None:
    put_extension("201", "Support")
    put_extension("301", "Sales")
    put_extension("302", "Sales")
