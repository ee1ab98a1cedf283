"""Fixtures of the rig's own tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.rig.office import OTHERS, SETTINGS, Office
from tests.rig.phones import Rig


@pytest.fixture
def office(rig: Rig) -> Iterator[Office]:
    """The office and settings of the include, on both Asterisks."""
    with rig.asterisk.session("cordboard", "system,call,agent,user") as ami:
        office = Office(rig, ami)
        office.settings(**SETTINGS)
        before = len(office.complaints())
        yield office
        office.settings(**dict.fromkeys([*SETTINGS, *OTHERS], ""))
        assert office.complaints()[before:] == []
