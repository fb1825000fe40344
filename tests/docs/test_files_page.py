"""docs/use/files.md: its table is what the benchmark recorded, and what it recorded is good enough."""

import re
from pathlib import Path

from benchmarks.files import STRANGERS, TOLERANCE
from benchmarks.pages.files import PAGE, RESULTS, filled
from fullconv.files import read_json


def test_the_table_is_what_was_recorded() -> None:
    page = PAGE.read_text()
    assert "| repository | file |" in page
    assert filled(page, read_json(RESULTS)) == page, "run python -m benchmarks.pages.files"


def test_every_file_says_what_its_own_keras_says() -> None:
    found = read_json(RESULTS)["files"]
    assert len(found) >= 12
    assert [(one["repository"], one["path"]) for one in found] == [
        (one["repository"], one["path"]) for one in read_json(STRANGERS)
    ]
    for one in found:
        assert one["max_difference"] <= TOLERANCE, one["repository"]
        assert one["same_best_class"] == 1, one["repository"]
        assert one["spread"] > 100 * one["max_difference"], one["repository"]
        assert one["certificate"], one["repository"]
        assert re.fullmatch(r"[0-9a-f]{64}", one["sha256"])
        assert re.fullmatch(r"[0-9a-f]{40}", one["commit"])


def test_every_kind_is_among_them() -> None:
    kinds = " ".join(one["kind"] for one in read_json(RESULTS)["files"])
    for kind in ("HDF5 of Keras 2", "Teachable Machine", "HDF5 of Keras 3", ".keras file of Keras 3", "SavedModel"):
        assert kind in kinds


def test_no_file_of_others_is_in_the_repository() -> None:
    root = Path(__file__).resolve().parents[2]
    names = {Path(one["path"]).name for one in read_json(STRANGERS)}
    assert not [
        path for name in names for folder in ("benchmarks", "docs", "tests") for path in (root / folder).rglob(name)
    ]
