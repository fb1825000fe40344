"""One set of scenes on the page: curves, reliability, errors by size, confusions, best and worst scenes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from fullconv.config.layout import report_file
from fullconv.evaluate.scenes.sets import SceneSet
from fullconv.figures.palette import class_colour
from fullconv.files import read_json
from fullconv.report.page.charts import Curve, Stack, matrix_chart, stacked_shares, unit_chart
from fullconv.report.page.content import Row
from fullconv.report.page.mosaics import Names, Shown, embedded, found_pane, truth_pane
from fullconv.report.ranking import extremes

# What can become of an object, and the style it is drawn in.
KINDS = {
    "found": "kind-right",
    "taken for another class": "kind-class",
    "missed": "kind-missed",
}
_SCENES = 4  # best and worst together, of each classifier


class Panels:
    """Builds the panels of one page; an image that several of them show is embedded once."""

    def __init__(self, rows: Sequence[Row], classes: Sequence[str]) -> None:
        self._rows, self._classes = rows, classes
        self._images: dict[str, Markup] = {}

    @property
    def images(self) -> list[Markup]:
        """The images that the panels made so far refer to."""
        return list(self._images.values())

    def panel(self, scenes: SceneSet, about: str) -> dict[str, Any]:
        """Return the panel of a set.

        Raises:
            InputError: a report is missing.
        """
        curves = {row.name: read_json(report_file(row.name, "curves") / f"{scenes.name}.json") for row in self._rows}
        return {
            "name": scenes.name,
            "about": about,
            "curves_50": self._precision_recall(curves, "0.50"),
            "curves_75": self._precision_recall(curves, "0.75"),
            "reliability": self._reliability(curves),
            "errors": self._errors(curves),
            "matrices": [self._matrix(row, curves[row.name]) for row in self._rows],
            "scenes": [self._scenes(row, curves[row.name], scenes) for row in self._rows],
        }

    def _precision_recall(self, curves: Mapping[str, Any], overlap: str) -> Markup:
        drawn = []
        for row in self._rows:
            one = curves[row.name]["precision_recall"]
            points = list(zip(one["recall"], one[overlap], strict=True))
            drawn.append(Curve(row.name, row.colour, points, dash=row.dash))
        return unit_chart(drawn, "recall", "precision", f"Precision over recall at IoU {overlap}")

    def _reliability(self, curves: Mapping[str, Any]) -> Markup:
        drawn = []
        for row in self._rows:
            one = curves[row.name]["reliability"]
            bins = [each for each in zip(one["count"], one["confidence"], one["accuracy"], strict=True) if each[0]]
            points = [(confidence, accuracy) for _, confidence, accuracy in bins]
            notes = [
                f"{row.name}: {count} detections of score {confidence:.2f}, {accuracy:.0%} right"
                for count, confidence, accuracy in bins
            ]
            drawn.append(Curve(row.name, row.colour, points, notes, row.dash))
        return unit_chart(drawn, "score", "share that is right", "Share of right detections over score", True)

    def _errors(self, curves: Mapping[str, Any]) -> Markup:
        sides = [one["from"] for one in curves[self._rows[0].name]["sizes"]]
        ends = [f"to {end:g}" for end in sides[1:]] + ["and more"]
        groups = {}
        for place, (side, end) in enumerate(zip(sides, ends, strict=True)):
            counts = [curves[row.name]["sizes"][place] for row in self._rows]
            if any(one["found"] + one["confused"] + one["missed"] for one in counts):
                groups[f"objects of {side:g} {end} pixels"] = [
                    _stack(row, one) for row, one in zip(self._rows, counts, strict=True)
                ]
        return stacked_shares(groups, KINDS, "What became of the objects, by size and classifier")

    def _matrix(self, row: Row, curves: Mapping[str, Any]) -> dict[str, Any]:
        colours = {name: class_colour(index) for index, name in enumerate(self._classes)}
        counts = curves["confusion"]
        label = f"Confusions of {row.name}: rows truth, columns detected"
        chart = matrix_chart(counts["rows"], counts["columns"], counts["counts"], colours, label)
        return {"name": row.name, "threshold": f"{row.threshold:.4g}", "chart": chart}

    def _scenes(self, row: Row, curves: Mapping[str, Any], scenes: SceneSet) -> dict[str, Any]:
        worst, best = extremes(curves["images"], _SCENES)
        found = read_json(report_file(row.name, "detections") / f"{scenes.name}.json")
        found = [one for one in found if one["score"] >= row.threshold]
        ranked = [("best", one) for one in best] + [("worst", one) for one in worst]
        return {"name": row.name, "scenes": [self._pair(rank, one, scenes, found) for rank, one in ranked]}

    def _pair(
        self, rank: str, one: Mapping[str, Any], scenes: SceneSet, found: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        number = one["id"]
        (entry,) = (entry for entry in scenes.coco["images"] if entry["id"] == number)
        image = self._image(scenes, entry)
        names = {item["id"]: str(item["name"]) for item in scenes.coco["categories"]}
        classes = {key: self._classes.index(name) for key, name in names.items() if name in self._classes}
        truth = [item for item in scenes.coco["annotations"] if item["image_id"] == number]
        mine = [item for item in found if item["image_id"] == number]
        known = Names(names, classes)
        return {
            "rank": rank,
            "image": entry["file_name"],
            "said": f"F1 {one['score']:.2f}: {one['right']} found, {one['missed']} missed, {one['wrong']} false",
            "truth": truth_pane(image, truth, known, f"Truth of {entry['file_name']}"),
            "found": found_pane(image, mine, known, f"Detections in {entry['file_name']}"),
        }

    def _image(self, scenes: SceneSet, entry: Mapping[str, Any]) -> Shown:
        key = f"image-{scenes.name}-{entry['id']}"
        shown = Shown(key, int(entry["width"]), int(entry["height"]), Path(scenes.folder) / entry["file_name"])
        if key not in self._images:
            self._images[key] = embedded(shown)
        return shown


def _stack(row: Row, counts: Mapping[str, int]) -> Stack:
    kinds = dict(zip(KINDS, (counts["found"], counts["confused"], counts["missed"]), strict=True))
    return Stack(row.name, row.colour, kinds, f"{counts['false_alarms']} false alarms")
