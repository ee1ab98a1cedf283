"""Tables as files: CSV (UTF-8 with a byte order mark, which spreadsheets need to know it) and XLSX.

Used by the views of the reports and of the lost calls. Callers and agents choose names that end up in a cell; a cell
that a spreadsheet would take for a formula gets an apostrophe before it. A spreadsheet of a country with decimal commas
cuts the lines of a CSV file at semicolons, so there the apostrophe also comes after these. Numbers stay numbers.
"""

from __future__ import annotations

import csv
import re
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import datetime
from tempfile import TemporaryFile
from typing import IO

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.utils import timezone


Cell = str | int | float | None
Table = Iterable[Sequence[Cell]]

TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
CHUNK = 65_536
_FORMULA = re.compile("[=+\\-@\t\r\n＝＋－＠]")
_AFTER_A_CUT = re.compile('(?<=[;\t\r\n])(?=[ "]*[=+\\-@＝＋－＠])')
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""Signs that no XML file can have, hence no XLSX."""


def attachment(request: HttpRequest, kind: str, name: str, table: Table) -> StreamingHttpResponse:
    """The table as a file to save. `kind` is csv or xlsx; Http404 for anything else. Sent as it is made: a table may
    be larger than what a web process should hold.
    """
    if kind not in TYPES:
        raise Http404
    chunks = csv_chunks(table) if kind == "csv" else xlsx_chunks(table)
    # Django serves plain iterators without a warning under WSGI only, and asynchronous ones under ASGI only.
    body = _one_by_one(chunks) if isinstance(request, ASGIRequest) else chunks
    response = StreamingHttpResponse(body, content_type=TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    response["Cache-Control"] = "no-store"
    return response


def csv_chunks(table: Table) -> Iterator[bytes]:
    """The bytes of the CSV file, some lines at a time."""
    kept = _Kept()
    writer = csv.writer(kept)
    kept.write("\ufeff")
    for row in table:
        cells = (defused(cell) for cell in row)
        writer.writerow([_AFTER_A_CUT.sub("'", cell) if isinstance(cell, str) else cell for cell in cells])
        if kept.size > CHUNK:
            yield kept.take()
    yield kept.take()


def xlsx_chunks(table: Table) -> Iterator[bytes]:
    """The bytes of the XLSX file. It is made on disk: a zip file is written to the end before it can be sent."""
    with TemporaryFile() as file:
        write_xlsx(table, file)
        file.seek(0)
        while chunk := file.read(CHUNK):
            yield chunk


def write_xlsx(table: Table, file: IO[bytes]) -> None:
    """One sheet, its first line kept in sight."""
    from openpyxl import Workbook  # a fifth of what every process of the panel would take to start

    with closing(Workbook(write_only=True)) as book:
        sheet = book.create_sheet("Cordboard")
        sheet.freeze_panes = "B2"
        for row in table:
            sheet.append([defused(cell) for cell in row])
        book.save(file)


def defused(cell: Cell) -> Cell:
    """The cell, so that no spreadsheet takes it for a formula and every one can open it."""
    if not isinstance(cell, str):
        return cell
    text = _NO_XML.sub("", cell)
    return f"'{text}" if _FORMULA.match(text) else text


def local(at: datetime | None) -> str:
    """A moment for a cell: on the clock of the office, with the distance from UTC."""
    return "" if at is None else timezone.localtime(at).isoformat(" ", "seconds")


class _Kept:
    """What the CSV writer writes into, until somebody takes it."""

    def __init__(self) -> None:
        self._texts: list[str] = []
        self.size = 0

    def write(self, text: str) -> None:
        self._texts.append(text)
        self.size += len(text)

    def take(self) -> bytes:
        data = "".join(self._texts).encode()
        self._texts, self.size = [], 0
        return data


async def _one_by_one(chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    def take() -> bytes:
        return next(chunks, b"")

    while chunk := await sync_to_async(take)():
        yield chunk
