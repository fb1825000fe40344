"""The page on large images says what was measured."""

from benchmarks.pages import large, large_cluster
from fullconv.files import read_json


def test_the_page_has_the_recorded_figures() -> None:
    page = large.PAGE.read_text()
    assert "<!-- large -->" in page
    assert large.filled(page, read_json(large.RESULTS)) == page, "run python -m benchmarks.pages.large"


def test_the_page_has_the_recorded_figures_of_workers() -> None:
    page = large_cluster.PAGE.read_text()
    assert "<!-- large-cluster -->" in page
    assert large_cluster.filled(page, read_json(large_cluster.RESULTS)) == page, (
        "run python -m benchmarks.pages.large_cluster"
    )
