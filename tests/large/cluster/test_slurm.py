"""What is submitted to Slurm: the script, by a stand-in for `sbatch` that keeps it."""

import signal
import stat
from pathlib import Path
from typing import Any

import distributed
import pytest

from fullconv.errors import InputError
from fullconv.large.cluster import slurm
from fullconv.sweeps.side_by_side import thread_environment

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")

OPTIONS = {"queue": "short", "cores": 16, "memory": "32GB", "walltime": "04:00:00", "interface": "lo"}


@pytest.fixture
def submitted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder in which what is submitted is kept."""
    for name, does in (("sbatch", f'cp "$1" {tmp_path}/$$.sh; echo Submitted batch job $$'), ("scancel", "true")):
        file = tmp_path / name
        file.write_text(f"#!/bin/sh\n{does}\n")
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return tmp_path


def test_the_script_of_a_job(submitted: Path) -> None:
    with slurm.slurm_cluster({**OPTIONS, "processes": 4, "jobs": 3}, thread_environment) as cluster:
        script = cluster.job_script()
        assert len(cluster.worker_spec) == 3
    for line in ("-p short", "--cpus-per-task=16", "--mem=30G", "-t 04:00:00"):
        assert f"#SBATCH {line}\n" in script
    assert "export TF_NUM_INTRAOP_THREADS=4\n" in script
    assert "export OMP_NUM_THREADS=4\n" in script
    command = script.splitlines()[-1]
    assert "--nworkers 4" in command
    # The last one counts: a worker does one tile at a time.
    assert command.split("--nthreads")[-1].split() == ["1", "--interface", "lo"]


def test_ctrl_c_stays_as_it_was(submitted: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    with slurm.slurm_cluster(OPTIONS, thread_environment):
        assert signal.getsignal(signal.SIGINT) is before


def test_a_worker_a_core_unless_told(submitted: Path) -> None:
    with slurm.slurm_cluster(OPTIONS, thread_environment) as cluster:
        script = cluster.job_script()
    assert "--nworkers 16" in script
    assert "export TF_NUM_INTRAOP_THREADS=1\n" in script


def test_workers_that_a_job_starts_join(submitted: Path) -> None:
    # As Slurm does: the script is kept, and runs when it may.
    (submitted / "sbatch").write_text(
        f'#!/bin/sh\ncp "$1" {submitted}/job.sh\nsetsid bash {submitted}/job.sh >{submitted}/said 2>&1 &\n'
        "echo Submitted batch job $!\n"
    )
    (submitted / "scancel").write_text("#!/bin/sh\nkill -- -$1\n")
    options = {"cores": 2, "memory": "2GB", "interface": "lo"}
    with slurm.slurm_cluster(options, thread_environment) as cluster, distributed.Client(cluster) as client:
        client.wait_for_workers(2, timeout=60)
        assert list(client.nthreads().values()) == [1, 1]
        assert set(client.run(eval, "__import__('os').environ['TF_NUM_INTRAOP_THREADS']").values()) == {"1"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"cores": None}, r"^locate\.cluster_options\.cores: missing\. Give"),
        ({"cores": "many"}, r"^locate\.cluster_options\.cores: received 'many'"),
        ({"memory": None}, r"^locate\.cluster_options\.memory: missing"),
        ({"jobs": 0}, r"^locate\.cluster_options\.jobs: received 0"),
        ({"colour": "red"}, r"^locate\.cluster_options: .*colour"),
    ],
)
def test_options_that_cannot_be(submitted: Path, change: dict[str, Any], said: str) -> None:
    options = {key: value for key, value in {**OPTIONS, **change}.items() if value is not None}
    with pytest.raises(InputError, match=said):
        slurm.slurm_cluster(options, thread_environment)


def test_a_machine_without_slurm_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=r"locate\.cluster: this machine has no sbatch"):
        slurm.slurm_cluster(OPTIONS, thread_environment)
