"""`fullconv.locate`: what a finder finds in one image of any size."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fullconv.config.schema import DERIVED, LocateConfig
from fullconv.convert.conversion import Conversion
from fullconv.errors import InputError
from fullconv.large.size import LARGE
from fullconv.locate.detections import Detection, Found, results
from fullconv.locate.finder import PEAKS, Finder, each_class
from fullconv.locate.meaning import Named, meaning_of, opened, reads

if TYPE_CHECKING:
    from fullconv.large.sources.source import Source

# As `conf/locate/auto.yaml`; floor, spacing and border have no default elsewhere.
_KNOBS = LocateConfig(
    floor=0.05, overlap=0.5, sizes=DERIVED, spacing=1.19, levels=DERIVED, border=0.3, engine="auto", box="auto",
    batch_size=16,
)  # fmt: skip
_MEND = "Give a finder's folder, a Finder, or a Conversion."


def locate(
    what: "Finder | Conversion | str | Path",
    image: "Any | Source | str | Path",
    classes: Sequence[str] = (),
    background: str = "auto",
    **knobs: Any,
) -> list[Detection]:
    """Return COCO results `{image_id, category_id, bbox [x, y, w, h], score}` of one image, highest score first.

    `what` is the folder that `fullconv train` wrote, a `Finder` of the library, or a conversion: then `classes` are the
    names of its outputs, and `background` is that which is no object, `none`, or `auto` for one of such a name. `image`
    is an array (H, W, C) in 0..1 or of integers in 0..255, a file or a zarr, or what `fullconv.open_image` returns; one
    of more than nine million pixels, and one that was opened, is searched tile by tile, with the same result. `knobs`
    are those of `locate` (`sizes=[12, 128]`, `floor=0.2` …). Class k is category k + 1.

    Raises:
        InputError: something else, a knob that there is not, or an image that cannot be searched.
    """
    finder = _finder(what, classes, background)
    unknown = sorted(set(knobs) - set(vars(finder.config)))
    if unknown:
        raise InputError(f"locate.{unknown[0]}", "no such knob", f"There are {', '.join(sorted(vars(finder.config)))}.")
    finder = replace(finder, config=replace(finder.config, **knobs))
    return results(_found(finder, image), 1, {at: one.category for at, one in enumerate(finder.sought)})


def _finder(what: Any, classes: Sequence[str], background: str) -> Finder:
    if isinstance(what, Finder):
        return what
    if isinstance(what, str | Path):
        from fullconv.finders.folder import read_finder

        return read_finder(Path(what).expanduser()).finder(str(what))
    if not isinstance(what, Conversion):
        raise InputError("what", f"received {type(what).__name__}", _MEND)
    read = reads(what.model, "auto")
    form = opened(what.model, what.window, "the conversion")
    named = Named(tuple(classes), "classes")
    channels, outputs = meaning_of(form, int(what.model.output_shape[-1]), named, background)
    return Finder(
        "the conversion", what, channels, _KNOBS, None, read.pixels, read.because, outputs, sought=each_class(channels)
    )


def _found(finder: Finder, image: Any) -> list[Found]:
    from fullconv.large.sources.opening import open_image

    channels = int(finder.conversion.model.input_shape[-1])
    if isinstance(image, str | Path):
        with open_image(image, channels) as source:
            return _found(finder, source)
    if hasattr(image, "read") and hasattr(image, "levels"):
        return _in_source(finder, image)
    from fullconv.locate.reading import search

    pixels = np.asarray(image)
    if pixels.ndim == 3 and pixels.shape[0] * pixels.shape[1] > LARGE:
        from fullconv.large.sources.arrays import ArraySource

        return _in_source(finder, ArraySource(pixels, channels))
    return search(finder, pixels).objects


def _in_source(finder: Finder, source: "Source") -> list[Found]:
    from fullconv.large.overview import as_read, overview_of
    from fullconv.large.pixels import Pixels
    from fullconv.large.regions import located_reduced
    from fullconv.large.search import by_tiles, search_of
    from fullconv.locate.pixel_range import settled
    from fullconv.locate.reading import reader_of, search

    large = source.shape[0] * source.shape[1] > LARGE
    if not large or finder.read != PEAKS:
        reduced = located_reduced(finder, source, "light") if large else None
        if reduced is not None:
            return reduced[1].objects
        return search(finder, source.read((0, 0, source.shape[1], source.shape[0]))).objects
    finder = by_tiles(settled(finder, [as_read(finder, overview_of(source))]))
    searching = search_of(reader_of(finder, finder.config.box), Pixels(source))
    return searching.objects([searching.see(searching.read(tile)).candidates for tile in searching.tiles])
