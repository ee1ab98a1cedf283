"""What a wallboard gets from the server: who may look, how a link ends, and that nothing leaves that may not."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.contrib.sessions.models import Session
from django.test import Client
from pytest_django import Settings

from panel.queues.boards import worst_pbx
from panel.queues.models import Wallboard, hash_of
from panel.vocabulary import Kind
from tests.live.conftest import log_in, operator
from tests.live.server import Server
from tests.live.worker import AT, Worker, gone, pbx
from tests.people import two_pbxs
from tests.queues.office import AGENT, CALLER, CALLERS_NUMBER, Screen, by_link, caller, member, queue, wallboard


EVERY_FIGURE = [
    "waiting", "longest", "free", "talking", "ringing", "wrapup", "paused", "away", "members", "answered", "abandoned",
]  # fmt: skip


def by_log_in(server: Server, role: str = "supervisor", name: str = "sue", **columns: object) -> Screen:
    return Screen(server, "/wallboard/hall/state/", log_in(operator(name, role, **columns)))


# --- what is shown --------------------------------------------------------------------------------------------------


def test_a_screen_shows_the_chosen_figures_of_the_chosen_queues(web: Server, worker: Worker) -> None:
    worker.write(
        queue("front", waiting=2, longest_at=AT, completed=7, abandoned=3, paused=1),
        queue("other", waiting=5),
        member("front", "201"),
        member("front", "202", state="talking"),
        member("front", "203", state="busy"),
        member("front", "204", state="away"),
        member("front", "205", state="paused"),
    )
    screen = by_link(web, wallboard(figures=EVERY_FIGURE))
    figures = screen.shows("front", waiting=2, members=4)["figures"]
    assert figures == {
        "waiting": 2, "longest": AT, "free": 1, "talking": 2, "ringing": 0, "wrapup": 0, "paused": 1, "away": 1,
        "members": 4, "answered": 7, "abandoned": 3,
    }  # fmt: skip
    assert [each["name"] for each in screen.ask().json["queues"]] == ["front"]
    Wallboard.objects.all().delete()
    wallboard(name="two", figures=["free"], queues=["other", "front"])
    two = by_link(web, Wallboard.objects.get())
    two.shows("front", free=1)
    assert [(each["name"], each["figures"]) for each in two.ask().json["queues"]] == [
        ("other", {"free": 0}),
        ("front", {"free": 1}),
    ]


def test_the_figures_of_today_are_shown_where_the_panel_has_them(web: Server, worker: Worker) -> None:
    today = {"answered_today": 7, "lost_today": 3, "within_target_today": 6, "is_complete_today": False}
    worker.write(queue("front", **today), queue("other"), queue("new", **dict.fromkeys(today, 0)))
    names = ["answered_today", "lost_today", "level_today"]
    screen = by_link(web, wallboard(queues=["front", "other", "new"], figures=names))
    shown = screen.shows("front", **dict(zip(names, (7, 3, 60), strict=True)))
    assert not shown["is_complete"]
    assert [each["figures"] for each in screen.ask().json["queues"][1:]] == [
        dict.fromkeys(names, None),
        {"answered_today": 0, "lost_today": 0, "level_today": None},
    ]


def test_a_change_in_the_queue_is_in_the_next_answer(web: Server, worker: Worker) -> None:
    worker.write(queue("front"), member("front", "201"))
    screen = by_link(web, wallboard())
    assert not screen.shows("front", waiting=0, free=1)["needs"]
    worker.write(queue("front", waiting=1, longest_at=AT), member("front", "201", state="talking"))
    assert screen.shows("front", waiting=1, free=0, longest=AT)["needs"]


def test_what_has_not_changed_is_not_sent_again(web: Server, worker: Worker) -> None:
    worker.write(queue("front", waiting=1, longest_at=AT))
    screen = by_link(web, wallboard())
    screen.shows("front", waiting=1)
    first = screen.ask()
    again = screen.ask(etag=first.headers["ETag"])
    assert (again.status, again.text) == (304, "")
    assert again.headers["Cordboard-Now"] > AT
    worker.write(queue("front", waiting=2, longest_at=AT))
    screen.shows("front", waiting=2)
    assert screen.ask(etag=first.headers["ETag"]).status == 200


def test_a_queue_that_is_gone_is_said_to_be_gone(web: Server, worker: Worker) -> None:
    worker.write(queue("front", waiting=1))
    screen = by_link(web, wallboard())
    assert screen.shows("front", waiting=1)["is_there"]
    worker.write(gone(Kind.QUEUE, "front"))
    shown = screen.until(lambda answer: not answer.json["queues"][0]["is_there"]).json["queues"]
    assert shown == [{"name": "front", "is_there": False, "figures": {}}]


def test_a_picture_that_is_not_live_is_said_to_be_old(web: Server, worker: Worker) -> None:
    worker.write(queue("front", waiting=1))
    screen = by_link(web, wallboard())
    screen.shows("front", waiting=1)
    assert screen.until(lambda answer: answer.json["is_live"]).json["as_of_at"] is None
    worker.write(pbx(link="offline", as_of_at=AT, reason="Connection refused by 10.0.0.7."))
    old = screen.until(lambda answer: not answer.json["is_live"])
    assert old.json["as_of_at"] == AT
    assert "10.0.0.7" not in old.text
    worker.write(pbx())
    screen.until(lambda answer: answer.json["is_live"])
    worker.hold(-5)  # the worker is dead
    screen.until(lambda answer: not answer.json["is_live"])


def test_of_two_pbxs_only_those_of_its_queues_make_it_old(settings: Settings) -> None:
    settings.PBXS = two_pbxs()
    rows = {"pbx": {"link": "live"}, "branch": {"link": "offline"}}
    assert worst_pbx(["front"], rows) == {"link": "live"}
    assert worst_pbx(["front", "branch/front"], rows) == {"link": "offline"}
    assert worst_pbx(["branch/front"], {"pbx": rows["pbx"]}) == {"link": "live"}


def test_without_a_picture_the_server_says_so(web: Server, worker: Worker) -> None:
    worker.write(gone(Kind.PBX, "pbx"))
    screen = by_link(web, wallboard())
    assert "no picture" in screen.until(lambda answer: answer.status == 503).json["text"]


# --- names ----------------------------------------------------------------------------------------------------------


def test_no_name_and_no_number_leaves_the_server_unless_it_may(web: Server, worker: Worker) -> None:
    worker.write(
        queue("front", waiting=1, longest_at=AT), member("front", "4711", state="talking"), caller("front", "9.1")
    )
    board = wallboard(figures=EVERY_FIGURE)
    screen = by_link(web, board)
    screen.shows("front", waiting=1)
    page = screen.ask(path=screen.path.removesuffix("state/"))
    assert page.status == 200
    for text in (screen.ask().text, page.text):
        for secret in (CALLER, CALLERS_NUMBER, CALLERS_NUMBER[1:], "Nov", AGENT, "Clara", "4711", "9.1"):
            assert secret not in text
    board.shows_names = True
    board.save()
    shown = screen.until(lambda answer: "callers" in answer.json["queues"][0]).json["queues"][0]
    assert shown["callers"] == [{"name": CALLER, "number": CALLERS_NUMBER, "joined_at": AT}]
    assert shown["agents"] == [{"name": AGENT, "state": "talking"}]
    board.shows_names = False
    board.save()
    screen.until(lambda answer: "callers" not in answer.json["queues"][0])
    assert CALLER not in screen.ask().text


def test_a_wallboard_of_one_department_shows_nothing_of_the_others(web: Server, worker: Worker) -> None:
    queues = queue("front", "Sales", waiting=1), queue("secret", "Board", waiting=4)
    worker.write(*queues, member("front", "201", "Sales", name="Ann"), member("front", "301", "Board", name="Bea"))
    screen = by_link(web, wallboard(queues=["front", "secret"], departments=["Sales"], shows_names=True))
    assert [each["name"] for each in screen.shows("front", waiting=1)["agents"]] == ["Ann"]
    assert screen.ask().json["queues"][1] == {"name": "secret", "is_there": False, "figures": {}}


def test_who_is_logged_in_sees_no_more_than_on_the_board(web: Server, worker: Worker) -> None:
    worker.write(queue("front", "Sales", waiting=1), queue("secret", "Board", waiting=4))
    wallboard(queues=["front", "secret"])
    by_log_in(web).shows("secret", waiting=4)
    limited = by_log_in(web, name="bob", departments=["Sales"])
    limited.shows("front", waiting=1)
    assert [each["name"] for each in limited.ask().json["queues"]] == ["front"]
    assert "secret" not in limited.ask().text


# --- who may look ---------------------------------------------------------------------------------------------------


def test_who_is_not_logged_in_sees_nothing_without_a_link(web: Server, worker: Worker) -> None:
    worker.write(queue("front"))
    wallboard()
    stranger = Screen(web, "/wallboard/hall/state/")
    assert stranger.ask().status == 401
    page = stranger.ask(path="/wallboard/hall/")
    assert (page.status, page.headers["Location"]) == (302, "/login/?next=/wallboard/hall/")
    assert stranger.ask(path="/wallboard/nothing/state/").status == 401  # which names there are is nobody's business


@pytest.mark.parametrize(("role", "status"), [("supervisor", 200), ("admin", 403), ("receptionist", 403)])
def test_the_right_decides_and_can_be_given_to_one_person(web: Server, worker: Worker, role: str, status: int) -> None:
    worker.write(queue("front"))
    wallboard()
    account = operator("pat", role)
    if role == "admin":
        account.groups.clear()  # an account of no role
    screen = Screen(web, "/wallboard/hall/state/", log_in(account))
    screen.until(lambda answer: answer.status == status)
    assert screen.ask(path="/wallboard/hall/").status == status
    account.user_permissions.add(Permission.objects.get(codename="see_wallboards"))
    screen.until(lambda answer: answer.status == 200)
    assert screen.ask(path="/wallboard/nothing/state/").status == 404
    Session.objects.all().delete()
    assert screen.ask().status == 401


def test_a_link_works_until_it_is_withdrawn_and_an_open_screen_hears_of_it(web: Server, worker: Worker) -> None:
    worker.write(queue("front", waiting=1))
    board = wallboard()
    screen = by_link(web, board)
    screen.shows("front", waiting=1)
    assert screen.ask(path=screen.path.removesuffix("state/")).status == 200
    board.withdraw_link()
    withdrawn = screen.until(lambda answer: answer.status == 410)
    assert "not valid any more" in withdrawn.json["text"]
    page = screen.ask(path=screen.path.removesuffix("state/"))
    assert page.status == 410
    assert "not valid any more" in page.text


def test_a_new_link_ends_the_old_one(web: Server, worker: Worker) -> None:
    worker.write(queue("front", waiting=1))
    board = wallboard()
    old = by_link(web, board)
    old.shows("front", waiting=1)
    new = by_link(web, board)
    new.shows("front", waiting=1)
    assert old.ask().status == 410


def test_a_wrong_link_and_a_wallboard_that_is_not_there_look_alike(web: Server, worker: Worker) -> None:
    worker.write(queue("front"))
    board = wallboard()  # without a link
    linked = wallboard("linked")
    token = linked.make_link()
    by_link(web, linked).shows("front", waiting=0)
    paths = [f"/wallboard/{board.name}/link/{word}/state/" for word in (token, "x", "%00", hash_of(""), "%C3%A9")]
    paths += [f"/wallboard/nothing/link/{token}/state/", f"/wallboard/linked/link/{token[:-1]}/state/"]
    answers = [Screen(web, path).ask() for path in paths]
    assert {(answer.status, answer.text) for answer in answers} == {(410, answers[0].text)}


def test_the_token_is_kept_nowhere_and_its_page_tells_nobody(web: Server, worker: Worker) -> None:
    worker.write(queue("front"))
    board = wallboard()
    token = board.make_link()
    row = Wallboard.objects.filter(pk=board.pk).values().get()
    assert len(token) >= 43
    assert token not in str(row)
    screen = Screen(web, f"/wallboard/hall/link/{token}/")
    page = screen.until(lambda answer: answer.status == 200)
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert "no-store" in page.headers["Cache-Control"]
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert "Set-Cookie" not in page.headers


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_wallboard_can_only_be_looked_at(client: Client, db: None, method: str) -> None:
    assert client.generic(method, "/wallboard/hall/state/").status_code == 405
