"""The operator's own keys: what may be one, that no two verbs share one, and the way back to the usual ones."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client

from panel.accounts.keys import FIXED, USUAL, NotThisKey, change, keys_of, own_keys, reset, reset_all, warning
from panel.accounts.models import Operator
from tests.people import fresh
from tests.structure.test_imports import ROOT


PAGE = "/account/keys/"


def give(client: Client, **fields: str) -> tuple[int, dict[str, object]]:
    answer = client.post(PAGE, fields)
    return answer.status_code, answer.json()


def test_without_own_keys_the_usual_ones_are_in_force(alice: Operator) -> None:
    assert keys_of(alice) == USUAL
    assert len(set(USUAL.values())) == len(USUAL)


def test_only_what_differs_is_kept(alice: Operator) -> None:
    change(alice, "park", "Alt+K")
    assert fresh(alice).keys == {"park": "Alt+K"}
    assert keys_of(fresh(alice)) == USUAL | {"park": "Alt+K"}
    change(alice, "park", "Alt+P")
    assert fresh(alice).keys == {}


@pytest.mark.parametrize("press", ["Alt+K", "Alt+7", "Alt+Enter", ".", "!", "§", "Alt+Q"])
def test_a_key_that_will_do(alice: Operator, press: str) -> None:
    change(alice, "take", press)
    assert keys_of(fresh(alice))["take"] == press


@pytest.mark.parametrize(
    ("press", "because"),
    [
        ("F1", "F1 belongs to browser and system"),
        ("F12", "F12 belongs to browser and system"),
        ("Alt+F4", "Alt+F4 belongs to browser and system"),
        ("Shift+F10", "Shift+F10 belongs to browser and system"),
        ("Ctrl+T", "Combinations with Ctrl"),
        ("Ctrl+Alt+P", "Combinations with Ctrl"),
        ("Meta+W", "Combinations with Ctrl, Command or the Windows key"),
        ("Ctrl++", "Combinations with Ctrl"),
        ("Alt+D", "address bar"),
        ("Alt+Space", "the window's menu"),
        ("Alt+Tab", "for moving about"),
        ("Alt+ArrowLeft", "for moving about"),
        ("Backspace", "for moving about"),
        ("Escape", "Esc leaves"),
        ("Shift+Escape", "Esc leaves"),
        ("p", "text for the search"),
        ("P", "text for the search"),
        ("é", "text for the search"),
        ("7", "text for the search"),
        ("+", "begins a number"),
        ("*", "begins a number"),
        ("Shift+Space", "Shift goes with Enter only"),
        ("Alt+Shift+P", "One of Alt and Shift is enough"),
        ("Alt+p", "With Alt only A to Z"),
        ("Alt+,", "With Alt only A to Z"),
        ("Alt+Ł", "With Alt only A to Z"),
        ("", "no key that the board can use"),
        ("Alt+", "no key that the board can use"),
        ("Alt P", "no key that the board can use"),
        ("\0", "no key that the board can use"),
        ("Alt+P\n", "no key that the board can use"),
        ("Alt+" * 20 + "P", "no key that the board can use"),
    ],
)
def test_a_key_that_will_not_do_is_refused_with_the_reason(alice: Operator, press: str, because: str) -> None:
    with pytest.raises(NotThisKey, match=re.escape(because)):
        change(alice, "take", press)
    assert fresh(alice).keys == {}


@pytest.mark.parametrize("press", ["Alt+P", "/", "Enter", "Shift+Enter"])
def test_a_key_that_another_verb_has_is_refused_and_the_verb_named(alice: Operator, press: str) -> None:
    with pytest.raises(NotThisKey, match="is in use already") as refused:
        change(alice, "take", press)
    assert USUAL[refused.value.taken_by] == press


def test_a_usual_key_is_free_once_its_verb_has_another(alice: Operator) -> None:
    change(alice, "park", "Alt+K")
    change(alice, "hold", "Alt+P")
    assert fresh(alice).keys == {"park": "Alt+K", "hold": "Alt+P"}
    with pytest.raises(NotThisKey) as refused:
        reset(alice, "park")
    assert refused.value.taken_by == "hold"
    reset(alice, "hold")
    reset(alice, "park")
    assert fresh(alice).keys == {}


def test_two_pages_that_change_keys_do_not_undo_each_other(alice: Operator) -> None:
    elsewhere = fresh(alice)
    change(elsewhere, "park", "Alt+K")
    change(alice, "hold", "Alt+G")
    assert fresh(alice).keys == {"park": "Alt+K", "hold": "Alt+G"}
    with pytest.raises(NotThisKey):
        change(elsewhere, "camp", "Alt+G")


@pytest.mark.parametrize("verb", [*FIXED, "", "nothing", "__class__"])
def test_what_has_no_key_to_change_is_refused(alice: Operator, verb: str) -> None:
    with pytest.raises(NotThisKey):
        change(alice, verb, "Alt+K")
    with pytest.raises(NotThisKey):
        reset(alice, verb)
    assert fresh(alice).keys == {}


def test_reset_all_gives_the_usual_ones_back(alice: Operator) -> None:
    change(alice, "park", "Alt+K")
    change(alice, "hold", "Alt+P")
    reset_all(alice)
    assert keys_of(fresh(alice)) == USUAL


@pytest.mark.parametrize(
    "stored",
    [
        {"gone": "Alt+K"},
        {"park": "F3"},
        {"park": 7},
        {"park": None},
        {"escape": "Alt+K"},
        {"park": "Alt+P"},
        ["Alt+K"],
        "Alt+K",
    ],
)
def test_what_is_no_key_any_more_is_left_out(alice: Operator, stored: object) -> None:
    alice.keys = stored
    alice.save()
    assert own_keys(fresh(alice)) == {}
    assert keys_of(fresh(alice)) == USUAL


def test_a_usual_key_that_an_own_one_has_taken_goes_to_nobody_else(alice: Operator) -> None:
    """As after an update that gives a new verb the key that the operator has chosen for an old one."""
    alice.keys = {"park": "Alt+H", "hold": "Alt+H"}
    alice.save()
    keys = keys_of(fresh(alice))
    assert (keys["park"], keys["hold"], keys["hangup"]) == ("Alt+H", "Alt+O", "")


def test_a_key_that_browsers_know_too_is_warned_of() -> None:
    assert "menu" in warning("Alt+F")
    assert "tab" in warning("Alt+1")
    assert warning("Alt+K") == ""


def test_the_server_and_the_board_know_the_same_verbs() -> None:
    script = (ROOT / "static/panel/js/keys.js").read_text()
    assert re.findall(r'\bid: "(\w+)"', script) == list(USUAL)


def test_the_board_gets_all_keys_in_force(client: Client, alice: Operator) -> None:
    change(alice, "park", "Alt+K")
    client.force_login(alice)
    for page in ("/", "/queues/"):
        config = re.search(r'id="cordboard-config"[^>]*>(.*?)</script>', client.get(page).text, re.DOTALL)
        assert config is not None
        assert json.loads(config[1])["operator"]["keys"] == USUAL | {"park": "Alt+K"}


def test_a_change_over_the_page_is_answered_with_all_keys(client: Client, alice: Operator) -> None:
    client.force_login(alice)
    status, answer = give(client, verb="park", press="Alt+E")
    assert status == 200
    assert answer["keys"] == USUAL | {"park": "Alt+E"}
    assert answer["own"] == {"park": "Alt+E"}
    assert set(answer["warnings"]) == {"park"}  # type: ignore[call-overload]
    assert give(client, verb="park", reset="1")[1]["own"] == {}


def test_a_refusal_over_the_page_has_a_sentence_and_the_verb(client: Client, alice: Operator) -> None:
    client.force_login(alice)
    assert give(client, verb="park", press="Alt+H") == (
        400,
        {"error": "Alt+H is in use already.", "taken_by": "hangup"},
    )
    assert give(client, verb="park")[0] == 400
    assert give(client, press="Alt+K")[0] == 400
    assert fresh(alice).keys == {}


def test_resetting_without_a_verb_resets_all(client: Client, alice: Operator) -> None:
    client.force_login(alice)
    give(client, verb="park", press="Alt+K")
    assert give(client, reset="1") == (200, {"keys": USUAL, "own": {}, "warnings": {}})


def test_keys_are_everyones_own(client: Client, alice: Operator, bob: Operator) -> None:
    client.force_login(bob)
    give(client, verb="park", press="Alt+K", operator="alice", username="alice")
    assert fresh(bob).keys == {"park": "Alt+K"}
    assert fresh(alice).keys == {}


def test_a_stranger_changes_nothing(client: Client, alice: Operator) -> None:
    assert client.get(PAGE)["Location"] == f"/login/?next={PAGE}"
    assert client.post(PAGE, {"verb": "park", "press": "Alt+K"})["Location"].startswith("/login/")


def test_another_site_changes_nothing(alice: Operator) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert client.post(PAGE, {"verb": "park", "press": "Alt+K"}).status_code == 403
    assert fresh(alice).keys == {}


def test_the_menu_of_the_board_leads_to_the_page(client: Client, alice: Operator) -> None:
    client.force_login(alice)
    assert f'href="{PAGE}"' in client.get("/").text
    page = client.get(PAGE).text
    assert 'href="/"' in page
    assert (ROOT / "static/panel/js/key-settings.js").is_file()
    assert "panel/js/key-settings.js" in page
