"""The files of public repositories as a table on `docs/use/files.md`.

    python -m benchmarks.pages.files

fills the page in from the recorded figures.
"""

from pathlib import Path
from typing import Any

from benchmarks.pages.tables import markdown, written
from fullconv.files import read_json

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results" / "files.json"
PAGE = ROOT / "docs" / "use" / "files.md"
COLUMNS = ("repository", "file", "kind", "image", "classes", "largest difference", "conversion's")


def row(found: dict[str, Any]) -> tuple[str, ...]:
    """Return one file in words."""
    own = "equal" if found["max_difference"] == 0 else f"{found['max_difference']:.0e}"
    converted = f"{found['conversion_difference']:.0e}" if found["converts"] else "refused"
    return (
        found["repository"],
        f"`{found['path']}`",
        found["kind"],
        "×".join(str(length) for length in found["image"]),
        str(found["classes"]),
        own,
        converted,
    )


def filled(page: str, results: dict[str, Any]) -> str:
    """Return the page of files with its table filled in."""
    rows = [row(found) for found in results["files"]]
    certified = sum(bool(found.get("certificate")) for found in results["files"])
    line = f"{len(rows)} of {len(rows)} load; the certificate of {certified} passes."
    return written(page, {"files": f"\n{line}\n\n{markdown(COLUMNS, rows)}\n"})


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(), read_json(RESULTS)))
