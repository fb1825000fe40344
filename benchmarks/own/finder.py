"""Our side, by the commands that a person types."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks.own.material import Material, Split
from fullconv.files import read_json


def train(material: Material, folder: Path, seed: int) -> float:
    """Train a finder from crops and scenes into `folder`; return the seconds."""
    told = {"data": "folder", "data.path": material.folder / "crops", "data.scenes": material.folder / "scenes_train"}
    return _run("train", told | {"seed": seed, "out": folder})


def search(finder: Path, split: Split, folder: Path) -> tuple[list[dict[str, Any]], float]:
    """Evaluate a finder on pictures with boxes; return its COCO results and the seconds."""
    told = {"classifier": finder, "dataset.images": split.folder / "images"}
    taken = _run("evaluate", told | {"dataset.annotations": split.folder / "instances.json", "out": folder})
    found: list[dict[str, Any]] = read_json(folder / "detections.json")
    return found, taken


def thresholds(finder: Path, coco: dict[str, Any]) -> dict[int, float]:
    """Return the threshold of each category that the finder itself keeps."""
    kept = read_json(finder / "finder.json")["thresholds"]
    return {one["id"]: float(kept[one["name"]]) for one in coco["categories"]}


def _run(command: str, told: dict[str, Any]) -> float:
    started = time.perf_counter()
    words = [f"{key}={value}" for key, value in told.items()]
    subprocess.run([sys.executable, "-m", "fullconv", command, "tracking=none", *words], check=True)
    return time.perf_counter() - started
