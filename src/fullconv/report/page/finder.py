"""One finder on a page: what it learnt from, how well it finds, what to do next, how to use it."""

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from markupsafe import Markup

from fullconv.figures.palette import class_colour
from fullconv.files import read_json, whole_file
from fullconv.report.page.elements import box, element
from fullconv.report.page.measures import MEASURES, Measure
from fullconv.report.page.rendering import rendered
from fullconv.report.page.sheets import sheet_of

PAGE = "report.html"
_MEND = "Write the finder anew: fullconv train … out=DIR."
# What a folder of an earlier format may not tell.
_LEARNT = {"name": "", "scenes": None, "nothing": None}
_TRAINED = dict.fromkeys(("epochs", "parameters", "accuracy", "val_accuracy"))
_COUNTS = Measure(
    "count_error", "count error", "by how much of the truth counts are off, the mean of all classes.", True
)

# What a folder may hold, and what it is for.
FILES: Mapping[str, str] = {
    "finder.json": "classes, sizes, thresholds and how it searches; what it learnt from",
    "conversion.keras": "the network that searches",
    "conversion.json": "its window and stride",
    "classifier.keras": "the network as it was trained, for one window",
    "certificate.json": "how far the two differ, measured",
    "labels.txt": "the classes, a line each",
    "places.csv": "of annotated pictures, the places that crops were cut out of",
    "windows.png": "what it learnt from",
    "contact_sheet.png": "best and worst scenes of held-out crops",
    "counts.png": "found against true in them",
    "advice.txt": "what to do next",
    "validation.json": "every number of these scenes",
    "history.csv": "the training, epoch by epoch",
    "train.json": "how it ended",
    "seconds.json": "how long each step took",
}


def finder_page(folder: Path, name: str = "") -> str:
    """Return the page of the finder that a folder holds, from its files; pictures that are not there are left out.

    `name` is what the folder will be called, where that is not yet its name.

    Raises:
        InputError: finder.json is missing, or a file cannot be read.
    """
    card = read_json(folder / "finder.json")
    learnt, validation = _LEARNT | card.get("learnt_from", {}), _json(folder / "validation.json")
    advice = folder / "advice.txt"
    return rendered(
        "finder.html.j2",
        title=f"A finder of {_listed(card['classes'])}",
        card=card,
        learnt=learnt,
        train=_TRAINED | _json(folder / "train.json"),
        difference=_json(folder / "certificate.json").get("max_difference"),
        classes=[_class(card, learnt, validation, place) for place in range(len(card["classes"]))],
        measures=[
            (one, f"{validation[one.key]:.3f}{one.unit}")
            for one in (*MEASURES, _COUNTS)
            if validation.get(one.key, -1) >= 0
        ],
        sheets={name: _sheet(folder / f"{name}.png") for name in ("windows", "contact_sheet", "counts")},
        advice=advice.read_text(encoding="utf-8").strip().split("\n\n") if advice.is_file() else [],
        seconds=_json(folder / "seconds.json"),
        word=shlex.quote(name or folder.name),
        files={name: said for name, said in FILES.items() if (folder / name).exists()},
    )


def write_finder_page(folder: Path, name: str = "") -> None:
    """Write report.html into a finder's folder, whole or not at all; `name` as `finder_page` has it.

    Raises:
        InputError: finder.json is missing, a file cannot be read, or the folder cannot be written.
    """
    text = finder_page(folder, name)
    with whole_file(folder / PAGE) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _json(path: Path) -> dict[str, Any]:
    return dict(read_json(path)) if path.is_file() else {}


def _sheet(path: Path) -> Markup | None:
    said = {"windows": "Training windows, a row a class", "counts": "Found against true, a panel a class"}
    label = said.get(path.stem, "Best and worst scenes, truth and detections")
    return sheet_of(path, label, _MEND) if path.is_file() else None


def _class(card: Mapping[str, Any], learnt: Mapping[str, Any], found: Mapping[str, Any], place: int) -> dict[str, Any]:
    name = card["classes"][place]
    sizes = card.get("dimensions", {}).get("sizes", {}).get(name)
    swatch = element("svg", [box(0, 0, 12, 12, fill=class_colour(place))], viewBox="0 0 12 12", aria_hidden="true")
    return {
        "name": name,
        "swatch": swatch,
        "crops": learnt.get("training", {}).get(name),
        "held_out": learnt.get("held_out", {}).get(name),
        "sizes": [f"{side:.0f}" for side in sizes] if sizes else ["", "", ""],
        "threshold": _number(card.get("thresholds", {}).get(name)),
        "AP50": _number(found.get(f"AP50_of/{name}")),
        "count_error": _share(found.get(f"count_error_of/{name}")),
    }


def _number(value: float | None) -> str:
    return "" if value is None or value < 0 else f"{value:.2f}"


def _share(value: float | None) -> str:
    return "" if value is None or value < 0 else f"{value:.0%}"


def _listed(names: list[str]) -> str:
    shown = names if len(names) <= 6 else [*names[:5], f"{len(names) - 5} more classes"]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
