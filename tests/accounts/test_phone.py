"""The operator's own phone: chosen after log-in where it is not fixed, and only among those that the operator sees."""

from __future__ import annotations

import pytest
from django.test import Client

from panel.accounts.models import Operator
from panel.accounts.phones import NoSuchPhone, choose, phones_for
from panel.live.models import Extension
from tests.people import PASSWORD, fresh, put_extension


pytestmark = pytest.mark.usefixtures("phones")


def log_in(client: Client, username: str, **more: str) -> str:
    return str(client.post("/login/", {"username": username, "password": PASSWORD, **more})["Location"])


def test_whose_phone_is_fixed_goes_straight_to_the_board(client: Client, alice: Operator) -> None:
    assert log_in(client, "alice") == "/"
    assert "Your phone is 201." in client.get("/extension/").text
    assert client.post("/extension/", {"extension": "301"}).status_code == 403
    assert fresh(alice).extension == "201"


def test_others_choose_and_go_on_to_where_they_wanted(client: Client, bob: Operator) -> None:
    page = log_in(client, "bob", next="/queues/")
    assert page == "/extension/?next=%2Fqueues%2F"
    assert 'value="/queues/"' in client.get(page).text
    assert client.post(page, {"extension": "301", "next": "/queues/"})["Location"] == "/queues/"
    assert fresh(bob).extension == "301"


def test_the_last_choice_is_offered_again(client: Client, bob: Operator) -> None:
    choose(bob, "302")
    log_in(client, "bob")
    page = client.get("/extension/").text
    assert 'name="extension"' in page
    assert 'value="302"' in page.split("<datalist")[0]


def test_the_choice_can_be_skipped(client: Client, bob: Operator) -> None:
    choose(bob, "302")
    log_in(client, "bob")
    assert client.post("/extension/", {"skip": "1"})["Location"] == "/"
    assert fresh(bob).extension == ""


def test_only_phones_on_the_own_board_can_be_chosen(client: Client, bob: Operator) -> None:
    log_in(client, "bob")
    page = client.get("/extension/").text
    assert 'value="301"' in page
    assert "Person 201" not in page
    foreign = client.post("/extension/", {"extension": "201"}).text
    missing = client.post("/extension/", {"extension": "999"}).text
    assert "There is no phone “201” on your board." in foreign
    assert "There is no phone “999” on your board." in missing
    assert fresh(bob).extension == ""


def test_a_phone_sent_along_with_the_log_in_is_taken(client: Client, bob: Operator) -> None:
    assert log_in(client, "bob", extension="302") == "/"
    assert fresh(bob).extension == "302"


def test_a_phone_that_is_not_there_leads_to_the_choice(client: Client, bob: Operator) -> None:
    assert log_in(client, "bob", extension="201") == "/extension/?next=%2F"
    assert fresh(bob).extension == ""


def test_before_the_pbx_has_shown_any_phone_there_is_a_way_on(client: Client, bob: Operator) -> None:
    choose(bob, "301")
    Extension.objects.all().delete()
    log_in(client, "bob")
    page = client.get("/extension/?next=/queues/").text
    assert "has not shown any phones yet" in page
    assert '<a href="/queues/">Go on with 301</a>' in page
    assert 'name="skip"' in page


def test_a_stranger_sees_no_phones(client: Client) -> None:
    assert client.get("/extension/")["Location"] == "/login/?next=/extension/"


def test_a_number_that_stands_for_two_phones_is_not_guessed(bob: Operator) -> None:
    put_extension("303", "Sales", key="303@a")
    put_extension("303", "Sales", key="303@b")
    with pytest.raises(NoSuchPhone):
        choose(bob, "303")
    choose(bob, "303@b")
    assert fresh(bob).extension == "303@b"


@pytest.mark.parametrize(("typed", "key"), [("302", "302"), (" person 302 ", "302"), ("RSON 301", "301")])
def test_a_phone_is_found_by_number_or_name(bob: Operator, typed: str, key: str) -> None:
    choose(bob, typed)
    assert fresh(bob).extension == key


@pytest.mark.parametrize("typed", ["Person", "Person 201", "nobody", "30"])
def test_what_stands_for_several_phones_or_for_none_on_the_own_board_is_not_taken(bob: Operator, typed: str) -> None:
    with pytest.raises(NoSuchPhone):
        choose(bob, typed)
    assert fresh(bob).extension == ""


def test_phones_are_in_the_order_of_their_numbers(bob: Operator) -> None:
    put_extension("99", "Sales")
    assert [phone.number for phone in phones_for(bob)] == ["99", "301", "302"]


def test_the_answer_does_not_lead_to_another_site(client: Client, bob: Operator) -> None:
    log_in(client, "bob")
    answer = client.post("/extension/?next=https://evil.example/", {"extension": "301", "next": "//evil.example"})
    assert answer["Location"] == "/"


def test_nothing_but_the_phone_can_be_set_on_this_page(client: Client, bob: Operator) -> None:
    log_in(client, "bob")
    planted = {
        "is_superuser": "on",
        "is_staff": "1",
        "departments": "[]",
        "username": "root",
        "extension_is_fixed": "1",
    }
    client.post("/extension/", {"extension": "301", **planted})
    after = fresh(bob)
    assert (after.is_superuser, after.is_staff, after.departments) == (False, False, ["Sales"])
    assert (after.username, after.extension_is_fixed, after.extension) == ("bob", False, "301")


def test_what_a_name_contains_stays_text(client: Client, bob: Operator) -> None:
    Extension.objects.filter(key="301").update(name="<script>alert(1)</script>")
    log_in(client, "bob")
    page = client.get("/extension/").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page
