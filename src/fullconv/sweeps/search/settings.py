"""The knobs of a guided search; their values live in `conf/hydra/sweeper/search.yaml`."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from omegaconf import MISSING

from fullconv.config.checks.requirement import require
from fullconv.errors import InputError

DIRECTIONS = ("maximize", "minimize")
SAMPLERS = ("tpe", "random")
PRUNERS = ("none", "median", "hyperband")
SERVERS = ("sqlite", "postgresql", "postgresql+psycopg2")


@dataclass
class PruningConfig:
    """When a trial that does badly is ended before its last epoch."""

    method: str = MISSING  # none | median | hyperband
    every: int = MISSING  # epochs between two measurements of the objective
    warmup: int = MISSING  # epochs during which no trial is ended
    startup: int = MISSING  # trials that finish before any is ended
    images: int = MISSING  # mosaics of the objective's set that a measurement takes, the first


@dataclass
class SearchConfig:
    """A Hydra sweeper that asks Optuna what to try next."""

    _target_: str = "hydra_plugins.fullconv_search.SearchSweeper"
    params: dict[str, Any] = field(default_factory=dict)  # key: values in Hydra's grammar
    trials: int = MISSING  # finished, pruned and failed ones count
    study: str | None = None  # null: named after what is searched
    storage: str = MISSING  # a file, sqlite:///FILE or postgresql://USER@HOST/NAME
    direction: str = MISSING  # maximize | minimize
    sampler: str = MISSING  # tpe | random
    seed: int = MISSING
    startup: int = MISSING  # trials drawn at random first
    batch: int | None = None  # trials asked for at once; null: as many as the launcher runs side by side
    pruning: PruningConfig = field(default_factory=PruningConfig)


def check_search(config: SearchConfig) -> None:
    """Refuse knobs that cannot be.

    Raises:
        InputError: it names the knob.
    """
    at = "hydra.sweeper"
    _one_of(f"{at}.direction", config.direction, DIRECTIONS)
    _one_of(f"{at}.sampler", config.sampler, SAMPLERS)
    _one_of(f"{at}.pruning.method", config.pruning.method, PRUNERS)
    for key in ("trials", "batch"):
        value = getattr(config, key)
        require(value is None or value > 0, f"{at}.{key}", value, "Give 1 or more.")
    for key in ("seed", "startup"):
        require(getattr(config, key) >= 0, f"{at}.{key}", getattr(config, key), "Give 0 or more.")
    for key in ("every", "images"):
        value = getattr(config.pruning, key)
        require(value > 0, f"{at}.pruning.{key}", value, "Give 1 or more.")
    for key in ("warmup", "startup"):
        value = getattr(config.pruning, key)
        require(value >= 0, f"{at}.pruning.{key}", value, "Give 0 or more.")
    check_storage(config.storage)


def check_storage(storage: str) -> None:
    """Refuse an address of no known kind, or one that holds a password: it would be logged.

    Raises:
        InputError: one of the two.
    """
    where = "hydra.sweeper.storage"
    if "://" not in storage:
        return
    try:
        parts = urlsplit(storage)
        password = parts.password
    except ValueError as error:
        raise InputError(where, f"no address ({error})", "Give postgresql://USER@HOST:PORT/NAME.") from error
    if password is not None or "password" in parts.query:
        mend = "Leave it out; give it as PGPASSWORD in the environment, or in ~/.pgpass."
        raise InputError(where, "holds a password", mend)
    if parts.scheme not in SERVERS:
        raise InputError(where, f"received {storage!r}", f"Give a file, or one of {', '.join(SERVERS)} before ://.")


def _one_of(where: str, value: str, known: tuple[str, ...]) -> None:
    require(value in known, where, value, f"Choose one of {', '.join(known)}.")
