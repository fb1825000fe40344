"""A figure of a collage: for each of its cells, where the heat of that cell's synset lies."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from fullconv.evaluate.maps.drawn import grid, on_pixels
from fullconv.figures.panels import HEAT
from fullconv.figures.pictures import colour_limit
from fullconv.figures.scenes import contact_sheet
from fullconv.locate.levels.resize import resized

if TYPE_CHECKING:
    from fullconv.evaluate.photos.collage_survey import SearchedCollage

_COVER = 0.75  # of the picture, by the strongest heat


def collage_figure(collage: "SearchedCollage") -> Figure:
    """Return the collage once for each cell, in reading order, the heat of the cell's synset laid over it in grey."""
    size = (collage.pixels.shape[0], collage.pixels.shape[1])
    small = resized(collage.pixels[np.newaxis], *grid(size)[0])[0]
    grey = np.repeat(small.mean(axis=-1, keepdims=True), 3, axis=-1)
    panels = []
    for photo, heat in zip(collage.photos, collage.heats, strict=True):
        limit = colour_limit(heat)
        strength = np.clip(on_pixels(heat, collage.geometry, size) / limit, 0, 1)
        cover = _COVER * strength[..., np.newaxis]
        title = photo.synset.name if limit == 1 else f"{photo.synset.name} (colours to {limit:g})"
        panels.append((title, grey * (1 - cover) + colormaps[HEAT](strength)[..., :3] * cover))
    return contact_sheet(panels, columns=round(len(panels) ** 0.5))
