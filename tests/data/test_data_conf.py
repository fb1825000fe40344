"""The files of conf/ that this package reads: every key known, every set makes scenes."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from omegaconf import OmegaConf

from fullconv.config.schema import BackgroundConfig, DataConfig, MosaicConfig
from fullconv.data.arrays import KEYS, Arrays
from fullconv.data.crops.crops import Crops
from fullconv.data.pictures.polarity import dark_objects
from fullconv.data.scenes.mosaics import make_scenes
from fullconv.data.sources.bundled import digits_like_mnist
from fullconv.data.sources.choice import load_arrays
from fullconv.data.windows.backgrounds import with_background

CONF = Path(__file__).parents[2] / "conf"
SCHEMA = {"data": DataConfig, "background": BackgroundConfig, "mosaic": MosaicConfig}
# Backgrounds build on one another, which tests/config composes.
FILES = sorted(path for group in ("data", "mosaic") for path in (CONF / group).glob("*.yaml"))


def _read(group: str, name: str) -> Any:
    values = {key: value for key, value in _values(group, name).items() if key != "defaults"}
    return OmegaConf.to_object(OmegaConf.merge(SCHEMA[group], values))


def _values(group: str, name: str) -> Any:
    return OmegaConf.to_container(OmegaConf.load(CONF / group / f"{name}.yaml"))


@pytest.fixture(scope="module")
def digits() -> Arrays:
    arrays: Arrays = load_arrays(_read("data", "digits"))
    return arrays


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_file_fits_the_schema_and_says_what_it_is(path: Path) -> None:
    _read(path.parent.name, path.stem)
    lines = path.read_text().splitlines()
    assert lines[0].startswith("# ")
    assert not any(line.startswith("# @package") for line in lines)
    # It builds on no other file; data may name the recipe by which is learnt from it.
    named = [{"/recipe@_global_": path.stem}] if path.parent.name == "data" else []
    assert _values(path.parent.name, path.stem).get("defaults", []) in ([], named)


@pytest.mark.parametrize(("name", "classes"), [("mnist", 10), ("fashion_mnist", 10), ("digits", 10)])
def test_data(name: str, classes: int) -> None:
    config = _read("data", name)
    assert config.name == name
    assert len(set(config.classes)) == classes
    if name != "digits":
        assert sorted(config.sha256) == sorted(KEYS)
        assert all(len(digest) == 64 for digest in config.sha256.values())
        assert config.sources[:2] == ["cache", "keras"]


def test_digits_need_no_download(digits: Arrays) -> None:
    assert len(digits.train_images) + len(digits.test_images) == 1797


MOSAICS = sorted(path.stem for path in (CONF / "mosaic").glob("*.yaml"))
OWN = ["own_test", "own_validation"]


def _fitting(arrays: Arrays, name: str) -> Arrays:
    """Return the arrays as the set takes them: as they are, or as crops that show their objects at a size of 30."""
    sizes = [np.full((len(images), 2), 30, np.float32) for images in (arrays.train_images, arrays.test_images)]
    classes = tuple(map(str, range(int(arrays.test_labels.max()) + 1)))
    return replace(arrays, crops=Crops(classes, *sizes)) if name in OWN else arrays


def test_sets_of_crops_are_told_by_their_names() -> None:
    assert [name for name in MOSAICS if _read("mosaic", name).of == "crops"] == OWN


@pytest.mark.parametrize("name", MOSAICS)
def test_mosaics_work_with_the_small_data_set(digits: Arrays, name: str) -> None:
    config = _read("mosaic", name)
    scenes = make_scenes(config, _fitting(digits, name), 0.5, f"mosaics.{name}")
    assert len(scenes) == config.images
    colour = config.colour or config.ground == "photo"
    # Eight crops of 30 pixels ask for sqrt(8 / 0.3) * 30, which is more than five a side.
    canvas = config.canvas or [5 * 30] * 2
    assert scenes[0].image.shape == (*canvas, 3 if colour else 1)
    least, most = config.objects or [len(config.placements)] * 2
    assert {len(scene.objects) for scene in scenes} <= {*range(least, most + 1)}


def test_fixed_scenes_are_the_same_byte_for_byte(digits: Arrays) -> None:
    # As drawn by the first generator, which joined objects by the pixel-wise maximum.
    expected = {
        "seed_128": "6688a79d230127985106e3bc980dfbd22b78b53a8c2c1b0ea6fb3ea88099224c",
        "seed_200": "b444b2ee9332315557f0cbfb29938f68b4ef63859a96dbf727aec41bea3491b3",
    }
    for name, digest in expected.items():
        (scene,) = make_scenes(_read("mosaic", name), digits, 0.5, "m")
        assert hashlib.sha256(scene.image.tobytes()).hexdigest() == digest


def test_polarity_of_every_set_is_told_from_its_pixels(digits: Arrays) -> None:
    for name in set(MOSAICS) - set(OWN):  # crops have none
        config = _read("mosaic", name)
        scenes = make_scenes(config, digits, 0.5, "m")
        dark = sum(dark_objects(scene.image.astype(np.float32) / 255) for scene in scenes)
        # Smooth parts of a photograph may pass for an artificial ground.
        allowed = 0.03 * len(scenes) if config.ground == "photo" else 0
        assert abs(dark - config.inverted * len(scenes)) <= allowed, name


def test_seed_128_has_the_published_places(digits: Arrays) -> None:
    (scene,) = make_scenes(_read("mosaic", "seed_128"), digits, 0.5, "m")
    places = {(12, 6): 15, (40, 30): 14, (15, 45): 13, (5, 75): 12, (45, 90): 11, (89, 70): 9, (80, 25): 6}
    assert {(placed.bbox[1], placed.bbox[0]): placed.label for placed in scene.objects} == {
        place: digits.test_labels[index] for place, index in places.items()
    }


def test_reported_and_tuned_mosaics_share_no_digit() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (360, 28, 28, 1), dtype=np.uint8)
    labels = np.arange(360, dtype=np.int32)  # a label of its own for every test image
    arrays = Arrays(images, labels, images, labels)
    used = {
        name: {
            placed.label
            for scene in make_scenes(_read("mosaic", name), _fitting(arrays, name), 0.5, "m")
            for placed in scene.objects
        }
        for name in MOSAICS
    }
    reported = set().union(*(labels for name, labels in used.items() if "validation" not in name))
    assert not (used["validation"] | used["own_validation"]) & reported


def test_backgrounds() -> None:
    arrays = digits_like_mnist()
    assert with_background(arrays, _read("background", "none"), 10, 0) is arrays
    noise = with_background(arrays, _read("background", "noise"), 10, 0)
    assert (len(noise.train_images), len(noise.test_images)) == (1437 + 6000, 360 + 1000)
    assert noise.train_images[1437:].max() == 4
