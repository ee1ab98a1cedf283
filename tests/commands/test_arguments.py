"""The form of arguments: digits, seconds, texts and numbers, as people type them and as attackers do."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.commands.arguments import LONGEST, LONGEST_DIGITS, LONGEST_TEXT, checked
from panel.commands.catalogue import CATALOGUE, ArgumentKind
from panel.commands.refusals import Refused


def given_to(name: str, **args: Any) -> dict[str, str]:
    return checked(CATALOGUE[name], {"call": "1.1", **args})


def refused(name: str, **args: Any) -> Refused:
    with pytest.raises(Refused) as refusal:
        given_to(name, **args)
    return refusal.value


@pytest.mark.parametrize(
    ("typed", "sent"),
    [("1", "1"), ("12#", "12#"), ("*97", "*97"), ("abcd", "ABCD"), (" 1 2-3 ", "123"), ("9" * 32, "9" * 32)],
)
def test_digits_are_what_a_keypad_has(typed: str, sent: str) -> None:
    assert given_to("dtmf", digits=typed)["digits"] == sent


@pytest.mark.parametrize(
    "typed", ["e", "1,2", "1&2", "w1", "٢", "²", "+1", "9" * (LONGEST_DIGITS + 1), "", " - ", "1\n"]
)
def test_other_digits_are_refused(typed: str) -> None:
    assert refused("dtmf", digits=typed).code == "bad_arguments"


@pytest.mark.parametrize(("typed", "kept"), [("5", "5"), ("120", "120"), (" 30 ", "30"), ("007", "7")])
def test_seconds_are_whole(typed: str, kept: str) -> None:
    assert given_to("transfer", to="202", seconds=typed)["seconds"] == kept


@pytest.mark.parametrize("typed", ["0", "4", "121", "-5", "5.5", "1e1", "٣٠", "³", "thirty", "9" * 400, " "])
def test_other_seconds_are_refused(typed: str) -> None:
    assert refused("transfer", to="202", seconds=typed).code == "bad_arguments"


def test_a_text_is_one_line_and_short() -> None:
    assert given_to("note", text="  Wants\u00a0the  invoice ")["text"] == "Wants the invoice"
    assert given_to("note", text="ä" * LONGEST_TEXT)["text"] == "ä" * LONGEST_TEXT
    assert refused("note", text="ä" * (LONGEST_TEXT + 1)).code == "bad_arguments"
    assert refused("note", text="a\nb").code == "bad_arguments"


def test_an_empty_note_takes_it_away() -> None:
    assert given_to("note") == given_to("note", text="") == given_to("note", text="   ") == {"call": "1.1"}


def test_asking_first_can_begin_before_it_is_known_whom() -> None:
    assert given_to("consult") == given_to("consult", to="") == {"call": "1.1"}
    assert given_to("consult", to="+44 20 7946")["to"] == "+44207946"


@pytest.mark.parametrize(
    ("name", "args", "code"),
    [
        ("transfer", {}, "bad_number"),
        ("camp", {"to": ""}, "bad_number"),
        ("enqueue", {}, "bad_arguments"),
        ("confer", {"room": ""}, "bad_arguments"),
        ("hold", {"call": ""}, "bad_arguments"),
    ],
)
def test_what_is_needed_and_missing_is_refused(name: str, args: dict[str, str], code: str) -> None:
    assert refused(name, **args).code == code


@given(
    name=st.sampled_from([spec.name for spec in CATALOGUE.values()]),
    data=st.data(),
)
def test_whatever_comes_out_can_be_stored_and_comes_out_again_as_it_is(name: str, data: st.DataObject) -> None:
    spec = CATALOGUE[name]
    value = st.text(max_size=40) | st.text("0123456789*#ABCD -+", max_size=40) | st.just("x" * (LONGEST + 1))
    args = data.draw(st.fixed_dictionaries({each.name: value for each in spec.arguments}))
    try:
        out = checked(spec, args)
    except Refused:
        return
    assert checked(spec, out) == out
    assert all(len(text) <= LONGEST and text.isprintable() for text in out.values() if text.isascii())
    digits = {each.name for each in spec.arguments if each.kind is ArgumentKind.DIGITS}
    assert all(set(out.get(each, "")) <= set("0123456789ABCD*#") for each in digits)


@pytest.mark.parametrize(("typed", "kept"), [("0", "0"), (" 7 ", "7"), ("007", "7"), ("1000", "1000")])
def test_a_penalty_is_whole(typed: str, kept: str) -> None:
    spec = CATALOGUE["agent_penalty"]
    assert checked(spec, {"agent": "front/PJSIP/201", "penalty": typed})["penalty"] == kept


@pytest.mark.parametrize("typed", ["-1", "1001", "1.5", "first", "١", "9" * 400])
def test_other_penalties_are_refused(typed: str) -> None:
    with pytest.raises(Refused, match="from 0 to 1000"):
        checked(CATALOGUE["agent_penalty"], {"agent": "front/PJSIP/201", "penalty": typed})


@pytest.mark.parametrize("typed", ["no", "true", "1", "Yes"])
def test_in_all_queues_or_not_is_never_guessed(typed: str) -> None:
    with pytest.raises(Refused, match="yes"):
        checked(CATALOGUE["agent_pause"], {"agent": "front/PJSIP/201", "everywhere": typed})
