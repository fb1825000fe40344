"""The benchmark of single convolutions as a table on `docs/performance.md`.

    python benchmarks/convolution_page.py

fills the page in from the recorded figures.
"""

from typing import Any

from convolution import COLUMNS, RESULTS, ROOT, rows
from tables import markdown, written

from fullconv.files import read_json

PAGE = ROOT / "docs" / "performance.md"
CASES = ("64, 3", "64, 31", "512, 3", "512, 7", "512, 15", "1024, 15", "1024, 31")  # side of the image, of the kernel


def filled(page: str, results: dict[str, Any]) -> str:
    """Return the page of speed with its part on single convolutions filled in."""
    some = results | {"cases": {case: results["cases"][case] for case in CASES}}
    return written(page, {"convolution": f"\n{markdown(COLUMNS, rows(some))}\n"})


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(), read_json(RESULTS)))
