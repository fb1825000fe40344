"""The maps that a page is sent: where their cells lie, and how few bytes they may become."""

import base64
import json
from typing import Any

import numpy as np
import pytest
from asked import network

from fullconv.config.load import compose_settings
from fullconv.convert.conversion import convolutionalize
from fullconv.convert.geometry import Geometry
from fullconv.locate.channels import Channels
from fullconv.locate.detections import Found
from fullconv.locate.finder import Finder
from fullconv.locate.located import LevelScores, Located
from fullconv.locate.threshold import Threshold
from fullconv.serve import answers
from fullconv.serve.answers import above, coco_of, heat_colours, view_of

SHOWN = np.zeros((40, 60, 3), np.float32)


@pytest.fixture(scope="module")
def finder() -> Finder:
    return Finder("lights", convolutionalize(network()), Channels(("red", "green"), True), compose_settings().locate)


def located(rows: int = 5, columns: int = 7, labels: tuple[int, ...] = (0, 1)) -> Located:
    scores = np.zeros((rows, columns, len(labels) + 1), np.float32)
    scores[1, 2, 0], scores[3, 4, 1 % len(labels)] = 0.8, 0.04
    level = LevelScores((40, 60), scores, (8.0, 8.0), (4.0, 4.0), len(labels))
    geometry = Geometry((16, 16), (4, 4), (0, 0))
    found = [Found(0, 0.8, (8.0, 4.0, 16.0, 16.0)), Found(1, 0.04, (16.0, 12.0, 16.0, 16.0))]
    return Located((40, 60), scores, geometry, labels, len(labels), found, [level], [(0, 0.8)], (16, 16))


def cells(one: dict[str, Any], key: str) -> Any:
    heat = one["heats"][key]
    packed = np.frombuffer(base64.b64decode(heat["cells"]), np.uint8)
    return packed.reshape(one["rows"], one["columns"]) / 255 * heat["limit"]


def test_each_class_has_its_heat_and_its_limit(finder: Finder) -> None:
    view = view_of(finder, located(), SHOWN)
    for one in view["maps"]:
        assert (one["rows"], one["columns"]) == (5, 7)
        assert one["covers"] == [6.0, 6.0, 28.0, 20.0]
        assert cells(one, "1")[1, 2] == pytest.approx(0.8, abs=0.002)
        assert one["heats"]["2"]["limit"] == 0.05
        assert cells(one, "2")[3, 4] == pytest.approx(0.04, abs=0.0002)
        assert cells(one, "any").max() == pytest.approx(0.8, abs=0.002)


def test_one_thing_that_is_sought_has_one_map(finder: Finder) -> None:
    view = view_of(finder, located(labels=(1,)), SHOWN)
    assert view["categories"] == [2]
    assert all(set(one["heats"]) == {"any"} for one in view["maps"])


def test_maps_of_many_cells_keep_their_peaks_and_their_place(finder: Finder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "_MOST", 60)
    found = located(50, 70)
    view = view_of(finder, found, SHOWN)
    for one in view["maps"]:
        pool = round(one["covers"][2] / one["columns"] / 4)
        assert pool > 1
        assert one["rows"] * pool >= 50
        assert cells(one, "1")[1 // pool, 2 // pool] == pytest.approx(0.8, abs=0.002)
        assert one["covers"][:2] == [6.0, 6.0]
    assert sum(one["rows"] * one["columns"] for one in view["maps"]) <= 60
    assert found.scores.shape == (50, 70, 3)


def test_coco_is_json_and_keeps_what_is_above(finder: Finder) -> None:
    coco = coco_of(finder, located(), "a.png", Threshold(0.5, "why"))
    assert json.loads(json.dumps(coco)) == coco
    assert [one["id"] for one in coco["annotations"]] == [1, 2]
    assert [one["score"] for one in above(coco, 0.5)["annotations"]] == [0.8]
    assert len(above(coco, 0.04)["annotations"]) == 2


def test_heat_is_clear_where_nothing_is_and_never_hides_the_picture() -> None:
    table = np.frombuffer(base64.b64decode(heat_colours()), np.uint8).reshape(256, 4)
    assert table[0, 3] == 0
    assert 100 < table[255, 3] < 200
