"""Knobs of a person's own dataset, as a command line gives them."""

from pathlib import Path

import pytest

from fullconv.config.load import compose_settings
from fullconv.config.schema import DatasetConfig
from fullconv.errors import InputError

CONF = Path(__file__).resolve().parents[2] / "conf"


def _dataset(*overrides: str) -> DatasetConfig:
    return compose_settings(*overrides).dataset


def test_nothing_is_set_unless_told() -> None:
    dataset = _dataset()
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
def test_a_mapping_of_names(override: str, names: dict[object, object]) -> None:
    assert _dataset(override).names == names


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
def test_a_bad_value_is_one_error_that_names_its_key(override: str, named: str) -> None:
    with pytest.raises(InputError) as caught:
        _dataset(override)
    assert named in str(caught.value)
