"""Knobs of a person's own dataset, as a command line gives them."""

from collections.abc import Callable

import pytest

from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError


def test_nothing_is_set_unless_told(settings_with: Callable[..., ExperimentConfig]) -> None:
    dataset = settings_with().dataset
    assert (dataset.images, dataset.annotations, dataset.names) == (None, None, None)
    assert (dataset.polarity, dataset.scores) == ("auto", False)


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
