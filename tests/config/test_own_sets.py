"""Sets of crops stand in for those of sprites where the data are crops, under the names that thresholds know."""

from collections.abc import Callable

import pytest
from omegaconf import OmegaConf

from fullconv.config.composition import composed
from fullconv.config.layout import conf_folder
from fullconv.config.load import compose_settings
from fullconv.config.own_files import given
from fullconv.config.own_sets import key_of
from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError


def test_sprites_have_the_sets_that_they_had(settings_with: Callable[..., ExperimentConfig]) -> None:
    made = settings_with()
    assert list(made.mosaics) == [
        "seed_128", "seed_200", "validation", "test", "sizes", "scales", "photo", "colour", "dark"
    ]  # fmt: skip
    assert {one.of for one in made.mosaics.values()} == {"sprites"}
    assert list(made.goals) == ["test", "sizes", "scales", "photo", "colour", "dark"]
    assert key_of(made.data, "test") == "mosaics.test"


@pytest.mark.parametrize("data", ["folder", "coco", "csv"])
def test_crops_have_two_sets_of_their_own_and_no_goals_of_sprites(data: str) -> None:
    made = compose_settings(f"data={data}", "data.path=x", "mosaics.own_test.images=7", "+goals.own_test={AP50: 0.8}")
    assert {name: (one.of, one.split, one.images) for name, one in made.mosaics.items()} == {
        "validation": ("crops", "validation", 60),
        "test": ("crops", "test", 7),
    }
    assert made.goals == {"test": {"AP50": 0.8}}
    assert made.objective == "validation.AP50"
    assert key_of(made.data, "test") == "mosaics.own_test"


def test_an_experiment_of_sprites_takes_crops() -> None:
    made = compose_settings("experiment=smoke", "data=folder", "data.path=x")
    assert {name: one.images for name, one in made.mosaics.items()} == {"validation": 4, "test": 4}


def test_a_set_of_crops_of_ones_own_keeps_its_name() -> None:
    made = compose_settings(
        "data=folder", "data.path=x", "+mosaic@mosaics.crowd=own_test", "mosaics.crowd.objects=[20,30]"
    )
    assert list(made.mosaics) == ["validation", "test", "crowd"]


def test_an_objective_on_a_set_that_the_data_do_not_have_is_refused() -> None:
    with pytest.raises(InputError, match=r"^objective: received 'sizes.AP50'.*SET one of validation, test"):
        compose_settings("data=folder", "data.path=x", "objective=sizes.AP50")


def test_a_bad_knob_is_named_as_it_was_given() -> None:
    with pytest.raises(InputError, match=r"^mosaics\.own_test\.images: 0"):
        compose_settings("data=folder", "data.path=x", "mosaics.own_test.images=0")


def test_dvc_watches_what_was_given_and_else_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    words = ["data=coco", "data.path=~/pictures", "data.annotations=/b/boxes.json"]
    watched = OmegaConf.create(composed(conf_folder(), words)).watched
    assert watched == {
        "path": "/home/someone/pictures",
        "annotations": "/b/boxes.json",
        "scenes": given(None, "conf/data/folder.yaml"),
    }
    root = conf_folder().parent
    plain = OmegaConf.create(composed(conf_folder())).watched
    # Three different ones: DVC takes no dependency twice.
    assert len(set(plain.values())) == 3
    assert all((root / path).exists() for path in plain.values())
