"""Charts as SVG: curves in a unit square, stacked shares, a matrix. Their inks come from the page's style sheet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from fullconv.report.page.elements import box, element, line, number, picture, text, tooltip

_LEFT, _TOP, _SIDE, _BELOW = 46.0, 12.0, 260.0, 44.0  # pixels of a chart before it is scaled
_DASHES = ("none", "7 3", "2 3", "9 3 2 3", "4 2", "12 4")


@dataclass(frozen=True)
class Curve:
    """Points of a unit square under a name, in a colour and with a dash of its own."""

    name: str
    colour: str
    points: Sequence[tuple[float, float]]
    notes: Sequence[str] = ()  # one per point: tooltips of its marks; none: no marks
    dash: str = "none"


def dash(index: int) -> str:
    """Return the dash of the classifier of that place: colours are not all that tells curves apart."""
    return _DASHES[index % len(_DASHES)]


def _at(x: float, y: float) -> tuple[float, float]:
    return _LEFT + _SIDE * x, _TOP + _SIDE * (1 - y)


def _frame(across: str, up: str) -> list[Markup]:
    parts = []
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        (x, y), bottom = _at(tick, tick), _TOP + _SIDE
        parts += [
            line(x, _TOP, x, bottom, class_="grid"),
            line(_LEFT, y, _LEFT + _SIDE, y, class_="grid"),
            text(x, bottom + 15, number(tick), class_="tick", text_anchor="middle"),
            text(_LEFT - 6, y + 4, number(tick), class_="tick", text_anchor="end"),
        ]
    middle = _TOP + _SIDE / 2
    parts += [
        text(_LEFT + _SIDE / 2, _TOP + _SIDE + 36, across, class_="axis", text_anchor="middle"),
        text(12, middle, up, class_="axis", text_anchor="middle", transform=f"rotate(-90 12 {number(middle)})"),
    ]
    return parts


def unit_chart(curves: Sequence[Curve], across: str, up: str, label: str, diagonal: bool = False) -> Markup:
    """Return curves in a unit square; `diagonal` marks where both coordinates are equal."""
    parts = _frame(across, up)
    if diagonal:
        parts.append(line(*_at(0, 0), *_at(1, 1), class_="reference"))
    for curve in curves:
        places = [_at(*point) for point in curve.points]
        path = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in places)
        if places:
            parts.append(
                element(
                    "path", [tooltip(curve.name)], d=path, class_="curve",
                    stroke=curve.colour, stroke_dasharray=curve.dash,
                )
            )  # fmt: skip
        for (x, y), note in zip(places, curve.notes, strict=False):
            parts.append(element("circle", [tooltip(note)], cx=x, cy=y, r=3.4, fill=curve.colour))
    return picture(_LEFT + _SIDE + 14, _TOP + _SIDE + _BELOW, parts, label)


@dataclass(frozen=True)
class Stack:
    """A bar of counts, as shares of their sum; above it its owner's `colour` and name, and the `note`."""

    name: str
    colour: str
    counts: Mapping[str, int]
    note: str


def stacked_shares(groups: Mapping[str, Sequence[Stack]], inks: Mapping[str, str], label: str) -> Markup:
    """Return horizontal bars in groups: each kind's share of a bar in the style class that `inks` names."""
    width, height, step = 360.0, 14.0, 36.0
    parts: list[Markup] = []
    y = 4.0
    for group, bars in groups.items():
        parts.append(text(0, y + 12, group, class_="axis"))
        y += 22
        for bar in bars:
            parts += [
                box(0, y + 1, 10, 10, fill=bar.colour),
                text(15, y + 10, f"{bar.name}: {bar.note}", class_="tick"),
                *_shares(bar, inks, y + 15, width, height),
            ]
            y += step
        y += 8
    return picture(width, y, parts, label)


def _shares(bar: Stack, inks: Mapping[str, str], top: float, width: float, height: float) -> list[Markup]:
    total = sum(bar.counts.values())
    if not total:
        return [text(0, top + 11, "no object", class_="tick")]
    parts, x = [], 0.0
    for kind, ink in inks.items():
        count = bar.counts.get(kind, 0)
        across = width * count / total
        if count:
            note = f"{bar.name}: {count} of {total} {kind} ({count / total:.1%})"
            parts.append(box(x, top, across, height, [tooltip(note)], class_=ink))
        x += across
    return parts


def matrix_chart(
    rows: Sequence[str], columns: Sequence[str], counts: Sequence[Sequence[int]], colours: Mapping[str, str], label: str
) -> Markup:
    """Return counts as a matrix whose cells darken with their share of the row; labels carry class colours."""
    cell = min(30.0, max(16.0, 330.0 / max(len(columns), 1)))
    left = 14.0 + 6.2 * max((len(name) for name in rows), default=0)
    top = 14.0 + 6.2 * max((len(name) for name in columns), default=0)
    parts: list[Markup] = []
    for place, name in enumerate(columns):
        x, y = left + cell * (place + 0.5), top - 10
        parts += _class_mark(x - 4, y + 2, colours.get(name))
        turned = f"rotate(-90 {number(x + 4)} {number(y - 3)})"
        parts.append(text(x + 4, y - 3, name, class_="tick", transform=turned))
    for row, name in enumerate(rows):
        y = top + cell * row
        parts += _class_mark(left - 12, y + cell / 2 - 4, colours.get(name))
        parts.append(text(left - 16, y + cell / 2 + 4, name, class_="tick", text_anchor="end"))
        total = sum(counts[row])
        for column, count in enumerate(counts[row]):
            parts += _matrix_cell(
                left + cell * column, y, cell, count, total, f"{name} as {columns[column]}: {count} of {total}",
                name == columns[column],
            )  # fmt: skip
    return picture(left + cell * len(columns) + 2, top + cell * len(rows) + 2, parts, label)


def _class_mark(x: float, y: float, colour: str | None) -> list[Markup]:
    return [] if colour is None else [box(x, y, 8, 8, fill=colour, class_="mark")]


def _matrix_cell(x: float, y: float, size: float, count: int, total: int, note: str, right: bool) -> list[Markup]:
    share = count / total if total else 0.0
    kind: Any = "right" if right else "wrong"
    parts = [
        box(x, y, size - 1, size - 1, class_="empty"),
        box(x, y, size - 1, size - 1, [tooltip(note)], class_=kind, fill_opacity=share),
    ]
    if count:
        strong = "value strong" if share > 0.5 else "value"
        parts.append(text(x + size / 2 - 0.5, y + size / 2 + 3, str(count), class_=strong, text_anchor="middle"))
    return parts
