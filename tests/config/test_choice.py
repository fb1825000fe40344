"""What is refused of the choices that a person makes."""

import pytest

from fullconv.config.choice import require_trainable
from fullconv.config.load import chosen, compose_settings
from fullconv.errors import InputError


def test_pretrained_networks_are_not_trained() -> None:
    for architecture in ("swish", "lenet"):
        require_trainable(chosen(compose_settings(f"model={architecture}")).model.architecture)
    with pytest.raises(InputError, match=r"resnet50 is a pretrained network.*fullconv convert model=resnet50"):
        require_trainable(chosen(compose_settings("model=resnet50")).model.architecture)
