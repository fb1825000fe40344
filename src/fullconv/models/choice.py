"""Which architecture, and which window, suit objects of a size: `model=auto`."""

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fullconv.config.schema import ModelConfig

AUTO = "auto"
# Windows in pixels for objects whose frame is stored at up to so many: an object fills three fifths of its window.
_SMALL, _LARGE, _FROM = 36, 64, 26


def window_of(side: int) -> int:
    """Return the window's side in pixels for objects whose frame measures `side` pixels in the arrays."""
    return _LARGE if side >= _FROM else _SMALL


def chosen_model(config: "ModelConfig", window: int, trained: bool) -> "ModelConfig":
    """Return the model for a window where `auto` is asked for: the first blocks of a trained network.

    Where its weights are not there (`trained`), the padding-free network that the pipeline trains from nothing.
    """
    if config.architecture != AUTO:
        return config
    if not trained:
        return replace(config, architecture="valid", channels=[32, 64], repeats=2)
    small = window < _LARGE
    return replace(config, architecture="front", channels=[48 if small else 0], repeats=3 if small else 4)
