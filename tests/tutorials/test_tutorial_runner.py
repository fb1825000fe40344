"""A script becomes a page with its pictures; a cell that fails is an error and leaves no page."""

import re
from pathlib import Path
from types import ModuleType

import pytest
from nbclient.exceptions import CellExecutionError

PICTURE = """
# %% [markdown]
# # A title

# %%
import matplotlib.pyplot as plt

plt.plot([1, 2])
plt.show()
"""


def test_a_page_shows_text_and_picture_and_fetches_nothing(runner: ModuleType, tmp_path: Path) -> None:
    script = tmp_path / "1_one.py"
    script.write_text(PICTURE)
    page = runner.written(runner.executed(script), script)
    text = page.read_text(encoding="utf-8")
    assert page == tmp_path / "built" / "1_one.html"
    assert "A title" in text
    assert "data:image/png;base64," in text
    assert re.findall(r"<(?:script|link|img)[^>]*(?:src|href)=\"(?!data:)[^\"]+", text) == []


def test_a_cell_that_fails_is_shown(runner: ModuleType, tmp_path: Path) -> None:
    script = tmp_path / "2_two.py"
    script.write_text("# %%\nassert 1 + 1 == 3\n")
    with pytest.raises(CellExecutionError, match="assert 1 \\+ 1 == 3"):
        runner.executed(script)
    assert list(tmp_path.iterdir()) == [script]
