"""What makes a run the run of these parameters and these outputs."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fullconv.config.layout import PHOTO_METRICS, PHOTOS, model_file, report_file
from fullconv.config.own_sets import are_crops
from fullconv.config.schema import ExperimentConfig
from fullconv.data.prepared import prepared_content
from fullconv.report.flat import flat

PREFIX = "fullconv."  # of tags that programs read; those without it are for people
# Tags of a run.
PARAMETERS = "fullconv.parameters"  # digest of what determines the outputs
OUTPUTS = "fullconv.outputs"  # digest of the outputs; only a published run has it
SHOWN = "fullconv.page"  # digest of the comparison page that the run holds


def fact(tags: Mapping[str, str], key: str) -> str | None:
    """Return what a run's tags say of its code or state; runs of fullconv 0.1.0 have them without the prefix."""
    return tags.get(f"{PREFIX}{key}", tags.get(key))


def parameters_of(settings: ExperimentConfig, name: str) -> dict[str, Any]:
    """Return all that determines the outputs of a classifier, as flat keys."""
    data = asdict(settings.data)
    for where_not_what in ("sources", "path", "annotations", "scenes", "cache", "timeout"):
        data.pop(where_not_what)
    if are_crops(settings.data):
        data["content"] = prepared_content(settings.data)
    return flat(
        {
            "classifier": name,
            "seed": settings.seed,
            "data": data,
            "mosaics": {key: asdict(value) for key, value in settings.mosaics.items()},
            **asdict(settings.classifiers[name]),
        }
    )


def photo_parameters(settings: ExperimentConfig) -> dict[str, Any]:
    """Return all that determines the outputs of the stage `photos`, as flat keys."""
    return flat({"photos": asdict(settings.photos)})


def digest(content: Any) -> str:
    """Return a short SHA-256 of JSON-able content."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:16]


def digest_of_files(paths: Iterable[Path]) -> str:
    """Return a short SHA-256 of files and folders: their names and bytes."""
    total = hashlib.sha256()
    for path in paths:
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file():
                total.update(file.as_posix().encode() + b"\0")
                total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()[:16]


def outputs_digest(name: str) -> str:
    """Return the digest of all that the stages wrote for a classifier."""
    files = [model_file(name, "classifier"), model_file(name, "conversion"), report_file(name, "")]
    return digest_of_files(files)


def photo_digest() -> str:
    """Return the digest of all that the stage `photos` wrote."""
    return digest_of_files([report_file(PHOTOS, ""), PHOTO_METRICS])
