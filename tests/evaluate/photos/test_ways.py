"""Every way is read off scores that were computed once: as if the photo had been searched that way alone."""

from dataclasses import replace
from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from fullconv.config.schema import LocateConfig
from fullconv.convert.conversion import convolutionalize
from fullconv.errors import InputError
from fullconv.evaluate.photos.ways import Way, Ways
from fullconv.locate.channels import Channels
from fullconv.locate.evidence import evidence_map, probability_map
from fullconv.locate.finder import Finder, Sought
from fullconv.locate.levels.maps import LevelMaps
from fullconv.locate.regions.reader import RegionReader

CONFIG = LocateConfig(
    head="cell", levels=[16, [40, 30], 64], enlarge=1.5, fuse="geometric", floor=0.0, overlap=0.5, spacing=1.19,
    border=0.1, engine="auto", box="auto", batch_size=4, top=2,
)  # fmt: skip
FUSIONS = ["mean", "confident", "geometric"]


@pytest.fixture(scope="module")
def network() -> Any:
    model = keras.Sequential(
        [
            keras.Input((16, 16, 3)),
            layers.Conv2D(4, 3, strides=2, padding="same", activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(5, activation="softmax"),
        ]
    )
    rng = np.random.default_rng(0)
    model.set_weights([rng.normal(0, 1, weight.shape) for weight in model.get_weights()])
    return model


def reader(network: Any, config: LocateConfig = CONFIG) -> RegionReader:
    """A reader that seeks the class 1."""
    channels = Channels(tuple("abcde"), False)
    conversion = convolutionalize(network, head=config.head)
    return RegionReader(Finder("net", conversion, channels, config, network, sought=(Sought("b", (1,), 1),)))


def photo() -> np.ndarray:
    return np.random.default_rng(1).random((40, 50, 3)).astype(np.float32)


@pytest.mark.parametrize("head", ["cell", "window"])
def test_a_way_is_the_search_with_its_own_knobs(network: Any, head: str) -> None:
    config = replace(CONFIG, head=head)
    locator, ways = reader(network, config), Ways(config, FUSIONS)
    sizes = ways.sizes((40, 50))
    assert sizes == [(16, 20), (40, 30), (64, 80)]
    heat, evidence = locator.maps(
        photo(), sizes, lambda scores: probability_map(scores, [1]), lambda scores: evidence_map(scores, [1])
    )
    # 64 enlarges by more than 1.5: alone it is searched, among others it is not.
    knobs: dict[str, dict[str, Any]] = {"16": {"levels": [16]}, "40x30": {"levels": [[40, 30]]}, "64": {"levels": [64]}}
    expected = {Way(head, name, "alone"): one for name, one in knobs.items()}
    expected |= {Way(head, "all", fuse): {"fuse": fuse} for fuse in ("geometric", "mean", "confident")}
    found = {way: (geometry, fused) for way, geometry, fused in ways.heats(heat)}
    assert set(found) == set(expected)
    for way, change in expected.items():
        (alone,) = reader(network, replace(config, **change))(photo()[np.newaxis])
        geometry, (fused,) = found[way]
        assert geometry.center(0, 0) == alone.fused.first
        np.testing.assert_allclose(fused, alone.fused.heat, rtol=1e-5)
    levels = {name: [level.size for level in one.levels] for name, one in ways.choices(heat)}
    read = {name: locator.read(photo(), [0], evidence.at([level.size for level in one.levels]))
            for name, one in ways.choices(heat)}  # fmt: skip
    for name, change in {**knobs, "all": {}}.items():
        (alone,) = reader(network, replace(config, **change))(photo()[np.newaxis])
        assert levels[name] == [level.size for level in alone.levels]
        assert len(read[name].objects) == len(alone.objects)
        for one, other in zip(read[name].objects, alone.objects, strict=True):
            assert one.bbox == other.bbox
            assert one.score == pytest.approx(other.score, rel=1e-5)


def test_several_synsets_are_each_as_if_searched_alone(network: Any) -> None:
    locator = reader(network)
    sought = ([0], [1, 2], [4])
    (maps,) = locator.maps(
        photo(), [(20, 25), (40, 50)],
        lambda scores: np.concatenate([probability_map(scores, classes) for classes in sought]),
    )  # fmt: skip
    for fuse in ("geometric", "mean", "max", "confident"):
        for place, classes in enumerate(sought):
            (one,) = locator.maps(photo(), [(20, 25), (40, 50)], lambda s, c=classes: probability_map(s, c))
            np.testing.assert_allclose(maps.fused(fuse)[place], one.fused(fuse)[0], rtol=1e-5)


def test_synsets_whose_probabilities_sum_to_1_are_not_rescaled(network: Any) -> None:
    locator = reader(network)
    (both,) = locator.maps(
        photo(), [(20, 25), (40, 50)],
        lambda scores: np.concatenate([probability_map(scores, one) for one in ([0, 1, 2], [3, 4])]),
    )  # fmt: skip
    assert not np.allclose(both.fused("geometric").sum(axis=0), 1, atol=1e-4)


def test_a_single_size_is_one_way_whatever_the_fusion(network: Any) -> None:
    ways = Ways(replace(CONFIG, levels=[16], fuse="mean"), ["mean", "geometric"])
    locator = reader(network)
    (maps,) = locator.maps(photo(), ways.sizes((40, 50)), lambda scores: probability_map(scores, [1]))
    assert [way for way, _, _ in ways.heats(maps)] == [Way("cell", "all", "mean")]


def test_scales_are_called_by_their_factor() -> None:
    ways = Ways(replace(CONFIG, scales=[0.5, 1.0]), [])
    assert ways.sizes((40, 50)) == [(20, 25), (40, 50)]
    maps = LevelMaps((40, 50), [], [])
    assert [name for name, _ in ways.choices(maps)] == ["x0.5", "x1", "all"]
    assert Way("cell", "x0.5", "alone").name == "cell x0.5"
    assert Way("cell", "all", "mean").name == "cell mean"


def test_no_size_is_an_error(network: Any) -> None:
    locator = reader(network)
    with pytest.raises(InputError, match=r"locate\.levels"):
        locator.maps(photo(), [], lambda scores: scores)
