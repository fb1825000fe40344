"""Tables of bad input on docs/use/own.md, and what holds their cells against what is said."""

import html
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

PAGE = Path(__file__).resolve().parents[2] / "docs" / "use" / "own.md"
Rows = dict[str, tuple[str, str, str]]


@pytest.fixture(scope="session")
def bad_input() -> Callable[[str], Rows]:
    """Return what gives the rows of the table after a mark: input → key, what is said, mend."""

    def rows(mark: str) -> Rows:
        text = html.unescape(PAGE.read_text(encoding="utf-8"))
        found = re.search(rf"<!-- {mark} -->\n(.*?)<!-- end -->", text, flags=re.DOTALL)
        assert found is not None
        cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in found[1].splitlines()[2:] if line]
        return {first.lstrip("| "): (key, said, mend) for first, key, said, mend in cells}

    return rows


@pytest.fixture(scope="session")
def shows() -> Callable[[str, str], bool]:
    """Return whether a cell shows a text; `…` in it stands for anything."""

    def shown(cell: str, text: str) -> bool:
        pattern = ".*".join(re.escape(part) for part in cell.strip("`").split("…"))
        return re.fullmatch(pattern, text, flags=re.DOTALL) is not None

    return shown


@pytest.fixture(scope="session")
def paint() -> Callable[[Path], None]:
    """Return what writes a small picture, another one for each path."""

    def painted(path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        rng = np.random.default_rng([*map(ord, path.parent.name + path.name)])
        Image.fromarray(rng.integers(0, 256, (24, 24, 3), dtype=np.uint8)).save(path)

    return painted
