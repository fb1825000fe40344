"""Values as COCO files of others and other libraries write them, as plain numbers."""

import math
from collections.abc import Mapping, Sequence
from numbers import Real
from typing import Any

_NOTHING = ("", "null", "none", "nan")
_FLAGS = {"true": 1, "false": 0, "yes": 1, "no": 0}
BEYOND = 10**300  # what no floating-point number keeps
_LARGEST = 1 << 63  # of an id: COCO tools keep them in 64 bits


def plain(value: Any) -> Any:
    """Return a number or list for what NumPy, PyTorch or TensorFlow has for one; anything else as it is."""
    if hasattr(value, "numpy") and not hasattr(value, "tolist"):
        value = value.numpy()
    return value.tolist() if hasattr(value, "tolist") else value


def is_absent(value: Any) -> bool:
    """Return whether a value plainly says that there is none: null, an empty text or list, NaN."""
    if isinstance(value, str):
        return value.strip().lower() in _NOTHING
    if isinstance(value, Sequence | Mapping):
        return not len(value)
    return value is None or (isinstance(value, float) and math.isnan(value))


def number(value: Any) -> int | float | None:
    """Return a finite number, whatever it is written as; None: it is none."""
    value = plain(value)
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
        value = int(value) if math.isfinite(value) and value.is_integer() else value
    if not isinstance(value, Real):
        return None
    if isinstance(value, int):
        return value if abs(value) < BEYOND else None
    exact = float(value)
    return exact if math.isfinite(exact) else None


def whole(value: Any) -> int | None:
    """Return a whole number, whatever it is written as (`7`, `7.0`, `"7"`); None: it is none, or beyond 64 bits."""
    if isinstance(value, str) and value.strip().lstrip("-").isdecimal():
        value = int(value) if len(value) < 25 else None  # a float would not keep every digit
    found = number(value)
    if found is None or found != int(found) or not -_LARGEST <= found < _LARGEST:
        return None
    return int(found)


def flag(value: Any) -> int | None:
    """Return 0 or 1 for a truth value, whatever it is written as; None: it is none."""
    value = plain(value)
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and value.strip().lower() in _FLAGS:
        return _FLAGS[value.strip().lower()]
    found = whole(value)
    return found if found in (0, 1) else None


def numbers(values: Any) -> list[int | float] | None:
    """Return a list of finite numbers; None: it is none."""
    values = plain(values)
    if isinstance(values, str) or not isinstance(values, Sequence):
        return None
    found = [number(value) for value in values]
    return None if None in found else [one for one in found if one is not None]
