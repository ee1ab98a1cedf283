"""What both databases work out alike: moments as whole numbers, and which rows an operator may see.

Used by the modules of the reports and of the lost calls. Django's own date functions call Python for each row on
SQLite and its differences of times do so too; these are a few built-in functions on either database.
"""

from __future__ import annotations

import json
from typing import Any, TypeVar

from django.db.models import BigIntegerField, F, Func, Model, QuerySet, TextField, Value
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Cast

from panel.history.periods import QUARTER
from panel.live.visibility import Audience, may_see


M = TypeVar("M", bound=Model)


class Micros(Func):
    """The column's moment as microseconds since 1970, exactly. Takes the name of a column and nothing else."""

    output_field = BigIntegerField()
    arity = 1

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        """Django keeps a moment as text in UTC, with six digits after the second or with none. SQLite would round them."""
        template = "(strftime('%%%%s', substr(%(expressions)s, 1, 19)) * 1000000 + CAST(substr(%(expressions)s, 21, 6) AS INTEGER))"
        return super().as_sql(compiler, connection, template=template, **more)

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        template = "CAST(EXTRACT(EPOCH FROM %(expressions)s) * 1000000 AS bigint)"
        return super().as_sql(compiler, connection, template=template, **more)


class Quarter(Micros):
    """Number of the quarter of an hour since 1970 in which the column's moment is."""

    def as_sqlite(self, compiler: Any, connection: Any, **more: Any) -> Any:
        template = "(CAST(strftime('%%%%s', substr(%(expressions)s, 1, 19)) AS INTEGER) / 900)"
        return Func.as_sql(self, compiler, connection, template=template, **more)

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        template = "CAST(FLOOR(EXTRACT(EPOCH FROM %(expressions)s) / 900) AS bigint)"
        return Func.as_sql(self, compiler, connection, template=template, **more)


def into_quarter(column: str) -> CombinedExpression:
    """Microseconds since the beginning of the quarter. They are added up instead of the moments themselves, whose sum
    would be larger than SQLite's whole numbers.
    """
    return Micros(F(column)) % Value(QUARTER, output_field=BigIntegerField())


def visible_to(audience: Audience, rows: QuerySet[M]) -> QuerySet[M]:
    """Those of the rows of a history table that the operator may see.

    Which ones is decided by `may_see`, for each set of departments that occurs; JSON lists cannot be searched alike in
    both databases. The rows must already be narrowed down to the period, for they are looked through once more.
    """
    if audience.departments is None:
        return rows
    marked = rows.annotate(groups_text=Cast("groups", TextField()))
    occurring = marked.order_by().values_list("groups_text", flat=True).distinct()
    return marked.filter(groups_text__in=[text for text in occurring if may_see(audience, "", json.loads(text), {})])
