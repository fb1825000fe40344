"""What is said of a set of crops before any work: refusals and warnings."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from fullconv.errors import InputError
from fullconv.nearest import meant

Floats = npt.NDArray[np.float32]

_FEW = 3
_UNEQUAL = 5.0  # times as many crops in the largest class as in the smallest
_WHOLE = 1000  # pixels of a crop from which on it is probably no crop


def chosen_classes(named: Sequence[str], wanted: Sequence[str], background: str) -> tuple[str, ...]:
    """Return the classes that are wanted, in that order; all, sorted, where none are.

    Raises:
        InputError: one is not there, comes twice, or is the background.
    """
    for name in wanted:
        if name.casefold() == background.casefold():
            mend = "It is no class of objects; leave it out, its pictures count as windows of nothing."
            raise InputError("data.classes", f"{name!r}, the background", mend)
        if name not in named:
            there = ", ".join(named[:20])
            raise InputError("data.classes", f"no crops of {name!r}", f"{meant(name, named)}There are {there}.")
    if len(set(wanted)) != len(wanted):
        raise InputError("data.classes", f"repeated names in {list(wanted)}", "Name each class once.")
    return tuple(wanted) or tuple(sorted(named))


def judge_counts(found: Counter[str], test: Counter[str], classes: Sequence[str], company: bool) -> list[str]:
    """Return warnings of how many crops each class has; `company`: there are scenes, or pictures of nothing.

    Raises:
        InputError: nothing can be learnt of a class.
    """
    train = {name: found[name] for name in classes}
    for name, count in train.items():
        if count + test[name] <= 1 or not count:
            received = f"class {name!r} has {count + test[name]} crops, {count} of them for training"
            others = ", ".join(one for one in train if one != name)[:100]
            raise InputError("data.path", received, f"Give more of it, or leave it out: data.classes=[{others}].")
    told = []
    if len(train) == 1:
        mend = (
            ""
            if company
            else "; data.scenes=DIR, or a folder background of pictures without it, shows what else there is"
        )
        told.append(f"one class only, {next(iter(train))!r}: it is told from all else{mend}")
    few = [f"{name} {train[name] + test[name]}" for name in train if train[name] + test[name] <= _FEW]
    if few:
        told.append(f"classes of very few crops ({', '.join(few[:8])}): 20 or more find better")
    missing = [name for name in train if not test[name]]
    if missing:
        told.append(f"no crop for testing of {', '.join(missing[:8])}: nothing measures them")
    if max(train.values()) > _UNEQUAL * min(train.values()):
        least, most = min(train, key=train.__getitem__), max(train, key=train.__getitem__)
        told.append(
            f"very unequal classes, {train[most]} crops of {most} and {train[least]} of {least}:"
            " train.balance says how far they are levelled"
        )
    return told


def judge_sizes(sizes: Floats, scenes: bool) -> list[str]:
    """Return warnings of how large crops (N, 2) are."""
    span = float(np.median(np.sqrt(sizes[:, 0] * sizes[:, 1])))
    if span > _WHOLE and not scenes:
        return [f"crops of about {span:.0f} pixels look like whole pictures: a crop shows one object and little else"]
    return []
