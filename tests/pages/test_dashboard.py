"""The dashboard for Grafana asks for what /metrics really gives."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from ami_worker.timings import Timings
from panel.accounts.models import Operator
from panel.commands.models import Command
from panel.live.models import Work
from panel.vocabulary import WorkerFigures
from tests.people import hold_lease, put_call, put_pbx


DASHBOARD: dict[str, Any] = json.loads((Path(__file__).parents[2] / "deploy/grafana.json").read_text())
OF_PROMETHEUS = {"instance"}
"""Labels that every figure gets where it is collected."""


def timings(*seconds: float) -> Timings:
    taken = Timings()
    for each in seconds:
        taken.add(each)
    return taken


def work(**more: int) -> WorkerFigures:
    counted = {"events": 0, "changes": 0, "resyncs": 0, "sessions_lost": 0, "flushes_failed": 0, **more}
    return WorkerFigures(flush=timings(0.004, 0.03).figures(), lag=timings(9).figures(), **counted)  # type: ignore[typeddict-item]


@pytest.fixture
def labels(client: Client, alice: Operator) -> dict[str, set[str]]:
    """Of a panel in which there is something of everything: by the name of a figure the labels that it has."""
    put_pbx()
    hold_lease()
    put_call("1")
    Work.objects.create(pbx="pbx", figures=work())
    now = timezone.now()
    for state in ("done", "sent"):
        Command.objects.create(
            key=state, pbx="pbx", operator=alice, operator_key="alice", name="call", args={}, state=state,
            created_at=now, expires_at=now + timedelta(seconds=10),
        )  # fmt: skip
    families = text_string_to_metric_families(client.get("/metrics").text)
    return {sample.name: set(sample.labels) for family in families for sample in family.samples}


def queries() -> Iterator[str]:
    yield from (target["expr"] for panel in DASHBOARD["panels"] for target in panel["targets"])
    for variable in DASHBOARD["templating"]["list"]:
        if variable["type"] == "query":
            yield variable["query"]["query"]


def test_each_query_is_about_figures_that_there_are_with_the_labels_that_they_have(labels: dict[str, set[str]]) -> None:
    for query in queries():
        names = set(re.findall(r"\bcordboard_\w+", query))
        assert names, query
        assert names <= labels.keys(), query
        chosen = {each.partition("=")[0] for part in re.findall(r"{(.*?)}", query) for each in part.split(",")}
        kept = {each.strip() for part in re.findall(r"\bby \((.*?)\)", query) for each in part.split(",")}
        for name in names:
            assert chosen | kept <= labels[name] | OF_PROMETHEUS, query


def test_every_figure_is_on_the_dashboard_but_for_the_number_of_the_newest_change(labels: dict[str, set[str]]) -> None:
    def family(name: str) -> str:
        return re.sub("_(bucket|count|sum)$", "", name)

    shown = {family(name) for query in queries() for name in re.findall(r"\bcordboard_\w+", query)}
    assert {family(name) for name in labels} - shown == {"cordboard_changes_seq"}


def test_no_panel_lies_over_another_and_each_says_what_it_is() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        assert panel["title"]
        assert panel["description"]
        place = panel["gridPos"]
        area = set(
            itertools.product(range(place["x"], place["x"] + place["w"]), range(place["y"], place["y"] + place["h"]))
        )
        assert not area & taken
        assert max(x for x, _ in area) < 24
        taken |= area
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])


def test_what_the_worker_counted_is_told_by_pbx(client: Client, db: None) -> None:
    Work.objects.create(pbx="pbx", figures=work(events=26, changes=5))
    Work.objects.create(pbx="branch", figures={"events": 7, "of another version": 1})
    text = client.get("/metrics").text
    for line in (
        'cordboard_ami_events_total{pbx="pbx"} 26.0',
        'cordboard_ami_events_total{pbx="branch"} 7.0',
        'cordboard_changes_total{pbx="pbx"} 5.0',
        'cordboard_flush_seconds_bucket{le="0.005",pbx="pbx"} 1.0',
        'cordboard_flush_seconds_bucket{le="0.05",pbx="pbx"} 2.0',
        'cordboard_flush_seconds_count{pbx="pbx"} 2.0',
        'cordboard_event_to_commit_seconds_bucket{le="5.0",pbx="pbx"} 0.0',
        'cordboard_event_to_commit_seconds_bucket{le="+Inf",pbx="pbx"} 1.0',
        'cordboard_event_to_commit_seconds_sum{pbx="pbx"} 9.0',
    ):
        assert line in text.splitlines()
    assert "version" not in text
