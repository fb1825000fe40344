"""What the schema says of a key: whether its value is a text, several texts, or names for names."""

from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from fullconv.config.schema import LIKE, ExperimentConfig

_HYDRAS = ("dir", "subdir", "output_subdir", "name")  # of Hydra's own keys, those that take a path or a name


class Takes(Enum):
    """What a key takes: how its value is written on the command line."""

    TEXT = "a text: a path, a name"
    TEXTS = "[text, text]"
    LIST = "[text, text], or a text"
    NAMES = "{name: name}"
    CHOICE = "a text, or {key: value}"
    OTHER = "numbers, groups of `conf/`, and what the schema does not know"


@cache
def taken_by(key: str) -> Takes:
    """Return what a key takes, such as `classifiers.located.convert.head`."""
    if key.startswith("hydra.") and key.rpartition(".")[2] in _HYDRAS:
        return Takes.TEXT
    types: list[Any] = [ExperimentConfig]
    for name in key.split("."):
        types = [inner for one in types for inner in _inside(one, name)]
    if str in types and any(map(is_dataclass, types)):
        return Takes.CHOICE
    if str in types and list[str] in types:
        return Takes.LIST
    for takes, wanted in ((Takes.TEXT, str), (Takes.TEXTS, list[str]), (Takes.NAMES, dict[str, str])):
        if wanted in types:
            return takes
    return Takes.OTHER


def _inside(owner: Any, name: str) -> list[Any]:
    """Return the types that a key may have below another."""
    if get_origin(owner) is dict:
        return _members(get_args(owner)[1])
    if not is_dataclass(owner):
        return []
    likes = {one.name: one.metadata.get(LIKE) for one in fields(owner)}
    hint = likes.get(name) or get_type_hints(owner).get(name)
    return [] if hint is None else _members(hint)


def _members(hint: Any) -> list[Any]:
    return list(get_args(hint)) if isinstance(hint, UnionType) or get_origin(hint) is Union else [hint]
