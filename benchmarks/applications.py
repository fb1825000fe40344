"""Convert every constructor of keras.applications and compare it with its conversion at training size.

    python -m benchmarks.applications [NAME …]

Writes benchmarks/results/applications.json; names given on the command line replace their rows. No weights are
downloaded: random ones are spread out so that the outputs differ between classes and between images, because a
comparison of outputs that are all alike proves nothing. On 2 cores: about 8 minutes.
"""

import argparse
import gc
import inspect
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from fullconv.config.quiet import load_tensorflow
from fullconv.files import read_json, write_json

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "applications.json"
SIZE = 224  # pixels, for the constructors that leave it open
TOLERANCE = 1e-4  # probability
SPREAD = 2.0  # standard deviation of the logits


def constructors() -> dict[str, Callable[..., Any]]:
    """Return every function of keras.applications that makes a classifier, by name."""
    import keras

    def functions(module: ModuleType, deeper: bool) -> Iterator[tuple[str, Callable[..., Any]]]:
        for name, member in vars(module).items():
            if inspect.isfunction(member) and {"weights", "classes"} <= set(inspect.signature(member).parameters):
                yield name, member
            elif deeper and inspect.ismodule(member):
                yield from functions(member, deeper=False)

    return dict(sorted(functions(keras.applications, deeper=True)))


def built(name: str, shape: tuple[int, int, int] | None = None) -> Any:
    """Return a classifier without trained weights, of its default size unless another is given."""
    model = constructors()[name](weights=None, **({} if shape is None else {"input_shape": shape}))
    return built(name, (SIZE, SIZE, 3)) if None in model.input_shape[1:] else model


def pictures(shape: tuple[int, int, int], count: int, seed: int) -> Any:
    """Return `(count, H, W, C)` in 0..255: coarse random patterns of differing brightness and contrast."""
    rng = np.random.default_rng(seed)
    height, width, channels = shape
    coarse = rng.random((count, 7, 7, channels))
    rows, cols = np.arange(height) * 7 // height, np.arange(width) * 7 // width
    contrast = np.linspace(0.3, 0.9, count).reshape(-1, 1, 1, 1)
    fine = rng.random((count, height, width, channels))
    return (255 * (0.1 + contrast * (0.7 * coarse[:, rows][:, :, cols] + 0.3 * fine))).clip(0, 255).astype(np.float32)


def spread(model: Any, images: Any, seed: int) -> None:
    """Fill in place: kernels that keep the variance, normalizations that suit the images, logits centred on them."""
    import keras

    rng = np.random.default_rng(seed)
    layers = [layer for layer in model.layers if layer.weights]
    for layer in layers:
        layer.set_weights([_filled(rng, layer, variable) for variable in layer.weights])
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()
    # Normalizations take on the statistics of these images; dropped blocks would distort them.
    with _set(model.layers, momentum=0.0, rate=0.0, drop_path_rate=0.0):
        model(images, training=True)
    _spread_logits(rng, model, layers[-1], images)


@contextmanager
def _set(layers: list[Any], **values: float) -> Iterator[None]:
    """Give these values to all layers that have such settings, for a while."""
    old = [(layer, key, getattr(layer, key)) for layer in layers for key in values if hasattr(layer, key)]
    for layer, key, _ in old:
        setattr(layer, key, values[key])
    try:
        yield
    finally:
        for layer, key, value in old:
            setattr(layer, key, value)


def _filled(rng: np.random.Generator, layer: Any, variable: Any) -> Any:
    shape, name = tuple(variable.shape), variable.name
    if name == "count":
        return np.ones(shape)
    if name in ("gamma", "moving_variance", "variance"):
        return rng.uniform(0.5, 1.5, shape)
    if len(shape) <= 1:
        return rng.normal(0, 0.1, shape)
    reach = shape[:2] if "depthwise" in name or type(layer).__name__ == "DepthwiseConv2D" else shape[:-1]
    return rng.normal(0, np.sqrt(2 / np.prod(reach)), shape)


def _spread_logits(rng: np.random.Generator, model: Any, last: Any, images: Any) -> None:
    """Let the last layer see how features differ from their mean over the images."""
    import keras

    features = np.asarray(keras.Model(model.inputs[0], last.input)(images, training=False))
    features = features.reshape(len(images), -1).astype(np.float64)
    middle = features.mean(axis=0)
    kernel = rng.normal(0, 1, (len(middle), last.weights[-1].shape[-1]))
    kernel *= SPREAD / ((features - middle) @ kernel).std()
    last.set_weights([kernel.reshape(last.weights[0].shape), -middle @ kernel])


def measured(name: str, shape: tuple[int, int, int] | None = None) -> dict[str, Any]:
    """Return what one constructor's conversion was found to be."""
    import keras

    from fullconv.convert.conversion import convolutionalize

    keras.backend.clear_session()
    gc.collect()
    model = built(name, shape)
    images = pictures(model.input_shape[1:], 3, seed=1)
    spread(model, images, seed=0)
    started = time.perf_counter()
    conversion = convolutionalize(model)
    seconds = time.perf_counter() - started
    one = np.asarray(model(images, training=False))
    other = np.asarray(conversion.model(images, training=False))[:, 0, 0]
    return {
        "size": list(conversion.window),
        "stride": list(conversion.geometry.stride),
        "parameters": model.count_params(),
        "same_parameters": model.count_params() == conversion.model.count_params(),
        "max_difference": float(np.abs(one - other).max()),
        "max_logit_difference": float(np.abs(np.log(one) - np.log(other)).max()),
        "top_probability": float(one.max(axis=1).mean()),
        "best_classes": len(set(one.argmax(axis=1).tolist())),
        "seconds": seconds,
        "notes": len(conversion.notes),
        "summaries": sum("summary" in note for note in conversion.notes),
    }


def table(results: dict[str, dict[str, Any]]) -> Table:
    """Return the results for a person to read."""
    columns = ("size", "parameters", "largest difference", "of log p", "mean top p", "seconds", "notes", "summaries")
    shown = Table("constructor", *columns, title="keras.applications at training size")
    for name, row in sorted(results.items()):
        figures = (row["max_difference"], row["max_logit_difference"])
        shown.add_row(
            name,
            "×".join(map(str, row["size"])),
            f"{row['parameters']:,}",
            *(f"{figure:.1e}" for figure in figures),
            f"{row['top_probability']:.3f}",
            f"{row['seconds']:.1f}",
            str(row["notes"]),
            str(row["summaries"]),
        )
    return shown


def main() -> None:
    """Measure, write the results and print them as a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    chosen = parser.parse_args().names
    load_tensorflow()
    results = read_json(RESULTS) if chosen and RESULTS.exists() else {}
    for name in chosen or constructors():
        results[name] = measured(name)
        print(f"{name}: {results[name]['max_difference']:.1e}", flush=True)
    write_json(RESULTS, results)
    Console(width=150).print(table(results))
    worst = max(row["max_difference"] for row in results.values())
    print(f"{len(results)} of {len(constructors())} convert; largest difference {worst:.1e} (goal: ≤ {TOLERANCE})")


if __name__ == "__main__":
    main()
