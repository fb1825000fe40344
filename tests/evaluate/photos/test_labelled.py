"""The project's labelled photos, and annotations that are refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fullconv.data.pictures.photo_files import load_photo
from fullconv.errors import InputError
from fullconv.evaluate.maps.drawn import object_pixels
from fullconv.evaluate.photos.collages import disjoint
from fullconv.evaluate.photos.labelled import read_labelled

FOLDER = Path(__file__).resolve().parents[2] / "photos"


def test_every_photo_is_there_with_boxes_inside_it() -> None:
    coco, photos = read_labelled(FOLDER / "instances.json")
    entries = {one["id"]: one for one in coco["images"]}
    assert {"dog", "bird", "chelsea", "coffee", "rocket"} <= {photo.name for photo in photos}
    for photo in photos:
        height, width = load_photo(photo.path).shape[:2]
        assert (entries[photo.id]["height"], entries[photo.id]["width"]) == (height, width)
        assert (photo.boxes[:, :2] >= 0).all()
        assert (photo.boxes[:, :2] + photo.boxes[:, 2:] <= (width, height)).all()


def test_each_shows_a_synset_of_its_own() -> None:
    coco, photos = read_labelled(FOLDER / "instances.json")
    categories = {one["id"]: one for one in coco["categories"]}
    assert {photo.synset.wnid for photo in photos} == {one["wnid"] for one in categories.values()}
    assert disjoint([photo.synset.classes for photo in photos]) == list(range(len(photos)))


def test_the_birds_code_box_and_area_are_its_mask() -> None:
    coco, photos = read_labelled(FOLDER / "instances.json")
    (bird,) = (photo for photo in photos if photo.name == "bird")
    mask = np.asarray(Image.open(FOLDER / "bird_mask.png")) > 127
    y, x = np.nonzero(mask)
    assert bird.boxes[0].tolist() == [x.min(), y.min(), np.ptp(x) + 1, np.ptp(y) + 1]
    (entry,) = (one for one in coco["annotations"] if one["image_id"] == bird.id)
    assert entry["area"] == mask.sum()
    inside = object_pixels(bird.boxes[0], bird.segmentation, mask.shape, "bird")
    assert abs(inside.mean() - mask.mean()) < 0.005


def album(folder: Path, **change: Any) -> Path:
    content: dict[str, Any] = {
        "images": [{"id": 4, "file_name": "one.png"}],
        "categories": [{"id": 7, "name": "dog", "wnid": "n02084071"}, {"id": 8, "name": "bird"}],
        "annotations": [{"id": 1, "image_id": 4, "category_id": 7, "bbox": [1, 2, 3, 4]}],
    }
    path = folder / "instances.json"
    path.write_text(json.dumps(content | change))
    return path


def entry(number: int, category: int, **more: Any) -> dict[str, Any]:
    return {"id": number, "image_id": 4, "category_id": category, "bbox": [1, 2, 3, 4], **more}


def test_names_start_from_the_folder_of_the_annotations(tmp_path: Path) -> None:
    _, (photo,) = read_labelled(album(tmp_path))
    assert photo.path == tmp_path / "one.png"
    assert (photo.id, photo.category, photo.synset.name, photo.alone) == (4, 7, "dog", True)


def test_a_photo_of_several_objects_or_a_crowd_is_not_of_one_alone(tmp_path: Path) -> None:
    _, (two,) = read_labelled(album(tmp_path, annotations=[entry(1, 7), entry(2, 7)]))
    assert not two.alone
    _, (crowd,) = read_labelled(album(tmp_path, annotations=[entry(1, 7), entry(2, 7, iscrowd=1)]))
    assert not crowd.alone
    assert crowd.crowd.tolist() == [False, True]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"annotations": []}, r"one\.png: objects of 0 categories"),
        ({"annotations": [entry(1, 7, iscrowd=1)]}, r"one\.png: objects of 0 categories"),
        ({"annotations": [entry(1, 7), entry(2, 8)]}, r"one\.png: objects of 2 categories"),
        ({"annotations": [entry(1, 8)]}, r"category 'bird': wnid None.*n02084071"),
        ({"categories": [{"id": 7, "name": "dog", "wnid": "n99999999"}]}, "n99999999"),
        ({"images": [{"id": 4, "file_name": "a/one.png"}, {"id": 5, "file_name": "b/one.jpg"}],
          "annotations": [entry(1, 7), {**entry(2, 7), "image_id": 5}]}, "two called 'one'"),
    ],
)  # fmt: skip
def test_what_cannot_be_measured_is_refused(tmp_path: Path, change: dict[str, Any], says: str) -> None:
    with pytest.raises(InputError, match=says):
        read_labelled(album(tmp_path, **change))
