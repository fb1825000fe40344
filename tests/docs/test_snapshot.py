"""What README and pages say of the pipeline is a committed run's, and only a deliberate command renews it."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from fullconv.config.layout import OVERVIEW, PHOTO_METRICS, SUMMARY
from fullconv.errors import InputError
from fullconv.files import read_json, write_json

ROOT = Path(__file__).resolve().parents[2]
MAKEFILE = (ROOT / "Makefile").read_text()
PAGES = (
    "tests/docs/test_readme.py",
    "tests/docs/test_snapshot.py",
    *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("tests/**/test_*_page.py")),
)


@pytest.fixture(scope="module")
def snapshot(benchmark_module: Callable[[str], ModuleType]) -> ModuleType:
    return benchmark_module("snapshot")


@pytest.fixture(scope="module")
def page(benchmark_module: Callable[[str], ModuleType]) -> ModuleType:
    return benchmark_module("pages.snapshot")


@pytest.fixture
def summary(snapshot: ModuleType) -> dict[str, Any]:
    return read_json(snapshot.SNAPSHOT / SUMMARY.name)


def git(*command: str) -> str:
    return subprocess.run(["git", *command], cwd=ROOT, capture_output=True, text=True, check=True).stdout


def shifted(value: Any) -> Any:
    """Return the same with every number another."""
    if isinstance(value, dict):
        return {key: shifted(one) for key, one in value.items()}
    if isinstance(value, list):
        return [shifted(one) for one in value]
    return value * 0.9 + 0.01 if isinstance(value, float) else value


def test_filling_the_pages_again_changes_nothing(page: ModuleType, summary: dict[str, Any]) -> None:
    kinds, taken = read_json(page.PROCESSORS), read_json(page.SNAPSHOT / "machine.json")
    readme, bytes_page = page.README.read_text(), page.PAGE.read_text()
    assert page.readme_filled(readme, summary) == readme
    assert page.page_filled(bytes_page, taken, kinds) == bytes_page
    assert page.readme_filled(readme, shifted(summary)) != readme
    assert page.page_filled(bytes_page, taken, shifted(kinds)) != bytes_page


def test_the_processors_are_at_least_two_and_have_every_number(page: ModuleType) -> None:
    kinds = read_json(page.PROCESSORS)
    assert len({kind["kind"] for kind in kinds}) == len(kinds) >= 2
    for kind in kinds:
        assert set(kind["classifiers"]) == set(page.NAMES)
        assert all(set(row) == set(page.SHOWN) for row in kind["classifiers"].values())


def test_the_spread_is_that_of_the_classifier_furthest_apart(page: ModuleType, summary: dict[str, Any]) -> None:
    kinds = [{"kind": "a", "classifiers": page.shown(summary)}, {"kind": "b", "classifiers": page.shown(summary)}]
    assert page.spread_line(kinds).startswith("validation accuracy 0.0000, AP50 0.000")
    kinds[1]["classifiers"]["located"]["AP50"] += 0.02
    kinds[0]["classifiers"]["plain"]["AP50"] += 0.01
    assert "AP50 0.020, AP 0.000" in page.spread_line(kinds)
    located = page.processor_rows(kinds)[page.NAMES.index("located")]
    assert located[1] == f"{summary['located']['val_accuracy']:.4f}"
    assert located[3] == f"{summary['located']['test']['AP50']:.3f} · {summary['located']['test']['AP50'] + 0.02:.3f}"


def test_a_run_is_taken_whole_or_not_at_all(snapshot: ModuleType, tmp_path: Path) -> None:
    root, into = tmp_path / "project", tmp_path / "taken"
    for place in (SUMMARY, PHOTO_METRICS):
        write_json(root / place, {"made by": str(place)})
    with pytest.raises(InputError, match=r"overview\.png is not there.*make repro"):
        snapshot.take(root, into)
    assert not into.exists()
    (root / OVERVIEW).write_bytes(b"drawn")
    snapshot.take(root, into)
    assert (into / "overview.png").read_bytes() == b"drawn"
    assert read_json(into / "summary.json") == {"made by": "results/summary.json"}
    assert read_json(into / "machine.json")["machine"]["cores"] == os.cpu_count()


def test_a_processor_is_added_once(
    snapshot: ModuleType, summary: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ONEDNN_MAX_CPU_ISA", "SSE41")
    first = snapshot.with_kind([], "one", summary)
    again = snapshot.with_kind(snapshot.with_kind(first, "other", summary), "one", shifted(summary))
    assert [kind["kind"] for kind in again] == ["other", "one"]
    assert again[0]["set"]["ONEDNN_MAX_CPU_ISA"] == "SSE41"
    assert again[0]["classifiers"]["plain"]["AP50"] == summary["plain"]["test"]["AP50"]
    assert again[1]["classifiers"]["plain"] != again[0]["classifiers"]["plain"]


def test_what_differs_is_shown_beside_what_is_committed(snapshot: ModuleType, summary: dict[str, Any]) -> None:
    other = json.loads(json.dumps(summary))
    other["plain"]["val_accuracy"], other["located"]["max_difference"] = 0.5, None
    table = snapshot.against(other, {name: one for name, one in summary.items() if name != "augmented"})
    cells = {column.header: list(column.cells) for column in table.columns}
    rows = dict(zip(cells["classifier"], cells["validation accuracy"], strict=True))
    assert rows["plain"] == f"0.5000 ({summary['plain']['val_accuracy']:.4f})"
    assert rows["background"] == f"{summary['background']['val_accuracy']:.4f}"
    assert rows["augmented"] == f"{summary['augmented']['val_accuracy']:.4f} ()"
    assert f" ({summary['located']['max_difference']:.1e})" in cells["certificate"]


def test_portable_sets_what_a_run_records_and_the_page_names(snapshot: ModuleType, page: ModuleType) -> None:
    portable = dict(re.findall(r"^export (\w+) := (.+)$", MAKEFILE.split("ifdef PORTABLE")[1].split("endif")[0], re.M))
    assert tuple(portable) == snapshot.CHOICES
    text = page.PAGE.read_text()
    assert all(f"`{name}={value}`" in text or f'`{name}="{value}"`' in text for name, value in portable.items())


def test_git_knows_no_output_of_a_stage() -> None:
    stages = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]
    names = yaml.safe_load((ROOT / "params.yaml").read_text())["names"]
    outs = set()
    for stage in stages.values():
        do = stage.get("do", stage)
        for one in (*do.get("outs", []), *do.get("metrics", []), *do.get("plots", [])):
            path = one if isinstance(one, str) else next(iter(one))
            assert isinstance(one, str) or "cache" not in one[path], path
            outs.update(re.sub(r"\$\{item[^}]*\}", name, path) for name in names)
    assert outs
    assert git("ls-files", *sorted(outs), "results", "reports") == ""
    assert set(git("check-ignore", *sorted(outs)).split()) == outs


def test_a_clone_that_holds_another_run_passes_the_tests_of_pages(snapshot: ModuleType, tmp_path: Path) -> None:
    for name in git("ls-files", "-co", "--exclude-standard").splitlines():
        if (ROOT / name).is_file():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tmp_path / name)
    for place in (SUMMARY, PHOTO_METRICS):
        write_json(tmp_path / place, shifted(read_json(snapshot.SNAPSHOT / place.name)))
    (tmp_path / OVERVIEW).write_bytes(b"another picture")
    write_json(tmp_path / "reports" / "plain" / "evaluate.json", {"test": {"AP50": 0.5}})
    lock = (tmp_path / "dvc.lock").read_text()
    (tmp_path / "dvc.lock").write_text(re.sub(r"md5: [0-9a-f]{32}", f"md5: {'0' * 32}", lock))
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PYTEST_")}
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *PAGES),
            *("-k", "not clone and not git_knows"),
        ],
        cwd=tmp_path, env={**kept, "PYTHONPATH": str(tmp_path / "src")}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
