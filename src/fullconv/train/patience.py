"""When a phase of training ends early, and with which weights."""

import math
from dataclasses import dataclass, field
from typing import Any

import numpy.typing as npt


@dataclass
class Patience:
    """Ends a phase after `epochs` without a lower validation loss; 0: never, and no weights are kept."""

    epochs: int
    waited: int = 0  # epochs since the lowest loss
    lowest: float = math.inf
    weights: list[npt.NDArray[Any]] = field(default_factory=list)  # of the model, at the lowest loss

    def ends(self, model: Any, loss: float) -> bool:
        """Take note of an epoch's validation loss; return whether it was the phase's last."""
        if self.epochs == 0:
            return False
        if loss < self.lowest:
            self.waited, self.lowest, self.weights = 0, loss, model.get_weights()
        else:
            self.waited += 1
        return self.waited >= self.epochs

    def close(self, model: Any) -> None:
        """Give the model the phase's best weights; what comes is another phase."""
        if self.weights:
            model.set_weights(self.weights)
        self.waited, self.lowest, self.weights = 0, math.inf, []
