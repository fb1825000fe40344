"""What a search would take, told before it begins: tiles, levels, memory, disk and time."""

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from fullconv.config.quiet import load_tensorflow
from fullconv.config.schema import ExperimentConfig
from fullconv.large.size import TOGETHER

if TYPE_CHECKING:
    from fullconv.large.search import LargeSearch
    from fullconv.large.sources.source import Source
    from fullconv.locate.finder import Finder


def foretell(settings: ExperimentConfig, images: Sequence[Path]) -> None:
    """Print for each picture what its search would take. One tile of a large one is searched, to tell the time.

    Raises:
        InputError: what searches, or a picture, cannot be used.
    """
    load_tensorflow()
    from fullconv.evaluate.scenes.sets import samples_of
    from fullconv.large.overview import overview_of
    from fullconv.large.size import is_large
    from fullconv.large.sources.opening import open_image
    from fullconv.locate.finder import PEAKS
    from fullconv.locate.pixel_range import settled
    from fullconv.track.finders import finder_of

    finder, dataset = finder_of(settings), settings.dataset
    channels = int(finder.conversion.model.input_shape[-1])
    for path in images:
        with open_image(path, channels, samples_of(dataset), dataset.axes) as source:
            height, width = source.shape[:2]
            if not is_large(path) or finder.read != PEAKS:
                print(f"{path.name}: {width}×{height} pixels, searched at once")
                continue
            print(f"{path.name}: {width}×{height} pixels, {_taken(settled(finder, [overview_of(source)]), source)}")


def _taken(finder: "Finder", source: "Source") -> str:
    from fullconv.large.pixels import Pixels
    from fullconv.large.search import by_tiles, search_of
    from fullconv.large.store.progress import needed_disk
    from fullconv.large.tiling import VALUES
    from fullconv.locate.reading import reader_of

    finder = by_tiles(finder)
    config = finder.config
    search = search_of(reader_of(finder, config.box), Pixels(source))
    side = [cells * stride for cells, stride in zip(search.tiling.side, search.plan.grid.stride, strict=True)]
    levels = search.plan.ladder.levels
    sizes = [round(levels[place].object_size[0]) for place in (0, -1)]
    disk = needed_disk((search.reader.channels, *search.plan.cells), config.dtype)
    memory = 2 * 4 * VALUES + (config.memory or TOGETHER)
    tiles = f"{_many(len(search.tiling), 'tile')} of {side[1]}×{side[0]}"
    seen = f"{_many(len(levels), 'level')} on which the window is {sizes[0]} to {sizes[1]} pixels"
    return (
        f"{tiles}, {seen}, {search.plan.cells[1]}×{search.plan.cells[0]} cells; about "
        f"{memory / 1e9:.1f} GB of memory beside what is imported, {disk / 1e9:.1f} GB of disk at most, "
        f"{_time(_seconds(search) * len(search.tiling))} on this machine, as a tile in the middle takes"
    )


def _seconds(search: "LargeSearch") -> float:
    """Return how long a tile in the middle takes, once the network is traced."""
    tiles = list(search.tiling)
    tile, taken = tiles[len(tiles) // 2], 0.0
    for _ in range(2):
        start = perf_counter()
        search.see(search.read(tile))
        taken = perf_counter() - start
    return taken


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _time(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
