"""Stage `compare`: the reports of all classifiers → one table of metrics, curves and one figure."""

import logging

from fullconv.config.layout import COMPARISON, OVERVIEW, SUMMARY
from fullconv.config.program import program
from fullconv.config.schema import ExperimentConfig

log = logging.getLogger(__name__)


@program
def main(settings: ExperimentConfig) -> None:
    """Write results/{summary.json,comparison.csv,overview.png}."""
    from fullconv.files import write_json
    from fullconv.track.comparison import summarize, write_comparison, write_overview
    from fullconv.track.identity import flat
    from fullconv.track.tables import figure, print_table

    sets = [name for name, config in settings.mosaics.items() if not config.placements]
    summary = {name: summarize(name, sets) for name in settings.names}
    write_json(SUMMARY, summary)
    write_comparison(COMPARISON, summary)
    write_overview(OVERVIEW, settings)
    flattened = {name: flat(row) for name, row in summary.items()}
    metrics = list(next(iter(flattened.values())))
    rows = [[metric, *(figure(row[metric]) for row in flattened.values())] for metric in metrics]
    print_table("Classifiers", rows, ["metric", *flattened])


if __name__ == "__main__":
    main()
