"""Pictures searched one after another, whatever searches them: read, searched, written, told."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fullconv.command.batch import each_photo
from fullconv.config.quiet import load_tensorflow
from fullconv.config.schema import ExperimentConfig

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from fullconv.locate.finder import Finder
    from fullconv.locate.located import Located
    from fullconv.locate.threshold import Threshold

Entry = dict[str, Any]


def locate_pictures(settings: ExperimentConfig, images: Sequence[Path], out: Path) -> int:
    """Search pictures and write to `out` what is found; return how many of several could not be used.

    Raises:
        InputError: what searches, a picture that is alone, or a folder cannot be used.
    """
    from fullconv.locate.detections import results
    from fullconv.report.pictures import catalogue
    from fullconv.report.streams import results_file

    root = Path(os.path.commonpath([path.parent.absolute() for path in images]))
    tell = _tell_alone if len(images) == 1 else _tell_briefly
    categories: list[Entry] = []
    # A folder that cannot be written is refused before anything heavy is loaded.
    with catalogue(out, categories) as add:
        finder, given = _tools(settings, images)
        from fullconv.evaluate.scenes.sets import samples_of
        from fullconv.locate.picture import searched
        from fullconv.locate.threshold import of_picture

        samples = samples_of(settings.dataset)

        categories += [one.entry for one in finder.sought]

        def step(number: int, path: Path, folder: Path) -> None:
            shown, located = searched(finder, path, settings.dataset.polarity, samples)
            threshold = of_picture(given, finder, located)
            _write(finder, threshold, path, shown, located, folder)
            of_label = {label: one.category for label, one in enumerate(finder.sought)}
            found = results(located.objects, number, of_label)
            if folder != out:
                with results_file(folder / "detections.json") as add_found:
                    add_found(found)
            name, (height, width) = path.absolute().relative_to(root).as_posix(), located.size
            add({"id": number, "file_name": name, "height": height, "width": width}, found)
            tell(finder, threshold, path, located, folder)

        return each_photo(images, out, step)


def _tools(settings: ExperimentConfig, images: Sequence[Path]) -> tuple["Finder", "Threshold | None"]:
    """Return what searches, and the score from which an object is drawn, if that is the same for every picture."""
    load_tensorflow()
    from fullconv.evaluate.scenes.sets import samples_of
    from fullconv.locate.picture import settled_by
    from fullconv.track.finders import finder_of
    from fullconv.track.thresholds import threshold_of

    finder = finder_of(settings)
    given = threshold_of(settings, finder)
    return settled_by(finder, images, settings.dataset.polarity, samples_of(settings.dataset)), given


def _write(
    finder: "Finder",
    threshold: "Threshold",
    path: Path,
    shown: "npt.NDArray[np.float32]",
    located: "Located",
    folder: Path,
) -> None:
    from fullconv.figures.pictures import Drawn, picture_view
    from fullconv.report.pictures import write_picture

    likely = threshold.likely(located.objects)
    seen = located.labels if len(located.labels) == 1 else sorted({one.label for one in likely})
    drawn = [
        Drawn(
            finder.sought[label].name,
            finder.sought[label].category - 1,
            [one for one in likely if one.label == label],
        )
        for label in seen
    ]
    view = picture_view(path.name, shown, _sought(finder, located))
    write_picture(folder, view, located, drawn, finder.fuse, _classes(finder, threshold, path, located))


def _sought(finder: "Finder", located: "Located") -> str:
    """What the heat is the probability of."""
    return finder.sought[located.labels[0]].name if len(located.labels) == 1 else "any class"


def _classes(finder: "Finder", threshold: "Threshold", path: Path, located: "Located") -> Entry:
    names, wnids = finder.channels.names, finder.wnids
    channels = [_entry(finder, label) for label in located.labels]
    return {
        "photo": path.name,
        "height": located.size[0],
        "width": located.size[1],
        "classifier": finder.name,
        "pixels": {"range": finder.pixels, "because": finder.because},
        "outputs": finder.outputs.form.value,
        "background": finder.channels.called if finder.channels.has_background else None,
        "read": finder.read if located.panels == (1, 1) else "panels",
        "panels": list(located.panels),
        "threshold": threshold.value,
        "threshold_reason": threshold.reason,
        "sought": channels[0] if len(channels) == 1 else {"name": "any class", "wnid": None, "classes": len(channels)},
        # Of scores.npz, in order.
        "channels": [one["name"] for one in channels] + ([] if located.background is None else ["background"]),
        "top": [
            {"class": index, "name": names[index], "wnid": wnids[index] if wnids else None, "probability": probability}
            for index, probability in located.top
        ],
    }


def _entry(finder: "Finder", label: int) -> Entry:
    one = finder.sought[label]
    return {"name": one.name, "wnid": one.wnid, "classes": len(one.channels)}


def _tell_alone(finder: "Finder", threshold: "Threshold", path: Path, located: "Located", folder: Path) -> None:
    from fullconv.terminal.tables import print_table

    rows = [
        [finder.channels.names[index], *([finder.wnids[index]] if finder.wnids else []), f"{probability:.3f}"]
        for index, probability in located.top
    ]
    columns = ["class", *(["WordNet id"] if finder.wnids else []), "probability"]
    print_table(f"Classes of {path.name}", rows, columns)
    print(f"{_found(finder, threshold, located)}: {folder / 'overlay.png'}")
    print(f"drawn from a score of {threshold.value:.3g}: {threshold.reason}")


def _tell_briefly(finder: "Finder", threshold: "Threshold", path: Path, located: "Located", folder: Path) -> None:
    best = f" ({finder.channels.names[located.top[0][0]]} {located.top[0][1]:.2f})" if located.top else ""
    print(f"{path.name}: {_found(finder, threshold, located)}{best}")


def _found(finder: "Finder", threshold: "Threshold", located: "Located") -> str:
    likely = sorted(threshold.likely(located.objects), key=lambda one: -one.score)
    alone = len(located.labels) == 1
    said = f"{_sought(finder, located)}: {len(likely)} box{'' if len(likely) == 1 else 'es'}"
    each = [f"{one.score:.2f}" if alone else f"{finder.sought[one.label].name} {one.score:.2f}" for one in likely[:5]]
    return f"{said}, {', '.join(each)}" if each else said
