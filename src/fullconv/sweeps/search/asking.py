"""A guided search over Hydra's jobs: ask Optuna, launch, tell; whatever launcher runs the jobs."""

import json
import logging
import math
import os
import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Quote, QuotedString
from hydra.core.utils import JobReturn, JobStatus
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from optuna.trial import TrialState

from fullconv.errors import InputError
from fullconv.report.flat import flat
from fullconv.sweeps.search.pruning import SEARCH
from fullconv.sweeps.search.report import ranked, table_of, write_best
from fullconv.sweeps.search.settings import SearchConfig, check_search
from fullconv.sweeps.search.space import Space, space_of
from fullconv.sweeps.search.study import address_of, ask, counted, give_up_lost, interrupt, open_study, storage_of

if TYPE_CHECKING:
    from hydra.plugins.launcher import Launcher
    from hydra.types import HydraContext

log = logging.getLogger(__name__)

# Settings that say how and where a job works, not what it computes.
_HOW = ("hydra.", "job.", "tracking.", "data.sources", "data.path", "data.cache", "data.timeout")


@dataclass(frozen=True)
class Bench:
    """What Hydra hands to a sweeper."""

    context: "HydraContext"
    launcher: "Launcher"
    config: DictConfig

    def composed(self, overrides: Sequence[str]) -> DictConfig:
        """Return a job's composition."""
        return self.context.config_loader.load_sweep_config(self.config, list(overrides))


def search(bench: Bench, config: SearchConfig, arguments: Sequence[str]) -> list[Sequence[JobReturn]]:
    """Search until `trials` have ended; return what each launch returned.

    Raises:
        InputError: a knob, a space or a storage that cannot be used, or a study of something else.
        HydraException: a value that does not compose; nothing has been launched then.
    """
    check_search(config)
    side_by_side = config.batch or jobs_at_once(bench.config.hydra.launcher)
    given = [f"{key}={value}" for key, value in config.params.items()]
    parser = OverridesParser.create(config_loader=bench.context.config_loader)
    space = space_of(parser.parse_overrides([*given, *arguments]))
    for probe in space.probes():
        bench.composed(probe)
    address = address_of(config.storage)
    study = open_study(config, storage_of(address), space, _fixed(bench.composed(space.fixed)))
    log.info("study %s in %s", study.study_name, config.storage)
    lost = give_up_lost(study, space)
    if lost:
        log.info("%d trials were cut off; what they tried comes first", lost)
    returned = []
    while (open_trials := config.trials - len(counted(study))) > 0:
        trials = [ask(study, config, space) for _ in range(min(side_by_side, open_trials))]
        returned.append(_launched(bench, config, space, study, address, trials))
    _report(bench, study, space)
    return returned


def jobs_at_once(launcher: DictConfig) -> int:
    """Return how many jobs a launcher runs side by side.

    Raises:
        InputError: it does not say so.
    """
    kind = str(launcher._target_).rpartition(".")[2]
    if kind == "BasicLauncher":
        return 1
    jobs = launcher.get("n_jobs")
    if jobs is None:
        raise InputError(
            "hydra.sweeper.batch",
            f"null, and {kind} does not say how many jobs it runs side by side",
            "Give hydra.sweeper.batch=NUMBER: so many are launched at once, and waited for.",
        )
    # joblib counts from behind: -1 is all cores.
    return int(jobs) if jobs > 0 else max(1, (os.cpu_count() or 1) + 1 + int(jobs))


def _fixed(composition: DictConfig) -> dict[str, Any]:
    """Return the settings that stay the same, as flat keys."""
    whole = OmegaConf.to_container(composition, resolve=False)
    assert isinstance(whole, dict)
    return {
        key: value for key, value in flat({str(k): v for k, v in whole.items()}).items() if not key.startswith(_HOW)
    }


def _launched(
    bench: Bench, config: SearchConfig, space: Space, study: Any, address: str, trials: list[Any]
) -> Sequence[JobReturn]:
    """Launch trials side by side and tell how each ended; the same values are tried once."""
    by_values: dict[tuple[str, ...], list[Any]] = {}
    for trial in trials:
        by_values.setdefault(tuple(space.overrides(trial.params)), []).append(trial)
    jobs = []
    for values, same in list(by_values.items()):
        job = [*values, *_address(config, study, address, same[0].number)]
        try:
            bench.composed(job)
        except (HydraException, OmegaConfBaseException) as error:
            log.warning("trial %d fails: %s: %s", same[0].number, " ".join(values), str(error).splitlines()[0])
            _tell(study, by_values.pop(values), math.nan)
        else:
            jobs.append(job)
    if not jobs:
        return []
    returned = bench.launcher.launch(jobs, initial_job_idx=trials[0].number)
    for same, job_return in zip(by_values.values(), returned, strict=True):
        _tell(study, same, _objective(job_return))
    return returned


def _address(config: SearchConfig, study: Any, storage: str, number: int) -> list[str]:
    """Return overrides by which a job finds its trial, in whichever process it runs."""
    content = {"storage": storage, "study": study.study_name, "trial": number, "pruning": asdict(config.pruning)}
    quoted = QuotedString(json.dumps(content), Quote.single).with_quotes()
    return [f"job.trial={number}", f"++hydra.job.env_set.{SEARCH}={quoted}"]


def _objective(job_return: JobReturn) -> float:
    if job_return.status is not JobStatus.COMPLETED:
        log.warning("%s fails: %s", " ".join(job_return.overrides or []), job_return._return_value)
        return math.nan
    value = job_return.return_value
    return float(value) if isinstance(value, int | float) else math.nan


def _tell(study: Any, same: list[Any], value: float) -> None:
    """Tell the end of trials of the same values; one that its job has told as pruned stays so."""
    first, *others = same
    good = math.isfinite(value)
    study.tell(
        first.number,
        value if good else None,
        state=TrialState.COMPLETE if good else TrialState.FAIL,
        skip_if_finished=True,
    )
    for other in others:
        # A second number of the same trial is no trial: it would weigh twice, and cost nothing.
        interrupt(study, other)


def _report(bench: Bench, study: Any, space: Space) -> None:
    sys.stdout.write(f"{table_of(study, space)}\n")
    best = ranked(study)[:1]
    if not best:
        log.warning("no trial has an objective")
        return
    overrides = space.overrides(best[0].params)
    path = Path(bench.config.hydra.sweep.dir) / "best.yaml"
    write_best(path, bench.composed(overrides), best[0], overrides)
    sys.stdout.write(
        f"the best again: {shlex.join(['python', sys.argv[0], *overrides])}\nor all its settings: {path}\n"
    )
