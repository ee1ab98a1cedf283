"""What both databases work out alike: moments as whole numbers, and which rows an operator may see.

Used by the modules of the reports and of the lost calls. Django's own date functions call Python for each row on
SQLite and its differences of times do so too; these are a few built-in functions on either database.
"""

from __future__ import annotations

import json
import sqlite3
from typing import Any, TypeVar, cast

from django.db.models import BigIntegerField, F, Func, Model, QuerySet, TextField, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Cast

from panel.history.periods import QUARTER
from panel.live.visibility import Audience, may_see


M = TypeVar("M", bound=Model)


_SECONDS = (
    "unixepoch(substr(%(expressions)s, 1, 19))"
    if sqlite3.sqlite_version_info >= (3, 38)
    else "CAST(strftime('%%%%s', substr(%(expressions)s, 1, 19)) AS INTEGER)"
)
"""SQLite keeps a moment as text in UTC, with six digits after the second or with none, and would round them."""


class Micros(Func):
    """The column's moment as microseconds since 1970, exactly. Takes the name of a column and nothing else.

    PostgreSQL's `date_part` gives a float, until the year 2100 less than half a microsecond off, which is rounded away;
    the exact decimal of `EXTRACT` takes twice as long.
    """

    output_field = BigIntegerField()
    arity = 1
    sqlite = f"({_SECONDS} * 1000000 + CAST(substr(%(expressions)s, 21, 6) AS INTEGER))"
    postgresql = "CAST(date_part('epoch', %(expressions)s) * 1000000 AS bigint)"

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, template=self.sqlite, **more)

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        return self.as_sql(compiler, connection, template=self.postgresql, **more)


class Quarter(Micros):
    """Number of the quarter of an hour since 1970 in which the column's moment is."""

    sqlite = f"({_SECONDS} / 900)"
    postgresql = "CAST(FLOOR(date_part('epoch', %(expressions)s) / 900) AS bigint)"


def into_quarter(column: str) -> CombinedExpression:
    """Microseconds since the beginning of the quarter. They are added up instead of the moments themselves, whose sum
    would be larger than SQLite's whole numbers.
    """
    return Micros(F(column)) % Value(QUARTER, output_field=BigIntegerField())


def visible_to(audience: Audience, rows: QuerySet[M, M]) -> QuerySet[M, M]:
    """Those of the rows of a history table that the operator may see.

    Which ones is decided by `may_see`, for each set of departments that occurs; JSON lists cannot be searched alike in
    both databases. The rows must already be narrowed down to the period, for they are looked through once more.
    """
    if audience.departments is None:
        return rows
    marked = rows.annotate(groups_text=Cast("groups", TextField()))
    occurring = marked.order_by().values_list("groups_text", flat=True).distinct()
    visible = [text for text in occurring if may_see(audience, "", json.loads(text), {})]
    return cast("QuerySet[M, M]", marked.filter(groups_text__in=visible))
