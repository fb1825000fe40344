"""The benchmark of single convolutions as a table on `docs/understand/performance.md`.

    python -m benchmarks.pages.convolution

fills the page in from the recorded figures.
"""

from pathlib import Path
from typing import Any

from benchmarks.pages.tables import markdown, written
from fullconv.files import read_json

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "convolution.json"
PAGE = ROOT / "docs" / "understand" / "performance.md"
OURS = "fullconv"
COLUMNS = ("image, kernel", "fullconv ms", "SciPy, direct", "SciPy, Fourier", "scikit-image", "OpenCV")


def rows(results: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return one row of words for each case: our time, and how many times as long the others take."""
    bank = results["bank"]
    title = f"{bank['side']}², {bank['kernel']}², {bank['channels']} channels, {bank['filters']} filters"
    cases = {"{}², {}²".format(*case.split(", ")): found for case, found in results["cases"].items()}
    return [
        (case, f"{found[OURS]['milliseconds']:.3g}", *(f"{found[name]['over']:.2g}×" for name in COLUMNS[2:]))
        for case, found in (cases | {title: bank["sides"]}).items()
    ]


CASES = ("64, 3", "64, 31", "512, 3", "512, 7", "512, 15", "1024, 15", "1024, 31")  # side of the image, of the kernel


def filled(page: str, results: dict[str, Any]) -> str:
    """Return the page of speed with its part on single convolutions filled in."""
    some = results | {"cases": {case: results["cases"][case] for case in CASES}}
    return written(page, {"convolution": f"\n{markdown(COLUMNS, rows(some))}\n"})


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(), read_json(RESULTS)))
