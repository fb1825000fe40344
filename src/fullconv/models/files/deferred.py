"""Networks whose variables have shapes and no numbers yet, so that a file allocates no more than it holds."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from fullconv.models.files.refused.refusal import RefusalError, reason

if TYPE_CHECKING:
    import keras

_Made = TypeVar("_Made")
_SLACK = 1 << 20  # numbers that may be missing: which they are is told by name later


@contextmanager
def _without_numbers() -> Iterator[list["keras.Variable"]]:
    """Yield the list of variables that Keras has put off; what the block has put off goes where it fails."""
    import keras
    from keras.src.backend.common import global_state  # Keras makes them all at the end of the next such scope

    before = list(global_state.get_global_attribute("uninitialized_variables", []) or [])
    put_off: list[keras.Variable] = list(before)
    global_state.set_global_attribute("uninitialized_variables", put_off)
    try:
        with keras.StatelessScope(initialize_variables=False):
            yield put_off
    except BaseException:
        global_state.set_global_attribute("uninitialized_variables", before)
        raise


def _built(build: Callable[[], _Made]) -> _Made:
    try:
        return build()
    except RefusalError:
        raise
    except Exception as error:  # what shapes that do not fit raise depends on the layer
        raise RefusalError(
            f"Keras cannot build the network that it describes ({reason(error)})",
            "Get the file anew, or save the classifier anew with Keras 3, model.save('name.keras').",
        ) from error


def made(build: Callable[[], _Made], numbers: int) -> _Made:
    """Return what `build` makes of Keras layers, its variables with first numbers.

    Raises:
        RefusalError: its variables are more than the `numbers` that the file holds.
    """
    import keras

    with _without_numbers() as put_off:
        result = _built(build)
        claimed = sum(math.prod(variable.shape) for variable in put_off)
        if claimed > numbers + _SLACK:
            raise RefusalError(
                f"its architecture has {claimed:.3g} weights and the file holds {numbers:.3g} numbers",
                "Get the file anew, or the weights that belong to this architecture.",
            )
    with keras.StatelessScope():
        pass  # at its end Keras makes the variables
    return result
