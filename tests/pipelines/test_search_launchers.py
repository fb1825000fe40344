"""Launchers for more than this process, and a guided search of real jobs."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import optuna
import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

ROOT = Path(__file__).resolve().parents[2]
TINY = (
    "experiment=smoke",
    "augment.epochs=0",
    "classifiers.augmented.augment.epochs=0",
    "train.epochs=3",
    "convert.images=20",
    "locate=fixed",
    "tracking=none",
    "mosaics.validation.images=2",
    "mosaics.test.images=1",
)


def _launcher(name: str, *overrides: str) -> Any:
    with initialize_config_dir(str(ROOT / "conf"), version_base="1.3"):
        config = compose("config", [f"hydra/launcher={name}", *overrides], return_hydra_config=True)
    config.hydra.runtime.cwd = "/somewhere"
    config.hydra.job.name = "experiment"
    return OmegaConf.to_container(config.hydra.launcher, resolve=True)


def test_slurm_takes_the_settings_as_submitit_knows_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from submitit import AutoExecutor
    from submitit.slurm.slurm import _make_sbatch_string

    # Only whether the command is there is asked.
    (tmp_path / "srun").write_text("")
    (tmp_path / "srun").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    given = _launcher("slurm", "hydra.launcher.partition=gpu", "hydra.launcher.gpus_per_node=1")
    for key in ("_target_", "submitit_folder"):
        given.pop(key)
    executor = AutoExecutor(folder=tmp_path, cluster="slurm", slurm_max_num_timeout=given.pop("max_num_timeout"))
    shared = {"timeout_min", "cpus_per_task", "gpus_per_node", "tasks_per_node", "mem_gb", "nodes", "name",
              "stderr_to_stdout"}  # fmt: skip
    executor.update_parameters(**{key if key in shared else f"slurm_{key}": value for key, value in given.items()})
    parameters = {key: value for key, value in executor._executor.parameters.items() if value is not None}
    script = _make_sbatch_string(command="work", folder=tmp_path, **parameters)
    for line in ("--partition=gpu", "--gpus-per-node=1", "--cpus-per-task=4", "--mem=8GB", "--time=240",
                 "--signal=USR2@120", "--job-name=fullconv"):  # fmt: skip
        assert f"#SBATCH {line}\n" in script, script
    assert executor._executor.max_num_timeout == 5


def test_a_job_on_ray_has_the_projects_code_and_asks_for_no_memory_of_the_cluster() -> None:
    ray = _launcher("ray_cluster")["ray"]
    assert ray["init"]["address"] == "auto"
    assert ray["init"]["object_store_memory"] is None
    assert ray["init"]["runtime_env"]["env_vars"]["PYTHONPATH"] == "/somewhere/src"
    assert ray["remote"] == {"num_cpus": 1}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the project without its outputs."""
    for name in ("conf", "pipelines", "src"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def _environment(root: Path) -> dict[str, str]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "MLFLOW_", "DVC_"))}
    return {**kept, "PYTHONPATH": str(root / "src"), "PYTHONWARNINGS": "ignore", "RAY_USAGE_STATS_ENABLED": "0"}


def _swept(root: Path, *overrides: str) -> str:
    done = subprocess.run(
        [sys.executable, "pipelines/experiment.py", "-m", *TINY, *overrides],
        cwd=root, env=_environment(root), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=400,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    return done.stdout


def _objectives(root: Path) -> list[float]:
    return [json.loads(path.read_text())["objective"] for path in (root / "multirun" / "jobs").glob("*/outcome.json")]


@pytest.mark.slow
def test_two_jobs_by_submitit_on_this_machine(copy: Path) -> None:
    said = _swept(copy, "hydra/launcher=slurm_local", "convert.head=window,cell", "train.epochs=1")
    assert said.count("finished") >= 2
    assert len(_objectives(copy)) == 2, said


@pytest.fixture
def ray_address(copy: Path) -> Iterator[str]:
    """A Ray of this machine's own, started in the project's folder: its workers keep to that."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ray = [str(Path(sys.executable).parent / "ray"), "start", "--head", f"--port={port}", "--block", "--num-cpus=2",
           "--node-ip-address=127.0.0.1", "--include-dashboard=false", "--disable-usage-stats",
           "--min-worker-port=20000", "--max-worker-port=20100", "--object-store-memory=100000000"]  # fmt: skip
    environment = {**_environment(ROOT), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        ray, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, cwd=copy
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if "Ray runtime started" in line:
                    break
            else:
                pytest.fail("Ray did not start")
            yield f"127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.mark.slow
def test_two_jobs_on_a_real_ray(copy: Path, ray_address: str) -> None:
    said = _swept(
        copy, "hydra/launcher=ray_cluster", f"hydra.launcher.ray.init.address={ray_address}",
        "convert.head=window,cell", "train.epochs=1",
    )  # fmt: skip
    assert "_run_job" in said, said
    assert len(_objectives(copy)) == 2, said


@pytest.mark.slow
def test_a_search_of_real_jobs_is_pruned_and_continues(copy: Path) -> None:
    search = (
        "hydra/sweeper=search", "hydra.sweeper.sampler=random",
        "classifiers.augmented.train.learning_rate=2e-2,1e-2,5e-3,1e-9,1e-8,1e-7",
        "hydra.sweeper.pruning={method:median,every:1,warmup:0,startup:1,images:2}", "hydra.launcher.n_jobs=1",
    )  # fmt: skip
    said = _swept(copy, *search, "hydra.sweeper.trials=6", "train.epochs=5")
    backend = optuna.storages.journal.JournalFileBackend(str(copy / "multirun" / "search.journal"))
    storage = optuna.storages.JournalStorage(backend)
    (name,) = optuna.get_all_study_names(storage)
    trials = optuna.load_study(study_name=name, storage=storage).trials
    states = {trial.state.name for trial in trials}
    assert states == {"COMPLETE", "PRUNED"}, said
    # Of five epochs four are measured: after the last comes the evaluation itself. A pruned trial has fewer.
    assert all(len(one.intermediate_values) < 4 for one in trials if one.state.name == "PRUNED"), said
    done = [one.intermediate_values for one in trials if one.state.name == "COMPLETE"]
    assert {len(values) for values in done if values} == {4}, said  # a job that was finished before measures nothing
    assert "pruned" in said
    best = OmegaConf.load(copy / "multirun" / "best.yaml")
    rate = optuna.load_study(study_name=name, storage=storage).best_params["classifiers.augmented.train.learning_rate"]
    assert best.classifiers.augmented.train.learning_rate == float(rate)
