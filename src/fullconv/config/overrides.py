"""Words of the command line → overrides that Hydra's grammar reads: a person's texts arrive as they were typed.

Names of files hold brackets, commas and equals signs: `image=dog (1).jpg`, `out=größe`. The schema says which keys
take a text; their values are put in quotes. Kept as they are: what is in quotes already, `null`, nothing at all.
`${…}` that begins with a key of the schema or names a resolver is an interpolation, and else a text. In a sweep (-m)
a comma parts values, so a text with a comma needs quotes there: `-m "data.path='a,b.npz'"`.
"""

import re
import shlex
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Quote, QuotedString, Sweep
from hydra.errors import HydraException
from omegaconf import OmegaConf

from fullconv.config.schema import ExperimentConfig
from fullconv.config.spellings import said_anew
from fullconv.config.takes import Takes, taken_by
from fullconv.config.texts import split
from fullconv.errors import InputError

_SIGNED = re.compile(r"(\+\+|\+|~)?([^=]*)=(.*)", re.DOTALL)
_FUNCTION = re.compile(r"(choice|glob|range|interval|tag|shuffle|sort)\s*\(")
_REFERENCE = re.compile(r"(\\*)\$\{(?=([^{}:]*)(:?))")
_RESOLVERS = ("hydra", "now", "python_version")  # Hydra brings them later than this is asked
_MISSING = "???"
# Flags of Hydra that take the word behind them.
_TAKING = ("-cp", "--config-path", "-cn", "--config-name", "-cd", "--config-dir", "-c", "--cfg", "-p", "--package")


def overrides_of(words: Sequence[str]) -> list[str]:
    """Return a command line's words, Hydra's flags among them, as Hydra takes them.

    Raises:
        InputError: a word that is no KEY=VALUE, or whose value only quotes make readable.
    """
    several = any(word == "-m" or word.startswith(("--multi", "hydra.mode=MULTIRUN")) for word in words)
    words, made = said_anew(words), []
    for before, word in zip(["", *words], words, strict=False):
        made.append(word if word.startswith("-") or before in _TAKING else _override(word, several))
    return made


def assigned(key: str, text: str) -> str:
    """Return the override that gives a key a text, whatever signs the text holds."""
    return f"{key}={_quoted(text)}"


def _override(word: str, several: bool) -> str:
    found = _SIGNED.fullmatch(word)
    if found is None:
        made = word
    else:
        sign, key, value = found.groups()
        made = f"{sign or ''}{key}={_value(taken_by(key), value, several)}"
    try:
        _parsed(made)
    except HydraException as error:
        raise _unreadable(word) from error
    return made


def _value(takes: Takes, value: str, several: bool) -> str:
    if takes is Takes.OTHER or value in ("", "null"):
        return value
    if takes is Takes.LIST:
        takes = Takes.TEXTS if value.lstrip().startswith("[") else Takes.TEXT
    parsed = _parsed_or_none(f"key={value}")
    if isinstance(parsed, QuotedString):
        return _REFERENCE.sub(_escaped_once, value)
    if several and _FUNCTION.match(value):
        return value
    if several and takes is not Takes.TEXTS and not isinstance(parsed, dict):
        return ",".join(one if one == "null" else _word(one) for one in split(value))
    if takes is Takes.TEXTS:
        return _list(value, parsed, several)
    if isinstance(parsed, dict) and (takes is Takes.CHOICE or (takes is Takes.NAMES and _holds_names(parsed))):
        return value
    return _word(value)


def _list(value: str, parsed: Any, several: bool) -> str:
    whole = value.strip()
    if (several and isinstance(parsed, Sweep)) or not (whole.startswith("[") and whole.endswith("]")):
        return value
    inner = whole[1:-1]
    return f"[{','.join(map(_word, split(inner)))}]" if inner.strip() else value


def _word(text: str) -> str:
    """Return a text in quotes if it needs any: if Hydra would read it as something else."""
    if text == _MISSING:
        raise InputError(text, "OmegaConf reads it as a value that is missing", f"Write it otherwise: ./{text}")
    parsed = _parsed_or_none(f"key={text}")
    if isinstance(parsed, QuotedString):
        return _REFERENCE.sub(_escaped_once, text)
    if parsed == text and isinstance(parsed, str) and not set("$\\") & set(text):
        return text
    return _quoted(text)


def _quoted(text: str) -> str:
    return QuotedString(text=_REFERENCE.sub(_escaped, text), quote=Quote.single).with_quotes()


def _escaped(found: "re.Match[str]") -> str:
    """Keep the beginning of an interpolation that is meant; escape one that is part of a name."""
    return found[0] if _meant(found) else f"{found[1] * 2}\\${{"


def _escaped_once(found: "re.Match[str]") -> str:
    """Do the same within quotes, where a person may have escaped it already."""
    return found[0] if len(found[1]) % 2 else _escaped(found)


def _meant(found: "re.Match[str]") -> bool:
    _, name, colon = found.groups()
    if colon:
        return name in _RESOLVERS or OmegaConf.has_resolver(name)
    known = {one.name for one in fields(ExperimentConfig)} | {"hydra", ""}
    return re.split(r"[.\[]", name)[0] in known and found.string[found.end(2) :].startswith("}")


def _holds_names(mapping: dict[Any, Any]) -> bool:
    """Whether Hydra reads the names as names: not null, 1e5 or true."""
    return all(isinstance(one, str | QuotedString) or type(one) is int for one in (*mapping, *mapping.values()))


def _parsed(override: str) -> Any:
    return OverridesParser.create().parse_override(override)._value


def _parsed_or_none(override: str) -> Any:
    try:
        return _parsed(override)
    except HydraException:
        return None


def _unreadable(word: str) -> InputError:
    found = _SIGNED.fullmatch(word)
    if found is None:
        return InputError(word, "no KEY=VALUE", "Give each knob as KEY=VALUE, such as image=dog.jpg or seed=3.")
    sign, key, value = found.groups()
    if _parsed_or_none(f"{sign or ''}{key}=") is None:
        received = f"{key!r} is no key"
        return InputError(word, received, "Keys are names with dots between them, as --cfg job shows them.")
    quoted = assigned(f"{sign or ''}{key}", value)
    shown = shlex.quote(quoted) if set(quoted) & set('"$`\\!') else f'"{quoted}"'
    return InputError(word, "its value cannot be read", f"If it is a text, put it in quotes: {shown}.")
