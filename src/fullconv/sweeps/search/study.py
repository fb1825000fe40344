"""The study of a guided search: where it is kept, what it proposes with, and trials that a killed search left."""

import json
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import optuna
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock
from optuna.trial import FrozenTrial, TrialState

from fullconv.errors import InputError
from fullconv.sweeps.search.settings import PruningConfig, SearchConfig
from fullconv.sweeps.search.space import Space
from fullconv.track.identity import digest
from fullconv.track.store.locks import locked
from fullconv.track.store.opening import project_root
from fullconv.track.store.process import of_another_host, this_process, works_elsewhere

INTERRUPTED = "interrupted"  # a trial's attribute: no result, because the search ended before it
_OWNER = "search"  # a trial's attribute: the process that asked for it
_SPACE, _FIXED = "space", "fixed"  # a study's attributes: what is searched, and the settings that stay the same
_ASKING = timedelta(minutes=1)  # from a trial's first trace to its owner's name, at most

optuna.logging.set_verbosity(optuna.logging.WARNING)  # one line a trial on standard error would be said twice


@contextmanager
def _experiments() -> Iterator[None]:
    """Keep quiet that Optuna may still change an interface: the versions that we take are tested."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        yield


class _KernelLock(JournalFileOpenLock):
    """A lock that the kernel takes back from a killed process; Optuna's own would keep the next one waiting 30 s."""

    def __init__(self, file: str) -> None:
        self._file = Path(f"{file}.lock")
        self._held = ExitStack()

    def acquire(self) -> bool:
        self._held.enter_context(locked(self._file))
        return True

    def release(self) -> None:
        self._held.close()


def address_of(storage: str) -> str:
    """Return a storage's address with its file's path made absolute, from the project's root."""
    prefix = "sqlite:///"
    if storage.startswith(prefix):
        return prefix + str(project_root() / storage.removeprefix(prefix))
    if storage.startswith("postgresql://"):
        # SQLAlchemy 2.1 takes that for psycopg 3; the extra `server` brings psycopg2.
        return storage.replace("postgresql://", "postgresql+psycopg2://", 1)
    return storage if "://" in storage else str(project_root() / storage)


def storage_of(address: str) -> Any:
    """Return the storage at an absolute address, its file made if it was not there.

    Raises:
        InputError: it cannot be opened.
    """
    from sqlalchemy.exc import SQLAlchemyError

    where, mend = "hydra.sweeper.storage", "Start it, mend the address, or give a file."
    try:
        if "://" not in address:
            Path(address).parent.mkdir(parents=True, exist_ok=True)
            backend = JournalFileBackend(address, _KernelLock(address))
            return optuna.storages.JournalStorage(backend)
        if address.startswith("sqlite:///"):
            Path(address.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        # Jobs side by side write to one file: they wait for each other.
        waits: dict[str, Any] = {"connect_args": {"timeout": 60}} if address.startswith("sqlite") else {}
        return optuna.storages.RDBStorage(address, engine_kwargs={"pool_pre_ping": True, **waits})
    except ImportError as error:
        raise InputError(
            where, f"no driver for it ({_first_line(error)})", "Install the extra: fullconv[server]."
        ) from error
    except (OSError, ValueError, SQLAlchemyError, json.JSONDecodeError) as error:
        raise InputError(where, f"{address} cannot be used ({_first_line(error)})", mend) from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def open_study(config: SearchConfig, storage: Any, space: Space, fixed: Mapping[str, Any]) -> Any:
    """Return the study of this search, begun or continued.

    `fixed` are the settings of a job before what is varied. Without a name, another space or another setting makes
    another study.

    Raises:
        InputError: the study of that name searches something else.
    """
    searched = {"direction": config.direction, **space.as_dict()}
    name = config.study or f"search-{digest([searched, dict(fixed)])[:8]}"
    study = optuna.create_study(
        study_name=name,
        storage=storage,
        direction="minimize" if config.direction == "minimize" else "maximize",
        load_if_exists=True,
        pruner=pruner_of(config.pruning),
    )
    for key, wanted in ((_SPACE, searched), (_FIXED, dict(fixed))):
        held = study.user_attrs.get(key)
        if held is None:
            study.set_user_attr(key, wanted)
        elif held != json.loads(json.dumps(wanted)):
            differing = sorted(one for one in {*held, *wanted} if held.get(one) != wanted.get(one))
            raise InputError(
                "hydra.sweeper.study",
                f"{name!r} was begun with other values of {', '.join(differing[:5])}",
                "Give the same again, or another name; null makes one.",
            )
    return study


def sampler_of(config: SearchConfig, number: int) -> Any:
    """Return a sampler for trial `number`; seeded for it alone, so that a continued search proposes the same."""
    seed = int(np.random.SeedSequence([config.seed, number]).generate_state(1)[0])
    if config.sampler == "random":
        return optuna.samplers.RandomSampler(seed=seed)
    with _experiments():
        # Trials that still run count as bad ones: jobs side by side then try different things.
        return optuna.samplers.TPESampler(n_startup_trials=config.startup, constant_liar=True, seed=seed)


def pruner_of(config: PruningConfig) -> Any:
    """Return the pruner; epochs are its steps.

    `median`: Optuna's rule after Golovin et al. (2017), Vizier, section 3.2; `hyperband`: Li et al. (2018).
    """
    if config.method == "median":
        return optuna.pruners.MedianPruner(n_startup_trials=config.startup, n_warmup_steps=config.warmup)
    if config.method == "hyperband":
        return optuna.pruners.HyperbandPruner(min_resource=max(config.every, config.warmup, 1))
    return optuna.pruners.NopPruner()


def ask(study: Any, config: SearchConfig, space: Space) -> Any:
    """Return the next trial; what an interrupted one tried comes first."""
    proposed = _proposed(study, config, space)
    with _experiments():
        study.sampler = optuna.samplers.PartialFixedSampler(proposed, optuna.samplers.RandomSampler(config.seed))
    trial = study.ask(fixed_distributions=space.varied)
    trial.set_user_attr(_OWNER, this_process())
    return trial


def _proposed(study: Any, config: SearchConfig, space: Space) -> dict[str, Any]:
    """Return the sampler's next values, by key.

    It sees failed trials as worse than all others. Optuna leaves them out, and would propose what fails again and
    again, because nothing is known of it.
    """
    known = counted(study)
    seen = optuna.create_study(direction=study.direction, sampler=sampler_of(config, len(known)))
    seen.add_trials([_as_pruned(one) if one.state is TrialState.FAIL else one for one in known])
    return dict(seen.ask(fixed_distributions=space.varied).params)


def _as_pruned(trial: FrozenTrial) -> FrozenTrial:
    return optuna.trial.create_trial(
        state=TrialState.PRUNED, params=trial.params, distributions=trial.distributions, intermediate_values={}
    )


def counted(study: Any) -> list[FrozenTrial]:
    """Return the trials that count towards `trials`: finished, pruned, failed, and at work under any search."""
    return [
        trial
        for trial in study.get_trials(deepcopy=False)
        if (trial.state.is_finished() and INTERRUPTED not in trial.user_attrs)
        or (trial.state is TrialState.RUNNING and _OWNER in trial.user_attrs)
    ]


def give_up_lost(study: Any, space: Space) -> int:
    """Tell trials of searches that are no more as interrupted, put what they tried in the queue; return how many.

    Trials of another host stay as they are: they count, and nobody tries their values again.
    """
    lost = [one for one in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)) if _is_lost(one)]
    for trial in lost:
        # First the queue: killed between the two, the values are tried twice rather than never.
        if space.whole(trial):
            study.enqueue_trial(trial.params)
        interrupt(study, trial)
    return len(lost)


def interrupt(study: Any, trial: FrozenTrial) -> None:
    """Tell a trial as failed without a result; it does not count."""
    study._storage.set_trial_user_attr(trial._trial_id, INTERRUPTED, True)
    study.tell(trial.number, state=TrialState.FAIL, skip_if_finished=True)


def _is_lost(trial: FrozenTrial) -> bool:
    owner = trial.user_attrs.get(_OWNER)
    if owner is None:
        return trial.datetime_start is None or datetime.now() - trial.datetime_start > _ASKING
    # Machines search together: of another host's trials nothing is known.
    return not (owner == this_process() or of_another_host(owner) or works_elsewhere(owner))
