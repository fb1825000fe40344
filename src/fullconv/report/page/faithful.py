"""What each conversion differs by from its classifier, and what both cost."""

from collections.abc import Mapping, Sequence
from typing import Any

from fullconv.proof.table import difference_words
from fullconv.report.page.content import Row

# What stands in each column, and what it means.
COLUMNS: Mapping[str, str] = {
    "conversion": "largest difference of a score between the classifier and its conversion, at training size.",
    "on crops": "largest difference between cells of a larger image and the classifier on the same crop; 0 cannot be "
    "expected where layers pad.",
    "exact": "whether a cell is the classifier on its crop, by construction.",
    "dense engines": "largest difference of a dense engine from shift-and-stitch.",
    "accuracy": "share of validation images that the classifier names right.",
    "parameters": "numbers that were learnt.",
    "work": "multiply–accumulates of one image at training size.",
}


def faithful(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """Return a line for each classifier: its figures in the order of `COLUMNS`."""
    return [{"row": row, "figures": dict(zip(COLUMNS, _figures(row), strict=True))} for row in rows]


def _figures(row: Row) -> tuple[str, ...]:
    certificate, table = row.certificate, row.cost["classifier"]
    known = f"{table['multiply_accumulates'] / 1e6:,.2f} million"
    return (
        difference_words(certificate["max_difference"]),
        difference_words(certificate["crop_max_difference"]),
        "yes" if certificate["exact"] else "no",
        _engines(certificate["dense"]),
        f"{row.train['val_accuracy']:.4f}",
        f"{row.train['parameters']:,}",
        known if table["complete"] else f"at least {known}",
    )


def _engines(dense: Mapping[str, Any]) -> str:
    found = [one["max_difference"] for one in dense["engines"].values() if one["cannot"] is None]
    return difference_words(max(found)) if found else "not compared"
