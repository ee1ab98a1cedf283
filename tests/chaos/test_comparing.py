"""The comparison of the chaos run finds what is wrong, and counts as what. The run itself is `make chaos`."""

from __future__ import annotations

import pytest

from tests.chaos.comparing import Wrong
from tests.chaos.run import _rooms_dialled
from tests.e2e.truth import Picture, differences


TOLD: Picture = {
    "call": {"1.1": {"1.1", "1.2"}},
    "extension": {"201": ("INUSE", "1"), "202": ("NOT_INUSE", "0")},
    "caller": {"front/1.3": 1},
    "phone": {"201": {"1.2"}, "itsp": {"1.1"}},
    "calls": {"on the page": 1},
    "timer": {},
}
SHOWN: Picture = {**TOLD, "extension": {"201": "talking", "202": "idle"}, "phone": {"201": {"1.2"}}}


def wrong_with(**rows: dict[str, object]) -> list[Wrong]:
    return [Wrong("a page", each) for each in differences({**SHOWN, **rows}, TOLD)]


def test_a_picture_that_is_right_is_right() -> None:
    assert wrong_with() == []


@pytest.mark.parametrize("state", ["idle", "ringing", "offline", "unknown"])
def test_a_tile_that_lies_is_a_wrong_tile(state: str) -> None:
    (wrong,) = wrong_with(extension={"201": state, "202": "idle"})
    assert (wrong.is_wrong_tile, wrong.is_phantom) == (True, False)
    assert str(wrong) == f"a page: extension 201: shown {state}, listed ('INUSE', '1')"


@pytest.mark.parametrize(
    "rows",
    [
        {"call": {"1.1": {"1.1", "1.2"}, "0.9": {"0.9"}}},
        {"caller": {"front/1.3": 1, "front/0.9": 2}},
        {"phone": {"201": {"1.2"}, "202": {"0.9"}}},
        {"calls": {"on the page": 2}},
    ],
)
def test_what_is_shown_and_not_there_is_a_phantom(rows: dict[str, dict[str, object]]) -> None:
    (wrong,) = wrong_with(**rows)
    assert (wrong.is_wrong_tile, wrong.is_phantom) == (False, True)


@pytest.mark.parametrize(
    "rows", [{"call": {}}, {"caller": {}}, {"caller": {"front/1.3": 2}}, {"calls": {"on the page": 0}}]
)
def test_what_is_there_and_not_shown_is_wrong_as_well(rows: dict[str, dict[str, object]]) -> None:
    (wrong,) = wrong_with(**rows)
    assert (wrong.is_wrong_tile, wrong.is_phantom) == (False, False)


def test_only_what_a_page_has_is_asked_of_it() -> None:
    assert differences({"caller": {"front/1.3": 1}}, TOLD) == []


def test_every_room_that_asterisk_was_told_to_dial_is_counted() -> None:
    ring = "Action: Originate\r\nActionID: {}\r\nChannel: PJSIP/229\r\nExten: 801\r\nPriority: 1\r\n\r\n"
    ping = "Action: Ping\r\nActionID: 7\r\n\r\n"
    sent = ping + ring.format(1) + ping + ring.format(2).replace("801", "204") + ring.format(3)
    assert list(_rooms_dialled(sent)) == [("229", "801")] * 2
