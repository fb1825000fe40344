"""Words of the command line → overrides that Hydra's grammar reads: a person's texts arrive as they were typed.

Names of files hold brackets, commas and equals signs: `image=dog (1).jpg`, `out=größe`. The schema says which keys
take a text; their values are put in quotes. Kept as they are: what is in quotes already, `null`, nothing at all.
What exists as a file or folder under just that name is meant as such, whatever else the word could mean.
`${…}` that begins with a key of the schema or names a resolver is an interpolation, and else a text. In a sweep (-m)
a comma parts values, so a text with a comma needs quotes there: `-m "data.path='a,b.npz'"`.
"""

import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from hydra.errors import HydraException

from fullconv.config.folders import MODELS
from fullconv.config.spellings import said_anew
from fullconv.config.takes import taken_by
from fullconv.config.values import parsed_as, parsed_or_none, quoted, value_of
from fullconv.errors import InputError

DRY = "--dry-run"  # as people know it of other programs
_KNOBS = "Give each knob as KEY=VALUE, such as image=dog.jpg or seed=3."
_SIGNED = re.compile(r"(\+\+|\+|~)?([^=]*)=(.*)", re.DOTALL)
# Flags of Hydra that take the word behind them.
_TAKING = ("-cp", "--config-path", "-cn", "--config-name", "-cd", "--config-dir", "-c", "--cfg", "-p", "--package")


def overrides_of(words: Sequence[str]) -> list[str]:
    """Return a command line's words, Hydra's flags among them, as Hydra takes them.

    Raises:
        InputError: a word that is no KEY=VALUE, or whose value only quotes make readable.
    """
    several = any(map(is_many, words))
    words, made = said_anew(["dry_run=true" if word == DRY else word for word in words]), []
    for before, word in zip(["", *words], words, strict=False):
        made.append(word if word.startswith("-") or before in _TAKING else _override(word, several))
    return made


def is_many(word: str) -> bool:
    """Return whether a word asks Hydra for a job for each of several values."""
    return word == "-m" or word.startswith(("--multi", "hydra.mode=MULTIRUN"))


def assigned(key: str, text: str) -> str:
    """Return the override that gives a key a text, whatever signs the text holds."""
    return f"{key}={quoted(text)}"


def _override(word: str, several: bool) -> str:
    found = _SIGNED.fullmatch(word)
    if found is None:
        made = word
    else:
        sign, key, value = found.groups()
        made = f"{sign or ''}{key}={value_of(taken_by(key), value, several)}"
    try:
        parsed_as(made)
    except HydraException as error:
        raise _unreadable(word) from error
    return made


def _meant_path(word: str) -> str:
    """Return what a person wants with the path of what is there; nothing for another word."""
    if not Path(word).expanduser().exists():
        return ""
    shown = shlex.quote(word)
    if word.lower().endswith(MODELS):
        return f"Did you mean classifier={shown}?"
    return f"What is in a picture: fullconv locate classifier=efficientnet_lite0 image={shown} out=found."


def _unreadable(word: str) -> InputError:
    found = _SIGNED.fullmatch(word)
    if found is None:
        return InputError(word, "no KEY=VALUE", _meant_path(word) or _KNOBS)
    sign, key, value = found.groups()
    if parsed_or_none(f"{sign or ''}{key}=") is None:
        received = f"{key!r} is no key"
        return InputError(word, received, "Keys are names with dots between them, as --cfg job shows them.")
    word_in_quotes = assigned(f"{sign or ''}{key}", value)
    special = set(word_in_quotes) & set('"$`\\!')
    shown = shlex.quote(word_in_quotes) if special else f'"{word_in_quotes}"'
    return InputError(word, "its value cannot be read", f"If it is a text, put it in quotes: {shown}.")
