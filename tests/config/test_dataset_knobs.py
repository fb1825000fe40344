"""Knobs of a person's own dataset, as a command line gives them."""

from collections.abc import Callable

import pytest

from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError


def test_nothing_is_set_unless_told(settings_with: Callable[..., ExperimentConfig]) -> None:
    dataset = settings_with().dataset
    assert (dataset.images, dataset.annotations, dataset.names) == (None, None, None)
    assert (dataset.polarity, dataset.scores) == ("auto", False)
    assert (dataset.bands, dataset.bits) == ([], None)


def test_bands_and_bits(settings_with: Callable[..., ExperimentConfig]) -> None:
    dataset = settings_with("dataset.bands=[3,2,1]", "dataset.bits=12").dataset
    assert (dataset.bands, dataset.bits) == ([3, 2, 1], 12)


@pytest.mark.parametrize(
    ("override", "names"),
    [
        ('dataset.names={zero: "0", one: "1"}', {"zero": "0", "one": "1"}),
        ("dataset.names={1: 0, 10: 9}", {1: 0, 10: 9}),
        (r"dataset.names={digit 3: three, x\:y: T-shirt/top}", {"digit 3": "three", "x:y": "T-shirt/top"}),
    ],
)
def test_a_mapping_of_names(
    override: str, names: dict[object, object], settings_with: Callable[..., ExperimentConfig]
) -> None:
    assert settings_with(override).dataset.names == names


@pytest.mark.parametrize(
    ("override", "named"),
    [
        ("dataset.names=zero", "dataset.names"),
        ("dataset.polarity=bright", "dataset.polarity"),
        ("dataset.figures=-1", "dataset.figures"),
        ("dataset.scores=some", "dataset.scores"),
        ("dataset.bands=[1,2]", "dataset.bands"),
        ("dataset.bands=[0]", "dataset.bands"),
        ("dataset.bands=3", "dataset.bands"),
        ("dataset.bands=[red]", "dataset.bands"),
        ("dataset.bits=7", "dataset.bits"),
        ("dataset.bits=65", "dataset.bits"),
        ("dataset.bits=twelve", "dataset.bits"),
        ("mosaics.test.objects=7", "mosaics.test.objects"),
        ("mosaics.test.objects=[7]", "mosaics.test.objects"),
        ("mosaics.test.overlap=2", "mosaics.test.overlap"),
        ("mosaics.test.ground=grass", "mosaics.test.ground"),
    ],
)
def test_a_bad_value_is_one_error_that_names_its_key(
    override: str, named: str, settings_with: Callable[..., ExperimentConfig]
) -> None:
    with pytest.raises(InputError) as caught:
        settings_with(override)
    assert named in str(caught.value)
