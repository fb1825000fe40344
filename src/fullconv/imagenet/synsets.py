"""What to look for: a synset of WordNet 3.0 and the ImageNet classes it holds.

A name means the synset that has it among its words, or the class that is called so. Of several it is the one that
holds the classes of all others; else the class of that very name; else the sense of the word that is by far the most
common in WordNet's tagged texts; else the person chooses.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Any

import numpy as np

from fullconv.errors import InputError
from fullconv.imagenet.wordnet import Entry, entries

CLASSES = 1000
_COMMON = 10  # times as often as any other sense: then a word means this one
_LISTED = 8  # candidates in a message
_ID = re.compile(r"n\d{8}")


@dataclass(frozen=True)
class Synset:
    """A synset that holds at least one class.

    `wnid` is its id in WordNet 3.0, `name` one readable name, `names` its words, `classes` the indices of its classes
    among the 1,000, ascending.
    """

    wnid: str
    name: str
    names: tuple[str, ...]
    classes: tuple[int, ...]


def find_synset(query: str) -> Synset:
    """Return the synset of an id (`n02084071`), a word of it (`dog`, `domestic_dog`) or a class's name (`tea cup`).

    Upper and lower case, spaces, underscores and hyphens are all one.

    Raises:
        InputError: no synset with a class, or more than one, goes by this name.
    """
    name = _plain(query)
    if _ID.fullmatch(name):
        return _synset(_of_id(name))
    found = _by_name().get(name, {})
    if not found:
        raise InputError(
            "synset",
            f"no synset with one of the {CLASSES:,} ImageNet classes is called {query!r}",
            _list("The nearest are:", _nearest(name))
            or "Give an everyday English noun, as in synset=dog, or an id of WordNet 3.0, as in synset=n02084071.",
        )
    meant = _meant(name, found)
    if meant is None:
        known = entries()
        most = sorted(found, key=lambda wnid: (-found[wnid], wnid))
        raise InputError(
            "synset",
            f"{query!r} has {len(found)} meanings with ImageNet classes",
            _list("Give the id of one:", [known[wnid] for wnid in most]),
        )
    return _synset(entries()[meant])


def class_names() -> tuple[str, ...]:
    """Return a short readable name for each of the 1,000 classes, no two alike."""
    return tuple(str(entry.label) for entry in _class_entries())


def class_wnids() -> tuple[str, ...]:
    """Return the id of each of the 1,000 classes."""
    return tuple(entry.wnid for entry in _class_entries())


def synset_scores(scores: Any, synset: Synset) -> Any:
    """Return the sum of the scores `(…, 1000)` over a synset's classes, `(…)`.

    Raises:
        InputError: the last axis is not that of the 1,000 classes.
    """
    found = np.asarray(scores)
    if found.shape[-1:] != (CLASSES,):
        raise InputError(
            "scores", f"shape {found.shape}", f"Give scores of the {CLASSES:,} classes along the last axis."
        )
    return found[..., list(synset.classes)].sum(axis=-1)


def _synset(entry: Entry) -> Synset:
    return Synset(entry.wnid, _name(entry), entry.words, entry.classes)


def _name(entry: Entry) -> str:
    return entry.label or entry.words[0]


@cache
def _class_entries() -> tuple[Entry, ...]:
    return tuple(
        sorted((entry for entry in entries().values() if entry.index is not None), key=lambda one: one.classes)
    )


def _plain(name: str) -> str:
    return " ".join(name.lower().replace("_", " ").replace("-", " ").split())


@cache
def _by_name() -> dict[str, dict[str, int]]:
    """Return for each name the ids it may mean, with how often it is tagged so."""
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for entry in entries().values():
        for word, count in zip(entry.words, entry.counts, strict=True):
            meanings = found[_plain(word)]
            meanings[entry.wnid] = max(count, meanings.get(entry.wnid, 0))
        if entry.label:
            found[_plain(entry.label)].setdefault(entry.wnid, 0)
    return dict(found)


def _meant(name: str, found: dict[str, int]) -> str | None:
    known = entries()
    most = sorted(found, key=lambda wnid: (-found[wnid], wnid))
    union = {index for wnid in most for index in known[wnid].classes}
    for wnid in most:
        if len(known[wnid].classes) == len(union):  # true of a single meaning
            return wnid
    for wnid in most:
        if _plain(known[wnid].label or "") == name:  # labels differ, so there is one at most
            return wnid
    first, second = most[:2]
    return first if found[first] >= _COMMON * max(1, found[second]) else None


def _of_id(wnid: str) -> Entry:
    entry = entries().get(wnid)
    if entry is None:
        raise InputError(
            "synset",
            f"{wnid} is no synset of WordNet 3.0 that holds one of the {CLASSES:,} ImageNet classes",
            "Look it up in WordNet 3.0 (3.1 and other editions number otherwise), or give a name, as in synset=dog.",
        )
    return entry


def _nearest(name: str) -> list[Entry]:
    """Return synsets with a name that holds this one as a word, is spelt nearly so, or holds it within a word."""
    names = list(_by_name())
    words = [other for other in names if set(name.split()) and set(name.split()) <= set(other.split())]
    spelt = get_close_matches(name, names, n=_LISTED, cutoff=0.7)
    within = [other for other in names if len(name) > 3 and name in other]
    wnids = dict.fromkeys(wnid for other in (*words, *spelt, *within) for wnid in _by_name()[other])
    return [entries()[wnid] for wnid in list(wnids)[:_LISTED]]


def _list(head: str, found: Sequence[Entry]) -> str:
    """Return one line for each synset, or nothing where there is none."""
    lines = [f"  synset={entry.wnid}  {_name(entry)} ({_number(entry)}): {_short(entry.gloss)}" for entry in found]
    return "\n".join([head, *lines]) if lines else ""


def _number(entry: Entry) -> str:
    return "1 class" if len(entry.classes) == 1 else f"{len(entry.classes)} classes"


def _short(gloss: str, width: int = 60) -> str:
    return gloss if len(gloss) <= width else gloss[:width].rsplit(" ", 1)[0] + " …"
