"""What a person compares first of each classifier: five rounded figures, a file each, so that tables fit a terminal."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fullconv.files import whole_folder, write_json
from fullconv.proof.table import difference_words

SET = "test"  # the set of mosaics whose figures are shown first
_LOCALIZATION = ("AP50", "AP", "pointing")


def first_figures(row: Mapping[str, Any]) -> dict[str, float | str]:
    """Return accuracy, certificate and localization on the test mosaics, from a row of the summary.

    Localization is left out where no set is called `test`. The certificate is text: tables of four decimals would show
    every one as 0.
    """
    found = row.get(SET, {})
    return {
        "accuracy": round(row["val_accuracy"], 4),
        **{key: round(found[key], 4) for key in _LOCALIZATION if key in found},
        "certificate": difference_words(row["max_difference"]),
    }


def write_metrics(folder: Path, summary: Mapping[str, Mapping[str, Any]]) -> None:
    """Write a file a classifier: a table has a row for each file."""
    with whole_folder(folder) as temporary:
        for name, row in summary.items():
            write_json(temporary / f"{name}.json", first_figures(row))
