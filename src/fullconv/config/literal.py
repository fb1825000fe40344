"""Texts that hold `${` and are no interpolations: how they pass through OmegaConf and stay what they are."""

import re
from typing import Any

from omegaconf import OmegaConf

_REFERENCE = re.compile(r"(\\*)\$\{")


def escaped(text: str) -> str:
    """Return a text that OmegaConf resolves to the given one."""
    return _REFERENCE.sub(lambda found: f"{found[1] * 2}\\${{", text)


def as_yaml(tree: Any) -> str:
    """Return resolved knobs as YAML that a later composition reads as the same."""
    return OmegaConf.to_yaml(OmegaConf.create(literal(tree)))


def literal(tree: Any) -> Any:
    """Return a tree of plain values with every text escaped."""
    if isinstance(tree, dict):
        return {key: literal(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [literal(value) for value in tree]
    return escaped(tree) if isinstance(tree, str) else tree


def unresolved(texts: Any) -> list[str]:
    """Return the texts of a node as they stand there, such as overrides that hold interpolations of other nodes."""
    plain = OmegaConf.to_container(texts, resolve=False)
    assert isinstance(plain, list)
    return [str(one) for one in plain]
