"""Values of the command line as Hydra's grammar reads them: a text in quotes where it would be read as another."""

import os
import re
from dataclasses import fields
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Quote, QuotedString, Sweep
from hydra.errors import HydraException
from omegaconf import OmegaConf

from fullconv.config.literal import escaped
from fullconv.config.schema import ChoiceConfig, ExperimentConfig
from fullconv.config.takes import Takes
from fullconv.config.texts import names_in, split
from fullconv.errors import InputError

_FUNCTION = re.compile(r"(choice|glob|range|interval|tag|shuffle|sort)\s*\(")
_BETWEEN_LISTS = re.compile(r"\]\s*,\s*\[")  # in a sweep
_REFERENCE = re.compile(r"(\\*)\$\{(?=([^{}:]*)(:?))")
_RESOLVERS = ("hydra", "now", "python_version")  # Hydra brings them later than this is asked
_MISSING = "???"
_CHOICE = {one.name for one in fields(ChoiceConfig)}


def value_of(takes: Takes, value: str, several: bool) -> str:
    """Return a value, as a person wrote it, as Hydra takes it for a key; `several`: commas part the jobs of a sweep.

    Raises:
        InputError: no quotes make it readable.
    """
    if takes is Takes.OTHER or value in ("", "null"):
        return value
    if takes is Takes.LIST:
        takes = Takes.TEXTS if value.lstrip().startswith("[") and not _exists(value) else Takes.TEXT
    parsed = parsed_or_none(f"key={value}")
    if takes in (Takes.TEXT, Takes.CHOICE) and _exists(value):
        return value if _stays(value, parsed) else quoted(value, interpolated=False)
    if isinstance(parsed, QuotedString):
        return _REFERENCE.sub(_escaped_once, value)
    if several and _FUNCTION.match(value):
        return value
    if several and takes is not Takes.TEXTS and not isinstance(parsed, dict):
        return ",".join(one if one == "null" else _word(one) for one in split(value))
    if takes is Takes.TEXTS:
        return _list(value, parsed, several)
    if takes is Takes.CHOICE:
        return _choice(value, parsed)
    if takes is Takes.NAMES and isinstance(parsed, dict) and _holds_names(parsed):
        return value
    return _word(value)


def _choice(value: str, parsed: Any) -> str:
    """Return `{path: FILE, …}` with its texts in quotes; any other text is a name, in braces or not."""
    if isinstance(parsed, dict) and set(parsed) <= _CHOICE:
        texts = {key: one for key, one in parsed.items() if key != "classes" and one is not None}
        if _holds_names(texts):
            return value
    try:
        inner = names_in(value, "classifier")
    except InputError:
        return _word(value)
    if not inner or not set(inner) <= _CHOICE - {"classes"}:
        return _word(value)
    return f"{{{','.join(f'{key}:{quoted(one)}' for key, one in inner.items())}}}"


def _exists(text: str) -> bool:
    # With this character no name of a file can be asked for.
    return "\0" not in text and text != _MISSING and os.path.lexists(text)


def _list(value: str, parsed: Any, several: bool) -> str:
    whole = value.strip()
    if several and isinstance(parsed, Sweep):
        return value
    if not (whole.startswith("[") and whole.endswith("]")):
        reference = _REFERENCE.match(whole)
        return value if several or (reference is not None and _meant(reference)) else _texts(whole)
    if several:
        return ",".join(map(_texts, _BETWEEN_LISTS.split(whole[1:-1])))
    return _texts(whole[1:-1]) if whole[1:-1].strip() else value


def _texts(inner: str) -> str:
    return f"[{','.join(map(_word, split(inner)))}]" if inner.strip() else "[]"


def _word(text: str) -> str:
    """Return a text in quotes if it needs any: if Hydra would read it as something else."""
    if text == _MISSING:
        raise InputError(text, "OmegaConf reads it as a value that is missing", f"Write it otherwise: ./{text}")
    parsed = parsed_or_none(f"key={text}")
    if isinstance(parsed, QuotedString):
        return _REFERENCE.sub(_escaped_once, text)
    return text if _stays(text, parsed) else quoted(text)


def _stays(text: str, parsed: Any) -> bool:
    """Whether Hydra reads a text as itself."""
    return isinstance(parsed, str) and parsed == text and not set("$\\") & set(text)


def quoted(text: str, interpolated: bool = True) -> str:
    """Return a text in quotes; an interpolation that is meant stays one where `interpolated` says so."""
    safe = _REFERENCE.sub(_escaped, text) if interpolated else escaped(text)
    return QuotedString(text=safe, quote=Quote.single).with_quotes()


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


def parsed_as(override: str) -> Any:
    """Return what Hydra makes of the value of KEY=VALUE.

    Raises:
        HydraException: it cannot be read.
    """
    return OverridesParser.create().parse_override(override)._value


def parsed_or_none(override: str) -> Any:
    """Return the same, None where it cannot be read."""
    try:
        return parsed_as(override)
    except HydraException:
        return None
