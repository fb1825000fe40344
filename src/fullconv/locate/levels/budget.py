"""What a level costs before it is computed: memory and work, and which levels a budget has room for."""

import logging
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from fullconv.errors import InputError

if TYPE_CHECKING:
    from fullconv.convert.conversion import Conversion
    from fullconv.convert.cost.by_area import ByArea
    from fullconv.convert.geometry import Pair
    from fullconv.locate.levels.pyramid import Level

log = logging.getLogger(__name__)

# What a level may take where nobody says: the same on every machine that has twice as much free.
MEMORY = 2**30
_SHARE = 0.5
# Multiply–accumulates that a core or two do in a second, and from how many seconds on it is said.
_PER_SECOND, _LONG = 2e10, 10.0
_MEBIBYTE = 2**20


class Budget:
    """What a conversion's levels cost, and which of them `memory` bytes have room for.

    Costs are those of one image of twice the window's size, by its pixels: they grow with the area. `finer` is how many
    times more cells a denser map has.
    """

    def __init__(self, conversion: "Conversion", memory: int | None = None, finer: float = 1.0) -> None:
        """Take the conversion; `memory` None is 1 GiB, or half of what the machine has free where that is less."""
        self._conversion, self._given, self._finer = conversion, memory, finer

    @cached_property
    def memory(self) -> int:
        """The bytes that a level may take."""
        if self._given is not None:
            return self._given
        free = available()
        return MEMORY if free is None else min(MEMORY, int(_SHARE * free))

    def bytes_of(self, padded: "Pair") -> int:
        """Return about how many bytes the activations of an image of that many pixels take."""
        return round(self._finer * self._costs.bytes_of(padded))

    def work_of(self, padded: "Pair") -> float:
        """Return about how many multiply–accumulates an image of that many pixels takes."""
        return self._finer * self._costs.work_of(padded)

    @cached_property
    def _costs(self) -> "ByArea":
        from fullconv.convert.cost.by_area import ByArea

        return ByArea(self._conversion)

    def room_of(self, padded: "Pair", held: bool = True) -> int | None:
        """Return how many bytes the pass over an image of that many pixels is to keep to; None: it does by itself.

        An image that is not `held` in memory is not read at once in any case.

        Raises:
            InputError: twice the window takes more.
        """
        twice = self._costs.least
        least = self.bytes_of((min(padded[0], twice[0]), min(padded[1], twice[1])))
        if least > self.memory:
            received = f"{_said(self.memory)}, and twice the window takes about {_said(least)}"
            raise InputError("locate.memory", received, f"Give locate.memory={least} bytes or more.")
        return None if held and self.bytes_of(padded) <= self.memory else self.memory

    def affordable(self, levels: "Sequence[Level]") -> "list[Level]":
        """Return the levels that there is memory for; say which are left out, and when all of them take long.

        Raises:
            InputError: there is none.
        """
        room = [self.bytes_of(level.padded) <= self.memory for level in levels]
        kept = [level for level, fits in zip(levels, room, strict=True) if fits]
        if levels and not kept:
            least = min(self.bytes_of(level.padded) for level in levels)
            received = f"{_said(self.memory)}, and the smallest level takes about {_said(least)}"
            raise InputError("locate.memory", received, f"Give locate.memory={least} bytes, or a smaller image.")
        for level, fits in zip(levels, room, strict=True):
            if not fits:
                size, taken = "{}×{}".format(*level.size), self.bytes_of(level.padded)
                told = (size, _said(taken), _said(self.memory), taken)
                log.warning("the level of %s pixels is left out: about %s, of %s; locate.memory=%d has room", *told)
        self.tell(kept)
        return kept

    def tell(self, levels: "Sequence[Level]") -> None:
        """Say it when levels take long."""
        seconds = sum(self.work_of(level.padded) for level in levels) / _PER_SECOND
        if seconds > _LONG:
            log.info("%d levels: about %.0f s of work on two cores", len(levels), seconds)


def available() -> int | None:
    """Return the bytes that the machine can give, None where it does not say."""
    facts = Path("/proc/meminfo")
    if not facts.is_file():
        return None
    found = [line.split()[1] for line in facts.read_text().splitlines() if line.startswith("MemAvailable:")]
    return int(found[0]) * 1024 if found else None


def _said(size: int) -> str:
    return f"{size / _MEBIBYTE:.0f} MiB"
