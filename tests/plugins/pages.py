"""Figures of result files, and tables of the pages that show them."""

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def result(path: str) -> Any:
    return json.loads((ROOT / path).read_text())


def cells(line: str) -> list[str]:
    return [cell.strip().replace("`", "") for cell in line.strip().strip("|").split("|")]


def table(page: str, heading: str) -> dict[str, dict[str, str]]:
    """Return the table whose first column is headed so, by its first cell and its column."""
    lines = page.splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith(f"| {heading} |"))
    columns = cells(lines[start])
    rows = {}
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        row = cells(line)
        rows[row[0]] = dict(zip(columns, row, strict=True))
    return rows
