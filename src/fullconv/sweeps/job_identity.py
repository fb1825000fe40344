"""What makes two jobs the same job, and what a job is called."""

import hashlib
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path

from fullconv.config.load import chosen_name
from fullconv.config.onednn import onednn
from fullconv.config.schema import ExperimentConfig
from fullconv.track.identity import digest, parameters_of

# Of this package: what computes. A change in what logs or draws leaves a finished job finished.
_COMPUTES = ("data", "models", "train", "convert", "dense", "proof", "locate", "evaluate")
_LIBRARIES = ("keras", "numpy", "scikit-image", "scikit-learn")


def code_digest() -> str:
    """Return a short SHA-256 of the code that determines a job's numbers, of the versions below it and of oneDNN."""
    package = Path(__file__).resolve().parents[1]
    total = hashlib.sha256()
    for folder in _COMPUTES:
        for path in sorted((package / folder).rglob("*.py")):
            total.update(path.relative_to(package).as_posix().encode() + b"\0")
            total.update(hashlib.sha256(path.read_bytes()).digest())
    total.update(repr([version(name) for name in _LIBRARIES] + [_tensorflow(), onednn()]).encode())
    return total.hexdigest()[:16]


def _tensorflow() -> str:
    from importlib.metadata import packages_distributions

    # The package has several names; the version is asked without importing it.
    return version(packages_distributions()["tensorflow"][0])


def job_identity(settings: ExperimentConfig) -> str:
    """Return the digest of all that a job's objective depends on: parameters, data given by hand, objective, code."""
    return digest(
        {
            "parameters": parameters_of(settings, chosen_name(settings)),
            "path": [_content(getattr(settings.data, key)) for key in ("path", "annotations", "scenes")],
            "objective": settings.objective,
            "code": code_digest(),
        }
    )


def _content(path: str | None) -> list[tuple[str, int, int]]:
    """Return names, sizes and times of a data set given by hand: its name alone does not say which it is."""
    if path is None or not Path(path).exists():
        return []
    files = sorted(Path(path).rglob("*")) if Path(path).is_dir() else [Path(path)]
    return [(str(file), file.stat().st_size, file.stat().st_mtime_ns) for file in files if file.is_file()]


def short_names(keys: Iterable[str]) -> dict[str, str]:
    """Return a short name for each key: its last part, or as many as tell it from the others.

    The group `variant@classifiers.plain` is called `variant`; a `+` in front says nothing of what varies.
    """
    plain = {key: key.lstrip("+").partition("@")[0].replace("/", ".").split(".") for key in keys}
    names = {}
    for key, parts in plain.items():
        for count in range(1, len(parts) + 1):
            name = ".".join(parts[-count:])
            if not any(other != key and theirs[-count:] == parts[-count:] for other, theirs in plain.items()):
                break
        names[key] = name
    return names


def varying_label(overrides: Sequence[str], varies: Sequence[str]) -> str:
    """Return a job's overrides that differ between the jobs of its sweep, such as `variant=located epochs=3`."""
    names = short_names(varies)
    pairs = [override.partition("=") for override in overrides]
    return " ".join(f"{names[key]}={value}" for key, _, value in pairs if key in names)
