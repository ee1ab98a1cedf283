"""The chart beside each report, as an inline SVG: no script, and no style but the classes that reports.css colours.

Used by views.py. What a chart shows is in the table too; its text alternative is one sentence that says the most
important of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element, SubElement, tostring

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from panel.history.columns import By, Form, head, shown
from panel.history.reports import Line, Report


WIDTH = 1200
HEIGHT = 232
LEFT, RIGHT, TOP, BOTTOM = 48, 8, 30, 26
BAR = 24
"""Height of a line of a chart whose bars lie."""
NAMES, NUMBERS = 190, 76
MOST_BARS = 30
LONGEST_NAME = 24
SIGN = 7.2
"""Width of a digit."""


class Part(NamedTuple):
    """One colour of the bars: `style` is its class, `keys` the columns that it adds up."""

    style: str
    label: str
    keys: tuple[str, ...]


def draw(report: Report, labels: Sequence[str]) -> SafeString:
    """The chart of a report, empty where there is nothing to draw. `labels` are the names of the lines, short."""
    parts = _parts(report.by)
    bars = [
        (label, [_sum(line, part) for part in parts], line) for label, line in zip(labels, report.lines, strict=True)
    ]
    if not any(any(values) for _label, values, _line in bars):
        return SafeString("")
    stands = report.by in (By.HOUR, By.DAY)
    root = _standing(bars, parts) if stands else _lying(report, bars, parts)
    root.set("aria-label", _in_words(report, bars))
    # ElementTree has escaped every name in it.
    return mark_safe(tostring(root, encoding="unicode"))


Bar = tuple[str, list[float], Line]


def _parts(by: By) -> list[Part]:
    if by is By.AGENT:
        return [
            Part("talking", _("Talking"), ("talking",)),
            Part("ringing", _("Ringing"), ("ringing",)),
            Part("wrapup", _("Wrap-up"), ("wrapup",)),
            Part("paused", _("Paused"), ("paused",)),
        ]
    if by is By.PAUSE:
        return [Part("paused", _("Time"), ("time",))]
    return [
        Part("answered", _("Answered"), ("answered",)),
        Part("lost", _("Lost"), ("lost",)),
        Part("other", _("Moved and others"), ("moved", "withdrawn", "waiting", "unknown")),
    ]


def _sum(line: Line, part: Part) -> float:
    return float(sum(line.values[key] or 0 for key in part.keys))


def _form(parts: Sequence[Part]) -> Form:
    return Form.COUNT if parts[0].style == "answered" else Form.SECONDS


def _standing(bars: Sequence[Bar], parts: Sequence[Part]) -> Element:
    """Columns side by side, one for each hour or day."""
    root = _svg(HEIGHT)
    _legend(root, parts)
    top = _round_up(max(sum(values) for _label, values, _line in bars))
    scale = (HEIGHT - TOP - BOTTOM) / top
    for step in range(5):
        y = HEIGHT - BOTTOM - step * top / 4 * scale
        _line(root, LEFT, WIDTH - RIGHT, y)
        _text(root, LEFT - 6, y + 4, f"{top * step / 4:g}", "end")
    slot = (WIDTH - LEFT - RIGHT) / len(bars)
    free_from = 0.0
    width = max(1.0, min(slot * 0.72, 64))
    for number, (label, values, line) in enumerate(bars):
        middle = LEFT + slot * (number + 0.5)
        column = _bar(root, label, values, parts, line)
        base = float(HEIGHT - BOTTOM)
        for part, value in zip(parts, values, strict=True):
            base -= value * scale
            _box(column, part.style, middle - width / 2, base, width, value * scale)
        below = _below(label, bars[number - 1][0] if number else "")
        if below and middle - len(below) * SIGN / 2 >= free_from:
            _text(root, middle, HEIGHT - 8, below, "middle")
            free_from = middle + len(below) * SIGN / 2 + 6
    return root


def _below(label: str, before: str) -> str:
    """What stands under a column: of the hours of several days, the day at its first hour."""
    day, _space, hour = label.partition(" ")
    if not hour or ":" in day:
        return label
    return "" if before.startswith(day) else day


def _lying(report: Report, bars: Sequence[Bar], parts: Sequence[Part]) -> Element:
    """Bars under each other, the longest first, with their names before them."""
    bars = sorted(bars, key=lambda bar: -sum(bar[1]))
    more, bars = max(0, len(bars) - MOST_BARS), bars[:MOST_BARS]
    root = _svg(TOP + BAR * (len(bars) + bool(more)) + 6)
    _legend(root, parts)
    scale = (WIDTH - NAMES - NUMBERS) / (sum(bars[0][1]) or 1)
    for number, (label, values, line) in enumerate(bars):
        y = TOP + BAR * number
        name = label if len(label) <= LONGEST_NAME else label[: LONGEST_NAME - 1] + "…"
        _text(root, NAMES - 10, y + 16, name, "end")
        row = _bar(root, label, values, parts, line)
        x = float(NAMES)
        for part, value in zip(parts, values, strict=True):
            _box(row, part.style, x, y + 4, value * scale, BAR - 8)
            x += value * scale
        _text(root, x + 8, y + 16, shown(_whole(sum(values), parts), _form(parts)), "start")
    if more:
        _text(root, NAMES, TOP + BAR * len(bars) + 16, _("and %d more in the table") % more, "start")
    return root


def _svg(height: float) -> Element:
    return Element("svg", {"class": "chart", "role": "img", "viewBox": f"0 0 {WIDTH} {height:g}"})


def _bar(root: Element, label: str, values: Sequence[float], parts: Sequence[Part], line: Line) -> Element:
    """A group with what the mouse reads."""
    group = SubElement(root, "g", {"class": "bar" if line.is_complete else "bar partly"})
    said = [
        f"{part.label} {shown(_whole(value, parts), _form(parts))}" for part, value in zip(parts, values, strict=True)
    ]
    note = [] if line.is_complete else [_("incomplete")]
    SubElement(group, "title").text = f"{label}: " + ", ".join(said + note)
    return group


def _whole(value: float, parts: Sequence[Part]) -> float:
    return int(value) if _form(parts) is Form.COUNT else value


def _box(parent: Element, style: str, x: float, y: float, width: float, height: float) -> None:
    if width > 0 and height > 0:
        numbers = {"x": f"{x:.2f}", "y": f"{y:.2f}", "width": f"{width:.2f}", "height": f"{height:.2f}"}
        SubElement(parent, "rect", {"class": style, **numbers})


def _line(parent: Element, x1: float, x2: float, y: float) -> None:
    SubElement(parent, "line", {"class": "grid", "x1": f"{x1}", "x2": f"{x2}", "y1": f"{y:.2f}", "y2": f"{y:.2f}"})


def _text(parent: Element, x: float, y: float, text: str, anchor: str) -> None:
    SubElement(parent, "text", {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor}).text = text


def _legend(root: Element, parts: Sequence[Part]) -> None:
    x = float(LEFT)
    for part in parts:
        _box(root, part.style, x, 4, 12, 12)
        _text(root, x + 18, 15, part.label, "start")
        x += 18 + 7.5 * len(part.label) + 22


def _round_up(value: float) -> float:
    """The end of the axis: four whole steps of 1, 2, 3, 5, 8, 10, 15, 20, 30 …"""
    steps: Iterator[float] = (
        step * 10**power for power in range(12) for step in (1, 1.5, 2, 3, 5, 8) if power or step != 1.5
    )
    return next(4 * step for step in steps if 4 * step >= value)


def _in_words(report: Report, bars: Sequence[Bar]) -> str:
    label, values, _of = max(bars, key=lambda bar: sum(bar[1]))
    most = shown(_whole(sum(values), _parts(report.by)), _form(_parts(report.by)))
    if report.by in (By.AGENT, By.PAUSE):
        return _("Chart of times. The longest: %(name)s, %(time)s. The table has all of them.") % {
            "name": label,
            "time": most,
        }
    return _("Chart of calls by %(by)s. The most: %(name)s, %(number)s, of which %(lost)d were lost. %(rest)s") % {
        "by": head(report.by).lower(),
        "name": label,
        "number": most,
        "lost": values[1],
        "rest": _("The table has all of them."),
    }
