"""The reports of all classifiers → one table of metrics, one figure, and a page to look through: a stage of DVC.

fullconv compare
"""

import logging

from fullconv.config.layout import (
    COMPARISON,
    METRICS,
    MOSAICS,
    OVERVIEW,
    PAGE,
    PRECISION_RECALL,
    SUMMARY,
    TRAINING,
)
from fullconv.config.program import program
from fullconv.config.schema import ExperimentConfig

log = logging.getLogger(__name__)


@program
def main(settings: ExperimentConfig) -> None:
    """Write results/{summary.json,metrics,*.csv,overview.png,report.html}."""
    from fullconv.evaluate.scenes.sets import scene_sets
    from fullconv.files import write_json
    from fullconv.report.comparison import summarize, write_comparison, write_overview
    from fullconv.report.curves import write_precision_recall, write_training
    from fullconv.report.flat import flat
    from fullconv.report.metrics import SET, write_metrics
    from fullconv.report.page.html import write_page
    from fullconv.report.page.opening import first_set
    from fullconv.terminal.tables import figure, print_table, share

    sets = {name: config for name, config in settings.mosaics.items() if not config.placements}
    summary = {name: summarize(name, list(sets)) for name in settings.names}
    write_json(SUMMARY, summary)
    write_metrics(METRICS, summary)
    write_comparison(COMPARISON, summary)
    write_training(TRAINING, settings.names)
    write_precision_recall(PRECISION_RECALL, settings.names if SET in sets else [])
    write_overview(OVERVIEW, settings)
    write_page(PAGE, settings, scene_sets(sets, MOSAICS))
    flattened = {name: flat(row) for name, row in summary.items()}
    shown = [key for key in next(iter(flattened.values())) if "." not in key or key.endswith((".AP50", ".F1_center"))]
    rows = [[key, *(figure(row[key]) for row in flattened.values())] for key in shown]
    print_table("Classifiers", rows, ["metric", *flattened])
    scenes = first_set(sets)
    first = ", ".join(f"{name} {share(row[scenes]['AP50'])}" for name, row in summary.items())
    log.info("%s: AP50 on %s: %s", PAGE, scenes, first)
