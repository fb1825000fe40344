"""A sheet of training windows, pixel by pixel: a row a class, under each window how certain its class is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import matplotlib
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from fullconv.errors import InputError

ACROSS = 12  # windows in a row, at most
_TILE, _LARGEST = 72, 112  # pixels: small windows are enlarged to about the first, none is shown above the second
_LEFT, _GAP, _EDGE = 168, 8, 16  # pixels: names of rows; between windows; around the sheet
_BAR, _CAPTION, _LINE = 6, 15, 18
_INK, _SOFT, _PAPER, _REST = "#1b1f24", "#57606a", "#ffffff", "#e4e8ec"


@dataclass(frozen=True, eq=False)
class WindowRow:
    """One row: `images` (N, H, W, C) uint8, the certainty (N,) of each, what stands under and around it.

    `colours` (N,) are those of bars and frames; `framed` draws a frame around each window.
    """

    name: str
    note: str
    images: npt.NDArray[np.uint8]
    certainty: npt.NDArray[np.floating[Any]]
    captions: Sequence[str]
    colours: Sequence[str]
    framed: bool = False


def windows_sheet(rows: Sequence[WindowRow], title: str, above: Sequence[str], below: Sequence[str]) -> Image.Image:
    """Return the sheet: a title, lines of text, the rows, lines of text. Nothing is blurred or cut.

    Raises:
        InputError: no window at all.
    """
    across = max((len(row.images) for row in rows), default=0)
    if not across:
        raise InputError("windows", "none to draw", "Give at least one row with a window.")
    height, width = shown_size(rows[0].images.shape[1], rows[0].images.shape[2])
    step = width + _GAP, height + _BAR + _CAPTION + 2 * _GAP
    texts = [*above, *below]
    wide = max(_LEFT + across * step[0], *(math.ceil(_font(12).getlength(one)) for one in [title, *texts]))
    wide = max(wide, math.ceil(_font(17, bold=True).getlength(title)))
    top = _EDGE + 30 + _LINE * len(above) + _GAP
    sheet = Image.new("RGB", (wide + 2 * _EDGE, top + step[1] * len(rows) + _LINE * len(below) + _EDGE), _PAPER)
    pen = ImageDraw.Draw(sheet)
    pen.text((_EDGE, _EDGE), title, _INK, _font(17, bold=True))
    _write(pen, above, _EDGE + 30, _SOFT)
    for number, row in enumerate(rows):
        _draw_row(sheet, pen, row, top + number * step[1], (height, width))
    _write(pen, below, top + step[1] * len(rows), _INK)
    return sheet


def shown_size(height: int, width: int) -> tuple[int, int]:
    """Return how large windows are shown: whole multiples of small ones, at most 112 pixels."""
    longest = max(height, width)
    times = max(1, round(_TILE / longest)) if longest <= _LARGEST else _LARGEST / longest
    return max(1, round(height * times)), max(1, round(width * times))


def _draw_row(sheet: Image.Image, pen: ImageDraw.ImageDraw, row: WindowRow, top: int, size: tuple[int, int]) -> None:
    height, width = size
    colour = row.colours[0] if len(set(row.colours)) == 1 else _SOFT
    pen.rectangle((_EDGE, top + 2, _EDGE + 11, top + 13), fill=colour)
    names = _wrapped(row.name, _LEFT - 24)
    for line, text in enumerate(names):
        pen.text((_EDGE + 17, top + 16 * line), text, _INK, _font(13, bold=True))
    for line, text in enumerate(row.note.split("\n")):
        start = (_EDGE + 17, top + 16 * len(names) + 2 + 14 * line)
        pen.text(start, _cut(text, _LEFT - 24, 11), _SOFT, _font(11))
    for place, image in enumerate(row.images):
        left = _EDGE + _LEFT + place * (width + _GAP)
        sheet.paste(_enlarged(image, size), (left, top))
        if row.framed:
            pen.rectangle((left - 3, top - 3, left + width + 2, top + height + 2), outline=row.colours[place], width=3)
        bar = top + height + 4
        filled = round(width * float(row.certainty[place]))
        pen.rectangle((left, bar, left + width - 1, bar + _BAR - 1), fill=_REST)
        if filled:
            pen.rectangle((left, bar, left + filled - 1, bar + _BAR - 1), fill=row.colours[place])
        pen.text((left, bar + _BAR + 1), _cut(row.captions[place], width + _GAP - 2, 11), _SOFT, _font(11))


def _enlarged(image: npt.NDArray[np.uint8], size: tuple[int, int]) -> Image.Image:
    pixels = image[..., 0] if image.shape[-1] == 1 else image[..., :3]
    smaller = size[0] < image.shape[0]
    way = Image.Resampling.BOX if smaller else Image.Resampling.NEAREST
    return Image.fromarray(np.ascontiguousarray(pixels)).convert("RGB").resize(size[::-1], way)


def _write(pen: ImageDraw.ImageDraw, lines: Sequence[str], top: int, colour: str) -> None:
    for number, text in enumerate(lines):
        pen.text((_EDGE, top + number * _LINE), text, colour, _font(12))


def _cut(text: str, width: float, size: int, bold: bool = False) -> str:
    """Return the text, its end left out where it would be wider than `width` pixels."""
    font = _font(size, bold)
    if font.getlength(text) <= width:
        return text
    while text and font.getlength(text + "…") > width:
        text = text[:-1]
    return text + "…"


def _wrapped(name: str, width: float) -> list[str]:
    """Return a name in one or two lines of at most `width` pixels."""
    font, end = _font(13, bold=True), len(name)
    while font.getlength(name[:end]) > width:
        end -= 1
    if end < len(name) and " " in name[:end]:
        end = name.rindex(" ", 0, end) + 1
    rest = name[end:]
    return [name[:end], _cut(rest, width, 13, bold=True)] if rest else [name]


@cache
def _font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """Return DejaVu Sans as matplotlib brings it: the letters of the other figures, the same on every machine."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name
    return ImageFont.truetype(str(path), size, layout_engine=ImageFont.Layout.BASIC)
