"""Train → convert → evaluate in memory: one job of a sweep, one child run on MLflow.

python pipelines/experiment.py -m model=swish,lenet convert.head=window,cell
"""

import logging

import hydra
from hydra.core.hydra_config import HydraConfig

from fullconv.config.load import stage
from fullconv.config.schema import ExperimentConfig

log = logging.getLogger(__name__)


@hydra.main(version_base="1.3", config_path="../conf", config_name="config")
@stage
def main(settings: ExperimentConfig) -> float:
    """Return the objective, such as the validation mosaics' AP50."""
    from fullconv.track.job import run_job

    overrides = HydraConfig.get().overrides.task
    objective = run_job(settings, label=" ".join(overrides) or settings.classifier)
    log.info("%s = %.4f", settings.objective, objective)
    return objective


if __name__ == "__main__":
    main()
