"""docs/use/own.md: its table is what the benchmark recorded."""

from benchmarks.pages.own import PAGE, RESULTS, filled
from fullconv.files import read_json


def test_the_table_is_what_was_recorded() -> None:
    page = PAGE.read_text()
    assert "<!-- own -->" in page
    assert filled(page, read_json(RESULTS)) == page, "run python -m benchmarks.pages.own"
