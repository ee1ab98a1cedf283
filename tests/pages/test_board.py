"""The frame of the board: who gets it, and what it brings for the scripts."""

from __future__ import annotations

import json
import re

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client

from panel.accounts.keys import USUAL
from panel.accounts.models import Operator
from panel.accounts.roles import ONLY_FROM_ADMIN, ONLY_FROM_SUPERVISOR
from panel.assets import assets_version
from panel.commands.catalogue import CATALOGUE
from tests.people import put_call, put_extension


def config_of(page: str) -> dict[str, object]:
    found = re.search(r'<script id="cordboard-config" type="application/json">(.*?)</script>', page, re.DOTALL)
    assert found
    config: dict[str, object] = json.loads(found[1])
    return config


@pytest.mark.parametrize("path", ["/", "/queues/"])
def test_a_stranger_gets_no_board(client: Client, db: None, path: str) -> None:
    assert client.get(path)["Location"] == f"/login/?next={path}"


@pytest.mark.parametrize(("path", "view"), [("/", "switchboard"), ("/queues/", "queues")])
def test_the_page_says_who_works_and_which_commands_there_are(
    client: Client, alice: Operator, path: str, view: str
) -> None:
    client.force_login(alice)
    config = config_of(client.get(path).text)
    assert (config["view"], config["socket"], config["version"]) == (view, "/ws/panel/", assets_version())
    assert config["operator"] == {
        "key": "alice",
        "name": "Alice Test",
        "role": "receptionist",
        "extension": "201",
        "extension_is_fixed": True,
        "departments": [],
        "may_dial_out": True,
        "keys": USUAL,
    }
    catalogue = config["catalogue"]
    assert isinstance(catalogue, list)
    assert [each["name"] for each in catalogue] == list(CATALOGUE)
    refused = {each["name"] for each in catalogue if not each["allowed"]}
    of_others = ONLY_FROM_SUPERVISOR | ONLY_FROM_ADMIN
    assert refused == {name for name, spec in CATALOGUE.items() if spec.codename in of_others}


def test_what_the_operator_may_not_do_is_marked(client: Client, alice: Operator, charlie: Operator) -> None:
    Group.objects.get(name="receptionist").permissions.remove(Permission.objects.get(codename="give_hangup"))
    client.force_login(alice)
    allowed = {each["name"]: each["allowed"] for each in config_of(client.get("/").text)["catalogue"]}  # type: ignore[attr-defined]
    not_allowed = {"give_hangup", *ONLY_FROM_SUPERVISOR, *ONLY_FROM_ADMIN}
    assert allowed == {name: spec.codename not in not_allowed for name, spec in CATALOGUE.items()}
    client.force_login(charlie)
    catalogue = config_of(client.get("/").text)["catalogue"]
    assert not any(each["allowed"] for each in catalogue)  # type: ignore[attr-defined]


def test_no_row_is_in_the_page(client: Client, alice: Operator) -> None:
    put_extension("202", "Support")
    put_call("call-canary")
    client.force_login(alice)
    page = client.get("/").text
    assert "Person 202" not in page
    assert "call-canary" not in page


def test_a_name_cannot_break_out_of_the_page(client: Client, alice: Operator) -> None:
    Operator.objects.filter(pk=alice.pk).update(first_name="</script><script>alert(1)</script>", last_name="")
    client.force_login(alice)
    page = client.get("/").text
    assert "<script>alert" not in page
    assert config_of(page)["operator"]["name"] == "</script><script>alert(1)</script>"  # type: ignore[index]


def test_a_board_is_never_taken_out_of_a_cache(client: Client, alice: Operator) -> None:
    client.force_login(alice)
    assert "no-store" in client.get("/")["Cache-Control"]


def test_the_icon_is_found_where_browsers_look_for_it(client: Client) -> None:
    assert client.get("/favicon.ico")["Location"] == "/static/panel/favicon.svg"


@pytest.mark.parametrize("path", ["/", "/queues/", "/login/", "/healthz", "/no-such-page"])
def test_every_answer_carries_the_policy(client: Client, db: None, path: str) -> None:
    answer = client.get(path)
    policy = dict(part.strip().partition(" ")[::2] for part in answer["Content-Security-Policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
    assert policy["form-action"] == "'self'"
    assert policy["require-trusted-types-for"] == "'script'"
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_no_page_has_a_script_or_a_style_of_its_own(client: Client, alice: Operator) -> None:
    """Neither would run under the policy: the import map, which has the nonce, is the only one."""
    client.force_login(alice)
    for path in ("/", "/queues/", "/password/", "/extension/"):
        page = client.get(path).text
        for tag in re.findall(r"<script\b[^>]*>", page):
            assert "src=" in tag or 'type="application/json"' in tag or "nonce=" in tag
        assert "<style" not in page
        assert not re.search(r"""\s(style|on[a-z]+)\s*=\s*["']""", page)
