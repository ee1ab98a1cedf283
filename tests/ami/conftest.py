"""A manager interface, and a session with it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ami_worker.ami.connection import Session
from ami_worker.ami.protocol import Message
from tests.ami.helpers import PATIENT
from tests.ami.server import AmiServer


@pytest.fixture
async def server() -> AsyncIterator[AmiServer]:
    async with AmiServer() as server:
        yield server


@pytest.fixture
def heard() -> list[Message]:
    return []


@pytest.fixture
async def session(server: AmiServer, heard: list[Message]) -> AsyncIterator[Session]:
    session = await Session.open(server.url(), events="system,call", on_message=heard.append, timeouts=PATIENT)
    yield session
    await session.close()
