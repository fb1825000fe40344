"""Correlation of an image with a kernel: fullconv against SciPy, scikit-image and OpenCV.

    python -m benchmarks.convolution [--rounds 9]

Random images of 64² to 1024² pixels and kernels of 3² to 31², in single precision and without padding, then a bank of
16 filters over three channels. Every side computes the same response, which is checked first against SciPy's direct
sum in double precision. In each round every side runs once, one after another, in turn from first to last and back;
times are medians, `over` is the median of the rounds' ratios to fullconv. Each library has the threads that it takes by
itself; the results name them. SciPy's Fourier transform is `signal.correlate(method="fft")`, its direct sum
`signal.correlate2d`. scikit-image's one public function of an image and any array of weights is
`filters.correlate_sparse`, made for kernels that are mostly zeros; these are not. OpenCV's `filter2D` turns to a
Fourier transform for large kernels; its border is cut off.
"""

import argparse
import os
import statistics
import sys
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import machine
from benchmarks.pages.convolution import COLUMNS, OURS, RESULTS, rows
from benchmarks.photos import ratio, rounds_of
from fullconv.config.quiet import load_tensorflow

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ROOT = Path(__file__).resolve().parents[1]
FIGURE = ROOT / "docs" / "figures" / "convolution.png"
SIDES = (64, 128, 256, 512, 1024)
KERNELS = (3, 5, 7, 11, 15, 23, 31)
BANK = {"side": 256, "kernel": 7, "channels": 3, "filters": 16}
TOLERANCE = 1e-5  # of responses near 0.5
CHECK = "SciPy, direct"

Way = Callable[[Any, Any], Any]


def ways() -> dict[str, Way]:
    """Return functions of an image (H, W) and a kernel (h, w) with odd sides, each to the response (H', W')."""
    import cv2
    from scipy import signal
    from skimage.filters import correlate_sparse

    import fullconv

    def by_opencv(image: Any, kernel: Any) -> Any:
        rows, cols = (side // 2 for side in kernel.shape)
        whole = cv2.filter2D(image, -1, kernel)
        return whole[rows : len(image) - rows, cols : image.shape[1] - cols]

    return {
        OURS: fullconv.convolution,
        CHECK: lambda image, kernel: signal.correlate2d(image, kernel, "valid"),
        "SciPy, Fourier": lambda image, kernel: signal.correlate(image, kernel, "valid", method="fft"),
        "scikit-image": lambda image, kernel: correlate_sparse(image, kernel, mode="valid"),
        "OpenCV": by_opencv,
    }


def of_bank(way: Way) -> Way:
    """Return the same of an image (H, W, C) and a bank (h, w, C, F): one kernel after another."""

    def responses(image: Any, bank: Any) -> Any:
        channels = [np.ascontiguousarray(image[..., place]) for place in range(image.shape[-1])]
        kernels = np.ascontiguousarray(bank.transpose(3, 2, 0, 1))
        return np.stack([sum(map(way, channels, filters)) for filters in kernels], axis=-1)

    return responses


def measured(sides: dict[str, Way], image: Any, kernel: Any, rounds: int) -> dict[str, dict[str, float]]:
    """Return each side's milliseconds, difference to the check, and ratio to ours."""
    expected = sides[CHECK](image.astype(np.float64), kernel.astype(np.float64))
    runs = {name: partial(side, image, kernel) for name, side in sides.items()}
    differences = {name: float(np.abs(run() - expected).max()) for name, run in runs.items()}
    wrong = {name: difference for name, difference in differences.items() if not difference <= TOLERANCE}
    if wrong:
        sys.exit(f"Another response on {image.shape} with {kernel.shape}, so its time says nothing: {wrong}")
    taken = rounds_of(runs, rounds)
    return {
        name: {
            "milliseconds": round(1000 * statistics.median(taken[name]), 4),
            "over": ratio(taken[name], taken[OURS]),
            "difference": differences[name],
        }
        for name in sides
    }


def random_case(shape: tuple[int, ...], kernel_shape: tuple[int, ...]) -> tuple[Any, Any]:
    """Return an image in 0..1 and a kernel whose weights add up to 1 for each filter, of single precision."""
    rng = np.random.default_rng(0)
    image, kernel = (rng.random(size, dtype=np.float32) for size in (shape, kernel_shape))
    return image, kernel / kernel.sum(axis=(0, 1, 2)[: min(kernel.ndim, 3)])


def threads() -> dict[str, int | None]:
    """Return how many threads each library may take; scikit-image's function and SciPy's direct sum know one only."""
    import cv2
    import scipy.fft
    import tensorflow as tf

    ours = tf.config.threading.get_intra_op_parallelism_threads() or os.cpu_count()
    return {
        OURS: ours,
        CHECK: 1,
        "SciPy, Fourier": scipy.fft.get_workers(),
        "scikit-image": 1,
        "OpenCV": cv2.getNumThreads(),
    }


def figures(rounds: int) -> dict[str, Any]:
    """Return all figures."""
    plain = ways()
    found = {
        f"{side}, {window}": measured(plain, *random_case((side, side), (window, window)), rounds)
        for side in SIDES
        for window in KERNELS
    }
    side, window, channels, filters = BANK.values()

    def ours(image: Any, bank: Any) -> Any:
        return plain[OURS](image[np.newaxis], bank)[0]

    banks = {name: ours if name == OURS else of_bank(way) for name, way in plain.items()}
    image, bank = random_case((side, side, channels), (window, window, channels, filters))
    names = ("numpy", "scipy", "scikit-image", "opencv-python-headless")
    return {
        "cases": found,
        "bank": BANK | {"sides": measured(banks, image, bank, rounds)},
        "rounds": rounds,
        "threads": threads(),
        "machine": machine() | {name: version(name) for name in names},
    }


def draw(results: dict[str, Any]) -> None:
    """Write the picture: a panel for each size of image, times over sizes of kernel."""
    from matplotlib.figure import Figure

    from fullconv.figures.palette import classifier_colour
    from fullconv.files import whole_file

    figure = Figure(figsize=(9, 6.2), layout="constrained")
    panels = figure.subplots(2, 3, sharex=True, sharey=True).flat
    for panel, side in zip(panels, SIDES, strict=False):
        for place, (name, count) in enumerate(results["threads"].items()):
            times = [results["cases"][f"{side}, {window}"][name]["milliseconds"] for window in KERNELS]
            label = f"{name} ({count} thread{'s' if count > 1 else ''})"
            colour = classifier_colour(place)
            panel.loglog(KERNELS, times, marker="os^Dv"[place], markersize=4, color=colour, label=label)
        panel.set_title(f"image of {side}×{side} pixels", fontsize=11)
        panel.set_xticks(KERNELS, KERNELS)
        panel.minorticks_off()
        panel.grid(color="0.9")
    *shown, last = figure.axes
    last.axis("off")
    last.legend(*shown[0].get_legend_handles_labels(), loc="center")
    for panel in (shown[0], shown[3]):
        panel.set_ylabel("time (ms)")
    for panel in shown[2:]:
        panel.set_xlabel("side of the kernel (pixels)")
        panel.tick_params(labelbottom=True)
    with whole_file(FIGURE) as temporary:
        figure.savefig(temporary, dpi=100, metadata={"Software": None})


def main() -> None:
    """Measure, print one table, write `benchmarks/results/convolution.json` and `docs/figures/convolution.png`."""
    from rich.console import Console
    from rich.table import Table

    from fullconv.files import write_json

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    load_tensorflow()
    results = figures(rounds)
    table = Table(title="Correlation, times of the others over ours: medians of paired ratios", title_justify="left")
    for column in COLUMNS:
        table.add_column(column, justify="left" if column == COLUMNS[0] else "right")
    for row in rows(results):
        table.add_row(*row)
    Console().print(table)
    write_json(RESULTS, results)
    draw(results)


if __name__ == "__main__":
    main()
