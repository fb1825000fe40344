"""The page as one file: HTML, styles, images and figures, without a script and without a date."""

from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup, escape

from fullconv.config.layout import report_file
from fullconv.config.schema import ExperimentConfig
from fullconv.data.prepared import classes_of
from fullconv.evaluate.scenes.sets import VALIDATION, SceneSet
from fullconv.files import whole_file
from fullconv.report.page.content import described, goals, read_row, tables
from fullconv.report.page.measures import WORDS, Measure
from fullconv.report.page.panels import KINDS, Panels
from fullconv.report.page.rendering import rendered
from fullconv.report.page.sheets import sheet_of

_DOCS = "../docs/metrics.md"  # from results/, where the page is written


def _term(measure: Measure) -> Markup:
    return Markup('<abbr title="{}">{}</abbr>').format(escape(measure.meaning), escape(measure.label))


def _learnt(name: str) -> Markup:
    path = report_file(name, "inspection") / "windows.png"
    return sheet_of(path, f"Training windows of {name}, a row a class", "Run the stage inspect.")


def page(settings: ExperimentConfig, sets: Sequence[SceneSet]) -> str:
    """Return the page that compares all classifiers on `sets`, from their reports.

    Raises:
        InputError: a report or an image is missing.
    """
    rows = [read_row(name, place) for place, name in enumerate(settings.names)]
    # What thresholds were chosen on comes last: its numbers are no test.
    ordered = sorted(sets, key=lambda one: one.name == VALIDATION)
    about = {scenes.name: described(settings.mosaics[scenes.name]) for scenes in ordered}
    panels = Panels(rows, classes_of(settings.data))
    shown = [panels.panel(scenes, about[scenes.name]) for scenes in ordered]
    measured = tables(rows, about)
    return rendered(
        "report.html.j2",
        title=f"Classifiers that find objects: {settings.data.name}",
        tabs={"metric": len(measured), "learnt": len(rows), "set": len(shown)},
        classifiers=rows,
        goals=goals(rows, settings.goals, about),
        tables=measured,
        learnt=[{"name": row.name, "windows": _learnt(row.name)} for row in rows],
        sets=shown,
        images=panels.images,
        kinds=KINDS,
        words=WORDS,
        term=_term,
        docs=_DOCS,
    )


def write_page(path: Path, settings: ExperimentConfig, sets: Sequence[SceneSet]) -> None:
    """Write the page, whole or not at all; the same reports give the same bytes.

    Raises:
        InputError: a report or an image is missing, or the folder cannot be written.
    """
    text = page(settings, sets)
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
