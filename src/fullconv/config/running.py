"""The knobs of how programs run: where runs are logged and promoted to, what serve takes, a job; no result changes."""

from dataclasses import dataclass, field

from omegaconf import MISSING


@dataclass
class TrackingConfig:
    """Where runs are logged."""

    enabled: bool = True
    uri: str = MISSING
    experiment: str = MISSING
    artifacts: str | None = None  # folder for artifacts of a local store; beside the database if not given
    timeout: float = 5.0  # seconds that work waits for the store, at most: before it starts and after it ends


@dataclass
class RegistryConfig:
    """The registered model that runs are promoted to."""

    name: str = "fullconv"
    alias: str = "champion"
    metric: str = "validation/AP50"  # of a run, <set of mosaics>/<metric>; the greatest is promoted


@dataclass
class ServeConfig:
    """What `fullconv serve` listens on, and what it takes at most."""

    host: str = MISSING  # the address that it listens on; 127.0.0.1: this machine alone
    names: list[str] = field(default_factory=list)  # beside addresses and localhost, what the machine is called
    bytes: int = MISSING  # of a request
    pixels: int = MISSING  # of a picture, or of all images of a request
    waiting: int = MISSING  # requests that wait while one is searched; more are refused
    seconds: float = MISSING  # that a picture may take to arrive, and a search to end


@dataclass
class JobConfig:
    """How `fullconv experiment` runs a job; nothing here changes a result."""

    threads: int | None = None  # of one job; null: the cores divided by the jobs side by side
    again: bool = False  # run what is finished once more
    trial: int | None = None  # of a guided search; the sweeper says it
    sweep: str | None = None  # folder of the sweep that a job belongs to; the sweep says it
