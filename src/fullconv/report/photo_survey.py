"""A pretrained network measured on photos and collages, written down: metrics, boxes, a table of ways, pictures."""

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from fullconv.config.schema import ExperimentConfig
from fullconv.evaluate.photos.photo_survey import SearchedPhoto
from fullconv.evaluate.photos.survey import Searched, Tree, album_of, heads_of, own_way, survey
from fullconv.evaluate.photos.ways import Way
from fullconv.figures.collages import collage_figure
from fullconv.figures.pictures import Drawn, overlay_figure, picture_view
from fullconv.figures.scenes import save_figure
from fullconv.files import whole_file, whole_folder, write_json
from fullconv.imagenet.networks import build_network
from fullconv.imagenet.synsets import class_names, class_wnids
from fullconv.locate.detections import results
from fullconv.report.flat import flat
from fullconv.report.streams import results_file
from fullconv.terminal.progress import counted


class _Written:
    """What one way finds, as it comes: photos and the first collage of each size drawn, boxes and classes kept."""

    def __init__(self, pictures: Path, way: Way, tick: Callable[[object], None]) -> None:
        self.photos: list[Tree] = []
        self.found: list[Tree] = []
        self._pictures, self._way, self._tick = pictures, way, tick

    def __call__(self, searched: Searched) -> None:
        self._tick(searched)
        if searched.way != self._way:
            return
        if isinstance(searched, SearchedPhoto):
            self._photo(searched)
            return
        path = self._pictures / "collages" / f"{searched.size}.png"
        if not path.exists():
            save_figure(collage_figure(searched), path)

    def _photo(self, searched: SearchedPhoto) -> None:
        photo, found = searched.photo, searched.regions.objects
        view = picture_view(photo.name, searched.pixels, photo.synset.name)
        drawn = [Drawn(photo.synset.name, photo.category - 1, found)]
        save_figure(overlay_figure(view, searched.fused, drawn), self._pictures / "photos" / f"{photo.name}.png")
        names, wnids = class_names(), class_wnids()
        top = [{"name": names[one], "wnid": wnids[one], "probability": sure} for one, sure in searched.regions.top]
        sought = {"name": photo.synset.name, "wnid": photo.synset.wnid}
        self.photos.append({"id": photo.id, "name": photo.name, "sought": sought, "top": top})
        self.found += results(found, photo.id, {one.label: photo.category for one in found})


def write_survey(folder: Path, metrics_file: Path, settings: ExperimentConfig) -> dict[str, Tree]:
    """Measure `settings.photos`, searched as its `locate` says; return the metrics of each way by its name.

    `folder` receives photos.json, detections.json, ways.csv and pictures/, `metrics_file` the numbers alone.

    Raises:
        InputError: photos, weights or sizes that cannot be used, too few photos for a collage, or a folder that
            cannot be written.
    """
    config = settings.photos
    album, heads, own = album_of(config), heads_of(config), own_way(config.locate)
    classifier = build_network(config.model, config.weights)
    with whole_folder(folder / "pictures") as pictures, counted(config.model, len(heads) * len(album)) as tick:
        written = _Written(pictures, own, tick)
        rows, each = survey(album, classifier, config, written)
    with results_file(folder / "detections.json") as add:
        add(written.found)
    write_ways(folder / "ways.csv", rows)
    named = {way.name: row for way, row in rows.items()}
    metrics = {**_split(rows[own]), "each": each, "ways": named}
    searched = {"network": config.model, "weights": config.weights, "way": own.name, "searched": written.photos}
    write_json(folder / "photos.json", {**searched, **metrics})
    write_json(metrics_file, metrics)
    return named


def write_ways(path: Path, rows: Mapping[Way, Mapping[str, Any]]) -> None:
    """Write one row a way and one column a metric; those of collages are called `<size>_<metric>`."""
    table = [
        {"way": way.name, "head": way.head, "sizes": way.sizes, "fuse": way.fuse}
        | {key.replace(".", "_"): value for key, value in flat(row).items()}
        for way, row in rows.items()
    ]
    with whole_file(path) as temporary, temporary.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, list(table[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(table)


def _split(row: Mapping[str, Any]) -> Tree:
    """Return a way's metrics on photos and on collages apart."""
    collages = {key: value for key, value in row.items() if isinstance(value, Mapping)}
    return {"photos": {key: value for key, value in row.items() if key not in collages}, "collages": collages}
