"""Detections of a large image: COCO, GeoJSON in pixels and on a map, counts; streamed, whole or absent."""

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from fullconv.errors import InputError
from fullconv.large.sources.source import Georeference
from fullconv.large.store.detections import write_detections
from fullconv.large.store.features import Category

CATEGORIES = {1: Category("cat", "#332288"), 2: Category("dog", "#88CCEE"), 3: Category("owl", "#44AA99")}
FOUND = [(2, 0.987654321, [10.0, 20.0, 30.0, 40.5]), (1, 0.5, [0.126, 0.0, 1.0, 2.0]), (2, 0.25, [7, 8, 9, 10])]
UTM = Georeference((0.5, 0.0, 500000.0, 0.0, -0.5, 6000000.0), "EPSG:32633")


def read(path: Path) -> Any:
    return json.loads(path.read_text())


def area(ring: list[list[float]]) -> float:
    """Twice the signed area: above 0 against the clock."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))


def test_coco_results_are_as_they_come(tmp_path: Path) -> None:
    counts = write_detections(tmp_path, iter(FOUND), CATEGORIES, image_id=7)
    results = read(tmp_path / "detections.json")
    assert [(one["category_id"], one["score"], one["bbox"]) for one in results] == FOUND
    assert {one["image_id"] for one in results} == {7}
    # As fullconv.report.streams has them: a result a line, keys in order.
    assert (tmp_path / "detections.json").read_text().splitlines()[2] == (
        '{"bbox": [0.126, 0.0, 1.0, 2.0], "category_id": 1, "image_id": 7, "score": 0.5},'
    )
    assert counts == {"cat": 1, "dog": 2, "owl": 0}
    assert read(tmp_path / "counts.json") == {"total": 3, "classes": counts}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["counts.json", "detections.geojson", "detections.json"]


def test_qupath_gets_pixels_and_its_own_words(tmp_path: Path) -> None:
    write_detections(tmp_path, FOUND, CATEGORIES, kind="annotation")
    collection = read(tmp_path / "detections.geojson")
    assert collection.keys() == {"type", "features"}
    assert collection["type"] == "FeatureCollection"
    assert collection["features"][0] == {
        "type": "Feature",
        "geometry": {
            "type": "Polygon",
            "coordinates": [[[10.0, 20.0], [40.0, 20.0], [40.0, 60.5], [10.0, 60.5], [10.0, 20.0]]],
        },
        "properties": {
            "objectType": "annotation",
            "classification": {"name": "dog", "color": [0x88, 0xCC, 0xEE]},
            "measurements": {"score": 0.9877},
        },
    }
    assert collection["features"][1]["geometry"]["coordinates"][0][1] == [1.13, 0.0]


def test_centres_are_in_micrometres_where_a_pixels_size_is_known(tmp_path: Path) -> None:
    write_detections(tmp_path, FOUND, CATEGORIES, microns=(0.5, 0.25))
    properties = read(tmp_path / "detections.geojson")["features"][0]["properties"]
    assert properties["objectType"] == "detection"
    assert (properties["centre_x_um"], properties["centre_y_um"]) == (25 * 0.25, round(40.25 * 0.5, 2))


def test_qgis_gets_coordinates_and_the_reference_system(tmp_path: Path) -> None:
    write_detections(tmp_path, FOUND, CATEGORIES, georeference=UTM)
    collection = read(tmp_path / "detections.crs.geojson")
    assert collection["crs"] == {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::32633"}}
    feature = collection["features"][0]
    (ring,) = feature["geometry"]["coordinates"]
    assert {tuple(point) for point in ring} == {
        (500005.0, 5999990.0), (500020.0, 5999990.0), (500020.0, 5999969.75), (500005.0, 5999969.75),
    }  # fmt: skip
    assert ring[0] == ring[-1]
    assert area(ring) > 0
    assert area(read(tmp_path / "detections.geojson")["features"][0]["geometry"]["coordinates"][0]) > 0
    assert feature["properties"] == {
        "class": "dog", "colour": "#88CCEE", "score": 0.9877, "box": [10.0, 20.0, 30.0, 40.5],
    }  # fmt: skip
    # Without a place on a map the file would tell of another image.
    write_detections(tmp_path, FOUND, CATEGORIES, georeference=Georeference(UTM.transform))
    assert not (tmp_path / "detections.crs.geojson").exists()


def test_degrees_have_decimals_enough_and_need_no_reference_system(tmp_path: Path) -> None:
    degrees = Georeference((1e-5, 0.0, 13.4, 0.0, -1e-5, 52.5), "EPSG:4326")
    write_detections(tmp_path, FOUND, CATEGORIES, georeference=degrees)
    collection = read(tmp_path / "detections.crs.geojson")
    assert "crs" not in collection
    xs = [point[0] for point in collection["features"][1]["geometry"]["coordinates"][0]]
    assert min(xs) == pytest.approx(13.4 + 0.126e-5, abs=1e-7)
    assert min(xs) != 13.4


def test_another_reference_system_is_named_as_it_is(tmp_path: Path) -> None:
    write_detections(tmp_path, [], CATEGORIES, georeference=Georeference(UTM.transform, 'LOCAL_CS["site"]'))
    assert read(tmp_path / "detections.crs.geojson") == {
        "type": "FeatureCollection",
        "crs": {"type": "name", "properties": {"name": 'LOCAL_CS["site"]'}},
        "features": [],
    }
    assert read(tmp_path / "detections.json") == []


def test_they_are_written_as_they_come(tmp_path: Path) -> None:
    def found() -> Iterator[tuple[int, float, list[float]]]:
        for number in range(2000):
            yield 1, 0.5, [float(number), 0.0, 1.0, 1.0]
        (partial,) = tmp_path.glob(".partial-*/*/detections.geojson")
        assert partial.stat().st_size > 100_000
        assert not (tmp_path / "detections.geojson").exists()

    write_detections(tmp_path, found(), CATEGORIES)
    assert len(read(tmp_path / "detections.geojson")["features"]) == 2000


def test_a_search_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    write_detections(tmp_path, FOUND, CATEGORIES, georeference=UTM)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(KeyError):
        write_detections(tmp_path, [*FOUND, (9, 0.5, [0, 0, 1, 1])], CATEGORIES)
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_detections(tmp_path, [(1, float("nan"), [0, 0, 1, 1])], CATEGORIES)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_classes_of_one_name_are_counted_together_and_another_kind_is_refused(tmp_path: Path) -> None:
    twins = {1: Category("cat", "#332288"), 2: Category("cat", "#88CCEE")}
    assert write_detections(tmp_path, FOUND, twins) == {"cat": 3}
    with pytest.raises(InputError, match=r"kind: received 'cell'\. Choose detection or annotation"):
        write_detections(tmp_path, FOUND, CATEGORIES, kind="cell")
