"""Which part of a set is for training and which for testing: as its owner says, else by the seed."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from zlib import crc32

import numpy as np

from fullconv.data.sources.crops.places import OPEN, TEST, TRAIN

_NAMES = {
    "train": "train",
    "training": "train",
    "test": "test",
    "testing": "test",
    "val": "val",
    "valid": "val",
    "validation": "val",
}
UNUSED = "unused"  # what lies in the third of three parts


def part_named(name: str) -> str | None:
    """Return train, val or test for what people call so; None for another name."""
    return _NAMES.get(name.casefold())


def roles(parts: Iterable[str]) -> dict[str, str]:
    """Return what each part, of train, val and test, is used for.

    Where there are three, `val` is tested on while a finder is made, and `test` stays unseen, for who judges it.
    """
    there = set(parts)
    if "train" not in there:
        return dict.fromkeys(there, OPEN)
    used = {"train": TRAIN, "val": TEST, "test": UNUSED if "val" in there else TEST}
    return {part: used[part] for part in there}


def by_seed(labels: Sequence[str], groups: Sequence[str], share: float, seed: int) -> list[str]:
    """Return a split for each crop: about `share` of every class for testing, one at least, one left for training.

    Crops of one group (the same pixels, the same picture) are of one split. A class in a single group is for training.
    """
    members: dict[str, list[int]] = defaultdict(list)
    for number, group in enumerate(groups):
        members[group].append(number)
    inside = {group: Counter(labels[number] for number in numbers) for group, numbers in members.items()}
    left = Counter(labels)
    wanted = {name: max(1, round(share * count)) for name, count in left.items()}
    tested: Counter[str] = Counter()
    chosen: set[str] = set()
    holding: dict[str, list[str]] = defaultdict(list)
    for group, counts in inside.items():
        for name in counts:
            holding[name].append(group)
    for name in sorted(left, key=lambda one: (left[one], one)):  # the rarest first: the others find more to choose from
        for group in _shuffled(holding[name], name, seed):
            if tested[name] >= wanted[name]:
                break
            if group not in chosen and all(left[one] > count for one, count in inside[group].items()):
                chosen.add(group)
                tested.update(inside[group])
                left.subtract(inside[group])
    return [TEST if group in chosen else TRAIN for group in groups]


def _shuffled(groups: Sequence[str], name: str, seed: int) -> list[str]:
    # A class's order is its own: another class beside it changes nothing.
    order = np.random.default_rng([seed, crc32(name.encode())]).permutation(len(groups))
    return [groups[index] for index in order]
