"""The lock files: one source of versions, and enough in the pipeline's for all that the package imports."""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from fullconv.config.formats import FORMATS

ROOT = Path(__file__).resolve().parents[2]
ALL, PIPELINE, UV = "requirements.lock", "requirements.pipeline.lock", "requirements.uv.lock"
_ENTRY = re.compile(r"^(\S+)==(\S+?)(?: ; (.+?))? \\\n((?:    --hash=\S+(?: \\)?\n)+)", re.MULTILINE)


def entries(name: str) -> dict[tuple[str, str, str], set[str]]:
    """Return (package, version, where) → hashes of a lock."""
    found = _ENTRY.findall((ROOT / name).read_text())
    return {
        (package, version, where): set(re.findall(r"--hash=(\S+)", hashes)) for package, version, where, hashes in found
    }


def test_the_pipeline_s_lock_is_part_of_the_whole_lock() -> None:
    whole, part = entries(ALL), entries(PIPELINE)
    assert 100 < len(part) < len(whole)
    assert {entry: whole.get(entry) for entry in part} == part, "stale: run `make lock`"


@pytest.mark.parametrize("name", [ALL, PIPELINE, UV])
def test_every_package_has_hashes_and_no_host_is_named(name: str) -> None:
    text = (ROOT / name).read_text()
    assert len(entries(name)) == len(re.findall(r"^[a-z0-9]", text, re.MULTILINE))
    assert "://" not in text
    assert not re.search(r"^--", text, re.MULTILINE)


def test_the_installer_is_pinned() -> None:
    assert [package for package, _, _ in entries(UV)] == ["uv"]


def imported(path: Path) -> set[str]:
    """Return the names of packages that a module imports anywhere."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return {
        name.partition(".")[0]
        for name in plain | {str(node.module) for node in nodes if isinstance(node, ast.ImportFrom)}
    }


def test_all_that_the_package_imports_is_in_the_pipeline_s_lock() -> None:
    modules = [path for folder in ("src", "pipelines") for path in (ROOT / folder).rglob("*.py")]
    foreign = set().union(*map(imported, modules)) - sys.stdlib_module_names - {"fullconv", "hydra_plugins"}
    assert {"keras", "numpy", "optuna"} <= foreign
    # What only a person who asks for a format needs: the program names the extra where it is missing.
    optional = {package for packages in FORMATS.values() for package in packages}
    elsewhere = [path for path in modules if path.parent.name != "export" and imported(path) & optional]
    assert elsewhere == []
    # And what only a person who asks for a cluster does.
    dask = {"dask", "dask_jobqueue", "distributed"}
    named = ("cluster.py", "cluster_job.py")
    elsewhere = [path for path in modules if imported(path) & dask and path.name not in named]
    assert {path.parent.name for path in elsewhere} == {"cluster"}
    foreign -= optional | dask
    locked = {package.replace("-", "_") for package, _, _ in entries(PIPELINE)}
    known = packages_distributions()
    missing = {
        name: known.get(name)
        for name in foreign
        if not {re.sub("[-.]", "_", one.lower()) for one in known.get(name, [])} & locked
    }
    assert missing == {}


def test_what_needs_more_than_the_pipeline_s_packages_installs_all() -> None:
    rules = re.findall(r"^([a-z-]+): (\S*).*##.*\n((?:\t.+\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    needs = {target: first for target, first, _ in rules}
    tools = re.compile(r"^\t+(?:pytest|ruff|mypy|lint-imports|python -m benchmarks|python tools/)", re.MULTILINE)
    assert {needs[target] for target, _, recipe in rules if tools.search(recipe)} == {"setup"}
    assert needs["repro"] == "$(PIPELINE)"
