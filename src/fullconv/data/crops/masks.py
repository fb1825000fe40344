"""How much of each pixel of a crop is the object: a soft mask, where nobody drew one."""

import numpy as np
import numpy.typing as npt


def opacities(images: npt.NDArray[np.uint8], margin: float) -> npt.NDArray[np.uint8]:
    """Return soft masks (N, H, W), 0..255, of crops (N, H, W, C) that show `margin` more on each side."""
    height, width = images.shape[1:3]
    y, x = (np.abs(np.linspace(-1, 1, side)) * (1 + 2 * margin) for side in (height, width))
    off = np.hypot(*np.meshgrid(y, x, indexing="ij"))
    soft = np.clip((1.15 - off) / 0.3, 0, 1)
    return np.broadcast_to(np.rint(255 * soft).astype(np.uint8), images.shape[:3])
