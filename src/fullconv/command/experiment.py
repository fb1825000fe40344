"""Train → convert → evaluate in memory: the jobs of a sweep, each in a process and a run of its own.

fullconv experiment -m model=swish,lenet convert.head=window,cell    four jobs
fullconv experiment -m sweep=learning_rate                           one of conf/sweep
fullconv experiment seed=3                                           one job alone

A sweep that was interrupted goes on by the same command: what is finished is not run again.
"""

from functools import partial

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from fullconv.config.program import composition_program
from fullconv.sweeps.sweep import sweep_closed


@partial(composition_program, sweeps=True)
def run(composition: DictConfig) -> float:
    """Return the objective, such as the validation mosaics' AP50; not a number for a job that failed."""
    from fullconv.sweeps.guard import guarded, place_of
    from fullconv.sweeps.outcomes import number_of

    outcome = guarded(composition, place_of(HydraConfig.get()))
    if composition.job.sweep is None and not outcome.done:
        raise SystemExit(f"error: {outcome.error}")
    return number_of(outcome.objective)


def main() -> None:
    """Run one job, or with -m a sweep of them; the exit code is 1 if a job failed."""
    with sweep_closed():
        run()
