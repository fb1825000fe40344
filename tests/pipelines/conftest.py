"""The whole pipeline on small data in a temporary clone, through real DVC, Hydra and MLflow."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from inspect import unwrap
from pathlib import Path
from typing import ClassVar

import mlflow
import pytest
import yaml
from hydra import compose, initialize_config_dir
from hydra.errors import HydraException
from mlflow.entities import Run
from mlflow.tracking import MlflowClient

from fullconv.config.composition import refused
from fullconv.config.load import settings_from
from fullconv.config.overrides import overrides_of

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Project:
    """A clone and how to work in it."""

    root: Path
    names: ClassVar = ("augmented", "located")  # of `experiment=smoke`

    def stage(self, name: str, *overrides: str, fails: bool = False) -> str:
        """Run a stage as DVC does."""
        listed = yaml.safe_load((self.root / "dvc.yaml").read_text())["vars"]
        (hydra,) = (one["hydra"] for one in listed if "hydra" in one)
        return self.run(f"pipelines/{name}.py", *hydra.split(), *overrides, fails=fails)

    def here(self, name: str, *overrides: str) -> None:
        """Run what a stage runs on the clone's parameters in this process, where TensorFlow is loaded; errors rise."""
        with initialize_config_dir(str(self.root), version_base="1.3"):
            try:
                composition = compose("params", overrides_of(overrides))
            except HydraException as error:
                raise refused(error) from error
        before = mlflow.get_tracking_uri()
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(self.root)
            try:
                unwrap(import_module(f"fullconv.command.{name}").main)(settings_from(composition))
            finally:
                mlflow.set_tracking_uri(before)

    def git(self, *command: str) -> None:
        """Run git in the clone."""
        subprocess.run(["git", *command], cwd=self.root, env=self.environment(), check=True)

    def environment(self) -> dict[str, str]:
        """Return an environment in which the clone's own code runs, without this test run's settings."""
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "MLFLOW_", "DVC_"))}
        who = {f"GIT_{role}_{key}": "test@localhost" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
        return {
            **kept,
            **who,
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": str(self.root / "src"),
            "PYTHONWARNINGS": "ignore",
            "COLUMNS": "120",
        }

    def run(self, *command: str, fails: bool = False) -> str:
        """Return what a command prints on both channels; a surprise is an error that shows it."""
        done = subprocess.run(
            [sys.executable, "-m", *command] if command[0] == "dvc" else [sys.executable, *command],
            cwd=self.root,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        assert (done.returncode != 0) == fails, f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}"
        return done.stdout

    def runs(self, database: str = "mlflow.db", **tags: str) -> list[Run]:
        """Return the runs on this clone's dashboard that carry all tags."""
        client = MlflowClient(f"sqlite:///{self.root}/{database}")
        experiment = client.get_experiment_by_name("fullconv")
        assert experiment is not None
        query = " and ".join(f"tags.`{key}` = '{value}'" for key, value in tags.items())
        return list(client.search_runs([experiment.experiment_id], query))


def clone(target: Path) -> Project:
    """Copy what git would hold, uncommitted changes included, into a repository of its own."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.splitlines():
        # The lock file is of MNIST; this clone makes its own.
        if name == "dvc.lock" or not (ROOT / name).is_file():
            continue
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target / name)
    project = Project(target)
    for command in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "clone"]):
        project.git(*command)
    return project


@pytest.fixture(scope="session")
def copied() -> Callable[[Path], Project]:
    """Return what makes a clone of one's own."""
    return clone


@pytest.fixture(scope="session")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A clone in which `dvc exp run` has run every stage."""
    made = clone(tmp_path_factory.mktemp("clone") / "fullconv")
    made.run("dvc", "exp", "run", "--name", "first", "-S", "experiment=smoke")
    made.git("add", "-A")
    made.git("commit", "-qm", "first")
    return made
