"""Texts between commas, as people write them: `[Speed limit (20km/h), "a, b"]` and `{Katze: cat, "a: b": dog}`."""

import re
from functools import cache

from fullconv.errors import InputError

_QUOTES = re.compile(r"""(['"])(.*)\1""", re.DOTALL)


@cache
def _quoted_before(sign: str) -> re.Pattern[str]:
    """Match a text in quotes up to a sign or the end; a quotation mark within a word, as in `it's`, is a letter."""
    return re.compile(rf"""\s*(?:'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")\s*(?={sign}|$)""", re.DOTALL)


def _taken(text: str, sign: str) -> tuple[str, str | None]:
    """Return what lies before the first sign outside quotes, and what lies behind it; None: no such sign."""
    quoted = _quoted_before(sign).match(text)
    end = quoted.end() if quoted is not None else text.find(sign)
    if end in (-1, len(text)):
        return text.strip(), None
    return text[:end].strip(), text[end + 1 :]


def split(text: str) -> list[str]:
    """Return what lies between the commas that are not in quotes, the quotes kept, without outer spaces."""
    parts: list[str] = []
    rest: str | None = text
    while rest is not None:
        part, rest = _taken(rest, ",")
        parts.append(part)
    return parts


def bare(text: str) -> str:
    """Return a text without the quotes around it, if there are any."""
    found = _QUOTES.fullmatch(text)
    if found is None:
        return text
    mark, inner = found.groups()
    # As in Hydra's grammar, backslashes count twice before a quotation mark and nowhere else.
    return re.sub(rf"(\\+)({mark}|$)", lambda found: "\\" * (len(found[1]) // 2) + found[2], inner)


def names_in(text: str, where: str) -> dict[str, str]:
    """Return the names of `{name: name, …}`.

    Raises:
        InputError: it is written in another way, or a name comes twice.
    """
    mend = 'Give {THEIRS: OURS, …}; a name with a comma or a colon stands in quotes: {"a, b": c}.'
    whole = text.strip()
    if not (whole.startswith("{") and whole.endswith("}")):
        raise InputError(where, f"received {text!r}", mend)
    names: dict[str, str] = {}
    rest: str | None = whole[1:-1] if whole[1:-1].strip() else None
    while rest is not None:
        name, value = _taken(rest, ":")
        if value is None or not name or bare(name) in names:
            raise InputError(where, f"received {text!r}", mend)
        names[bare(name)], rest = _paired(value)
    return names


def _paired(text: str) -> tuple[str, str | None]:
    value, rest = _taken(text, ",")
    return bare(value), rest
