"""A picture too large for memory: searched tile by tile, its map in a store, its objects in files that viewers open."""

import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from fullconv.config.schema import DERIVED, ExperimentConfig
from fullconv.errors import InputError
from fullconv.terminal.progress import counted

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from fullconv.command.cluster import Workers
    from fullconv.data.pictures.samples import Samples
    from fullconv.large.run import LargeLocated
    from fullconv.large.search import LargeSearch
    from fullconv.large.sources.source import Source
    from fullconv.locate.detections import Detection
    from fullconv.locate.finder import Finder
    from fullconv.locate.located import Located
    from fullconv.locate.threshold import Threshold

    FloatArray = npt.NDArray[np.float32]

log = logging.getLogger(__name__)

_DRAWN = 1000  # boxes on overlay.png: more hide the picture


@dataclass(frozen=True)
class Searched:
    """A large picture that was searched: by what, what was found, and from which score it counts."""

    finder: "Finder"
    located: "LargeLocated"
    threshold: "Threshold"

    def results(self, image_id: int) -> "list[Detection]":
        """Return the COCO results, as of pictures of any size."""
        from fullconv.locate.detections import results

        return results(self.located.objects, image_id, {at: one.category for at, one in enumerate(self.finder.sought)})


def searched_reduced(settings: ExperimentConfig, finder: "Finder", path: Path) -> "tuple[FloatArray, Located] | None":
    """Return a large picture, reduced, and what a finder that reads regions found in it, in pixels of the picture.

    Regions are read from levels of a few hundred pixels a side: more of the picture is never looked at. None: its
    levels are no smaller than half of it.

    Raises:
        InputError: it cannot be read or searched.
    """
    from fullconv.evaluate.scenes.sets import samples_of
    from fullconv.large.regions import located_reduced
    from fullconv.large.sources.opening import open_image

    dataset = settings.dataset
    with open_image(path, 3, samples_of(dataset), dataset.axes) as source:
        found = located_reduced(finder, source, dataset.polarity)
    if found is not None:
        log.info("%s: searched at %d×%d pixels, as its largest level has them", path.name, *found[0].shape[1::-1])
    return found


def located_large(
    settings: ExperimentConfig,
    finder: "Finder",
    given: "Threshold | None",
    path: Path,
    folder: Path,
    workers: "Workers | None" = None,
) -> Searched:
    """Search a picture of any size and write what was found to `folder`; what was finished before is not redone.

    Its tiles are searched by `workers`, where there are any.

    Raises:
        InputError: the picture cannot be read or searched, the folder cannot be written or holds another search.
    """
    from fullconv.command.told import classes_entry, tell_found
    from fullconv.config.program import report
    from fullconv.evaluate.scenes.sets import samples_of
    from fullconv.files import write_json
    from fullconv.large.overview import overview_of
    from fullconv.large.run import UNFINISHED
    from fullconv.large.sources.opening import open_image
    from fullconv.locate.threshold import of_picture

    channels, dataset = int(finder.conversion.model.input_shape[-1]), settings.dataset
    samples = samples_of(dataset)
    with open_image(path, channels, samples, dataset.axes) as source:
        shown = overview_of(source) if channels == 3 else _in_colour(path, samples, dataset.axes)
        finder, located = _search(finder, source, folder, dataset.polarity, shown, workers)
        threshold = of_picture(given, finder, located)
        searched = Searched(finder, located, threshold)
        _write(searched, source, shown, folder)
    write_json(folder / "classes.json", classes_entry(finder, threshold, path, located))
    tell_found(finder, threshold, path, located, folder)
    if located.broken:
        report(_unread(path, located.broken))
    shutil.rmtree(folder / UNFINISHED, ignore_errors=True)
    return searched


def _search(
    finder: "Finder", source: "Source", folder: Path, polarity: str, shown: "FloatArray", workers: "Workers | None"
) -> "tuple[Finder, LargeLocated]":
    """Return the finder as it was used, and what was found; the score map is in `folder`."""
    from fullconv.figures.palette import class_colour
    from fullconv.large.found import read_found, write_found
    from fullconv.large.identity import search_identity
    from fullconv.large.overview import as_read, is_dark
    from fullconv.large.pixels import Pixels
    from fullconv.large.run import UNFINISHED, Kept, gathered, searched_tiles, store_of
    from fullconv.large.search import by_tiles, search_of
    from fullconv.large.store.progress import Ledger
    from fullconv.locate.pixel_range import settled
    from fullconv.locate.reading import reader_of

    dark = is_dark(finder, polarity, lambda: shown)
    finder = by_tiles(settled(finder, [as_read(finder, shown)]))
    config = finder.config
    search = search_of(reader_of(finder, config.box), Pixels(source, dark))
    if config.skip == "blank":
        blank = search.leave_out_blank(1 - shown if dark else shown)
        log.info("%d of %d tiles are blank and left out (locate.skip)", blank, len(search.tiling))
    background = search.reader.background
    names = [one.name for one in finder.sought] + ([] if background is None else ["background"])
    identity = search_identity(search, source.identity(), dark)
    colours = [class_colour(index, background) for index in range(len(names))]
    ledger = Ledger(folder / UNFINISHED)
    store = store_of(search, folder, Kept(tuple(names), tuple(colours), identity, config.dtype, source.microns))
    before = read_found(folder, search)
    if before is not None:
        log.info("%s was searched before: nothing is left to compute", source.name)
        return finder, before
    _tell(finder, search)
    ledger.claim(identity)
    with counted(Path(source.name).name, len(search.tiles)) as tick:
        if workers is None:
            searched_tiles(search, store, ledger, tick)
        else:
            workers.search(search, Path(source.name), dark, ledger, identity, tick)
    store.build_levels()
    located = gathered(search, ledger)
    write_found(folder, located)
    return finder, located


def _write(searched: Searched, source: "Source", shown: "FloatArray", folder: Path) -> None:
    """Write what people and viewers open: overview.png, overlay.png, detections as COCO and GeoJSON, counts.json."""
    from fullconv.command.told import sought_in
    from fullconv.figures.overview import overview_figure
    from fullconv.figures.palette import class_colour
    from fullconv.figures.pictures import Drawn, overlay_figure, picture_view
    from fullconv.figures.scenes import save_figure
    from fullconv.large.run import SCORES
    from fullconv.large.store.detections import write_detections
    from fullconv.large.store.features import Category
    from fullconv.large.store.overview import highest_heat
    from fullconv.large.store.scores import ScoreStore

    finder, located = searched.finder, searched.located
    likely = searched.threshold.likely(located.objects)
    name, sought = Path(source.name).name, sought_in(finder, located)
    surest = f", the {_DRAWN} surest of {len(likely)} boxes" if len(likely) > _DRAWN else ""
    heat = highest_heat(ScoreStore.open(folder / SCORES))
    save_figure(overview_figure(name, shown, heat, sought), folder / "overview.png")
    most = sorted(likely, key=lambda one: -one.score)[:_DRAWN]
    drawn = [
        Drawn(one.name, one.category - 1, found)
        for label, one in enumerate(finder.sought)
        if (found := [each for each in most if each.label == label])
    ]
    view = picture_view(name, shown, sought + surest)._replace(size=located.size)
    save_figure(overlay_figure(view, heat, drawn), folder / "overlay.png")
    write_detections(
        folder,
        ((finder.sought[one.label].category, one.score, one.bbox) for one in located.objects),
        {one.category: Category(one.name, class_colour(at)) for at, one in enumerate(finder.sought)},
        microns=source.microns,
        georeference=source.georeference,
        counts_from={one.category: searched.threshold.of(at) for at, one in enumerate(finder.sought)},
    )


def _in_colour(path: Path, samples: "Samples", axes: str | None) -> "FloatArray":
    """Return what people see of a picture that a network reads in grey."""
    from fullconv.large.overview import overview_of
    from fullconv.large.sources.opening import open_image

    with open_image(path, 3, samples, axes) as source:
        return overview_of(source)


def _tell(finder: "Finder", search: "LargeSearch") -> None:
    levels = search.plan.ladder.levels
    if finder.config.sizes == DERIVED and finder.dimensions is None:
        least, most = round(min(levels[0].object_size)), round(max(levels[-1].object_size))
        log.warning("objects of %d to %d pixels are looked for; locate.sizes=[LEAST,MOST] says otherwise", least, most)
    log.info("%d tiles of %s×%s cells", len(search.tiling), *search.tiling.side)


def _unread(path: Path, broken: Sequence[tuple[int, int, int, int]]) -> InputError:
    places = [f"x={x}, y={y}, {width}×{height}" for x, y, width, height in broken[:3]]
    more = ["…"] if len(broken) > len(places) else []
    received = f"{len(broken)} parts cannot be read: {'; '.join([*places, *more])}"
    return InputError(str(path), received, "They count as grey; all else was searched.")
