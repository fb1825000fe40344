"""A person's own files as DVC is to watch them."""

from pathlib import Path


def given(path: str | None, otherwise: str) -> str:
    """Return a path as DVC finds it, or what stands for none: a dependency of a stage cannot be left out."""
    return otherwise if path is None else str(Path(path).expanduser())
