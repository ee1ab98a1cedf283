"""A loan whose time was over while no worker was there ends as soon as one is, on each kind of PBX."""

from __future__ import annotations

import asyncio
import os
import time
from datetime import UTC, datetime

import pytest

from ami_worker.ami.connection import AmiUrl
from ami_worker.service import Worker
from panel.commands.models import Command
from panel.directory.models import Loan
from tests.ami.helpers import until
from tests.operations.driver import Driver
from tests.operations.offices import OPERATOR, Office
from tests.operations.stories import assert_done
from tests.operations.test_agents import listed


LENT = "support/PJSIP/203"


@pytest.mark.django_db(transaction=True)
async def test_who_is_on_loan_goes_when_the_time_is_over(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    async with Driver.on(office.ami_url) as driver:
        assert_done(await driver.give("agent_borrow", OPERATOR, person="203", queue="support", minutes="30"))
        loan = driver.mirror.loans.running[LENT]
        assert abs(loan.login_at - time.time()) < 60
        ends = datetime.fromtimestamp(time.time() - 1, UTC)
        names = {"pbx": "pbx", "queue": loan.queue, "interface": loan.interface, "by": loan.by}
        Loan.objects.create(**names, until=ends, login_at=loan.login_at)
        working = asyncio.create_task(Worker(AmiUrl.parse(office.ami_url), "pbx").run())
        try:
            await until(lambda: not Loan.objects.exists(), 15)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
        assert LENT not in await listed(driver)
        line = Command.objects.get()
        assert (line.name, line.operator_name, line.state) == ("agent_return", "Cordboard", "done"), line.text
