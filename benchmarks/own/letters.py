"""Pages of letters on old paper, as a scanner sees them: a set whose every object's place is known.

    python -m benchmarks.own.letters FOLDER [--seed 0]

Letters of one book face, each set by a hand that is not steady: turned, larger or smaller, off the line, its ink
uneven. The page lies a little askew, the print of its back shows through, the light falls from one side. 26 classes.
"""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from benchmarks.own.paper import sheet
from benchmarks.own.sets import Box, Picture, write_set

if TYPE_CHECKING:
    from PIL import ImageFont

Floats = npt.NDArray[np.float32]
LETTERS = "abcdefghijklmnopqrstuvwxyz"
# Of an English text, in percent, Lewand 2000; half of the letters are drawn so, half from all alike.
ENGLISH = (8.2, 1.5, 2.8, 4.3, 12.7, 2.2, 2.0, 6.1, 7.0, 0.2, 0.8, 4.0, 2.4, 6.7, 7.5, 1.9, 0.1, 6.0, 6.3, 9.1, 2.8,
           1.0, 2.4, 0.2, 2.0, 0.1)  # fmt: skip
HEIGHT, WIDTH, MARGIN = 480, 640, 44
SIZE, LINE = 40, 58  # of the face and from line to line, pixels
PAGES = {"train": 10, "val": 4, "test": 10}
ASKEW = 1.2  # degrees, at most, either way


def words(generator: np.random.Generator) -> str:
    """Return one word."""
    shares = 0.5 * np.array(ENGLISH) / sum(ENGLISH) + 0.5 / len(LETTERS)
    return "".join(generator.choice(list(LETTERS), p=shares, size=int(generator.integers(2, 9))))


def printed(generator: np.random.Generator) -> tuple[Floats, list[tuple[str, Box]]]:
    """Return the ink (H, W) of one side of a page, 0..1, and the letters with the boxes of their ink."""
    ink, placed = np.zeros((HEIGHT, WIDTH), np.float32), []
    angle = np.deg2rad(generator.uniform(-ASKEW, ASKEW))
    for line in range(MARGIN + SIZE // 2, HEIGHT - MARGIN, LINE):
        along: float = MARGIN
        while along < WIDTH - MARGIN - SIZE:
            for letter in words(generator):
                width = _width(letter)
                if along + width > WIDTH - MARGIN:
                    break
                y = line + (along - WIDTH / 2) * np.tan(angle) + generator.normal(0, 0.8)
                box = _set_letter(ink, letter, along + generator.normal(0, 0.4), y, generator)
                placed.append((letter, box))
                along += width + 2.5
            along += SIZE * generator.uniform(0.35, 0.6)
    return ink, placed


def page(generator: np.random.Generator, name: str) -> Picture:
    """Return one page."""
    from scipy.ndimage import gaussian_filter

    paper = sheet(HEIGHT, WIDTH, generator)
    ink, placed = printed(generator)
    behind = gaussian_filter(printed(generator)[0][:, ::-1], 1.6) * generator.uniform(0.04, 0.12)
    worn = 1 - 0.35 * gaussian_filter(generator.random(ink.shape, np.float32), 1.2)
    ink = gaussian_filter(ink, generator.uniform(0.5, 0.9)) * worn * generator.uniform(0.85, 1)
    colour = np.array([0.13, 0.10, 0.08]) + generator.uniform(0, 0.08)
    seen = paper * (1 - behind[..., np.newaxis])
    seen = seen * (1 - ink[..., np.newaxis]) + colour * ink[..., np.newaxis]
    seen = seen + generator.normal(0, 0.012, seen.shape)
    return Picture(name, np.rint(np.clip(seen, 0, 1) * 255).astype(np.uint8), tuple(placed))


def write_letters(folder: Path, seed: int = 0) -> None:
    """Write the set; a seed gives the same pages."""
    pages = {
        split: [page(np.random.default_rng([seed, place, number]), f"{split}-{number}") for number in range(count)]
        for place, (split, count) in enumerate(PAGES.items())
    }
    write_set(folder, LETTERS, pages.pop("train"), pages)


def _face(size: float) -> "ImageFont.FreeTypeFont":
    from matplotlib import get_data_path
    from PIL import ImageFont

    return ImageFont.truetype(str(Path(get_data_path()) / "fonts" / "ttf" / "STIXGeneral.ttf"), size)


def _width(letter: str) -> float:
    return float(_face(SIZE).getlength(letter))


def _set_letter(ink: Floats, letter: str, x: float, y: float, generator: np.random.Generator) -> Box:
    """Add a letter's ink to a page, its pen at x, y, and return the box of the ink."""
    from PIL import Image, ImageDraw

    side = 2 * SIZE
    image = Image.new("L", (side, side))
    face = _face(SIZE * np.exp(generator.normal(0, 0.03)))
    start = (SIZE / 2 + x % 1, SIZE + y % 1)
    ImageDraw.Draw(image).text(start, letter, fill=255, font=face, anchor="ls")
    turned = image.rotate(generator.normal(0, 1.5), Image.Resampling.BICUBIC)
    own = np.asarray(turned, np.float32) / 255
    top, left = int(y) - SIZE, int(x) - SIZE // 2
    rows, cols = (np.nonzero((own > 0.35).any(axis=axis))[0] for axis in (1, 0))
    part = ink[max(0, top) : top + side, max(0, left) : left + side]
    np.maximum(part, own[max(0, -top) :, max(0, -left) :][: part.shape[0], : part.shape[1]], out=part)
    return float(left + cols[0]), float(top + rows[0]), float(np.ptp(cols) + 1), float(np.ptp(rows) + 1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    write_letters(arguments.folder, arguments.seed)
