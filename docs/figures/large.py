"""Make the picture beside this file: what tiles do to a map at their seams, blended and ours.

    PYTHONPATH=. python docs/figures/large.py OUT.png

EfficientNet-Lite0, whose weights come with the extra `imagenet`, on photographs of scikit-image with small shapes on
them. Differences are to the map of the whole image in one pass.
"""

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from matplotlib.colors import LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FuncFormatter

from benchmarks.large.blending import TILE, starts_of
from benchmarks.large.images import scene
from benchmarks.large.sides import ONCE
from benchmarks.large.subjects import LITE0, subject
from benchmarks.large.ways import ours, overlapping
from benchmarks.own.shapes import write_shapes
from fullconv.config.quiet import load_tensorflow
from fullconv.figures.panels import HEAT, draw_image, grid_extent
from fullconv.figures.scenes import save_figure

ROWS, COLS = 1600, 5184  # pixels: cells of more than one of our tiles
LEFT, RIGHT = 3328, 4928  # of the part that is shown, with the seam of ours in its middle
BORDER = 96  # pixels above the first cell, not shown
LEAST, MOST = 1e-7, 1.0
SEAM = "#EE7733"  # of the palette's `CLASSIFIERS`


def maps(folder: Path) -> tuple[Any, Any, dict[str, Any], Any]:
    """Return the image (H, W, 3), the whole's map, the others' and our search."""
    import tifffile

    write_shapes(folder / "shapes13")
    repeated = scene(folder / "shapes13" / "test" / "images")
    pixels = np.tile(repeated, (2, 5, 1))[:ROWS, :COLS]
    path = folder / "image.tif"
    tifffile.imwrite(path, pixels, tile=(256, 256), photometric="rgb")
    one = subject(LITE0, folder)
    whole = one.reader(ONCE)((pixels / np.float32(255))[np.newaxis])[0].scores
    tiled = ours(one.reader(one.finder.config.memory), path, folder / "ours", values=2**20)
    return pixels / 255, whole, {"blended": overlapping(one)(path, None), "ours": tiled.scores()}, tiled.search


def seams(panel: Any, places: list[float], where: str, colour: str) -> None:
    """Draw where tiles meet, of rows or of columns, in pixels."""
    line = panel.axvline if where == "cols" else panel.axhline
    for place in places:
        line(place, color=colour, linewidth=1.0)


def main() -> None:
    """Compute the maps and draw them around a seam."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    load_tensorflow()
    with TemporaryDirectory() as folder:
        image, whole, others, search = maps(Path(folder))
    grid, stride = search.plan.grid, search.plan.grid.stride[0]
    figure = Figure(figsize=(11, 8.7), layout="compressed", dpi=100)
    panels = figure.subplots(2, 2)
    extent = grid_extent(grid.center(0, 0), grid.stride, whole.shape[:2])
    draw_image(panels[0, 0], image, "the image, around a seam of ours")
    shown: dict[str, Any] = {"cmap": HEAT, "extent": extent, "interpolation": "nearest"}
    heat = panels[0, 1].imshow(whole.max(axis=-1), norm=Normalize(0, 1), **shown)
    panels[0, 1].set_title("its map, the whole in one pass", fontsize=11)
    titles = {"blended": f"tiles of {TILE}×{TILE}, blended", "ours": "fullconv, tile by tile"}
    off = None
    for panel, (name, title) in zip(panels[1], titles.items(), strict=True):
        apart = np.abs(others[name] - whole).max(axis=-1)
        off = panel.imshow(np.clip(apart, LEAST, MOST), norm=LogNorm(LEAST, MOST), **shown)
        panel.set_title(f"{title}: off by {apart.max():.1g} at most", fontsize=11)
    tile = (TILE - grid.window[0]) // stride + 1
    before = grid.center(0, 0)[1] - stride / 2
    for where, count in (("rows", whole.shape[0]), ("cols", whole.shape[1])):
        seams(panels[1, 0], [before + one * stride for one in starts_of(count, tile)[1:]], where, SEAM)
    for where, count, side in (
        ("rows", whole.shape[0], search.tiling.side[0]),
        ("cols", whole.shape[1], search.tiling.side[1]),
    ):
        seams(panels[1, 1], [before + one * stride for one in range(side, count, side)], where, SEAM)
    for panel in panels.flat:
        panel.set(xlim=(LEFT, RIGHT), ylim=(ROWS - BORDER, BORDER), aspect="equal")
        panel.tick_params(labelsize=8)
    figure.colorbar(heat, ax=panels[0, :], shrink=0.9, label="probability of the likeliest class")
    plain = FuncFormatter(lambda value, _: f"{value:.0e}" if value < 1e-3 else f"{value:g}")
    told = "difference from the map above"
    bar = figure.colorbar(off, ax=panels[1, :], shrink=0.9, label=told, extend="min", format=plain)
    bar.ax.yaxis.set_minor_formatter(FuncFormatter(lambda value, _: ""))
    handle = Line2D([], [], color=SEAM, label="where a tile begins")
    for panel in panels[1]:
        panel.legend(handles=[handle], loc="lower right", fontsize=8)
    save_figure(figure, out)


if __name__ == "__main__":
    main()
