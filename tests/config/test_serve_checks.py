"""What the knobs of `fullconv serve` may not be."""

from collections.abc import Callable

import pytest

from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError


@pytest.mark.parametrize(
    ("override", "named"),
    [
        ("port=-1", "port"),
        ("port=65536", "port"),
        ("port=http", "configuration: Error merging override port=http"),
        ("serve.host=' '", "serve.host"),
        ("serve.names=['http://a']", "serve.names"),
        ("serve.names=['*']", "serve.names"),
        ("serve.bytes=0", "serve.bytes"),
        ("serve.pixels=0", "serve.pixels"),
        ("serve.waiting=-1", "serve.waiting"),
        ("serve.seconds=0", "serve.seconds"),
        ("serve.seconds=inf", "serve.seconds"),
    ],
)
def test_a_value_that_cannot_be_is_one_error_that_names_its_key(
    override: str, named: str, settings_with: Callable[..., ExperimentConfig]
) -> None:
    with pytest.raises(InputError, match=f"^{named}"):
        settings_with(override)


def test_it_listens_on_this_machine_alone(settings_with: Callable[..., ExperimentConfig]) -> None:
    made = settings_with("port=0", "serve.names=[lab-3.local]")
    assert (made.serve.host, made.port, made.serve.names) == ("127.0.0.1", 0, ["lab-3.local"])
