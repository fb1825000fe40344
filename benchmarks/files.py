"""Classifiers out of public repositories: does each load, and does it say what its own Keras says?

    python -m benchmarks.files FOLDER

`FOLDER` holds the files of benchmarks/strangers.json, each as NAME/FILE, and beside each the scores that
tools/file_scores.py wrote of it. Writes benchmarks/results/files.json. The files themselves are others'.
"""

import argparse
import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from benchmarks.machine import machine
from fullconv.config.quiet import load_tensorflow
from fullconv.errors import InputError
from fullconv.files import read_json, write_json

ROOT = Path(__file__).resolve().parent.parent
STRANGERS = ROOT / "benchmarks" / "strangers.json"
RESULTS = ROOT / "benchmarks" / "results" / "files.json"
TOLERANCE = 1e-4  # of a score


def digest(path: Path) -> str:
    """Return the SHA-256 of a file, or of a folder's files in the order of their names."""
    files = sorted(one for one in path.rglob("*") if one.is_file()) if path.is_dir() else [path]
    together = hashlib.sha256()
    for file in files:
        together.update(file.read_bytes())
    return together.hexdigest()


def certified(model: Any) -> dict[str, Any]:
    """Return what its conversion is, or why it has none."""
    from fullconv.convert.conversion import convolutionalize
    from fullconv.proof.certificate import certify

    try:
        certificate = certify(model, convolutionalize(model))
    except InputError as error:
        return {"converts": False, "because": error.received}
    worst = certificate.max_difference
    return {
        "converts": True,
        "conversion_difference": worst,
        "certificate": worst is not None and worst <= TOLERANCE,
        "exact": certificate.exact,
    }


def measured(path: Path) -> dict[str, Any]:
    """Return what one file was found to be."""
    from fullconv.models.files.read import read_classifier

    read = read_classifier(path)
    with np.load(path.with_name(f"{path.name}.scores.npz")) as own:
        images, scores = own["images"], own["scores"]
    ours = np.asarray(read.model.predict(images, verbose=0))
    return {
        "kind": read.kind,
        "pixels": read.pixels,
        "image": list(read.model.input_shape[1:]),
        "classes": int(read.model.output_shape[-1]),
        "parameters": int(read.model.count_params()),
        "sha256": digest(path),
        "max_difference": float(np.abs(ours - scores).max()),
        "same_best_class": float((ours.argmax(axis=1) == scores.argmax(axis=1)).mean()),
        "spread": float(np.ptp(scores, axis=0).max()),
        **certified(read.model),
    }


def main() -> None:
    """Measure every file, write the results and print them as a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, metavar="FOLDER")
    folder = parser.parse_args().folder
    load_tensorflow()
    found = []
    shown = Table("file", "kind", "largest difference", "converts", title="Classifiers of public repositories")
    for stranger in read_json(STRANGERS):
        path = folder / stranger["name"] / Path(stranger["path"]).name
        row = {**stranger, **measured(path)}
        found.append(row)
        shown.add_row(stranger["name"], row["kind"], f"{row['max_difference']:.1e}", str(row["converts"]))
    write_json(RESULTS, {"machine": machine(), "files": found})
    Console(width=120).print(shown)


if __name__ == "__main__":
    main()
