"""Prompts: an admin writes them down, and the page of the queues has their names."""

from __future__ import annotations

from django.test import Client

from panel.accounts.roles import Role
from panel.directory.models import Prompt
from tests.pages.test_board import config_of
from tests.people import make_operator


def test_an_admin_writes_one_down_and_the_form_says_what_is_wrong(client: Client, db: None) -> None:
    client.force_login(make_operator("ada", Role.ADMIN))
    page = "/admin/directory/prompt/add/"
    refused = client.post(page, {"order": "1", "name": "Closed", "sound": "../closed"})
    assert "The name of one sound" in refused.text
    assert not Prompt.objects.exists()
    assert client.post(page, {"order": "1", "name": "Closed", "sound": "custom/closed"}).status_code == 302
    assert Prompt.objects.get().sound == "custom/closed"
    assert client.post(page, {"order": "2", "name": "Closed", "sound": "other"}).status_code == 200


def test_the_page_has_their_names_in_their_order(client: Client, db: None) -> None:
    for order, name in ((2, "Later"), (1, "Closed")):
        Prompt.objects.create(order=order, name=name, sound="custom/it")
    client.force_login(make_operator("vera", Role.SUPERVISOR))
    text = client.get("/queues/").text
    assert config_of(text)["prompts"] == ["Closed", "Later"]
