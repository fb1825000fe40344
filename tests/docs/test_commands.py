"""Every `fullconv …` that README, pages, tutorials and comments of `conf/` show names a subcommand and its knobs."""

import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hydra.core.config_store import ConfigStore
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import IntervalSweep, Override, OverrideType
from omegaconf import DictConfig, OmegaConf

import hydra_plugins.fullconv_schema  # noqa: F401  # pretrained networks are models too
from fullconv.command.main import COMMANDS
from fullconv.config.composition import composition_of
from fullconv.config.layout import conf_folder
from fullconv.config.overrides import overrides_of

ROOT = Path(__file__).resolve().parents[2]
CONF = conf_folder()
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md")),
    *sorted((ROOT / "docs").rglob("*.md")),
    *sorted((ROOT / "docs" / "tutorials").glob("*.py")),
    *sorted((ROOT / "src" / "fullconv" / "command").glob("*.py")),
    *sorted((ROOT / "conf").rglob("*.yaml")),
]
_SHOWN = re.compile(r"^(?:# *)?(?:\$ )?(fullconv [a-z]+(?: .*)?)$|[`|:] *`?(fullconv [a-z]+ [^`\n]*)`", re.MULTILINE)


def commands(path: Path) -> list[list[str]]:
    text = re.sub(r" *\\\n\s*", " ", path.read_text())
    shown = [one or other for one, other in _SHOWN.findall(text)]
    found = [shlex.split(re.split(r" {3,}", line)[0], comments=True) for line in shown if "…" not in line]
    return [words for words in found if words[1] in COMMANDS or any("=" in word for word in words)]


@cache
def whole() -> DictConfig:
    return composition_of(CONF)


def values_of(override: Override) -> list[Any]:
    """Return each value of a sweep, or the only one; of an interval its lower end."""
    value = override.value()
    if override.is_discrete_sweep():
        return list(override.sweep_iterator())
    return [value.start if isinstance(value, IntervalSweep) else value]


def check(override: Override) -> None:
    key = override.key_or_group
    values = values_of(override)
    if key.startswith("hydra") or override.value_type is None:
        return
    if (CONF / key).is_dir():
        there = {path.stem for path in (CONF / key).glob("*.yaml")} | {"NAME", "null"}
        there |= {name.removesuffix(".yaml") for name in ConfigStore.instance().repo.get(key, {})}
        assert {str(value) for value in values} <= there
        return
    for value in values:
        composition = whole().copy()
        OmegaConf.update(
            composition, key, getattr(value, "text", value), force_add=override.type is not OverrideType.CHANGE
        )


@pytest.mark.parametrize(
    "words", [pytest.param(words, id=" ".join(words)) for path in PAGES for words in commands(path)]
)
def test_a_command_that_is_shown_can_be_run(words: list[str]) -> None:
    assert words[0] == "fullconv"
    assert words[1] in COMMANDS
    given = [word for word in overrides_of(words[2:]) if not word.startswith("-") and "=" in word]
    for override in OverridesParser.create().parse_overrides(given):
        check(override)


def test_commands_are_found() -> None:
    found = [words for path in PAGES for words in commands(path)]
    assert len(found) > 50
    assert {words[1] for words in found} == set(COMMANDS)
