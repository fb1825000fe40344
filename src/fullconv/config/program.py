"""A program of one stage: Hydra composes, the schema checks, a person's error is one line."""

import logging
import os
import shlex
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from fullconv.config.composition import refused
from fullconv.config.help import FLAGS, help_of
from fullconv.config.layout import used_conf
from fullconv.config.load import settings_from
from fullconv.config.orphans import end_with_dvc
from fullconv.config.overrides import DRY, is_many, overrides_of
from fullconv.config.schema import ExperimentConfig
from fullconv.config.signs import started, starting
from fullconv.errors import InputError, storage_error
from fullconv.terminal.pages import show_page

log = logging.getLogger(__name__)

_OF_A_JOB = ("train", "convert", "evaluate")  # what a job of a sweep does
_SHOWS = ("-c", "--cfg", "-i", "--info")  # Hydra shows the composition, and runs nothing
FULL_ERROR = "HYDRA_FULL_ERROR"  # an environment variable: a person who sets it wants to see where


def program(task: Callable[[ExperimentConfig], Any], foretells: bool = False) -> Callable[[], None]:
    """Make a Hydra program on `conf/` of a function of typed settings; an InputError ends it with exit code 1.

    So does a disk that is full, read-only or broken. A stage ends when the DVC that started it has died. A person's
    texts reach the settings as they were typed. `--help` begins with what the function's module says of itself. One
    that `foretells` takes `--dry-run`.
    """
    return composition_program(_on_settings(task), foretells)


def composition_program(
    task: Callable[[DictConfig], Any], foretells: bool = False, sweeps: bool = False
) -> Callable[[], None]:
    """Make a Hydra program as `program` does, of a function that takes the composition as it is, not yet checked.

    One that `sweeps` takes `-m`: its jobs write to files of their own.
    """

    @wraps(task)
    def main() -> None:
        conf = used_conf()
        if set(FLAGS) & set(sys.argv[1:]):
            show_page(help_of(sys.modules[task.__module__].__doc__ or "", conf))
            return
        end_with_dvc()
        try:
            _check_flags(sys.argv[1:], task.__module__.rpartition(".")[2], foretells, sweeps)
            sys.argv[1:] = overrides_of(sys.argv[1:])
        except InputError as error:
            _end(error)
        hydra_main = hydra.main(version_base="1.3", config_path=str(conf), config_name="config")(_seen(task))
        if not set(_SHOWS) & set(sys.argv[1:]):
            starting()
        if os.environ.get(FULL_ERROR):
            hydra_main()
            return
        # Hydra would print a composition that fails over many lines; so it raises instead.
        os.environ[FULL_ERROR] = "1"
        try:
            hydra_main()
        except (HydraException, OmegaConfBaseException) as error:
            _end(refused(error))
        except OSError as error:  # of Hydra's own files
            _end_if_storage(error)
            raise
        finally:
            os.environ.pop(FULL_ERROR, None)

    return main


def _seen(task: Callable[[DictConfig], Any]) -> Callable[[DictConfig], Any]:
    @wraps(task)
    def run(composition: DictConfig) -> Any:
        started()
        return task(composition)

    return run


def _check_flags(words: Sequence[str], name: str, foretells: bool, sweeps: bool) -> None:
    """Refuse what Hydra would take and the program cannot: jobs side by side that write to the same files, above all.

    Raises:
        InputError: a flag that the program does not have, or a sweep without the flag that makes it one.
    """
    if DRY in words and not foretells:
        raise InputError(DRY, "no flag of this program", "Leave it out: fullconv locate alone has it.")
    many, given = any(map(is_many, words)), [word for word in words if not is_many(word)]
    chosen = [word for word in given if word.lstrip("+").startswith("sweep=")]
    apart = shlex.join(["fullconv", "experiment", "-m", *given])
    if many and not sweeps:
        mend = f"Jobs with files of their own: {apart}." if name in _OF_A_JOB else "Run it once for each value."
        raise InputError("-m", "the jobs of this program would write to the same files", mend)
    if chosen and not many and not set(_SHOWS) & set(words):
        raise InputError(chosen[0], "a sweep is many jobs, and -m is not given", f"Run {apart}.")


def _on_settings(task: Callable[[ExperimentConfig], Any]) -> Callable[[DictConfig], Any]:
    @wraps(task)
    def run(composition: DictConfig) -> Any:
        try:
            return task(settings_from(composition, HydraConfig.get().overrides.task))
        except InputError as error:
            log.debug("where it was raised", exc_info=True)
            _end(error)
        except Exception as error:
            _end_if_storage(error)
            raise

    return run


def report(error: InputError) -> None:
    """Print an error in one line."""
    # What Keras or a parser says may span lines.
    print(f"error: {' '.join(str(error).split())}", file=sys.stderr)


def _end_if_storage(error: Exception) -> None:
    refusal = storage_error(error)
    if refusal is not None:
        log.debug("where it was raised", exc_info=True)
        _end(refusal)


def _end(error: InputError) -> None:
    started()
    report(error)
    raise SystemExit(1) from None
