"""What is told of a picture that was searched: classes.json, and a few lines on the terminal."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fullconv.locate.finder import Finder
    from fullconv.locate.located import Told
    from fullconv.locate.threshold import Threshold

Entry = dict[str, Any]


def sought_in(finder: "Finder", located: "Told") -> str:
    """Return what the heat is the probability of."""
    return finder.sought[located.labels[0]].name if len(located.labels) == 1 else "any class"


def counts_of(finder: "Finder", threshold: "Threshold", located: "Told") -> dict[str, int]:
    """Return how many boxes of each thing that was looked for count, by its name, in the order of the classes."""
    found = Counter(one.label for one in threshold.likely(located.objects))
    return {finder.sought[label].name: found[label] for label in located.labels}


def classes_entry(finder: "Finder", threshold: "Threshold", path: Path, located: "Told") -> Entry:
    """Return what classes.json holds."""
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
        "thresholds": {finder.sought[label].name: threshold.of(label) for label in located.labels},
        "threshold_reason": threshold.reason,
        "counts": counts_of(finder, threshold, located),
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


def tell_alone(finder: "Finder", threshold: "Threshold", path: Path, located: "Told", folder: Path) -> None:
    """Print the classes of the one picture there is, what was found, and from which score."""
    from fullconv.terminal.tables import print_table

    rows = [
        [finder.channels.names[index], *([finder.wnids[index]] if finder.wnids else []), f"{probability:.3f}"]
        for index, probability in located.top
    ]
    columns = ["class", *(["WordNet id"] if finder.wnids else []), "probability"]
    print_table(f"Classes of {path.name}", rows, columns)
    tell_found(finder, threshold, path, located, folder)


def tell_found(finder: "Finder", threshold: "Threshold", path: Path, located: "Told", folder: Path) -> None:
    """Print what was found in a picture, from which score, and where it is drawn."""
    print(f"{path.name}: {_found(finder, threshold, located)}: {folder / 'overlay.png'}")
    print(f"drawn from a score of {_scores(finder, threshold)}: {threshold.reason}")


def tell_briefly(finder: "Finder", threshold: "Threshold", path: Path, located: "Told", folder: Path) -> None:
    """Print one of several pictures in a line."""
    best = f" ({finder.channels.names[located.top[0][0]]} {located.top[0][1]:.2f})" if located.top else ""
    print(f"{path.name}: {_found(finder, threshold, located)}{best}")


def _found(finder: "Finder", threshold: "Threshold", located: "Told") -> str:
    likely = sorted(threshold.likely(located.objects), key=lambda one: -one.score)
    said = f"{sought_in(finder, located)}: {len(likely)} box{'' if len(likely) == 1 else 'es'}"
    if len(located.labels) == 1:
        return ", ".join([said, *(f"{one.score:.2f}" for one in likely[:5])])
    counts = [f"{name} {count}" for name, count in counts_of(finder, threshold, located).items() if count]
    return f"{said}, {', '.join(counts)}" if counts else said


def _scores(finder: "Finder", threshold: "Threshold") -> str:
    """Return the threshold, or where classes have several each of them."""
    if len(set(threshold.of_class)) < 2:
        return f"{threshold.value:.3g}"
    names = [one.name for one in finder.sought]
    return ", ".join(f"{value:.3g} ({name})" for name, value in zip(names, threshold.of_class, strict=True))
