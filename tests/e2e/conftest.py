"""Fixtures of the tests that kill a part in the middle of five calls."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.desk import OPERATORS, QUICK, settings
from tests.e2e.stack import Panel, panel
from tests.rig.asterisk import Asterisk


@pytest.fixture(scope="module", params=[22, 16])
def quick_asterisk(request: pytest.FixtureRequest) -> Iterator[Asterisk]:
    """The shared Asterisk, both versions, on which callers come back soon."""
    with settings(request.getfixturevalue(f"asterisk{request.param}"), **QUICK) as running:
        yield running


@pytest.fixture(scope="module")
def five_desks(quick_asterisk: Asterisk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Panel]:
    """A panel with the five operators of `desk.py`."""
    with panel(tmp_path_factory.mktemp("desks"), quick_asterisk.ami_url, operators=OPERATORS) as running:
        yield running
