"""Knobs at the top, such as train.epochs=5, for the one classifier that a person trains."""

from dataclasses import fields, is_dataclass, replace
from typing import Any

from fullconv.config.checks.settings import check_settings
from fullconv.config.schema import ClassifierConfig, ExperimentConfig


def with_given_knobs(settings: ExperimentConfig, name: str) -> ExperimentConfig:
    """Return the settings, the classifier `name` having every knob of model, train … that a person gave at the top.

    A knob that was given for this classifier alone (classifiers.NAME.…) wins.

    Raises:
        InputError: values that do not fit together.
    """
    own = settings.classifiers[name]
    groups = {
        one.name: _merged(
            getattr(own, one.name),
            getattr(settings, one.name),
            one.name,
            f"classifiers.{name}.{one.name}",
            settings.given,
        )
        for one in fields(ClassifierConfig)
    }
    made = replace(settings, classifiers={**settings.classifiers, name: replace(own, **groups)})
    made.given = settings.given
    check_settings(made)
    return made


def _merged(own: Any, top: Any, key: str, at: str, given: frozenset[str]) -> Any:
    """Return `own`, the values of `top` in place of its where these were given as `key`, or below it."""
    if at in given:
        return own
    if not is_dataclass(own) or isinstance(own, type):
        return top if key in given else own
    known = given | {f"{key}.{one.name}" for one in fields(own)} if key in given else given
    return replace(
        own,
        **{
            one.name: _merged(
                getattr(own, one.name), getattr(top, one.name), f"{key}.{one.name}", f"{at}.{one.name}", known
            )
            for one in fields(own)
        },
    )
