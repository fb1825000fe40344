"""Files that grow image by image: whole or absent, read by JSON."""

import json
from pathlib import Path

import pytest

from fullconv.report.streams import results_file


@pytest.mark.parametrize("count", [0, 1, 3])
def test_results_are_one_json_list_with_a_line_each(tmp_path: Path, count: int) -> None:
    found = [
        {"image_id": 1, "score": 0.5, "category_id": place, "bbox": [0.0, 1.5, 2.0, 3.0]} for place in range(count)
    ]
    with results_file(tmp_path / "detections.json") as add:
        add(found[:1])
        add([])
        add(found[1:])
    text = (tmp_path / "detections.json").read_text()
    assert json.loads(text) == found
    assert len(text.splitlines()) == count + 2


def test_what_is_cut_off_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), results_file(tmp_path / "part") as add:
        add([{"score": 1.0}])
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
