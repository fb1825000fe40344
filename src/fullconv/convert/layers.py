"""Layers of ours that a conversion may hold; a file with them loads once this module is imported."""

from collections.abc import Sequence
from typing import Any

import keras

Amounts = tuple[tuple[int, int], tuple[int, int]]


@keras.saving.register_keras_serializable(package="fullconv")
class EdgePadding2D(keras.layers.Layer):  # type: ignore[misc]
    """Repeat the first and last rows and columns: `(N, H, W, C)` → `(N, t + H + b, l + W + r, C)`.

    `padding` is `((t, b), (l, r))` in cells. Any number format, any size that is at least one cell.
    """

    def __init__(self, padding: Amounts, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        (top, bottom), (left, right) = padding
        self.padding = ((int(top), int(bottom)), (int(left), int(right)))
        self.input_spec = keras.InputSpec(ndim=4)

    def call(self, inputs: Any) -> Any:
        """Return the padded map."""
        for axis, (before, after) in zip((1, 2), self.padding, strict=True):
            if before or after:
                size = keras.ops.shape(inputs)[axis]
                places = keras.ops.clip(keras.ops.arange(-before, size + after), 0, size - 1)
                inputs = keras.ops.take(inputs, places, axis=axis)
        return inputs

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the padded map; an unknown side stays unknown."""
        batch, *sides, channels = input_shape
        padded = [
            None if side is None else side + sum(amounts) for side, amounts in zip(sides, self.padding, strict=True)
        ]
        return (batch, *padded, channels)

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` reads."""
        return {**super().get_config(), "padding": self.padding}


@keras.saving.register_keras_serializable(package="fullconv")
class Windows2D(keras.layers.Layer):  # type: ignore[misc]
    """Put each window's cells one after another: `(N, H, W, C)` → `(N, H - h + 1, W - w + 1, h · w · C)`.

    `size` is `(h, w)` in cells. The order is that of Flatten: rows, columns, channels.
    """

    def __init__(self, size: Sequence[int], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        height, width = size
        self.size = (int(height), int(width))
        self.input_spec = keras.InputSpec(ndim=4)

    def call(self, inputs: Any) -> Any:
        """Return the map of windows."""
        # Columns first, so that what is put together last, the rows, varies slowest.
        for axis in (2, 1):
            cells = keras.ops.shape(inputs)[axis] - self.size[axis - 1] + 1
            shifts = [keras.ops.arange(start, start + cells) for start in range(self.size[axis - 1])]
            inputs = keras.ops.concatenate([keras.ops.take(inputs, places, axis=axis) for places in shifts], axis=-1)
        return inputs

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return the shape of the map of windows; an unknown side stays unknown."""
        batch, *sides, channels = input_shape
        cells = [None if side is None else side - own + 1 for side, own in zip(sides, self.size, strict=True)]
        return (batch, *cells, None if channels is None else channels * self.size[0] * self.size[1])

    def get_config(self) -> dict[str, Any]:
        """Return what `from_config` reads."""
        return {**super().get_config(), "size": self.size}
