"""Train every variant over several seeds and compare its validation accuracy with the published single run.

    python -m benchmarks.recipes [--seeds 3] [VARIANT …]

Writes benchmarks/results/recipes.json. On 2 cores: about 3 minutes a seed.
"""

import argparse
import statistics
from pathlib import Path

from rich.console import Console
from rich.table import Table

from fullconv.config.load import compose_settings
from fullconv.config.quiet import load_tensorflow
from fullconv.files import read_json, write_json

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "recipes.json"
# Published single runs; None where none is published.
REFERENCES = {
    "plain": None,
    "background": 0.9847,
    "augmented": 0.9718,
    "deep": 0.9825,
    "small": 0.9837,
    "small_dropout": 0.9877,
}
MARGIN = 0.003  # how far the mean over seeds may lie below the reference


def accuracies(variant: str, seeds: int) -> list[float]:
    """Return the validation accuracy of each seed's training."""
    from fullconv.data.sources.choice import load_arrays
    from fullconv.train.recipe import train_classifier

    found = []
    for seed in range(seeds):
        settings = compose_settings(f"+variant@classifiers.one={variant}")
        trained = train_classifier(load_arrays(settings.data), settings.classifiers["one"], settings.data.classes, seed)
        found.append(float(trained.metrics["val_accuracy"]))
        print(f"{variant}, seed {seed}: {found[-1]:.4f}", flush=True)
    return found


def main() -> None:
    """Measure, write the results and print them as a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("variants", nargs="*", default=list(REFERENCES))
    arguments = parser.parse_args()
    load_tensorflow()
    results = read_json(RESULTS) if RESULTS.exists() else {}
    for variant in arguments.variants:
        values = accuracies(variant, arguments.seeds)
        results[variant] = {"seeds": values, "mean": statistics.mean(values), "reference": REFERENCES[variant]}
        write_json(RESULTS, results)
    table = Table("variant", "mean", "seeds", "reference", "reached", title="Validation accuracy")
    for variant, row in results.items():
        reference = row["reference"]
        reached = "" if reference is None else ("yes" if row["mean"] >= reference - MARGIN else "no")
        shown = ", ".join(f"{value:.4f}" for value in row["seeds"])
        table.add_row(variant, f"{row['mean']:.4f}", shown, "" if reference is None else f"{reference:.4f}", reached)
    Console().print(table)


if __name__ == "__main__":
    main()
