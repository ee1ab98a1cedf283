"""An office on each kind of PBX, and a driver connected to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from ami_worker.demo import DemoPbx
from tests.operations.driver import Driver
from tests.operations.offices import DemoOffice, Office, RealOffice
from tests.rig.fixtures import VERSIONS, missing
from tests.rig.floor import Floor
from tests.rig.parts import Unavailable
from tests.rig.phones import Rig


PBXS = ["demo", *(pytest.param(name, marks=pytest.mark.asterisk) for name in ("asterisk22", "asterisk16"))]

WITHOUT_MAILBOX = ("206", "207", "208", "209", "210")
"""On the real ones as well (tests/rig/asterisk.py)."""


@pytest.fixture
async def demo() -> AsyncIterator[DemoPbx]:
    """A demo PBX on which nothing happens that is not asked for, and nobody answers unasked."""
    async with DemoPbx(rate=0, operator_seconds=None) as pbx:
        yield pbx


@pytest.fixture
async def demo_office(demo: DemoPbx) -> AsyncIterator[DemoOffice]:
    office = DemoOffice(demo)
    yield office
    await office.close()


@pytest.fixture(params=PBXS)
async def office(request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    """The same office on the demo PBX, on Asterisk 22 and on Asterisk 16."""
    if request.param == "demo":
        async with DemoPbx(rate=0, operator_seconds=None) as pbx:
            for number in WITHOUT_MAILBOX:
                del pbx.pbx.switch.devices.mailboxes[number]
            office = DemoOffice(pbx)
            yield office
            await office.close()
    else:
        # The rig is synchronous and may take its time; it is made before the loop has anything else to do.
        with Rig(request.getfixturevalue(request.param)) as rig:
            yield RealOffice(rig)


@pytest.fixture(params=[pytest.param(major, marks=pytest.mark.asterisk) for major in VERSIONS])
def floor(request: pytest.FixtureRequest) -> Iterator[Floor]:
    """An Asterisk of its own with many desks; its telephones are of this process, and parked callers come back soon."""
    try:
        floor = Floor(request.param, desks=10)
    except Unavailable as error:
        missing(str(error))
    with floor:
        yield floor


@pytest.fixture
async def driver(office: Office) -> AsyncIterator[Driver]:
    async with Driver.on(office.ami_url) as driver:
        yield driver


@pytest.fixture
async def demo_driver(demo: DemoPbx) -> AsyncIterator[Driver]:
    async with Driver.on(demo.ami_url) as driver:
        yield driver
