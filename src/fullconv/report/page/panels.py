"""One set of scenes on the page: curves, reliability, errors by size, confusions, best and worst scenes."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from fullconv.config.layout import report_file
from fullconv.evaluate.scenes.sets import SceneSet
from fullconv.figures.palette import class_colour
from fullconv.files import read_json
from fullconv.report.page.charts import Curve, matrix_chart, unit_chart
from fullconv.report.page.content import Row
from fullconv.report.page.mosaics import Names, Shown, embedded, found_pane, truth_pane
from fullconv.report.page.outcomes import error_rows, errors, reliability, reliability_rows
from fullconv.report.ranking import extremes

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
            "reliability": reliability(self._rows, curves),
            "reliability_rows": reliability_rows(self._rows, curves),
            "errors": errors(self._rows, curves),
            "error_rows": error_rows(self._rows, curves),
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
