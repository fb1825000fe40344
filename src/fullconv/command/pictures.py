"""Pictures searched one after another, whatever searches them: read, searched, written, told."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fullconv.command.batch import each_photo
from fullconv.command.cluster import workers_of
from fullconv.command.large import located_large, searched_reduced
from fullconv.command.told import classes_entry, sought_in, tell_alone, tell_briefly
from fullconv.config.quiet import load_tensorflow
from fullconv.config.schema import ExperimentConfig
from fullconv.large.size import is_large

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from fullconv.locate.finder import Finder
    from fullconv.locate.located import Located
    from fullconv.locate.threshold import Threshold

Entry = dict[str, Any]


def locate_pictures(settings: ExperimentConfig, images: Sequence[Path], out: Path) -> int:
    """Search pictures and write to `out` what is found; return how many could not be used, or not be read whole.

    Raises:
        InputError: what searches, a picture that is alone, or a folder cannot be used.
    """
    from fullconv.locate.detections import results
    from fullconv.report.pictures import catalogue
    from fullconv.report.streams import results_file

    root = Path(os.path.commonpath([path.parent.absolute() for path in images]))
    tell = tell_alone if len(images) == 1 else tell_briefly
    categories: list[Entry] = []
    unread: list[bool] = []  # of large pictures: whether parts of them could not be read
    # A folder that cannot be written is refused before anything heavy is loaded.
    # So is a cluster that is not there; it is asked for where some picture is large.
    with catalogue(out, categories) as add, workers_of(settings, images) as workers:
        finder, given = _tools(settings, images)
        from fullconv.evaluate.scenes.sets import samples_of
        from fullconv.locate.finder import PEAKS
        from fullconv.locate.picture import searched
        from fullconv.locate.threshold import of_picture

        samples = samples_of(settings.dataset)

        categories += [one.entry for one in finder.sought]

        def step(number: int, path: Path, folder: Path) -> None:
            large_picture = is_large(path)
            if large_picture and finder.read == PEAKS:
                large = located_large(settings, finder, given, path, folder, workers)
                add(_image_entry(number, path, root, large.located.size), large.results(number))
                unread.append(bool(large.located.broken))
                return
            reduced = searched_reduced(settings, finder, path) if large_picture else None
            shown, located = reduced or searched(finder, path, settings.dataset.polarity, samples)
            threshold = of_picture(given, finder, located)
            _write(finder, threshold, path, shown, located, folder)
            of_label = {label: one.category for label, one in enumerate(finder.sought)}
            found = results(located.objects, number, of_label)
            if folder != out:
                with results_file(folder / "detections.json") as add_found:
                    add_found(found)
            add(_image_entry(number, path, root, located.size), found)
            tell(finder, threshold, path, located, folder)

        return each_photo(images, out, step) + sum(unread)


def _image_entry(number: int, path: Path, root: Path, size: tuple[int, int]) -> Entry:
    name = path.absolute().relative_to(root).as_posix()
    return {"id": number, "file_name": name, "height": size[0], "width": size[1]}


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
    view = picture_view(path.name, shown, sought_in(finder, located))._replace(size=located.size)
    write_picture(folder, view, located, drawn, finder.fuse, classes_entry(finder, threshold, path, located))
