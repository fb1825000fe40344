"""A scale and a shift for each number of a flattened map, kept until a dense layer can take them in."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Affine:
    """`x → scale · x + shift`, both `(L,)` in the classifier's order."""

    scale: Numbers
    shift: Numbers

    def then(self, later: "Affine") -> "Affine":
        """Return the two, one after the other."""
        return Affine(self.scale * later.scale, self.shift * later.scale + later.shift)

    def folded(self, kernel: Any, bias: Any) -> tuple[Numbers, Numbers]:
        """Return the kernel `(L, units)` and bias `(units,)` of a dense layer that does both."""
        precise = np.asarray(kernel, dtype=np.float64)
        return self.scale[:, np.newaxis] * precise, self.shift @ precise + np.asarray(bias, dtype=np.float64)


def affine_over(scale: Any, shift: Any, length: int) -> Affine:
    """Return the affine function of `length` numbers from arrays that broadcast to `(1, length)`."""
    both = (np.broadcast_to(np.asarray(part, dtype=np.float64), (1, length))[0] for part in (scale, shift))
    return Affine(*both)
