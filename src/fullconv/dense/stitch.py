"""The engine that runs the network as it is, once for each shift of the image: the oracle of the others.

Source: Sermanet et al., *OverFeat: Integrated Recognition, Localization and Detection using Convolutional Networks*,
2014, section 3.3; the name is Long, Shelhamer, Darrell's, 2015.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from fullconv.convert.conversion import Conversion
from fullconv.convert.geometry import Pair

Images = npt.NDArray[np.float32]  # (N, H, W, C)
Scores = npt.NDArray[np.float32]  # (N, H', W', K)


def shifts(coarse: Pair, stride: Pair) -> Iterator[Pair]:
    """Yield the shifts `(y, x)` in pixels that fill a dense map of a network of stride `coarse`, in their order."""
    for y in range(0, coarse[0], stride[0]):
        for x in range(0, coarse[1], stride[1]):
            yield y, x


def filled(shift: Pair, coarse: Pair, stride: Pair) -> tuple[slice, slice]:
    """Return the rows and columns of a dense map that a shift fills."""
    return (
        slice(shift[0] // stride[0], None, coarse[0] // stride[0]),
        slice(shift[1] // stride[1], None, coarse[1] // stride[1]),
    )


def stitch(conversion: Conversion, images: Images, places: Pair, stride: Pair) -> Scores:
    """Return the map `(N, H', W', K)` of the first `places` rows and columns of pixels, `stride` pixels apart.

    The cells of one shift lie `coarse / stride` cells apart in it.
    """
    coarse = conversion.geometry.stride
    rows, cols = (-(-count // step) for count, step in zip(places, stride, strict=True))
    scores = np.empty((len(images), rows, cols, conversion.model.output_shape[-1]), np.float32)
    for y, x in shifts(coarse, stride):
        place = scores[:, *filled((y, x), coarse, stride)]
        if place.size:
            place[:] = conversion.forward(images[:, y:, x:])[:, : place.shape[1], : place.shape[2]]
    return scores
