"""Charts as SVG for documents: bars, lines, and a strip of squares unit × week.

A small drawing hand for paper: one ink in several tones, so that a copy in black and white still
reads. All coordinates are whole numbers and nothing is taken from outside, so the same data always
gives the same bytes. Text is escaped; long labels are cut with an ellipsis.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal
from xml.sax.saxutils import escape, quoteattr

WIDTH = 900
FONT = "Noto Sans SC"
TONES = ("#1d3f72", "#6d94c8", "#c9d6e8", "#8a8f98")
INK, QUIET, GRID, EMPTY = "#1a1a1a", "#5a5f66", "#d9dce1", "#f1f2f4"
_SIZE = 18
_ROW = 34


@dataclass(frozen=True)
class Series:
    """Values in the order of the chart's labels; ``None`` where there is none."""

    name: str
    values: tuple[int | None, ...]


@dataclass(frozen=True)
class Bars:
    """Lying bars, one per label, its series laid end to end."""

    title: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str = ""
    kind: Literal["bars"] = "bars"


@dataclass(frozen=True)
class Lines:
    """One line per series over labels that follow each other in time. ``top`` ends the axis."""

    title: str
    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str = ""
    top: int = 0
    kind: Literal["lines"] = "lines"


@dataclass(frozen=True)
class Strip:
    """Squares: rows × columns, each per mille done, or ``None`` where nothing was asked."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[int | None, ...]], ...]
    kind: Literal["strip"] = "strip"


Chart = Bars | Lines | Strip


def svg(chart: Chart) -> str:
    """Return the chart as one SVG document, ``WIDTH`` wide.

    Raises ValueError when a series or row has another length than the labels or columns.
    """
    _check(chart)
    if isinstance(chart, Bars):
        return _bars(chart)
    return _lines(chart) if isinstance(chart, Lines) else _strip(chart)


def described(chart: Chart) -> str:
    """Return what the chart shows in a sentence, for who cannot see it."""
    if isinstance(chart, Strip):
        return f"{chart.title}：{len(chart.rows)} 行、{len(chart.columns)} 列"
    parts = []
    for one in chart.series:
        said = [
            f"{label} {value}"
            for label, value in zip(chart.labels, one.values, strict=True)
            if value is not None
        ]
        parts.append(f"{one.name}：{'，'.join(said)}")
    return f"{chart.title}。{'；'.join(parts)}"


def _check(chart: Chart) -> None:
    rows: Iterable[Sequence[int | None]]
    if isinstance(chart, Strip):
        asked, rows = len(chart.columns), (values for _, values in chart.rows)
    else:
        asked, rows = len(chart.labels), (one.values for one in chart.series)
    if any(len(values) != asked for values in rows):
        raise ValueError(f"{chart.title}: not as many values as labels")


def _bars(chart: Bars) -> str:
    left, right, top = 230, 70, 84
    room = WIDTH - left - right
    totals = [sum(values) for values in _columns(chart)]
    most = max([1, *totals])
    parts = _head(chart.title, chart.series)
    for row, (label, values) in enumerate(zip(chart.labels, _columns(chart), strict=True)):
        y, x = top + row * _ROW, left
        parts.append(_text(left - 10, y + 22, _cut(label, 22), anchor="end"))
        for tone, value in enumerate(values):
            width = value * room // most
            if width:
                parts.append(_box(x, y + 4, width, _ROW - 10, TONES[tone % len(TONES)]))
                x += width
        parts.append(_text(x + 8, y + 22, f"{totals[row]}{chart.unit}", colour=QUIET))
    bottom = top + len(chart.labels) * _ROW
    parts.append(_rule(left, top - 4, left, bottom + 4, INK))
    return _page(parts, bottom + 20)


def _columns(chart: Bars) -> list[list[int]]:
    return [
        [max(0, one.values[place] or 0) for one in chart.series]
        for place in range(len(chart.labels))
    ]


def _lines(chart: Lines) -> str:
    left, right, top, height = 90, 70, 84, 300
    room = WIDTH - left - right
    known = [value for one in chart.series for value in one.values if value is not None]
    most = chart.top or _round_up(max([1, *known]))
    steps = max(1, len(chart.labels) - 1)
    parts = _head(chart.title, chart.series)
    for quarter in range(5):
        y = top + height - height * quarter // 4
        parts.append(_rule(left, y, left + room, y, GRID))
        parts.append(_text(left - 10, y + 6, f"{most * quarter // 4}{chart.unit}", anchor="end"))
    for place, label in enumerate(chart.labels):
        if place % _every(len(chart.labels)) == 0:
            x = left + room * place // steps
            parts.append(_text(x, top + height + 28, _cut(label, 12), anchor="middle"))
    for tone, one in enumerate(chart.series):
        points = [
            (left + room * place // steps, top + height - height * min(value, most) // most)
            for place, value in enumerate(one.values)
            if value is not None
        ]
        parts += _line(points, tone)
    return _page(parts, top + height + 48)


def _line(points: list[tuple[int, int]], tone: int) -> list[str]:
    """Draw one series. Its tone and its dashes differ from the others'."""
    colour = TONES[tone % len(TONES)]
    dashes = ("", "10 5", "3 4", "14 4 3 4")[tone % 4]
    path = " ".join(f"{x},{y}" for x, y in points)
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    line = f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="3"{dashed}/>'
    return [line, *(f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/>' for x, y in points)]


def _strip(chart: Strip) -> str:
    left, top = 230, 92
    side = min(34, max(8, (WIDTH - left - 20) // max(1, len(chart.columns))))
    parts = [_text(0, 24, _cut(chart.title, 60), size=22), *_scale()]
    for place, label in enumerate(chart.columns):
        if place % _every(len(chart.columns)) == 0:
            parts.append(_text(left + place * side, top - 8, _cut(label, 8), size=14))
    for row, (name, values) in enumerate(chart.rows):
        y = top + row * side
        parts.append(_text(left - 10, y + side * 2 // 3, _cut(name, 22), anchor="end", size=15))
        for place, value in enumerate(values):
            colour = EMPTY if value is None else _tone(value)
            parts.append(_box(left + place * side + 1, y + 1, side - 2, side - 2, colour))
            if value is not None and value < 500 and side >= 16:
                x, down = left + place * side + side // 2, y + side * 2 // 3
                parts.append(_text(x, down, "缺", anchor="middle", size=13, colour=INK))
    return _page(parts, top + len(chart.rows) * side + 16)


_STEPS = ((1000, "#1d3f72", "全部完成"), (800, "#6d94c8", "八成以上"), (500, "#a9c1e0", "五成以上"))


def _tone(permille: int) -> str:
    return next((colour for least, colour, _ in _STEPS if permille >= least), "#e3eaf4")


def _scale() -> list[str]:
    parts, x = [], 0
    shown = [(colour, word) for _, colour, word in _STEPS]
    for colour, word in [*shown, ("#e3eaf4", "不足五成（缺）"), (EMPTY, "无到期事项")]:
        parts += [_box(x, 40, 18, 18, colour), _text(x + 26, 55, word, size=15, colour=QUIET)]
        x += 52 + 15 * len(word)
    return parts


def _head(title: str, series: Sequence[Series]) -> list[str]:
    parts, x = [_text(0, 24, _cut(title, 60), size=22)], 0
    for tone, one in enumerate(series):
        name = _cut(one.name, 20)
        parts += [_box(x, 42, 18, 18, TONES[tone % len(TONES)]), _text(x + 26, 57, name)]
        x += 60 + 10 * _width(name)
    return parts


def _round_up(value: int) -> int:
    """Return the next number an axis likes: 1, 2, 4 or 8 times a power of ten, divisible by 4."""
    step = 4
    while step < value:
        step = step * 2 if str(step)[0] != "8" else step * 5 // 2
    return step


def _every(count: int) -> int:
    """Return how many labels to pass so that at most about a dozen are written."""
    return max(1, -(-count // 12))


def _width(text: str) -> int:
    """Return the width in half characters."""
    return sum(2 if unicodedata.east_asian_width(one) in "WFA" else 1 for one in text)


def _cut(text: str, most: int) -> str:
    text = "".join(one for one in text if one.isprintable())
    if _width(text) <= most:
        return text
    while text and _width(text) > most - 2:
        text = text[:-1]
    return f"{text}…"


def _text(
    x: int, y: int, text: str, *, anchor: str = "start", size: int = _SIZE, colour: str = INK
) -> str:
    where = f'x="{x}" y="{y}" text-anchor="{anchor}" font-size="{size}"'
    return f"<text {where} fill={quoteattr(colour)}>{escape(text)}</text>"


def _box(x: int, y: int, width: int, height: int, colour: str) -> str:
    return f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="{colour}"/>'


def _rule(x: int, y: int, to_x: int, to_y: int, colour: str) -> str:
    return f'<line x1="{x}" y1="{y}" x2="{to_x}" y2="{to_y}" stroke="{colour}"/>'


def _page(parts: Sequence[str], height: int) -> str:
    box = f'viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
    body = "".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {box} font-family="{FONT}">'
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>{body}</svg>'
    )
