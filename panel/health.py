"""`/healthz`, `/readyz` and `/metrics`: how the panel is, for programs that watch it.

Open to whoever can reach the port, so nothing here tells of a person or a call: only counts, states and the PBX's
own key.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Count, Max
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from panel.commands.models import Command
from panel.live import feed
from panel.live.models import Call, Change, Lease, Pbx, Work
from panel.outage import reason_of, why_nothing_is_written
from panel.vocabulary import ENDED_COMMAND_STATES, Link, utc


NOT_STORED = {"Cache-Control": "no-store"}

FEED_GAUGES = {"sockets", "feed_lag_seconds"}
"""Of the feed's figures, those that go up and down; the others only count."""

WORK_COUNTED = {
    "events": ("cordboard_ami_events", "Events of the PBX that its worker took in."),
    "changes": ("cordboard_changes", "Changes that the worker wrote."),
    "resyncs": ("cordboard_ami_resyncs", "Comparisons of everything with the PBX."),
    "sessions_lost": ("cordboard_ami_sessions_lost", "Sessions for events that ended."),
    "flushes_failed": ("cordboard_flushes_failed", "Writes that the database refused; they are made again."),
}
WORK_TIMED = {
    "flush": ("cordboard_flush_seconds", "How long the worker's writes took."),
    "lag": ("cordboard_event_to_commit_seconds", "From the first event of a write to its commit."),
}
"""Of `WorkerFigures`: the name of each here, and what it says."""


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """The process lives. Touches nothing else."""
    return HttpResponse("ok\n", content_type="text/plain", headers=NOT_STORED)


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 only while a worker holds each PBX's lease and each link is live; otherwise 503 with the reason."""
    try:
        pbxs = _pbxs()
    except DatabaseError as failed:
        return _not_ready({"reason": reason_of(failed), "pbx": {}})
    reason = next((f"{name}: {each['problem']}" for name, each in pbxs.items() if each["problem"]), "")
    if reason:
        return _not_ready({"reason": reason, "pbx": pbxs})
    return JsonResponse({"ready": True, "reason": "", "pbx": pbxs}, headers=NOT_STORED)


def _not_ready(body: dict[str, Any]) -> JsonResponse:
    response = JsonResponse({"ready": False, **body}, status=503, headers=NOT_STORED)
    # Django logs a 503 as an error. Here it is an answer, and whoever asks does so every second.
    response._has_been_logged = True  # type: ignore[attr-defined]
    return response


def _pbxs() -> dict[str, dict[str, Any]]:
    """Each PBX that is configured, or that a worker has ever kept, by its key."""
    rows = {row.pbx: row.row for row in Pbx.objects.all()}
    leases = {lease.pbx: lease for lease in Lease.objects.all()}
    held = set(Lease.objects.filter(until__gt=Now()).exclude(owner="").values_list("pbx", flat=True))
    return {
        name: _pbx(rows.get(name), leases.get(name), name in held) for name in sorted({*settings.PBXS, *rows, *leases})
    }


def _pbx(row: dict[str, Any] | None, lease: Lease | None, is_held: bool) -> dict[str, Any]:
    link = row["link"] if row else Link.OFFLINE.value
    if not is_held:
        problem = why_nothing_is_written() or "No worker is running."
    elif row is None:
        problem = "The worker has not reached the PBX yet."
    elif link != Link.LIVE.value:
        problem = row["reason"] or f"The link is {link}."
    else:
        problem = ""
    as_of_at = row["as_of_at"] if row else None
    if as_of_at is None and lease and link == Link.LIVE.value:
        # A row that is live need not say since when; it was true when the worker last renewed its lease.
        as_of_at = utc(lease.until.timestamp() - settings.LEASE_SECONDS)
    return {
        "link": link,
        "problem": problem,
        "reason": row["reason"] if row else "",
        "as_of_at": as_of_at,
        "drift": row["drift"] if row else 0,
        "lag_seconds": row["lag_seconds"] if row else 0.0,
        "lease_owner": lease.owner if lease else "",
        "lease_epoch": lease.epoch if lease else 0,
        "lease_held": is_held,
        "lease_until_at": utc(lease.until.timestamp()) if lease else None,
    }


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus text. 503 when the database cannot be read, so that a scrape fails and is not mistaken for zeros."""
    registry = CollectorRegistry()
    try:
        registry.register(PanelCollector())
        text = generate_latest(registry)
    except DatabaseError as failed:
        return HttpResponse(f"{reason_of(failed)}\n", status=503, content_type="text/plain", headers=NOT_STORED)
    return HttpResponse(text, content_type=CONTENT_TYPE_PLAIN_0_0_4, headers=NOT_STORED)


class PanelCollector(Collector):
    """Reads the figures from the database at each scrape, so that every web process says the same; then those of
    this process.
    """

    def describe(self) -> Iterable[Metric]:
        """Nothing: the names need not be known beforehand, and asking must not read the database."""
        return []

    def collect(self) -> Iterable[Metric]:
        yield from _pbx_figures()
        yield from _work_figures()
        yield from _command_figures()
        yield from _feed_figures()


def _pbx_figures() -> Iterable[Metric]:
    live = GaugeMetricFamily("cordboard_link_live", "1 while the picture of the PBX is live.", labels=["pbx"])
    lease = GaugeMetricFamily("cordboard_lease_held", "1 while a worker keeps the picture.", labels=["pbx"])
    epoch = GaugeMetricFamily("cordboard_lease_epoch", "Counts the take-overs by workers.", labels=["pbx"])
    drift = CounterMetricFamily("cordboard_drift", "Rows that reconciles had to correct.", labels=["pbx"])
    lag = GaugeMetricFamily("cordboard_lag_seconds", "How far the worker is behind the events.", labels=["pbx"])
    for name, each in _pbxs().items():
        live.add_metric([name], float(each["link"] == Link.LIVE.value and each["lease_held"]))
        lease.add_metric([name], float(each["lease_held"]))
        epoch.add_metric([name], each["lease_epoch"])
        drift.add_metric([name], each["drift"])
        lag.add_metric([name], each["lag_seconds"])
    calls = GaugeMetricFamily("cordboard_calls", "Calls that are up, by state.", labels=["state"])
    for state, number in Call.objects.values_list("state").annotate(Count("pk")).order_by("state"):
        calls.add_metric([state], number)
    newest = Change.objects.aggregate(newest=Max("seq"))["newest"] or 0
    seq = GaugeMetricFamily("cordboard_changes_seq", "Number of the newest change.", value=newest)
    return [live, lease, epoch, drift, lag, calls, seq]


def _work_figures() -> Iterable[Metric]:
    """What the worker of each PBX said last. They begin at zero again with each take-over, as counters may."""
    counted = {each: CounterMetricFamily(*words, labels=["pbx"]) for each, words in WORK_COUNTED.items()}
    timed = {each: HistogramMetricFamily(*words, labels=["pbx"]) for each, words in WORK_TIMED.items()}
    for pbx, figures in Work.objects.order_by("pbx").values_list("pbx", "figures"):
        for each in counted.keys() & figures.keys():  # those of a worker of another version are left out
            counted[each].add_metric([pbx], figures[each])
        for each in timed.keys() & figures.keys():
            timed[each].add_metric([pbx], figures[each]["buckets"], figures[each]["sum"])
    return [*counted.values(), *timed.values()]


def _command_figures() -> Iterable[Metric]:
    ended = CounterMetricFamily("cordboard_commands", "Commands that have ended.", labels=["name", "state"])
    unfinished = GaugeMetricFamily("cordboard_commands_open", "Commands not ended yet.", labels=["name", "state"])
    counted = Command.objects.order_by("name", "state").values_list("name", "state").annotate(Count("pk"))
    for name, state, number in counted:
        (ended if state in ENDED_COMMAND_STATES else unfinished).add_metric([name, state], number)
    return [ended, unfinished]


def _feed_figures() -> Iterable[Metric]:
    """Of this web process alone; with several of them, each is scraped at its own address."""
    for name, value in feed.figures().items():
        family = GaugeMetricFamily if name in FEED_GAUGES else CounterMetricFamily
        yield family(f"cordboard_{name}", f"Of this web process: {name.replace('_', ' ')}.", value=value)
