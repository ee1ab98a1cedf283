"""The page of the reports, `/reports/`, and its files. Only panel/urls.py calls this module."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from panel.accounts.models import Operator
from panel.history.charts import draw
from panel.history.columns import By, exported, head, shown
from panel.history.exports import Cell, attachment, local
from panel.history.forms import ReportForm
from panel.history.models import SEE_REPORTS
from panel.history.reports import Report, make
from panel.live.visibility import audience_of


@require_safe
@never_cache
@login_required
def reports(request: HttpRequest, kind: str = "") -> HttpResponse | StreamingHttpResponse:
    """The page, or with a `kind` the same figures as a file. A question that makes no sense gets the page with the
    reason at the form and status 400.
    """
    operator = request.user
    assert isinstance(operator, Operator)
    if not operator.has_perm(SEE_REPORTS):
        raise PermissionDenied(_("Your account may not see the reports."))
    form = ReportForm(request.GET, audience_of(operator))
    rest = request.GET.copy()
    rest.pop("by", None)
    frame = {"form": form, "rest": rest.urlencode(), "operator": operator, "page_name": "reports"}
    if not form.is_valid():
        return render(request, "history/reports.html", frame, status=400)
    report = make(form.scope, form.by_chosen)
    if kind:
        return attachment(request, kind, _file_name(report), table(report))
    return render(request, "history/reports.html", frame | _context(report))


def _context(report: Report) -> dict[str, Any]:
    columns = [
        column
        for column in report.columns
        if not column.is_rare or any(line.values[column.key] for line in (*report.lines, report.total))
    ]
    labels = _short(report)
    lines = [
        (
            label,
            [(shown(line.values[column.key], column.form), not line.values[column.key]) for column in columns],
            line,
        )
        for label, line in zip([*labels, report.total.label], [*report.lines, report.total], strict=True)
    ]
    return {
        "report": report,
        "head": head(report.by),
        "columns": columns,
        "lines": lines[:-1],
        "total": lines[-1],
        "chart": draw(report, labels),
        "has_figures": any(report.total.values.values()),
    }


def _short(report: Report) -> list[str]:
    """The names of the lines; of the hours of one day without the day."""
    labels = [line.label for line in report.lines]
    if report.by is By.HOUR and report.scope.period.number_of_days == 1:
        return [label.partition(" ")[2] for label in labels]
    return labels


def table(report: Report) -> Iterator[Sequence[Cell]]:
    """The report as the lines of a file: the figures first, then what is to be known about them."""
    yield [head(report.by), *(column.label for column in report.columns), _("Complete")]
    for line in (*report.lines, report.total):
        values = [exported(line.values[column.key], column.form) for column in report.columns]
        yield [line.label, *values, _("yes") if line.is_complete else _("no")]
    period = report.scope.period
    yield []
    yield [_("Period"), period.first.isoformat(), period.last.isoformat(), str(period.zone)]
    yield [_("Queue"), report.scope.queue or _("all")]
    yield [_("Times are in seconds.")]
    for began, ended, reason in report.gaps:
        yield [_("Incomplete"), local(began), local(ended) or _("now"), reason]


def _file_name(report: Report) -> str:
    period = report.scope.period
    return f"cordboard-{report.by}-{period.first}" + ("" if period.first == period.last else f"-{period.last}")
