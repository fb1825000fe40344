"""What a mistyped word probably means."""

from collections.abc import Iterable
from difflib import get_close_matches
from itertools import islice
from pathlib import Path

from fullconv.errors import InputError

_CUTOFF = 0.6  # of difflib's ratio: a letter or two of a short word
_LONGEST = 80  # letters of names that are shown
_MOST = 5000  # names of a folder that are looked at


def meant(word: str, among: Iterable[str], cutoff: float = _CUTOFF, before: str = "") -> str:
    """Return `Did you mean …? ` with the nearest of some words, whatever their case; nothing where none is near.

    `before` stands in front of each word that is shown.
    """
    known = {one.casefold(): one for one in among if len(one) <= _LONGEST}
    near = get_close_matches(word.casefold(), known, n=2, cutoff=cutoff)
    return f"Did you mean {' or '.join(before + known[one] for one in near)}? " if near else ""


def missing_file(path: Path, mend: str = "Check the path, or run the stage that writes it.") -> InputError:
    """Return the refusal of a file that is not there: what lies in its folder under a name that is near."""
    return InputError(str(path), "no such file", meant_file(path) + mend)


def meant_file(path: Path) -> str:
    """Return `Did you mean …? ` with what lies beside a path under a name that is near; nothing where nothing does."""
    try:
        names = [one.name for one in islice(path.expanduser().parent.iterdir(), _MOST)]
    except OSError:
        return ""
    return meant(path.name, (name for name in names if not name.startswith(".")), 0.75)
