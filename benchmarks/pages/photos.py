"""What was measured on photos as tables, on `docs/use/photos.md` and `docs/understand/performance.md`.

    python -m benchmarks.pages.photos

fills the pages in from the results of the stage `photos` and of the benchmark of photos.
"""

import json
from pathlib import Path
from typing import Any

from benchmarks.pages.tables import machine_line, markdown, written

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "benchmarks" / "results"
STAGE, BENCHMARK = RESULTS / "pipeline" / "photos.json", RESULTS / "photos.json"
PHOTOS, PERFORMANCE = ROOT / "docs" / "use" / "photos.md", ROOT / "docs" / "understand" / "performance.md"
SHARES = {"pointing": "pointing", "max_box_acc_v2": "MaxBoxAccV2", "px_ap": "PxAP", "AP50": "AP50"}
EACH = {"box_iou": "IoU of the box", "tile": "tile alone"}
WAY_COLUMNS = ("way", *SHARES.values(), "bird's mask, PxAP", "2×2 pointing", "share", "3×3 pointing", "share")
PHOTO_COLUMNS = ("photo", "pointing", *EACH.values(), "2×2 pointing", "share", "3×3 pointing", "share")
MEMORY_COLUMNS = ("head, photo", "memory", "s")
COLUMNS = ("way", "s", "crops take", "against headless", "against one unit")
WAYS = {"headless": "headless", "one unit": "one unit, densify"}


def way_rows(results: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return one row of words for each way of searching."""
    return [
        (
            name,
            *(f"{row[key]:.3f}" for key in SHARES),
            f"{row['mask_px_ap']:.3f}",
            *(f"{row[size][key]:.3f}" for size in ("2x2", "3x3") for key in ("pointing", "share")),
        )
        for name, row in results["ways"].items()
    ]


def each_rows(results: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return one row of words for each photo, searched as configured."""
    return [
        (
            name,
            f"{row['pointing']:.0f}",
            *(f"{row[key]:.3f}" if key in row else "" for key in EACH),
            *(f"{row[size][key]:.3f}" for size in ("2x2", "3x3") if size in row for key in ("pointing", "share")),
        )
        for name, row in results["each"].items()
    ]


def memory_rows(results: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return one row of words for each head."""
    return [
        (f"{head}, 1600×2560 at 200 to 1600 pixels", f"{found['bytes'] / 2**30:.1f} GiB", f"{found['seconds']:.1f}")
        for head, found in results["memory"].items()
    ]


def photo_rows(results: dict[str, Any]) -> list[tuple[str, ...]]:
    """Return one row of words for each way."""
    rows = [(f"crops, {results['batch']} at once", f"{results['crops_seconds']:.3g}", "1.0×", "", "")]
    for name, found in results["sides"].items():
        rows.append(
            (
                WAYS.get(name, name),
                f"{found['seconds']:.3g}",
                f"{found['crops_over']:.1f}×",
                f"{found['over_headless']:.2f}×",
                f"{found['over_one_unit']:.2f}×",
            )
        )
    return rows


def photos_filled(page: str, results: dict[str, Any]) -> str:
    """Return the page of photos filled in."""
    return written(
        page,
        {
            "ways": "\n" + markdown(WAY_COLUMNS, way_rows(results)) + "\n",
            "each": "\n" + markdown(PHOTO_COLUMNS, each_rows(results)) + "\n",
        },
    )


def performance_filled(page: str, results: dict[str, Any]) -> str:
    """Return the page of speed with its part on photos filled in."""
    return written(
        page,
        {
            "photos": "\n" + markdown(COLUMNS, photo_rows(results)) + "\n",
            "photos-machine": machine_line(results),
            "memory": "\n" + markdown(MEMORY_COLUMNS, memory_rows(results)) + "\n",
        },
    )


if __name__ == "__main__":
    PHOTOS.write_text(photos_filled(PHOTOS.read_text(), json.loads(STAGE.read_text())))
    PERFORMANCE.write_text(performance_filled(PERFORMANCE.read_text(), json.loads(BENCHMARK.read_text())))
