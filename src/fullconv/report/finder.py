"""What lies in a finder's folder for people: windows, pictures, counts, advice, and the page with all of them."""

from pathlib import Path

from fullconv.figures.scenes import save_figure
from fullconv.finders.made import Made
from fullconv.report.advice.finder import evidence_in
from fullconv.report.contact import best_and_worst_of
from fullconv.report.own_data import write_beside
from fullconv.report.page.finder import write_finder_page
from fullconv.report.windows import sample_image, write_windows

_SHOWN = 12  # scenes, the best and the worst


def write_sheets_of(folder: Path, made: Made, name: str) -> list[str]:
    """Write windows.png, contact_sheet.png, counts.{png,csv,json}, advice.txt and report.html; return the advice.

    `folder` holds the finder's other files already; `name` is what it will be called.

    Raises:
        InputError: the folder cannot be written.
    """
    write_windows(folder / "windows.png", sample_image(made.sample, made.channels.classes))
    lines: list[str] = []
    if made.measured is not None:
        measured, thresholds = made.measured, made.thresholds
        pictures = {number: scene.image for number, scene in enumerate(measured.scenes, 1)}
        found = [one for one in measured.found if one["score"] >= thresholds[one["category_id"] - 1]]
        curves = measured.meter.curves(thresholds)
        save_figure(best_and_worst_of(pictures, measured.coco, found, curves, _SHOWN), folder / "contact_sheet.png")
        files = {entry["id"]: str(entry["file_name"]) for entry in measured.coco["images"]}
        lines = write_beside(folder, measured.meter, files, thresholds, evidence_in(folder))
    write_finder_page(folder, name)
    return lines
