"""PostgreSQL as the live part's tests use it."""

from __future__ import annotations

from tests.live.conftest import _database_in_async_tests, postgres_database  # noqa: F401  (fixtures)
