"""What runs `fullconv locate` on small tiles, and tells which it computes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from large_pictures import asked, network, small_tiles

from fullconv.command.locate import locate
from fullconv.config.schema import ExperimentConfig
from fullconv.large.search import LargeSearch

Run = Callable[..., None]


@pytest.fixture(scope="module")
def classifiers(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("classifiers")
    network().save(folder / "spots.keras")
    network(-3.0).save(folder / "others.keras")
    return folder


@pytest.fixture
def run(
    classifiers: Path,
    settings_with: Callable[..., ExperimentConfig],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    """Return what runs the program in this process, on small tiles of pictures that count as large."""
    monkeypatch.chdir(tmp_path)
    small_tiles(monkeypatch)

    def search(*words: str, classifier: str = "spots") -> None:
        locate(settings_with(*asked(classifiers / f"{classifier}.keras"), *words))

    return search


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list with the names of the tiles that are computed."""
    names: list[str] = []
    see = LargeSearch.see

    def told(self: LargeSearch, given: Any) -> Any:
        names.append(given.tile.name)
        return see(self, given)

    monkeypatch.setattr(LargeSearch, "see", told)
    return names
