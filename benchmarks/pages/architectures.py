"""Blocks side by side, one network's cost, neighbours' agreement as tables on `docs/understand/architectures.md`.

    python -m benchmarks.pages.architectures

fills the page in from the recorded figures and, for the cost, from the network itself.
"""

from pathlib import Path
from typing import Any

from benchmarks.pages.tables import machine_line, markdown, written
from fullconv.config.quiet import load_tensorflow
from fullconv.files import read_json

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "blocks.json"
SUMMARY = ROOT / "benchmarks" / "results" / "pipeline" / "summary.json"
PAGE = ROOT / "docs" / "understand" / "architectures.md"
NETWORKS = {  # in the order of the table, and the variant that trains each
    "valid_deep": "located",
    "inception": "inception",
    "residual": "residual",
    "dense_blocks": "dense_blocks",
}
COLUMNS = (
    "network",
    "accuracy",
    "AP50",
    "AP",
    "parameters",
    "multiply–accumulates",
    "training, core-s",
    "ms a mosaic",
)


def block_rows(results: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return one row of words for each network."""
    return [
        (
            f"`{name}`",
            f"{one['accuracy']:.4f}",
            f"{one['test']['AP50']:.4f}",
            f"{one['test']['AP']:.4f}",
            f"{one['parameters']:,}",
            f"{one['multiply_accumulates']:,}",
            f"{one['training_core_seconds']:.0f}",
            f"{one['map_milliseconds']:.1f}",
        )
        for name, one in ((name, results["networks"][name]) for name in NETWORKS)
    ]


def block_table(results: dict[str, Any]) -> Any:
    """Return the rows as a table for the terminal."""
    from rich.table import Table

    table = Table(title=f"Networks by the recipe of located, seed {results['seed']}", title_justify="left")
    for column in COLUMNS:
        table.add_column(column, justify="left" if column == "network" else "right")
    for row in block_rows(results):
        table.add_row(*row)
    return table


def cost_table() -> str:
    """Return the cost of the network `valid` at ten classes."""
    import fullconv
    from fullconv.config.load import compose_settings
    from fullconv.convert.cost.table import COLUMNS as OF_COST
    from fullconv.models.build import build_classifier

    settings = compose_settings("model=valid")
    classifier = build_classifier(settings.model, (28, 28, 1), len(settings.data.classes), settings.seed)
    return markdown(OF_COST, fullconv.cost(classifier).rows())


def agreement_rows(summary: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return each classifier of the pipeline with its neighbours' agreement, the highest last."""
    found = {name: one["neighbour_agreement"] for name, one in summary.items()}
    return [(f"`{name}`", f"{share:.3f}") for name, share in sorted(found.items(), key=lambda one: one[1])]


def filled(page: str, results: dict[str, Any], summary: dict[str, Any]) -> str:
    """Return a page with its marked parts filled in."""
    return written(
        page,
        {
            "blocks": f"\n{markdown(COLUMNS, block_rows(results))}\n",
            "blocks-seed": str(results["seed"]),
            "blocks-machine": machine_line(results),
            "cost": f"\n{cost_table()}\n",
            "agreement": f"\n{markdown(('classifier', 'agreement, k = 4'), agreement_rows(summary))}\n",
        },
    )


if __name__ == "__main__":
    load_tensorflow()
    PAGE.write_text(filled(PAGE.read_text(), read_json(RESULTS), read_json(SUMMARY)))
