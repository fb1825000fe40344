"""From a folder, a table or annotated pictures to arrays of crops."""

import logging
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from fullconv.config.checks.data import check_data
from fullconv.config.schema import DataConfig
from fullconv.data.arrays import Arrays
from fullconv.data.sources.crops.account import Account
from fullconv.data.sources.crops.annotated import list_annotated
from fullconv.data.sources.crops.assembly import assembled, table_of
from fullconv.data.sources.crops.chatter import few_lines
from fullconv.data.sources.crops.decoding import Cuts, cut_places, header_sizes, refuse_broken
from fullconv.data.sources.crops.folder import list_folder
from fullconv.data.sources.crops.judged import chosen_classes, judge_counts, judge_sizes
from fullconv.data.sources.crops.kept import kept_of
from fullconv.data.sources.crops.places import TEST, TRAIN, Listing, Place
from fullconv.data.sources.crops.rows import Rows
from fullconv.data.sources.crops.sides import side_for, side_with
from fullconv.data.sources.crops.surroundings import list_scenes, with_surroundings
from fullconv.data.sources.crops.table import list_table
from fullconv.errors import InputError
from fullconv.nearest import meant, meant_file
from fullconv.terminal.progress import counted

_log = logging.getLogger(__name__)
_WHAT = {
    "folder": "a folder of class folders",
    "coco": "a folder of pictures with COCO, YOLO or VOC annotations",
    "csv": "a CSV file of path,label",
}


@dataclass(frozen=True)
class Reading:
    """Crops as arrays, and an account of what they came from."""

    arrays: Arrays
    account: Account


def read_crops(config: DataConfig, seed: int = 0) -> Reading:
    """Read the crops that `config.path` holds in the form `config.form`; equal files and seed give equal arrays.

    Arrays lie on disk, mapped into memory: crops may be more than memory holds.

    Raises:
        InputError: a knob, a file or the set as a whole cannot be used.
    """
    check_data(config)
    told: list[str] = []

    def tell(lines: Iterable[str | None]) -> None:
        for line in filter(None, lines):
            _log.warning("%s: %s", config.path, line)
            told.append(line)

    listing = _listed(config)
    tell(listing.left_out)
    _check_background(listing, config)
    classes = chosen_classes(sorted({one.label for one in listing.places}), config.classes, config.background)
    wanted = frozenset(classes)
    places = [one for one in listing.places if one.label in wanted]
    scenes = [] if config.scenes is None else list_scenes(config.scenes)
    side = config.side or _side(places, config)
    with few_lines(), Rows() as rows:
        cuts = _cut(listing, places, rows, side_with(side, config.margin), config)
        tell(_of_files(cuts, len(listing.broken), config.broken))
        kept = kept_of(cuts.places, cuts.digests, listing.by_picture, config.test_share, seed, config.broken)
        tell(kept.told)
        train, test = (Counter(cuts.places[one].label for one in part) for part in (kept.train, kept.test))
        tell(judge_counts(train, test, classes, bool(scenes or listing.nothing)))
        arrays = assembled(cuts, kept, classes, config)
    assert arrays.crops is not None
    tell(judge_sizes(arrays.crops.train_sizes, bool(scenes)))
    with few_lines():
        arrays, beside = with_surroundings(arrays, scenes, listing.nothing, side, config.broken, seed)
    tell(beside)
    record = [(cuts.places[one], split) for split, part in ((TRAIN, kept.train), (TEST, kept.test)) for one in part]
    return Reading(arrays, Account(table_of(arrays), tuple(told), tuple(record)))


def _check_background(listing: Listing, config: DataConfig) -> None:
    if not listing.nothing and config.background != "background":
        there = sorted({one.label for one in listing.places})
        mend = f"{meant(config.background, there)}Name the class whose pictures hold no object, or leave it out."
        raise InputError("data.background", f"no pictures of {config.background!r}", mend)


def _cut(listing: Listing, places: list[Place], rows: Rows, frame: int, config: DataConfig) -> Cuts:
    with counted("crops", len({one.path for one in places})) as tick:
        cuts = cut_places(places, rows, frame, config.margin, not config.points, tick)
    cuts.broken.update(listing.broken)
    return cuts


def _of_files(cuts: Cuts, unlisted: int, share: float) -> Iterator[str | None]:
    yield refuse_broken(cuts.broken, cuts.tried + unlisted, share, "data.path")
    if not cuts.places:
        raise InputError("data.path", "no box lies in its picture", "Give the pictures that were annotated.")
    if cuts.outside:
        yield f"{cuts.outside} boxes outside their pictures, or of less than a pixel"


def _listed(config: DataConfig) -> Listing:
    what = f"Give data.path=PATH, {_WHAT[config.form]}."
    if config.path is None:
        raise InputError("data.path", "not given", what)
    path = Path(config.path).expanduser()
    if not path.exists():
        raise InputError("data.path", f"no file or folder {path}", meant_file(path) + what)
    if config.form == "csv":
        if path.is_dir():
            raise InputError("data.path", f"{path} is a folder", what)
        return list_table(path, config)
    if not path.is_dir():
        raise InputError("data.path", f"{path} is a file", what)
    return list_folder(path, config) if config.form == "folder" else list_annotated(path, config)


def _side(places: list[Place], config: DataConfig) -> int:
    sizes = header_sizes(places, 0.0 if config.form == "coco" else config.margin)
    if not len(sizes):
        raise InputError("data.path", f"none of {len(places)} files is a picture", "Give files that can be read.")
    return side_for(sizes)
