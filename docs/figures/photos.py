"""Make the picture beside this file: a photo at several sizes, what is fused from them, and the box.

    python docs/figures/photos.py OUT.png

The photo is the dog of tests/photos; weights come with the extra `imagenet`.
"""

import argparse
from pathlib import Path
from typing import Any

from matplotlib import colormaps
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from fullconv.config.load import compose_settings
from fullconv.data.pictures.photo_files import load_photo
from fullconv.figures.palette import class_colour
from fullconv.figures.panels import HEAT, draw_box, grid_extent
from fullconv.figures.pictures import picture_view, veiled
from fullconv.figures.scenes import save_figure
from fullconv.locate.located import LevelScores
from fullconv.locate.reading import search
from fullconv.track.finders import finder_of

ROOT = Path(__file__).resolve().parents[2]


def draw(panel: Any, shown: Any, level: LevelScores, size: tuple[int, int], title: str) -> None:
    """Draw a map over the photo."""
    height, width = size
    panel.imshow(shown, extent=(0, width, height, 0))
    extent = grid_extent(level.first, level.step, level.heat.shape)
    panel.imshow(level.heat, cmap=veiled(colormaps[HEAT]), norm=Normalize(0, 1), extent=extent, interpolation="nearest")
    panel.set(xlim=(0, width), ylim=(height, 0), xticks=[], yticks=[])
    panel.set_title(title, fontsize=11)


def main() -> None:
    """Search the dog of the project's test photos as the configuration says, and draw it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    finder = finder_of(compose_settings("classifier=efficientnet_lite0", "synset=dog"))
    pixels = load_photo(ROOT / "tests" / "photos" / "dog.jpg")
    found = search(finder, pixels)
    view = picture_view("dog.jpg", pixels, "dog")
    figure = Figure(figsize=(13, 5.9), layout="compressed", dpi=100)
    panels = figure.subplots(2, 3)
    for panel, level in zip(panels.flat, found.levels, strict=False):
        rows, cols = level.heat.shape
        draw(panel, view.shown, level, view.size, f"at {level.size[0]}×{level.size[1]}: {rows}×{cols} cells")
    draw(panels[1, 1], view.shown, found.fused, view.size, f"fused ({finder.fuse})")
    last = panels[1, 2]
    last.imshow(view.shown, extent=(0, view.size[1], view.size[0], 0))
    for one in found.objects:
        draw_box(last, one.bbox, f"dog {one.score:.2f}", class_colour(0), 10)
    last.set(xlim=(0, view.size[1]), ylim=(view.size[0], 0), xticks=[], yticks=[])
    last.set_title("box, and the classifier's score of it", fontsize=11)
    bar = ScalarMappable(Normalize(0, 1), veiled(colormaps[HEAT]))
    figure.colorbar(bar, ax=list(panels.flat), shrink=0.8, label="probability of a dog")
    save_figure(figure, out)


if __name__ == "__main__":
    main()
