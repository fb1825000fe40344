"""The formats that a conversion is written in."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from types import MappingProxyType

from fullconv.errors import InputError

KERAS = "keras"
# Each with the packages that write and run it, beyond those that are always there; the extra is called as the format.
FORMATS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        KERAS: (),
        "onnx": ("tf2onnx", "onnx", "onnxruntime"),
        "openvino": ("openvino",),
        "saved_model": (),
        "litert": ("ai_edge_litert",),
    }
)


def check_formats(formats: Sequence[str], key: str) -> None:
    """Check which formats are asked for.

    Raises:
        InputError: none, one that there is not, or one twice.
    """
    known = f"Choose from {', '.join(FORMATS)}; several are written format=keras,onnx."
    if not formats:
        raise InputError(key, "no format", known)
    for name in formats:
        if name not in FORMATS:
            raise InputError(key, f"received {name!r}", known)
        if formats.count(name) > 1:
            raise InputError(key, f"{name} is given twice", "Name each format once.")


def require_installed(formats: Sequence[str]) -> None:
    """Check that what writes and runs each format is installed; nothing of it is imported.

    Raises:
        InputError: naming the extra that is missing.
    """
    for name in formats:
        for package in FORMATS[name]:
            if find_spec(package) is None:
                raise InputError(
                    f"format={name}", f"{package} is not installed", f"Install it: pip install 'fullconv[{name}]'."
                )
