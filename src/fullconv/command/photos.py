"""Photos searched for a synset by a network that was trained on ImageNet."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fullconv.command.batch import each_photo
from fullconv.config.quiet import load_tensorflow
from fullconv.config.schema import ExperimentConfig
from fullconv.imagenet.synsets import Synset, class_names, class_wnids, find_synset

if TYPE_CHECKING:
    from fullconv.locate.regions.heat import PhotoHeat, PhotoLocator

Entry = dict[str, Any]


@dataclass(frozen=True)
class Sought:
    """What a photo is searched for, its classes among the 1,000, and its COCO category."""

    name: str
    wnid: str
    classes: tuple[int, ...]
    category: int


def locate_photos(settings: ExperimentConfig, network: str, photos: Sequence[Path], out: Path) -> int:
    """Search photos by a `network` for `settings.synset`, or each for its own best class; write to `out` what is found.

    Return how many of several photos could not be used.

    Raises:
        InputError: an unknown synset, weights that are not there, a photo or a folder that cannot be used.
    """
    from fullconv.data.pictures.photo_files import load_photo
    from fullconv.figures.photos import photo_view
    from fullconv.locate.detections import results
    from fullconv.report.photos import photo_catalogue, write_photo
    from fullconv.report.streams import results_file

    given = None if settings.synset is None else _of_synset(find_synset(settings.synset))
    root = Path(os.path.commonpath([path.parent.absolute() for path in photos]))
    tell = _tell_alone if len(photos) == 1 else _tell_briefly
    with photo_catalogue(out, _categories(given)) as add:
        locator, best_class = _tools(network, settings)

        def step(number: int, path: Path, folder: Path) -> None:
            photo = load_photo(path)
            sought = given or _of_class(best_class(photo))
            heat = locator(photo, sought.classes)
            found = results(heat.found, number, {0: sought.category})
            view = photo_view(path.name, photo, sought.name, sought.category - 1)
            write_photo(folder, view, heat, settings.heatmap.fuse, _classes(path, sought, heat))
            if folder != out:
                with results_file(folder / "detections.json") as add_found:
                    add_found(found)
            height, width = photo.shape[:2]
            name = path.absolute().relative_to(root).as_posix()
            add({"id": number, "file_name": name, "height": height, "width": width}, found)
            tell(path, sought, heat, folder)

        return each_photo(photos, out, step)


def _tools(name: str, settings: ExperimentConfig) -> tuple["PhotoLocator", Callable[[Any], int]]:
    """What finds classes in a photo, and what tells a photo's best class."""
    load_tensorflow()
    from fullconv.convert.conversion import convolutionalize
    from fullconv.imagenet.networks import build_network
    from fullconv.locate.regions.crops import crops_of
    from fullconv.locate.regions.heat import PhotoLocator

    classifier = build_network(name, settings.weights)
    conversion = convolutionalize(classifier, head=settings.heatmap.head)

    def best_class(photo: Any) -> int:
        height, width = photo.shape[:2]
        whole = crops_of(photo, [(0.0, 0.0, float(width), float(height))], classifier.input_shape[1:3])
        return int(np.argmax(classifier(whole, training=False)[0]))

    return PhotoLocator(classifier, conversion, settings.heatmap), best_class


def _of_synset(synset: Synset) -> Sought:
    return Sought(synset.name, synset.wnid, synset.classes, 1)


def _of_class(index: int) -> Sought:
    return Sought(class_names()[index], class_wnids()[index], (index,), index + 1)


def _categories(given: Sought | None) -> list[Entry]:
    every = [given] if given is not None else [_of_class(index) for index in range(len(class_names()))]
    return [{"id": one.category, "name": one.name, "wnid": one.wnid} for one in every]


def _classes(path: Path, sought: Sought, heat: "PhotoHeat") -> Entry:
    names, wnids = class_names(), class_wnids()
    return {
        "photo": path.name,
        "height": heat.size[0],
        "width": heat.size[1],
        "sought": {"name": sought.name, "wnid": sought.wnid, "classes": len(sought.classes)},
        "top": [
            {"class": index, "name": names[index], "wnid": wnids[index], "probability": float(probability)}
            for index, probability in heat.top
        ],
    }


def _tell_alone(path: Path, sought: Sought, heat: "PhotoHeat", folder: Path) -> None:
    from fullconv.terminal.tables import print_table

    names, wnids = class_names(), class_wnids()
    rows = [[names[index], wnids[index], f"{probability:.3f}"] for index, probability in heat.top]
    print_table(f"Classes of {path.name}", rows, ["class", "WordNet id", "probability"])
    print(f"{_found(sought, heat)}: {folder / 'overlay.png'}")


def _tell_briefly(path: Path, sought: Sought, heat: "PhotoHeat", folder: Path) -> None:
    print(f"{path.name}: {_found(sought, heat)} ({class_names()[heat.top[0][0]]} {heat.top[0][1]:.2f})")


def _found(sought: Sought, heat: "PhotoHeat") -> str:
    scores = sorted((one.score for one in heat.found), reverse=True)
    said = f"{sought.name}: {len(scores)} box{'' if len(scores) == 1 else 'es'}"
    return f"{said}, {', '.join(f'{score:.2f}' for score in scores[:5])}" if scores else said
