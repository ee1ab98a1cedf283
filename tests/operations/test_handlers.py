"""The catalogue, what carries it out, and what the board is told can be done, say the same."""

from __future__ import annotations

import inspect

import pytest

from ami_worker.operations import Site
from ami_worker.operations.claims import WORDS
from ami_worker.operations.operations import HANDLERS
from ami_worker.operations.site import OF_THE_INCLUDE
from panel.commands.catalogue import CATALOGUE


def test_every_command_of_the_catalogue_is_carried_out() -> None:
    assert set(HANDLERS) == set(CATALOGUE)
    assert all(inspect.iscoroutinefunction(handler) for handler in HANDLERS.values())


def test_what_others_are_told_of_a_command_is_of_commands_that_there_are() -> None:
    assert set(WORDS) <= set(CATALOGUE)
    assert set(OF_THE_INCLUDE) <= set(CATALOGUE)


ALL_ACTIONS = frozenset({"park", "originate", "pjsipnotify", "redirect", "setvar", "getvar"})


@pytest.mark.parametrize(
    ("site", "there", "missing"),
    [
        (Site(), {"parking", "originate"}, {"include", "include2", "hold", "record", "answer"}),
        (Site(ALL_ACTIONS, 1), {"include", "answer"}, {"include2", "hold", "camp", "record"}),
        (Site(ALL_ACTIONS, 2), {"include", "include2", *OF_THE_INCLUDE, "record", "answer"}, {"listen"}),
        (Site(ALL_ACTIONS - {"pjsipnotify", "park"}, 2), {"include2"}, {"answer", "parking"}),
        (Site(ALL_ACTIONS - {"originate"}, 3), {"hold"}, {"record", "originate", "listen"}),
        (Site(ALL_ACTIONS, 3), {"hold", "listen"}, {"prompt"}),
        (Site(ALL_ACTIONS, 4), {"listen", "prompt"}, set()),
        (Site(ALL_ACTIONS - {"redirect"}, 4), {"hold"}, {"prompt"}),
    ],
    ids=[
        "nothing known",
        "version 1",
        "version 2",
        "without notify and park",
        "without originate",
        "version 3",
        "version 4",
        "without redirect",
    ],
)
def test_the_board_is_told_what_can_be_done(site: Site, there: set[str], missing: set[str]) -> None:
    offered = set(site.capabilities)
    assert there <= offered
    assert not missing & offered
