"""Case 22 of the fault cases: what people type and paste, and what attackers type, into a field for a number."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from panel.commands.targets import LONGEST, BadNumber, canonical, normalise


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("201", "201"),
        (" 201 ", "201"),
        ("2 0 1", "201"),
        ("+44 20 7946 0000", "+442079460000"),
        ("+44 (0)20 7946 0000", "+442079460000"),
        ("+44 (0) 20 7946 0000", "+442079460000"),
        ("0044-20-7946-0000", "00442079460000"),
        ("(020) 7946.0000", "02079460000"),
        ("+48\u00a0600\u202f111\u2011222", "+48600111222"),
        ("+1\u2013800", "+1800"),
        ("*72", "*72"),
        ("*8#", "*8#"),
        ("#31#48600111222", "#31#48600111222"),
        ("9" * LONGEST, "9" * LONGEST),
    ],
)
def test_what_people_write_becomes_what_can_be_dialled(typed: str, number: str) -> None:
    assert normalise(typed) == number


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "Type a number"),
        ("   ", "Type a number"),
        ("()", "Type a number"),
        ("+", "Type a number"),
        ("300&PJSIP/x", "letters"),
        ("300&301", "cannot hold &"),
        ("1,2", "cannot hold ,"),
        ("@evil", "letters"),
        ("1@2", "cannot hold @"),
        ("DAHDI/g1/0900", "letters"),
        ("1/2", "cannot hold /"),
        ("${EXTEN}", "letters"),
        ("$123", "cannot hold $"),
        ("1;2", "cannot hold ;"),
        ("1|2", "cannot hold |"),
        ("1+2", "beginning"),
        ("++1", "beginning"),
        ("٢٠١", "digits 0 to 9"),
        ("２０１", "digits 0 to 9"),
        ("20\u0661", "digits 0 to 9"),
        ("2²", "digits 0 to 9"),
        ("tel:+4820", "letters"),
        ("Zofia", "letters"),
        ("1\r\nApplication: System", "letters"),
        ("1\r\n2", "invisible"),
        ("1\n", "invisible"),
        ("1\x002", "invisible"),
        ("1\u202e2", "invisible"),
        ("1\u200b2", "invisible"),
        ("1\u20282", "invisible"),
        ("9" * (LONGEST + 1), "too long"),
        ("9" * 500, "too long"),
    ],
)
def test_everything_else_is_refused_with_a_sentence(typed: str, reason: str) -> None:
    with pytest.raises(BadNumber, match=re.escape(reason)) as refused:
        normalise(typed)
    assert str(refused.value).endswith(".")


@given(st.text() | st.text(alphabet="0123456789+*# -().&/@,\r\n\x00٣", max_size=40))
def test_nothing_but_digits_star_and_hash_ever_comes_out(typed: str) -> None:
    try:
        number = normalise(typed)
    except BadNumber:
        return
    assert re.fullmatch(r"\+?[0-9*#]{1,32}", number, re.ASCII)
    assert len(number) <= LONGEST
    # It never widens: no sign comes out that did not go in, and what was dialled first is dialled first.
    assert set(number) <= set(typed)
    assert normalise(number) == number


@given(st.text(max_size=60))
def test_the_canonical_form_is_stable(typed: str) -> None:
    assert canonical(canonical(typed)) == canonical(typed)


def test_a_key_that_is_no_number_stays_as_it_is() -> None:
    assert canonical("201@sales") == "201@sales"
    assert canonical(" B/201 ") == "B/201"
