"""What a guided search varies and what stays fixed, from overrides in Hydra's grammar."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hydra.core.override_parser.types import IntervalSweep, Override, RangeSweep
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
    distribution_to_json,
)

from fullconv.errors import InputError

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

DIGITS = 4  # of a number that is proposed: a run's name is read by people


@dataclass(frozen=True)
class Space:
    """Distributions by key, and overrides that every job gets."""

    varied: dict[str, BaseDistribution]
    fixed: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return what is varied, JSON-able."""
        return {key: json.loads(distribution_to_json(one)) for key, one in sorted(self.varied.items())}

    def overrides(self, params: Mapping[str, Any]) -> list[str]:
        """Return the overrides of a job with these values, numbers rounded to four digits."""
        return [*self.fixed, *self.varying(params)]

    def varying(self, params: Mapping[str, Any]) -> list[str]:
        """Return the varied ones of a job's overrides alone."""
        return [f"{key}={_shown(params[key], one)}" for key, one in self.varied.items()]

    def whole(self, trial: "FrozenTrial") -> bool:
        """Return whether a trial has a value for every key."""
        return set(trial.params) == set(self.varied)

    def probes(self) -> list[list[str]]:
        """Return jobs in which every choice and every end of a range occurs once: do they compose?"""
        ends = {key: _ends(one) for key, one in self.varied.items()}
        first = {key: values[0] for key, values in ends.items()}
        others = [{**first, key: value} for key, values in ends.items() for value in values[1:]]
        return [self.overrides(params) for params in (first, *others)]


def space_of(overrides: Sequence[Override]) -> Space:
    """Return the space of parsed overrides; of a key that is given twice, the last counts.

    Choices and comma lists become categories, `range` and `int(interval(…))` whole numbers, `interval` real numbers,
    on a logarithmic scale under `tag(log, …)`.

    Raises:
        InputError: nothing varies, a range holds nothing, or a tag or shuffle that has no meaning here.
    """
    by_key = {one.get_key_element(): one for one in overrides}
    varied = {key: _distribution(key, one) for key, one in by_key.items() if one.is_sweep_override()}
    if not varied:
        mend = "Give values to choose from, such as 'train.learning_rate=tag(log,interval(1e-4,1e-2))'."
        raise InputError("hydra.sweeper.params", "nothing varies", mend)
    fixed = tuple(str(one.input_line) for one in by_key.values() if not one.is_sweep_override())
    return Space(varied, fixed)


def _distribution(key: str, override: Override) -> BaseDistribution:
    value: Any = override.value()
    tags = set(getattr(value, "tags", ()))
    if tags - {"log"}:
        raise InputError(key, f"the tag {', '.join(sorted(tags - {'log'}))}", "The only tag is log.")
    if getattr(value, "shuffle", False):
        raise InputError(key, "received shuffle(…)", "Leave it out: the search chooses the order.")
    try:
        if isinstance(value, IntervalSweep):
            return _interval(value, "log" in tags)
        if isinstance(value, RangeSweep):
            return _range(value, "log" in tags)
        if tags:
            raise ValueError("a choice has no logarithmic scale")
        return CategoricalDistribution(list(dict.fromkeys(override.sweep_string_iterator())))
    except ValueError as error:
        raise InputError(key, f"received {override.get_value_string()} ({error})", "See docs/use/search.md.") from error


def _interval(value: IntervalSweep, log: bool) -> BaseDistribution:
    assert value.start is not None
    assert value.end is not None
    if isinstance(value.start, int) and isinstance(value.end, int):
        return IntDistribution(value.start, value.end, log)
    return FloatDistribution(value.start, value.end, log)


def _range(value: RangeSweep, log: bool) -> BaseDistribution:
    numbers: list[Any] = sorted(value.range())
    if not numbers:
        raise ValueError("it holds nothing")
    step: Any = abs(value.step)
    if all(isinstance(one, int) for one in numbers):
        return IntDistribution(numbers[0], numbers[-1], log, step)
    if log:
        raise ValueError("steps of real numbers have no logarithmic scale")
    return FloatDistribution(numbers[0], numbers[-1], step=float(step))


def _shown(value: Any, distribution: BaseDistribution) -> str:
    if not isinstance(distribution, FloatDistribution):
        return str(value)
    # Rounded, a value near an end must not leave the interval.
    return repr(min(max(float(f"{value:.{DIGITS}g}"), distribution.low), distribution.high))


def _ends(distribution: BaseDistribution) -> list[Any]:
    if isinstance(distribution, CategoricalDistribution):
        return list(distribution.choices)
    low, high = distribution.low, distribution.high  # type: ignore[attr-defined]
    return list(dict.fromkeys((low, high)))
