"""What a person gives at the top is of the classifier that is trained, though its recipe says another value."""

from collections.abc import Callable

import pytest

from fullconv.config.given import with_given_knobs
from fullconv.config.schema import ClassifierConfig, ExperimentConfig
from fullconv.errors import InputError

Settings = Callable[..., ExperimentConfig]


def located(settings: ExperimentConfig) -> ClassifierConfig:
    return with_given_knobs(settings, "located").classifiers["located"]


def test_a_recipe_gives_way_to_what_was_given(settings_with: Settings) -> None:
    given = located(settings_with("data=folder", "train.epochs=5", "augment.flips=none", "train.balance=1"))
    assert (given.train.epochs, given.augment.flips, given.train.balance) == (5, "none", 1.0)


def test_what_was_not_given_stays(settings_with: Settings) -> None:
    settings = settings_with("data=folder", "train.epochs=5")
    given, own = located(settings), settings.classifiers["located"]
    assert (given.train.batch_size, given.model, given.background) == (own.train.batch_size, own.model, own.background)
    assert own.train.epochs == 18


def test_a_group_and_a_value_two_levels_down(settings_with: Settings) -> None:
    settings = settings_with("data=folder", "model=valid", "background.grounds.photo=0.5")
    given = located(settings)
    assert given.model == settings.model
    assert given.model.architecture == "valid"
    assert (given.background.grounds.photo, given.background.grounds.scene) == (0.5, 0.65)


def test_what_was_given_for_the_classifier_wins(settings_with: Settings) -> None:
    one = located(settings_with("data=folder", "train.epochs=5", "classifiers.located.train.epochs=7"))
    assert one.train.epochs == 7
    two = located(settings_with("data=folder", "train=adam", "classifiers.located.train.epochs=7"))
    assert (two.train.epochs, two.train.decay) == (7, "none")


def test_values_that_do_not_fit_are_refused(settings_with: Settings) -> None:
    settings = settings_with("data=folder", "train.epochs=5")
    settings.train.epochs = 0
    with pytest.raises(InputError, match=r"classifiers\.located\.train\.epochs"):
        located(settings)
