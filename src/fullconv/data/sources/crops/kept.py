"""Which crops are kept, and which part each is of: no picture in two parts, none under two names."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from fullconv.data.sources.crops.places import OPEN, TEST, TRAIN, Place, shown
from fullconv.data.sources.crops.splits import by_seed
from fullconv.errors import InputError


@dataclass(frozen=True)
class Kept:
    """Indices of crops for training and for testing, in order, and what a person is told of the others."""

    train: list[int]
    test: list[int]
    told: tuple[str, ...]


def kept_of(
    places: Sequence[Place], digests: Sequence[str], by_picture: bool, share: float, seed: int, broken: float
) -> Kept:
    """Return which crops serve; `digests` are of their pixels.

    The same pixels under two classes are left out: nobody knows which is meant. The same pixels in both parts, as
    their owner split them, are left out of training, so that the test stays what it was.

    Raises:
        InputError: a share above `broken` of all stands under two classes.
    """
    told: list[str] = []
    torn = _under_two_names(places, digests)
    if torn:
        told.append(_torn(places, digests, torn, broken))
    left = [number for number in range(len(places)) if number not in torn]
    splits = dict(
        zip(
            left,
            _splits([places[one] for one in left], [digests[one] for one in left], by_picture, share, seed),
            strict=True,
        )
    )
    tested = {digests[number]: number for number in reversed(left) if splits[number] == TEST}
    twice = {number for number in left if splits[number] == TRAIN and digests[number] in tested}
    if twice:
        first = min(twice)
        pair = f"{shown(places[first].name)} and {shown(places[tested[digests[first]]].name)}"
        told.append(f"{len(twice)} training crops with the same pixels as one for testing ({pair})")
    train = [number for number in left if splits[number] == TRAIN and number not in twice]
    test = [number for number in left if splits[number] == TEST]
    if not test:
        mend = "Give a folder test/ beside train/, or more pictures that differ."
        raise InputError("data.path", "no crop is left for testing", mend)
    return Kept(train, [test[one] for one in spread([places[number].label for number in test])], tuple(told))


def spread(labels: Sequence[str]) -> list[int]:
    """Return an order in which every class comes at even distances: any part of it holds all, in proportion."""
    counts, met = Counter(labels), defaultdict[str, int](int)
    keys = []
    for number, label in enumerate(labels):
        keys.append(((met[label] + 0.5) / counts[label], label, number))
        met[label] += 1
    return [number for _, _, number in sorted(keys)]


def _splits(places: Sequence[Place], digests: Sequence[str], by_picture: bool, share: float, seed: int) -> list[str]:
    given = [one.split for one in places]
    if TEST in given and TRAIN in given:
        return [TRAIN if split == OPEN else split for split in given]
    groups = [one.name for one in places] if by_picture else digests
    return by_seed([one.label for one in places], groups, share, seed)


def _under_two_names(places: Sequence[Place], digests: Sequence[str]) -> set[int]:
    labels: dict[str, set[str]] = defaultdict(set)
    for place, digest in zip(places, digests, strict=True):
        labels[digest].add(place.label)
    return {number for number, digest in enumerate(digests) if len(labels[digest]) > 1}


def _torn(places: Sequence[Place], digests: Sequence[str], torn: set[int], broken: float) -> str:
    first = min(torn)
    label = places[first].label
    second = next(one for one in sorted(torn) if digests[one] == digests[first] and places[one].label != label)
    pair = " and ".join(f"{shown(places[one].name)} as {places[one].label}" for one in (first, second))
    told = f"{len(torn)} crops whose pixels stand under two classes ({pair})"
    if len(torn) > broken * len(places):
        raise InputError("data.path", told, "Leave each picture in one class.")
    return told
