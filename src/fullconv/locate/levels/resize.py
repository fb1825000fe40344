"""Images at another size."""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]


def resized(images: FloatArray, height: int, width: int) -> FloatArray:
    """Return images (N, H, W, C) in 0..1 at `height` × `width` pixels: bicubic, antialiased where they shrink.

    The image's borders stay its borders: pixel i spans i to i + 1 before and after. Of box, bilinear, bicubic and
    Lanczos filters, bicubic and Lanczos keep most digits recognizable from 15 to 100 pixels, and bicubic is quicker.
    """
    from PIL import Image

    if images.shape[1:3] == (height, width):
        return images
    small = np.empty((len(images), height, width, images.shape[-1]), np.float32)
    for index, channel in np.ndindex(len(images), images.shape[-1]):
        plane = Image.fromarray(np.ascontiguousarray(images[index, ..., channel]))
        small[index, ..., channel] = np.asarray(plane.resize((width, height), Image.Resampling.BICUBIC))
    # Bicubic overshoots at edges.
    return np.clip(small, 0.0, 1.0, out=small)
