"""Where messages for a person go, in the admin."""

from __future__ import annotations

import pytest
from django.test import Client

from panel.accounts.roles import Role
from panel.directory.models import Listing
from tests.accounts.test_admin import numbers
from tests.people import make_operator


ADD = "/admin/directory/listing/add/"


@pytest.fixture
def admin(client: Client, db: None) -> Client:
    """Logged in as an admin."""
    client.force_login(make_operator("ada", Role.ADMIN))
    return client


def fields(email: str) -> dict[str, str]:
    return {"extension": "201", "ring_seconds": "0", "email": email} | numbers()


def test_an_address_is_kept_and_can_be_searched_for(admin: Client) -> None:
    assert admin.post(ADD, fields("desk@example.com")).status_code == 302
    assert Listing.objects.get().email == "desk@example.com"
    assert "desk@example.com" in admin.get("/admin/directory/listing/?q=desk@").text


@pytest.mark.parametrize("email", ["desk", "a@example.com, b@example.com", "a@example.com\r\nBcc: b@example.com"])
def test_what_is_not_one_address_is_refused(admin: Client, email: str) -> None:
    answer = admin.post(ADD, fields(email))
    assert answer.status_code == 200
    assert "valid email address" in answer.text
    assert not Listing.objects.exists()
