"""What a network costs, layer by layer, as values and as tables for people."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from fullconv.convert.geometry import Pair

COLUMNS = (
    "layer",
    "kind",
    "output shape",
    "parameters",
    "multiply–accumulates",
    "receptive field (pixels)",
    "stride (pixels)",
)
Row = tuple[str, ...]
_UNKNOWN = "?"


@dataclass(frozen=True)
class LayerCost:
    """One call of one layer, for one image.

    `output_shape` is without the batch, of the first output where there are several. `parameters` are those that
    no earlier row has. `multiply_accumulates` is None where they are not known. `receptive_field` and `stride` are
    `(y, x)` in pixels and may reach outside the image where layers pad; None where not known. A stride is None too
    where every cell has seen the whole image.
    """

    name: str
    kind: str
    output_shape: tuple[int | None, ...]
    parameters: int
    multiply_accumulates: int | None
    receptive_field: Pair | None
    stride: Pair | None


@dataclass(frozen=True)
class CostTable:
    """The costs of a network for one image; `input_shape` is without the batch, one for each input."""

    name: str
    input_shape: tuple[tuple[int, ...], ...]
    layers: tuple[LayerCost, ...]

    @property
    def parameters(self) -> int:
        """All weights, trained or not, each counted once."""
        return sum(layer.parameters for layer in self.layers)

    @property
    def multiply_accumulates(self) -> int:
        """The sum of what is known; all there is where `complete`."""
        return sum(layer.multiply_accumulates or 0 for layer in self.layers)

    @property
    def complete(self) -> bool:
        """Whether the multiply–accumulates of every layer are known."""
        return all(layer.multiply_accumulates is not None for layer in self.layers)

    def as_dict(self) -> dict[str, Any]:
        """Return the same as plain values, fit for JSON; a single input's shape is a list of sides."""
        shapes = [list(shape) for shape in self.input_shape]
        return {
            "input_shape": shapes[0] if len(shapes) == 1 else shapes,
            "parameters": self.parameters,
            "multiply_accumulates": self.multiply_accumulates,
            "complete": self.complete,
            "layers": [_plain(asdict(layer)) for layer in self.layers],
        }

    def rows(self) -> list[Row]:
        """Return rows of text under `COLUMNS`, the sums last."""
        return cost_rows(self.as_dict())

    def _repr_html_(self) -> str:
        """Return the table as a notebook shows it."""
        head = "".join(f"<th>{html.escape(word)}</th>" for word in COLUMNS)
        body = "".join(f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>" for row in self.rows())
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def cost_rows(content: Mapping[str, Any]) -> list[Row]:
    """Return the rows of a table from its plain values: what `as_dict` gives and cost.json holds."""
    return [*(_row(layer) for layer in content["layers"]), _sums(content)]


def cost_line(content: Mapping[str, Any]) -> str:
    """Return a table's plain values in a line: the image's size and the sums."""
    _, _, _, parameters, count, _, _ = _sums(content)
    size = "×".join(map(str, content["input_shape"]))
    return f"{size}: {parameters} parameters, {count} multiply–accumulates"


def _row(layer: Mapping[str, Any]) -> Row:
    count, field, stride = layer["multiply_accumulates"], layer["receptive_field"], layer["stride"]
    shape = "×".join(_UNKNOWN if side is None else str(side) for side in layer["output_shape"])
    return (
        layer["name"],
        layer["kind"],
        shape,
        f"{layer['parameters']:,}",
        _UNKNOWN if count is None else f"{count:,}",
        *_reach(field, stride),
    )


def _reach(field: Sequence[int] | None, stride: Sequence[int] | None) -> tuple[str, str]:
    if field is None:
        return _UNKNOWN, _UNKNOWN
    if stride is None:
        return "whole image", ""
    return "×".join(map(str, field)), "×".join(map(str, stride))


def _sums(content: Mapping[str, Any]) -> Row:
    known = f"{content['multiply_accumulates']:,}"
    count = known if content["complete"] else f"at least {known}"
    return "all layers", "", "", f"{content['parameters']:,}", count, "", ""


def _plain(layer: dict[str, Any]) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in layer.items()}
