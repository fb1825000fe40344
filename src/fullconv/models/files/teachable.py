"""Marks of a classifier that Teachable Machine exported."""

from pathlib import Path
from typing import Any

_FEATURES = "model1"  # what it calls the MobileNet between two networks


def _inner(config: Any) -> list[dict[str, Any]]:
    held = config.get("config") if isinstance(config, dict) else None
    layers = held.get("layers") if isinstance(held, dict) else held
    return [one for one in layers if isinstance(one, dict)] if isinstance(layers, list) else []


def _is_sequence(config: dict[str, Any]) -> bool:
    return config.get("class_name") == "Sequential"


def is_teachable(config: dict[str, Any], path: Path) -> bool:
    """Return whether an architecture is two sequences in a sequence, the first of them around a MobileNet.

    Its images are RGB in -1..1: the page that trains it scales them so, and its exported code does too.
    """
    sequences = [one for one in _inner(config) if _is_sequence(one)]
    if not _is_sequence(config) or len(sequences) != 2:
        return False
    networks = [one for one in _inner(sequences[0]) if _inner(one)]
    names = {str((one.get("config") or {}).get("name")) for one in networks}
    layers = {str((one.get("config") or {}).get("name")) for network in networks for one in _inner(network)}
    return len(networks) == 1 and (_FEATURES in names or {"Conv1_pad", "Conv1_relu"} <= layers)
