"""Files that grow image by image: whole or absent, the same bytes twice, read by NumPy and by JSON."""

import json
from pathlib import Path

import numpy as np
import pytest

from fullconv.track.streams import results_file, score_file


def maps() -> dict[int, np.ndarray]:
    rng = np.random.default_rng(0)
    return {7: rng.random((3, 4, 2), dtype=np.float32), 2: rng.random((5, 1, 2), dtype=np.float32)[::-1]}


def test_score_maps_are_read_by_numpy_in_the_order_they_came(tmp_path: Path) -> None:
    with score_file(tmp_path / "scores.npz") as add:
        for key, value in maps().items():
            add(key, value)
    with np.load(tmp_path / "scores.npz", allow_pickle=False) as read:
        assert read.files == ["7", "2"]
        for key, value in maps().items():
            np.testing.assert_array_equal(read[str(key)], value)


def test_the_same_maps_give_the_same_bytes_at_another_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one.npz", "two.npz"):
        with score_file(tmp_path / name) as add:
            add(1, maps()[7])
        monkeypatch.setattr("time.localtime", lambda *_: (2030, 5, 6, 7, 8, 9, 0, 0, 0))
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


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
    for file, given in ((score_file, (1, np.zeros((1, 1, 1)))), (results_file, ([{"score": 1.0}],))):
        with pytest.raises(KeyboardInterrupt), file(tmp_path / "part") as add:  # type: ignore[operator]
            add(*given)
            raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
