"""Which sets of mosaics there are: those for the data at hand, under the names that thresholds and goals know."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

from fullconv.config.schema import CROPS, SPRITES, DataConfig, ExperimentConfig, MosaicConfig

OWN = "own_"  # before the name of a set of crops in conf/, where sets of sprites have the plain names

_Value = TypeVar("_Value")


def are_crops(data: DataConfig) -> bool:
    """Return whether a data set is of crops, cut from larger pictures, and not of sprites on one ground."""
    return data.form != "arrays"


def fitting(data: DataConfig, mosaics: Mapping[str, MosaicConfig], values: Mapping[str, _Value]) -> dict[str, _Value]:
    """Return the `values`, by name of a set, of the sets that are for such data; `own_test` is called `test` there."""
    wanted = CROPS if are_crops(data) else SPRITES
    return {
        name.removeprefix(OWN) if wanted == CROPS else name: value
        for name, value in values.items()
        if name in mosaics and mosaics[name].of == wanted
    }


def with_fitting_sets(settings: ExperimentConfig) -> ExperimentConfig:
    """Return the settings with the sets of mosaics, and the goals, that are for their data, and no others."""
    data, mosaics = settings.data, settings.mosaics
    return replace(settings, mosaics=fitting(data, mosaics, mosaics), goals=fitting(data, mosaics, settings.goals))


def key_of(data: DataConfig, name: str) -> str:
    """Return under which key a set stands in the composition: what a person gives to change it."""
    return f"mosaics.{OWN if are_crops(data) else ''}{name}"
