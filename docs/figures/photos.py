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
from omegaconf import OmegaConf

from fullconv.config.composition import composed
from fullconv.config.load import settings_from
from fullconv.convert.conversion import convolutionalize
from fullconv.data.pictures.photo_files import load_photo
from fullconv.figures.palette import class_colour
from fullconv.figures.panels import HEAT, draw_box, grid_extent
from fullconv.figures.photos import photo_view, veiled
from fullconv.figures.scenes import save_figure
from fullconv.imagenet.networks import build_network
from fullconv.imagenet.synsets import find_synset
from fullconv.locate.regions.heat import LevelHeat, PhotoLocator

ROOT = Path(__file__).resolve().parents[2]


def draw(panel: Any, shown: Any, level: LevelHeat, size: tuple[int, int], title: str) -> None:
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
    settings = settings_from(OmegaConf.create(composed(ROOT / "conf")))
    classifier = build_network("efficientnet_lite0")
    locator = PhotoLocator(classifier, convolutionalize(classifier, head=settings.heatmap.head), settings.heatmap)
    pixels = load_photo(ROOT / "tests" / "photos" / "dog.jpg")
    found = locator(pixels, find_synset("dog").classes)
    view = photo_view("dog.jpg", pixels, "dog", 0)
    figure = Figure(figsize=(13, 5.9), layout="compressed", dpi=100)
    panels = figure.subplots(2, 3)
    for panel, level in zip(panels.flat, found.levels, strict=False):
        rows, cols = level.heat.shape
        draw(panel, view.shown, level, view.size, f"at {level.size[0]}×{level.size[1]}: {rows}×{cols} cells")
    draw(panels[1, 1], view.shown, found.fused, view.size, f"fused ({settings.heatmap.fuse})")
    last = panels[1, 2]
    last.imshow(view.shown, extent=(0, view.size[1], view.size[0], 0))
    for one in found.found:
        draw_box(last, one.bbox, f"dog {one.score:.2f}", class_colour(0), 10)
    last.set(xlim=(0, view.size[1]), ylim=(view.size[0], 0), xticks=[], yticks=[])
    last.set_title("box, and the classifier's score of it", fontsize=11)
    bar = ScalarMappable(Normalize(0, 1), veiled(colormaps[HEAT]))
    figure.colorbar(bar, ax=list(panels.flat), shrink=0.8, label="probability of a dog")
    save_figure(figure, out)


if __name__ == "__main__":
    main()
