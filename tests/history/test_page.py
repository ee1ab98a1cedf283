"""The page of the reports as a browser gets it, and its files, opened again."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import openpyxl
import pytest
from asgiref.sync import sync_to_async
from django.test import AsyncClient, Client
from django.utils import timezone
from pytest_django import Settings

from panel.accounts.models import Operator
from panel.accounts.roles import Role
from panel.history.columns import By
from panel.history.models import Gap, Outcome, Passage
from panel.vocabulary import Kind
from tests.history.generator import History, gap, history
from tests.people import make_operator, put


pytestmark = pytest.mark.django_db
DAY = datetime(2026, 6, 1, tzinfo=UTC)
ON_THE_DAY = {"first": "2026-06-01", "last": "2026-06-01"}


@pytest.fixture
def made() -> History:
    found = history(1, DAY, DAY + timedelta(days=1))
    found.gaps = [gap(DAY + timedelta(hours=9), timedelta(minutes=5))]
    return found.save()


@pytest.fixture
def sue(client: Client) -> Operator:
    operator = make_operator("sue", Role.SUPERVISOR)
    client.force_login(operator)
    return operator


def rows_of(client: Client, kind: str, **query: str) -> list[list[object]]:
    answer = client.get(f"/reports/figures.{kind}", ON_THE_DAY | query)
    assert answer.status_code == 200
    data = b"".join(answer.streaming_content)  # type: ignore[arg-type]
    if kind == "csv":
        assert data.startswith(b"\xef\xbb\xbf")
        return [list(row) or [""] for row in csv.reader(io.StringIO(data.decode("utf-8-sig")))]
    return [list(row) for row in openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True)]


def plain(cell: object) -> object:
    """A number, whether the file has it as 118, 118.0 or text."""
    try:
        return float(str(cell))
    except ValueError:
        return cell


@pytest.mark.parametrize("by", list(By))
def test_every_report_has_a_table_and_a_chart_with_words(client: Client, sue: Operator, made: History, by: By) -> None:
    page = client.get("/reports/", ON_THE_DAY | {"by": by}).text
    chart = re.search(r"<svg class=\"chart\".*?</svg>", page, re.DOTALL)
    assert chart
    drawn = ElementTree.fromstring(chart[0])
    assert drawn.get("role") == "img"
    assert "The table has all of them." in drawn.get("aria-label", "")
    assert all(group.find("title") is not None for group in drawn.findall("g"))
    assert "<table>" in page
    assert not re.search(r"""\s(style|on[a-z]+)\s*=\s*["']""", page)
    assert not re.search(r"<script(?![^>]*(src=|nonce=|application/json))", page)
    assert "Incomplete from 2026-06-01 09:00:00 to 2026-06-01 09:05:00: The connection to the PBX was lost." in page


@pytest.mark.parametrize("by", list(By))
def test_the_files_have_the_figures_of_the_page(client: Client, sue: Operator, made: History, by: By) -> None:
    as_csv, as_xlsx = rows_of(client, "csv", by=by), rows_of(client, "xlsx", by=by)
    assert len(as_csv) == len(as_xlsx)
    for of_csv, of_xlsx in zip(as_csv, as_xlsx, strict=True):
        assert [plain(cell) for cell in of_xlsx if cell is not None] == [plain(cell) for cell in of_csv if cell != ""]
    page = client.get("/reports/", ON_THE_DAY | {"by": by}).text
    total = next(row for row in as_xlsx if row[0] == "All together")
    assert f"<td>{total[1]:,}</td>" in page.partition("<tfoot>")[2]
    assert all(isinstance(cell, int | float | None) for cell in total[1:-1])
    marks = [row for row in as_csv if row and row[0] == "Incomplete"]
    assert marks == [
        ["Incomplete", "2026-06-01 09:00:00+00:00", "2026-06-01 09:05:00+00:00", "The connection to the PBX was lost."]
    ]


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("name", ["=1+1", "+49 30", "-2", "@SUM(A1)", "\tx", "\rx", "\n=1+1", "＝1+1", "－2"])
def test_no_name_becomes_a_formula(client: Client, sue: Operator, name: str, kind: str) -> None:
    Passage.objects.create(key="1", pbx="pbx", queue=name, joined_at=DAY, position=1, outcome=Outcome.MOVED)
    cells = [row[0] for row in rows_of(client, kind, by="queue")]
    assert any(str(cell).startswith("'" + name[:1].replace("\r", "\n" if kind == "xlsx" else "\r")) for cell in cells)


@pytest.mark.parametrize("name", ["x;=1+1", "x; +2", 'x;"=1+1', "x;;@SUM(A1)", "x\t-2", "x\n=1+1"])
def test_no_name_becomes_a_formula_where_lines_are_cut_at_semicolons(client: Client, sue: Operator, name: str) -> None:
    Passage.objects.create(key="1", pbx="pbx", queue=name, joined_at=DAY, position=1, outcome=Outcome.MOVED)
    answer = client.get("/reports/figures.csv", ON_THE_DAY)
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[arg-type]
    cells = [cell.strip(' "') for cell in re.split("[;,\t\r\n]", text)]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_signs_that_no_file_can_have_do_not_spoil_it(client: Client, sue: Operator) -> None:
    Passage.objects.create(key="1", pbx="pbx", queue="a\x01b", joined_at=DAY, position=1, outcome=Outcome.MOVED)
    assert rows_of(client, "xlsx")[1][:2] == ["ab", 1]


def test_a_hostile_name_stays_text_in_page_and_chart(client: Client, sue: Operator) -> None:
    name = '<script>alert("1")</script>'
    Passage.objects.create(key="1", pbx="pbx", queue=name, joined_at=DAY, position=1, outcome=Outcome.ABANDONED)
    Gap.objects.create(key="g", pbx="pbx", reason=name, began_at=DAY, ended_at=None)
    assert "<script>alert" not in client.get("/reports/", ON_THE_DAY).text


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"first": "2026-06-02", "last": "2026-06-01"}, "The period ends before it begins."),
        ({"first": "0001-01-01", "last": "2026-06-01"}, "Reports begin with the year 2000."),
        ({"last": "0001-01-01"}, "The period ends before it begins."),
        ({"first": "0000-01-01"}, "Write a day that there is"),
        ({"first": "2026-02-31"}, "Write a day that there is"),
        ({"first": "1026-06-01", "last": "2026-06-01"}, "Reports begin with the year 2000."),
        ({"first": "2001-06-01", "last": "2026-06-01"}, "A period may have 366 days at most."),
        ({"first": "2001-06-01", "last": "9999-12-31"}, "This day is too far in the future."),
        ({"first": "9999-12-31", "last": "9999-12-31"}, "This day has not come yet."),
        ({"first": "2026-02-30"}, "Write a day that there is"),
        ({"first": "'; DROP TABLE history_passage; --"}, "Write a day that there is"),
        ({"first": "2026-06-01\x00"}, "Write a day that there is"),
        ({"first": "2026-01-01", "last": "2026-06-01", "by": "hour"}, "By hour, a period may have 31 days at most."),
        ({"queue": "nowhere"}, "There is no queue “nowhere” in this period"),
        ({"queue": "x" * 500}, "at most 80 characters"),
        ({"queue": "a\x00b"}, "Null characters are not allowed."),
        ({"by": "colour"}, "There is no such report."),
    ],
)
@pytest.mark.parametrize("path", ["/reports/", "/reports/figures.csv"])
def test_a_question_that_makes_no_sense_gets_the_reason(
    client: Client, sue: Operator, path: str, query: dict[str, str], sentence: str
) -> None:
    answer = client.get(path, query)
    assert answer.status_code == 400
    alert = answer.text.partition('role="alert"')[2].partition("</div>")[0]
    assert sentence in alert


def test_the_hours_are_those_of_the_clock_in_the_house(client: Client, sue: Operator, settings: Settings) -> None:
    settings.TIME_ZONE = "Europe/Berlin"
    for day, wanted, called in (
        ("2026-03-29", ["01:00", "03:00"], "03:00"),
        ("2026-10-25", ["02:00 CEST", "02:00 CET", "03:00"], "02:00 CET"),
    ):
        at = datetime.fromisoformat(f"{day}T01:30:00+00:00")
        Passage.objects.create(key=day, pbx="pbx", queue="q", joined_at=at, position=1, outcome=Outcome.ABANDONED)
        page = client.get("/reports/", {"by": "hour", "first": day, "last": day}).text
        found = re.findall(r'<th scope="row">(0[123]:00[^<]*)</th><td( data-none)?>', page)
        names = [name for name, _none in found]
        assert names[-len(wanted) :] == wanted
        assert [name for name, none in found if not none] == [called]


def test_a_queue_that_was_removed_keeps_its_reports(client: Client, sue: Operator, made: History) -> None:
    row = put(Kind.QUEUE, "sales", ["Sales"], name="sales")
    asked = ON_THE_DAY | {"queue": "sales"}
    before = (
        [client.get("/reports/", asked | {"by": by}).status_code for by in By],
        rows_of(client, "csv", queue="sales"),
    )
    assert before[0] == [200] * len(By)
    row.delete()
    after = (
        [client.get("/reports/", asked | {"by": by}).status_code for by in By],
        rows_of(client, "csv", queue="sales"),
    )
    assert after == before
    assert "There is no queue “sales”" in client.get("/reports/", {"queue": "sales"}).text


def test_a_zone_that_nobody_knows_changes_nothing(client: Client, sue: Operator, made: History) -> None:
    """The zone is the panel's (TIME_ZONE, refused at the start when unknown), and no part of the question."""
    assert rows_of(client, "csv", zone="Moon/Tycho") == rows_of(client, "csv")


def test_a_file_of_another_kind_is_not_there(client: Client, sue: Operator) -> None:
    assert client.get("/reports/figures.exe").status_code == 404


def test_without_a_question_it_is_today(client: Client, sue: Operator) -> None:
    page = client.get("/reports/").text
    today = timezone.localdate().isoformat()
    assert f'name="first" value="{today}"' in page
    assert "No calls in this time" in page


@pytest.mark.parametrize("path", ["/reports/", "/reports/figures.csv", "/reports/figures.xlsx"])
def test_who_has_no_right_is_told_so_and_strangers_log_in(client: Client, path: str) -> None:
    assert client.get(path)["Location"].startswith("/login/?next=/reports/")
    for role in (Role.RECEPTIONIST, None):
        client.force_login(make_operator(f"somebody {role}", role))
        answer = client.get(path)
        assert answer.status_code == 403
        assert "Your account may not see the reports." in answer.text


def test_a_supervisor_of_one_department_sees_its_queues_only(client: Client, made: History) -> None:
    put(Kind.QUEUE, "support", ["Support"], name="support")
    put(Kind.QUEUE, "sales", ["Sales"], name="sales")
    client.force_login(make_operator("tom", Role.SUPERVISOR, departments=["Sales"]))
    page = client.get("/reports/", ON_THE_DAY).text
    assert re.findall(r'<th scope="row">(\w+)', page) == ["front", "sales", "All"]
    assert "support" not in page
    assert [row[0] for row in rows_of(client, "csv")][1:3] == ["front", "sales"]
    answer = client.get("/reports/", ON_THE_DAY | {"queue": "support"})
    assert answer.status_code == 400
    assert "There is no queue “support” in this period that you may see." in answer.text
    client.force_login(make_operator("eve", Role.SUPERVISOR, departments=["Elsewhere"]))
    assert "No calls in this time" in client.get("/reports/", ON_THE_DAY).text


def test_the_menu_leads_there_for_those_who_may(client: Client) -> None:
    for name, role, links in (("sue", Role.SUPERVISOR, 2), ("alice", Role.RECEPTIONIST, 1), ("charlie", None, 0)):
        client.force_login(make_operator(name, role))
        page = client.get("/").text
        assert ('href="/reports/"' in page) + ('href="/lost/"' in page) == links


@pytest.mark.django_db(transaction=True)
async def test_the_server_sends_a_file_as_it_is_made() -> None:
    """As Daphne serves it: Django warns, and holds the whole file, where the body is not made for that."""
    client = AsyncClient()
    await client.aforce_login(await sync_to_async(make_operator)("sue", Role.SUPERVISOR))
    for kind, begins in (("csv", b"\xef\xbb\xbfQueue,"), ("xlsx", b"PK")):
        answer = await client.get(f"/reports/figures.{kind}")
        data = b"".join([chunk async for chunk in answer.streaming_content])
        assert data.startswith(begins)
        assert answer["Content-Disposition"].endswith(f'.{kind}"')
