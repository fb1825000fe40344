"""The page as one file: HTML, styles, images and figures, without a date; its one script follows links in frames."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from fullconv.config.layout import report_file
from fullconv.config.schema import ExperimentConfig
from fullconv.data.prepared import about_prepared, classes_of
from fullconv.evaluate.scenes.sets import VALIDATION, SceneSet
from fullconv.files import whole_file
from fullconv.report.page.content import Row, described, ranked, read_row, tables
from fullconv.report.page.faithful import COLUMNS, faithful
from fullconv.report.page.measures import MEASURES, WORDS
from fullconv.report.page.opening import first_set, goals, result
from fullconv.report.page.outcomes import KINDS
from fullconv.report.page.panels import Panels
from fullconv.report.page.provenance import STATE, data_words, figures_digest
from fullconv.report.page.rendering import rendered
from fullconv.report.page.sheets import sheet_of


def _learnt(name: str) -> Markup:
    path = report_file(name, "inspection") / "windows.png"
    return sheet_of(path, f"Training windows of {name}, a row a class", "Run the stage inspect.")


def _heatmap(row: Row, settings: ExperimentConfig, names: Sequence[str]) -> dict[str, Any] | None:
    """Return the first figure of the first set that is drawn; None where none is."""
    drawn = next((name for name in names if settings.mosaics[name].figures), None)
    if drawn is None:
        return None
    path = report_file(row.name, "pictures") / "figures" / f"{drawn}_000.png"
    label = f"A scene of {drawn}: its pixels, the class and probability of each cell, detections by {row.name}"
    return {"set": drawn, "figure": sheet_of(path, label, "Run the stage evaluate.")}


def page(settings: ExperimentConfig, sets: Sequence[SceneSet]) -> str:
    """Return the page that compares all classifiers on `sets`, from their reports; the best comes first.

    Raises:
        InputError: a report or an image is missing.
    """
    rows = ranked([read_row(name, place) for place, name in enumerate(settings.names)])
    # What thresholds were chosen on comes last: its numbers are no test.
    ordered = sorted(sets, key=lambda one: one.name == VALIDATION)
    about = {scenes.name: described(settings.mosaics[scenes.name]) for scenes in ordered}
    panels = Panels(rows, classes_of(settings.data))
    shown = [panels.panel(scenes, about[scenes.name]) for scenes in ordered]
    measured, met = tables(rows, about), goals(rows[0], settings.goals, about)
    return rendered(
        "report.html.j2",
        title=f"Classifiers that find objects: {settings.data.name}",
        result=result(rows, first_set(about), met),
        state=STATE,
        data=data_words(settings.data.name, about_prepared(settings.data)),
        figures=figures_digest(rows),
        tabs={"metric": len(measured), "learnt": len(rows), "set": len(shown)},
        classifiers=rows,
        goals=met,
        faithful=faithful(rows),
        columns=COLUMNS,
        heatmap=_heatmap(rows[0], settings, list(about)),
        tables=measured,
        learnt=[{"name": row.name, "windows": _learnt(row.name)} for row in rows],
        sets=shown,
        images=panels.images,
        kinds=KINDS,
        measures={one.key: one for one in (*MEASURES, *(goal["metric"] for goal in met))}.values(),
        words=WORDS,
    )


def write_page(path: Path, settings: ExperimentConfig, sets: Sequence[SceneSet]) -> None:
    """Write the page, whole or not at all; the same reports give the same bytes.

    Raises:
        InputError: a report or an image is missing, or the folder cannot be written.
    """
    text = page(settings, sets)
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
