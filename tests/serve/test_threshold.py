"""The score that a page begins with, and why."""

from collections.abc import Callable
from pathlib import Path

import pytest
from asked import network

from fullconv.config.schema import ExperimentConfig
from fullconv.convert.conversion import convolutionalize
from fullconv.errors import InputError
from fullconv.files import write_json
from fullconv.locate.channels import Channels
from fullconv.locate.finder import Finder, Sought
from fullconv.serve.threshold import starting_threshold

Settings = Callable[..., ExperimentConfig]
FILE = "classifier=my.keras"


@pytest.fixture(scope="module")
def finder(settings_with: Settings) -> Callable[..., Finder]:
    """Return what makes a finder of settings."""
    conversion = convolutionalize(network())

    def made(settings: ExperimentConfig, background: bool = False, **facts: object) -> Finder:
        names = ("red", "green") if background else ("red", "green", "rest")
        return Finder("lights", conversion, Channels(names, background), settings.locate, **facts)  # type: ignore[arg-type]

    return made


def test_what_is_given_is_taken(settings_with: Settings, finder: Callable[..., Finder]) -> None:
    settings = settings_with(FILE, "locate.threshold=0.25")
    assert starting_threshold(settings, finder(settings)) == (0.25, "given as locate.threshold")


def test_of_several_classes_one_is_likelier_than_the_others(
    settings_with: Settings, finder: Callable[..., Finder]
) -> None:
    settings = settings_with(FILE)
    assert starting_threshold(settings, finder(settings)) == (0.5, "likelier than all other classes together")


def test_of_one_it_is_the_floor(settings_with: Settings, finder: Callable[..., Finder]) -> None:
    settings = settings_with(FILE)
    one = finder(settings, sought=(Sought("red", (0,), 1),))
    assert starting_threshold(settings, one) == (0.05, "locate.floor: a box's score is the classifier's own")


def test_where_none_is_known_it_is_in_the_middle(settings_with: Settings, finder: Callable[..., Finder]) -> None:
    settings = settings_with(FILE)
    score, reason = starting_threshold(settings, finder(settings, background=True))
    assert score == 0.5
    assert reason.startswith("none is known")


def test_the_pipelines_own_is_that_of_its_validation_scenes(
    settings_with: Settings, finder: Callable[..., Finder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = settings_with("classifier=located")
    of_the_pipeline = finder(settings, background=True, sprites=True)
    with pytest.raises(InputError, match=r"^locate.threshold: null, and .*threshold.json is not there"):
        starting_threshold(settings, of_the_pipeline)
    write_json(tmp_path / "reports" / "located" / "threshold.json", {"threshold": 0.375})
    assert starting_threshold(settings, of_the_pipeline) == (0.375, "the best F1 on validation scenes")
