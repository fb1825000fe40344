"""A program of one stage: Hydra composes, the schema checks, a person's error is one line."""

import logging
import os
import sys
from collections.abc import Callable
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
from fullconv.config.overrides import DRY, overrides_of
from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError, storage_error
from fullconv.terminal.pages import show_page

log = logging.getLogger(__name__)

FULL_ERROR = "HYDRA_FULL_ERROR"  # an environment variable: a person who sets it wants to see where


def program(task: Callable[[ExperimentConfig], Any], foretells: bool = False) -> Callable[[], None]:
    """Make a Hydra program on `conf/` of a function of typed settings; an InputError ends it with exit code 1.

    So does a disk that is full, read-only or broken. A stage ends when the DVC that started it has died. A person's
    texts reach the settings as they were typed. `--help` begins with what the function's module says of itself. One
    that `foretells` takes `--dry-run`.
    """
    return composition_program(_on_settings(task), foretells)


def composition_program(task: Callable[[DictConfig], Any], foretells: bool = False) -> Callable[[], None]:
    """Make a Hydra program as `program` does, of a function that takes the composition as it is, not yet checked."""

    @wraps(task)
    def main() -> None:
        conf = used_conf()
        if set(FLAGS) & set(sys.argv[1:]):
            show_page(help_of(sys.modules[task.__module__].__doc__ or "", conf))
            return
        if DRY in sys.argv[1:] and not foretells:
            _end(InputError(DRY, "no flag of this program", "Leave it out: fullconv locate alone has it."))
        end_with_dvc()
        try:
            sys.argv[1:] = overrides_of(sys.argv[1:])
        except InputError as error:
            _end(error)
        hydra_main = hydra.main(version_base="1.3", config_path=str(conf), config_name="config")(task)
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
    report(error)
    raise SystemExit(1) from None
