"""What writes pages imports nothing that measures."""

import ast
from pathlib import Path

import pytest

PAGES = Path(__file__).resolve().parents[2] / "benchmarks" / "pages"


@pytest.mark.parametrize("module", sorted(PAGES.glob("*.py")), ids=lambda path: path.stem)
def test_a_page_knows_pages_and_what_is_compared(module: Path) -> None:
    nodes = ast.walk(ast.parse(module.read_text()))
    imported = [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
    ours = {name for name in imported if name.startswith("benchmarks")}
    assert {name for name in ours if not name.startswith(("benchmarks.pages.", "benchmarks.sides."))} == set()
