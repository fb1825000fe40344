"""What makes a run the run of these parameters and these outputs."""

import hashlib
import json
import subprocess
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fullconv.config.layout import PHOTO_METRICS, PHOTOS, model_file, report_file
from fullconv.config.onednn import onednn
from fullconv.config.own_sets import are_crops
from fullconv.config.schema import ExperimentConfig
from fullconv.data.prepared import prepared_content
from fullconv.report.flat import flat

# Tags of a run.
PARAMETERS = "fullconv.parameters"  # digest of what determines the outputs
OUTPUTS = "fullconv.outputs"  # digest of the outputs; only a published run has it
SHOWN = "fullconv.page"  # digest of the comparison page that the run holds


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


def _git(*arguments: str) -> str:
    try:
        answer = subprocess.run(["git", *arguments], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return answer.stdout.strip()


def state_words() -> str:
    """Return commit, its date and DVC's state, for a page that is shown to others; nothing outside a repository."""
    tags = provenance()
    if "git.commit" not in tags:
        return ""
    changed = "" if tags["git.clean"] == "true" else ", with changes since"
    lock = f"; dvc.lock {tags['dvc.lock'][:12]}" if "dvc.lock" in tags else ""
    date = _git("show", "-s", "--format=%cs", "HEAD")
    return f"Published from commit {tags['git.commit'][:12]} of {date}{changed}{lock}."


def provenance() -> dict[str, str]:
    """Return tags that lead from a run to the code, the DVC state and the kernels (oneDNN or not) it came from."""
    lock = Path("dvc.lock")
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", "src", "pipelines", "conf")
    tags = {
        "git.commit": _git("rev-parse", "HEAD"),
        "git.branch": _git("rev-parse", "--abbrev-ref", "HEAD"),
        "git.clean": str(not changed).lower(),
        "onednn": onednn(),
        "dvc.lock": hashlib.sha256(lock.read_bytes()).hexdigest() if lock.exists() else "",
    }
    return {key: value for key, value in tags.items() if value}
