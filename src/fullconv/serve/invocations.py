"""POST /invocations as `mlflow models serve` answers it: images in, score maps out.

MLflow's own code reads the requests and holds them against the signature of a logged conversion, so that a client of
the one is a client of the other.
"""

import json
import logging
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from fullconv.errors import InputError
from fullconv.locate.finder import Finder
from fullconv.locate.levels.network import Network
from fullconv.locate.levels.scores import checked_images
from fullconv.locate.pixel_range import settled
from fullconv.serve.gate import RefusedError

log = logging.getLogger(__name__)

_LONGEST = 400  # signs of an error
_MOST = 5_000_000  # scores of an answer


class Answer(NamedTuple):
    """A body, its status and its kind."""

    body: str
    status: int
    kind: str


class ScoreMaps:
    """The network as MLflow calls it; it keeps what it refused, which MLflow would bury in an error of its own."""

    def __init__(self, finder: Finder, most: int) -> None:
        self._finder = finder
        self._network = Network(finder.conversion, scaled=finder.scaled)
        self._most = most
        self.refused: Exception | None = None

    def predict(self, data: Any, params: Any = None) -> npt.NDArray[np.float32]:
        """Return the score maps (N, H', W', K) of images (N, H, W, C) in 0..1."""
        try:
            return self._maps(data)
        except Exception as error:
            self.refused = error
            raise

    def _maps(self, data: Any) -> npt.NDArray[np.float32]:
        if not isinstance(data, np.ndarray):
            raise InputError("inputs", f"a {type(data).__name__}", 'Give {"inputs": [[[[…]]]]}: images (N, H, W, C).')
        images = checked_images(data, self._network.channels)
        count, height, width = images.shape[:3]
        if count * height * width > self._most:
            received = f"{count} × {height} × {width} pixels, more than serve.pixels={self._most}"
            raise InputError("inputs", received, "Send fewer or smaller images.")
        least = self._network.least
        if height < least[0] or width < least[1]:
            received = f"{height} × {width} pixels, less than the window of {least[0]} × {least[1]}"
            raise InputError("inputs", received, "Send larger images.")
        rows, columns = self._network.cells((height, width))
        if count * rows * columns * self._network.classes > _MOST:
            received = f"an answer of {count} × {rows} × {columns} × {self._network.classes} scores"
            raise InputError("inputs", received, "Send fewer or smaller images.")
        return self._reading(images)(images, self._finder.config.batch_size)

    def _reading(self, images: npt.NDArray[np.float32]) -> Network:
        """Return the network as it reads images: in the range that is measured on them, where it is not known."""
        if not self._finder.unsettled:
            return self._network
        return Network(self._finder.conversion, scaled=settled(self._finder, list(images)).scaled)


class Invocations:
    """Answers bodies of POST /invocations."""

    def __init__(self, finder: Finder, most: int) -> None:
        from mlflow.models import Model, ModelSignature
        from mlflow.pyfunc import PyFuncModel
        from mlflow.types import Schema, TensorSpec

        model = finder.conversion.model
        signature = ModelSignature(
            inputs=Schema([TensorSpec(np.dtype(np.float32), (-1, -1, -1, model.input_shape[-1]))]),
            outputs=Schema([TensorSpec(np.dtype(np.float32), (-1, -1, -1, model.output_shape[-1]))]),
        )
        self._maps = ScoreMaps(finder, most)
        self._model = PyFuncModel(Model(signature=signature), self._maps)

    def __call__(self, body: bytes, content_type: str) -> Answer:
        """Return scores, or an error in one line as MLflow writes it.

        Raises:
            RefusedError: the search was ended.
        """
        from mlflow.exceptions import MlflowException
        from mlflow.pyfunc.scoring_server import invocations

        self._maps.refused = None
        try:
            given = invocations(body, content_type, self._model, self._model.metadata.get_input_schema())
        except Exception as error:
            refused = self._maps.refused
            if isinstance(refused, RefusedError):
                raise refused from error
            if isinstance(refused, InputError):
                return _error("INVALID_PARAMETER_VALUE", str(refused), 400)
            if refused is not None:
                log.error("/invocations", exc_info=refused)
                return _error("INTERNAL_ERROR", "The network cannot compute this.", 500)
            if isinstance(error, MlflowException):
                return _error(str(error.error_code), error.message, error.get_http_status_code())
            return _error("BAD_REQUEST", f"It cannot be read ({type(error).__name__}: {error})", 400)
        if given.status != 200:
            return _error("BAD_REQUEST", given.response, given.status)
        return Answer(given.response, given.status, given.mimetype)


def _error(code: str, message: str, status: int) -> Answer:
    line = " ".join(message.split())
    if len(line) > _LONGEST:  # MLflow shows all that it was given before it says what is wrong with it
        line = line.rpartition("Error: ")[2]
    told = line if len(line) <= _LONGEST else line[: _LONGEST - 2] + " …"
    return Answer(json.dumps({"error_code": code, "message": told}), status, "application/json")
