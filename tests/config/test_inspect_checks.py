"""What may not be asked of an inspection, each by its key."""

from collections.abc import Callable

import pytest

from fullconv.config.load import compose_settings
from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError


@pytest.mark.parametrize(
    ("override", "named"),
    [
        ("inspect.neighbours=0", "inspect.neighbours"),
        ("inspect.images=4", "inspect.images"),
        ("inspect.queries=0", "inspect.queries"),
        ("inspect.image=-1", "inspect.image"),
        ("inspect.projection=umap", "inspect.projection"),
    ],
)
def test_a_knob_that_cannot_be_is_one_error_that_names_it(
    override: str, named: str, settings_with: Callable[..., ExperimentConfig]
) -> None:
    with pytest.raises(InputError) as caught:
        settings_with(override)
    assert named in caught.value.where or named in str(caught.value)


def test_an_unknown_knob_is_one_error_that_names_it() -> None:
    with pytest.raises(InputError, match="layers"):
        compose_settings("inspect.layers=hidden")


def test_a_classifier_may_have_a_layer_of_its_own() -> None:
    made = compose_settings("classifiers.located.inspect.layer=pool_2")
    assert [one.inspect.layer for one in made.classifiers.values()] == [None, None, None, "pool_2"]
    assert {one.inspect.neighbours for one in made.classifiers.values()} == {made.inspect.neighbours}
