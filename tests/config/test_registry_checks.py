"""What a registered model and its alias may not be called."""

from collections.abc import Callable

import pytest

from fullconv.config.load import compose_settings
from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError


@pytest.mark.parametrize(
    ("override", "named"),
    [
        ("registry.name=a/b", "registry.name"),
        ("registry.name='a@b'", "registry.name"),
        ("registry.name=''", "registry.name"),
        ("registry.alias='x y'", "registry.alias"),
        ("registry.alias=v12", "registry.alias"),
        ("registry.alias=Latest", "registry.alias"),
        ("registry.metric=AP50", "registry.metric"),
        ("registry.metric=test/AP75", "registry.metric.*AP50, AP, pointing"),
        ("registry.metric=sizes/AP", "registry.metric.*Runs show of sizes AP50"),
        ("registry.metric='a`b/c'", "registry.metric"),
    ],
)
def test_a_name_that_cannot_be_said_is_one_error_that_names_its_key(
    override: str, named: str, settings_with: Callable[..., ExperimentConfig]
) -> None:
    with pytest.raises(InputError, match=named):
        settings_with(override)


def test_an_unknown_knob_is_one_error_that_names_it() -> None:
    with pytest.raises(InputError, match="aliases"):
        compose_settings("registry.aliases=x")


def test_others_may_be(settings_with: Callable[..., ExperimentConfig]) -> None:
    made = settings_with("registry.name=digits-2", "registry.alias=best.small", "registry.metric=test/AP")
    assert (made.registry.name, made.registry.alias, made.registry.metric) == ("digits-2", "best.small", "test/AP")
