"""The admin: for admins only, operators and listings to edit, everything else to look at."""

from __future__ import annotations

import pytest
from django.test import Client

from panel.accounts.models import Operator
from panel.accounts.roles import Role
from panel.commands.models import Command
from panel.directory.models import Listing
from panel.live.models import LIVE_MODELS
from tests.people import make_operator, put_extension


@pytest.fixture
def ada(client: Client, db: None) -> Operator:
    operator = make_operator("ada", Role.ADMIN)
    client.force_login(operator)
    return operator


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.SUPERVISOR])
def test_the_admin_is_for_admins(client: Client, db: None, role: Role) -> None:
    client.force_login(make_operator("somebody", role))
    assert client.get("/admin/", follow=True).status_code == 403
    assert client.get("/admin/accounts/operator/").status_code == 302


def test_an_operator_can_be_edited(client: Client, ada: Operator, bob: Operator) -> None:
    page = f"/admin/accounts/operator/{bob.pk}/change/"
    assert 'value="Sales"' in client.get(page).text
    changed = {
        "username": "bob", "first_name": "Bob", "last_name": "Test", "email": "", "extension": "305",
        "extension_is_fixed": "on", "departments": "Sales,  Support ,", "is_active": "on",
        "groups": [str(group.pk) for group in bob.groups.all()],
    }  # fmt: skip
    assert client.post(page, changed).status_code == 302
    bob.refresh_from_db()
    assert (bob.extension, bob.extension_is_fixed, bob.departments) == ("305", True, ["Sales", "Support"])


def test_the_list_of_operators_shows_their_roles(client: Client, ada: Operator, alice: Operator) -> None:
    page = client.get("/admin/accounts/operator/").text
    assert "receptionist" in page
    assert "201" in page


def numbers(*rows: dict[str, str]) -> dict[str, str]:
    """The fields of the table of further numbers below a listing."""
    fields = {"numbers-TOTAL_FORMS": str(len(rows)), "numbers-INITIAL_FORMS": "0"}
    return fields | {f"numbers-{place}-{name}": text for place, row in enumerate(rows) for name, text in row.items()}


def test_a_phone_can_be_named_and_hidden(client: Client, ada: Operator) -> None:
    fields = {"extension": "201", "name": "Front door", "hidden": "on", "ring_seconds": "0"}
    assert client.post("/admin/directory/listing/add/", fields | numbers()).status_code == 302
    assert Listing.objects.get().hidden


def test_a_person_has_further_numbers_in_order_and_rings_as_long_as_they_like(client: Client, ada: Operator) -> None:
    fields = {"extension": "201", "ring_seconds": "40"} | numbers(
        {"order": "2", "label": "At home", "number": "+44 (0)20 7946 0001"},
        {"order": "1", "label": "Mobile", "number": "0 7700 900-123"},
    )
    assert client.post("/admin/directory/listing/add/", fields).status_code == 302
    listing = Listing.objects.get()
    assert listing.ring_seconds == 40
    found = [(each.label, each.number) for each in listing.numbers.all()]
    assert found == [("Mobile", "07700900123"), ("At home", "+442079460001")]


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("202&DAHDI/1", "A number has no letters"),
        ("0700;201", "A number cannot hold ;."),
        ("٠١٢", "Write the number with the digits 0 to 9."),
    ],
)
def test_what_cannot_be_dialled_is_no_number_of_a_person(client: Client, ada: Operator, number: str, why: str) -> None:
    fields = {"extension": "201", "ring_seconds": "0"} | numbers({"order": "0", "label": "Mobile", "number": number})
    answer = client.post("/admin/directory/listing/add/", fields)
    assert answer.status_code == 200
    assert why in answer.text
    assert not Listing.objects.exists()


def test_a_phone_cannot_ring_for_an_hour(client: Client, ada: Operator) -> None:
    fields = {"extension": "201", "ring_seconds": "3600"} | numbers()
    assert client.post("/admin/directory/listing/add/", fields).status_code == 200
    assert not Listing.objects.exists()


@pytest.mark.parametrize("model", [*LIVE_MODELS.values(), Command])
def test_live_tables_and_commands_can_be_looked_at_and_nothing_else(
    client: Client, ada: Operator, model: type[Command]
) -> None:
    path = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    assert client.get(path).status_code == 200
    assert client.get(f"{path}add/").status_code == 403


def test_not_even_an_admin_deletes_a_live_row(client: Client, ada: Operator) -> None:
    put_extension("201", "Support")
    assert client.get("/admin/live/extension/201/change/").status_code == 200
    assert client.post("/admin/live/extension/201/delete/", {"post": "yes"}).status_code == 403
    assert client.post("/admin/live/extension/201/change/", {"name": "x"}).status_code == 403


def test_the_admins_scripts_are_not_stopped_by_the_policy(client: Client, ada: Operator) -> None:
    policy = client.get("/admin/")["Content-Security-Policy"]
    assert "require-trusted-types-for" not in policy
    assert "script-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
