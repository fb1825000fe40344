"""Whether what computes is the same in two processes: other versions may compute other numbers."""

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

from fullconv.errors import InputError

# Packages, each with the names under which it is installed.
_PACKAGES = {
    "fullconv": ("fullconv",),
    "keras": ("keras",),
    "tensorflow": ("tensorflow-cpu", "tensorflow"),
    "numpy": ("numpy",),
    "dask": ("dask",),
    "distributed": ("distributed",),
}
_MEND = "Install the same on both: pip install with one requirements file, or one image for all."


def versions() -> dict[str, str]:
    """Return the versions of what computes in this process, and of what carries its tasks, by package."""
    return {"python": ".".join(platform.python_version_tuple()[:2]), **{name: _of(name) for name in _PACKAGES}}


def check_versions(here: Mapping[str, str], there: Mapping[str, str], who: str) -> None:
    """Compare the versions of the process that a person started with those of `who`, of the packages that both name.

    Raises:
        InputError: they differ, naming each package and both its versions.
    """
    other = [name for name in sorted(here.keys() & there.keys()) if here[name] != there[name]]
    if other:
        told = ", ".join(f"{name} {here[name]} here and {there[name]} there" for name in other)
        raise InputError("locate.cluster", f"other versions on {who}: {told}", _MEND)


def _of(package: str) -> str:
    for name in _PACKAGES[package]:
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return "not installed"
