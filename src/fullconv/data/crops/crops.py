"""What is known of images that were cut from pictures: names, true sizes, pictures without labels."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Crops:
    """Beside `Arrays` whose images are crops: each an object's frame, stretched to the arrays' one size.

    `train_sizes` and `test_sizes` (N, 2) are the objects' height and width in their pictures, in pixels. An image
    shows `margin` more than the object on each side, as a share of the object's sides. `scenes` are larger pictures
    without labels (H, W, C), `nothing` pictures that hold no object; both are stored at `reduced` times their size.
    """

    classes: tuple[str, ...]
    train_sizes: Floats
    test_sizes: Floats
    unscaled: bool = True  # whether sizes are those in scenes of the same camera; False where crops were resized
    margin: float = 0.0
    scenes: tuple[Pixels, ...] = ()
    nothing: tuple[Pixels, ...] = ()
    reduced: float = 1.0
