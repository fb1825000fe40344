"""Train → convert → evaluate in memory: one job of a sweep, one child run on MLflow.

python pipelines/experiment.py -m model=swish,lenet convert.head=window,cell
"""

import logging

from hydra.core.hydra_config import HydraConfig

from fullconv.config.load import chosen_name
from fullconv.config.program import program
from fullconv.config.schema import ExperimentConfig

log = logging.getLogger(__name__)


@program
def main(settings: ExperimentConfig) -> float:
    """Return the objective, such as the validation mosaics' AP50."""
    from fullconv.track.job import run_job

    overrides = HydraConfig.get().overrides.task
    objective = run_job(settings, label=" ".join(overrides) or chosen_name(settings))
    log.info("%s = %.4f", settings.objective, objective)
    return objective


if __name__ == "__main__":
    main()
