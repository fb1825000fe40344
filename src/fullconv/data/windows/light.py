"""Windows in another light and at less resolution."""

import numpy as np

from fullconv.data.windows.warps import softened
from fullconv.data.windows.windows import Floats

# Spreads of the logarithms of the gain and of each channel's, and of the offset on 0..255.
_GAIN, _TINT, _LEVEL = 0.12, 0.04, 10.0


def relit(canvas: Floats, resolution: float, rng: np.random.Generator) -> Floats:
    """Return windows (N, H, W, C) on 0..255 in another light, half of them at less resolution: `resolution` or more."""
    count, channels = len(canvas), canvas.shape[-1]
    gain = np.exp(rng.normal(size=(count, 1, 1, 1)) * _GAIN) * np.exp(rng.normal(size=(count, 1, 1, channels)) * _TINT)
    level = rng.normal(size=(count, 1, 1, 1)) * _LEVEL
    lit: Floats = (canvas - 128) * gain.astype(np.float32) + (128 + level).astype(np.float32)
    if resolution < 1:
        # Few levels to a chunk: each is one call.
        steps = np.append(rng.uniform(resolution, 1, 3), [1, 1, 1])
        lit = softened(lit, rng.choice(steps, count).astype(np.float32))
    return lit
