"""Prompts: what can be written down, and that only one that is there is taken."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from panel.accounts.models import Operator
from panel.commands.models import Command
from panel.commands.submit import Refused, submit
from panel.directory.models import Prompt


WITHDRAW = {"caller": "caller-Support", "prompt": "We are closed now"}


@pytest.mark.parametrize("sound", ["vm-goodbye", "custom/closed", "de/queue_full", "7", "x" * 80])
def test_a_sound_is_one_name_of_a_file(db: None, sound: str) -> None:
    Prompt(name="Closed", sound=sound).full_clean()


@pytest.mark.parametrize(
    "sound",
    ["", " ", "a b", "a&b", "a,skip", "../secret", "closed.wav", "${EVIL}", "http:x", "a\n", "é", "٣", "x" * 81],
)
def test_anything_else_is_refused(db: None, sound: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Prompt(name="Closed", sound=sound).full_clean()
    assert list(refused.value.message_dict) == ["sound"]


@pytest.mark.parametrize("name", ["", "two\nlines", "x" * 41])
def test_a_name_is_one_short_line(db: None, name: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Prompt(name=name, sound="custom/closed").full_clean()
    assert list(refused.value.message_dict) == ["name"]


@pytest.mark.usefixtures("office")
def test_one_that_was_removed_meanwhile_is_refused_with_nothing_written(steering: Operator) -> None:
    Prompt.objects.all().delete()
    with pytest.raises(Refused) as refused:
        submit(steering, "withdraw", WITHDRAW)
    assert (refused.value.code, refused.value.message) == ("gone", "There is no such prompt any more.")
    assert not Command.objects.exists()


@pytest.mark.usefixtures("office")
def test_the_right_and_the_sight_are_those_of_the_command(steering: Operator, alice: Operator, bob: Operator) -> None:
    assert submit(steering, "withdraw", WITHDRAW).args == WITHDRAW
    with pytest.raises(Refused, match="not_allowed"):
        submit(bob, "withdraw", WITHDRAW)
    with pytest.raises(Refused, match="bad_arguments"):
        submit(steering, "advance", WITHDRAW)
