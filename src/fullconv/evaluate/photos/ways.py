"""The ways of searching that are compared: a head, one size alone or all of them, and how these are fused."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from fullconv.config.schema import LocateConfig
from fullconv.convert.geometry import Geometry, Pair
from fullconv.locate.levels.maps import FloatArray, LevelMaps
from fullconv.locate.levels.sizes import sizes_of

ALL = "all"


@dataclass(frozen=True)
class Way:
    """A head, `sizes` (one by its name, or all), and the fusion of all, `alone` for one."""

    head: str
    sizes: str
    fuse: str

    @property
    def name(self) -> str:
        """The way's name in a table, such as `cell 400` or `cell geometric`."""
        return f"{self.head} {self.fuse if self.sizes == ALL else self.sizes}"


class Ways:
    """The ways of one head: each of the levels of `locate` alone, and all of them in each fusion."""

    def __init__(self, config: LocateConfig, fusions: Sequence[str]) -> None:
        """Take the knobs of a search, its own way among them, and the fusions that are compared with its own."""
        self.own = Way(config.head, ALL, config.fuse)
        self._choices = _choices(config)
        # What is alone is the same in every fusion.
        self._fusions = list(dict.fromkeys([config.fuse, *(fusions if len(self._choices) > 1 else [])]))

    def sizes(self, size: Pair) -> list[Pair]:
        """Return every size (h, w) at which some way looks at a photo of `size` pixels."""
        return list(dict.fromkeys(one for config in self._choices.values() for one in sizes_of(config, size)))

    def choices(self, maps: LevelMaps) -> Iterator[tuple[str, LevelMaps]]:
        """Yield each choice of sizes by its name, all of them last, and the maps at these sizes."""
        for name, config in self._choices.items():
            yield name, maps.at(sizes_of(config, maps.size))

    def heats(self, maps: LevelMaps) -> Iterator[tuple[Way, Geometry, FloatArray]]:
        """Yield each way and its maps (S, H', W') on one grid."""
        for name, chosen in self.choices(maps):
            geometry, _ = chosen.grid()
            for fuse in self._fusions if name == ALL else ["alone"]:
                fused = chosen.fused("mean" if fuse == "alone" else fuse)
                yield Way(self.own.head, name, fuse), geometry, fused


def _choices(config: LocateConfig) -> dict[str, LocateConfig]:
    """Return each size or scale alone under its name (`400`, `200x320`, `x0.5`), and all; of a single one all."""
    alone = {f"x{factor:g}": replace(config, scales=[factor]) for factor in config.scales}
    if not config.scales:
        alone = {_name(size): replace(config, levels=[size]) for size in config.levels}
    return (alone if len(alone) > 1 else {}) | {ALL: config}


def _name(size: object) -> str:
    return "x".join(str(side) for side in size) if isinstance(size, list) else str(size)
