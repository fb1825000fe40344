"""The page on large images says how to start Dask's processes as `locate.cluster` starts them."""

from pathlib import Path

from fullconv.large.cluster.environment import LEAN, as_variables, worker_environment

PAGE = Path(__file__).parents[2] / "docs" / "use" / "large-images.md"


def test_the_page_names_each_variable_with_its_value() -> None:
    page = PAGE.read_text()
    own = worker_environment(lambda _: {}, 1)
    assert as_variables(LEAN).items() <= own.items()
    for name, value in own.items():
        assert f"{name}={value}" in page
