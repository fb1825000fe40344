"""A search asks whether to go on, before each forward pass."""

from dataclasses import replace

import numpy as np
import pytest
from asked import network

from fullconv.config.load import compose_settings
from fullconv.convert.conversion import convolutionalize
from fullconv.locate.channels import Channels
from fullconv.locate.finder import Finder
from fullconv.locate.pause import asking, may_go_on
from fullconv.locate.reading import search


@pytest.mark.parametrize("read", ["peaks", "regions"])
def test_a_search_is_ended_by_what_is_asked(read: str) -> None:
    classifier = network()
    config = replace(compose_settings().locate, read=read, scales=[1.0, 2.0], probe=0)
    finder = Finder("lights", convolutionalize(classifier), Channels(("red", "green", "x"), False), config, classifier)
    image = np.zeros((40, 40, 3), np.float32)
    asked: list[int] = []

    def ask() -> None:
        asked.append(1)
        if len(asked) == 2:
            raise KeyError("enough")

    with pytest.raises(KeyError, match="enough"), asking(ask):
        search(finder, image)
    assert len(asked) == 2
    assert search(finder, image).size == (40, 40)


def test_nobody_is_asked_outside() -> None:
    def ask() -> None:
        pytest.fail("asked in vain")

    with asking(ask):
        pass
    may_go_on()
