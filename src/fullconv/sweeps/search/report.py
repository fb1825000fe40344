"""What a guided search found: the best trials as a table, the best settings as a file that runs again."""

import sys
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf
from optuna.trial import FrozenTrial, TrialState

from fullconv.files import whole_file
from fullconv.sweeps.search.space import Space

SHOWN = 10  # trials in the table
_LOGGING = ("hydra/job_logging", "hydra/hydra_logging")


def ranked(study: Any) -> list[FrozenTrial]:
    """Return the completed trials, best first; of equals the earlier."""
    done: list[FrozenTrial] = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    sign = -1 if study.direction.name == "MAXIMIZE" else 1
    return sorted(done, key=lambda trial: (sign * float(trial.value or 0), trial.number))


def table_of(study: Any, space: Space) -> str:
    """Return how many trials ended how, and the best of them with what they tried."""
    trials = study.get_trials(deepcopy=False)
    states = [(state, sum(one.state is state for one in trials)) for state in TrialState]
    lines = [f"{study.study_name}: " + ", ".join(f"{count} {state.name.lower()}" for state, count in states if count)]
    best = ranked(study)[:SHOWN]
    if best:
        lines.append("trial  objective  tried")
    lines += [f"{one.number:5d}  {one.value:9.4f}  {' '.join(space.varying(one.params))}" for one in best]
    return "\n".join(lines)


def write_best(path: Path, composition: DictConfig, trial: FrozenTrial, overrides: list[str]) -> None:
    """Write the whole composition of the best trial; `--config-dir` and `--config-name` run it again.

    Raises:
        InputError: the folder cannot be written.
    """
    program = Path(sys.argv[0])
    again = f"python {program} --config-dir={path.parent} --config-name={path.stem}"
    choices = composition.hydra.runtime.choices
    hydra = composition.hydra
    head = {
        "defaults": ["_self_", *({f"override {key}": choices[key]} for key in _LOGGING if choices.get(key))],
        "hydra": {"run": {"dir": hydra.run.dir}, "output_subdir": hydra.output_subdir},
    }
    task = OmegaConf.masked_copy(composition, [str(key) for key in composition if key != "hydra"])
    if OmegaConf.select(task, "job.sweep") is not None:
        task.job.sweep = None  # run again, it is a job of no sweep
    comment = f"# Trial {trial.number}, objective {trial.value:.6g}: {' '.join(overrides)}\n# Run it again:  {again}\n"
    with whole_file(path) as temporary:
        temporary.write_text(comment + OmegaConf.to_yaml(OmegaConf.create(head)) + OmegaConf.to_yaml(task))
