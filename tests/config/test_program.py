"""A program's refusals are one line, whoever refuses: Hydra, the schema, or the stage."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
from fullconv.config.program import program
from fullconv.errors import InputError

@program
def main(settings):
    if settings.out is not None:
        raise InputError("out", "two\\nlines", "Mend it.")
    print("seed", settings.seed)
    if settings.image is not None:
        print(settings.image, settings.classifier.path, settings.data.classes)

main()
"""


def run(folder: Path, *overrides: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a program that lies beside conf/, as those of pipelines/ do."""
    (folder / "programs").mkdir(exist_ok=True)
    (folder / "programs" / "small.py").write_text(PROGRAM)
    if not (folder / "conf").exists():
        (folder / "conf").symlink_to(ROOT / "conf")
    kept = {key: value for key, value in os.environ.items() if key != "HYDRA_FULL_ERROR"}
    return subprocess.run(
        [sys.executable, "programs/small.py", *overrides],
        cwd=folder, env={**kept, "PYTHONPATH": str(ROOT / "src"), **environment}, capture_output=True, text=True,
    )  # fmt: skip


def test_a_task_gets_typed_settings(tmp_path: Path) -> None:
    done = run(tmp_path, "seed=7")
    assert (done.returncode, done.stdout) == (0, "seed 7\n")


def test_texts_arrive_as_they_were_typed(tmp_path: Path) -> None:
    words = (
        "image=${x} (1), 猫.png",
        "classifier.path=größe/epoch=05 (1).keras",
        "data.classes=[Speed limit (20km/h), it's]",
    )
    done = run(tmp_path, *words, "out=null")
    assert done.stderr == ""
    assert done.stdout.splitlines()[1] == (
        "${x} (1), 猫.png größe/epoch=05 (1).keras ['Speed limit (20km/h)', \"it's\"]"
    )


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("train.epochs=3)", "train.epochs=3): its value cannot be read."),
        ("dog.png", "dog.png: no KEY=VALUE. Give each knob as KEY=VALUE, such as image=dog.jpg"),
        (
            "train.epochs=1,2",
            "configuration: Ambiguous value for argument 'train.epochs=1,2'. Give one; fullconv experiment -m",
        ),
        ("+augment.angle=3", "augment.angle: Key 'angle' not in 'AugmentConfig'."),
        ("classifier.pth=my.keras", "configuration: Could not override 'classifier.pth'"),
        ("model=alexnet", "model: there is no model/alexnet."),
        ("classifier=nobody", "classifier: received 'nobody'"),
        ("out=here", "out: two lines. Mend it."),
    ],
)
def test_a_refusal_is_one_line_and_exit_code_1(override: str, said: str, tmp_path: Path) -> None:
    done = run(tmp_path, override)
    assert done.returncode == 1
    assert done.stdout == ""
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: {said}")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-m", "seed=1,2"], "-m: the jobs of this program would write to the same files."),
        (["seed=1,2", "--multirun"], "-m: "),
        (["hydra.mode=MULTIRUN", "seed=1"], "-m: "),
        (["sweep=stride"], "sweep=stride: a sweep is many jobs, and -m is not given. Run fullconv experiment -m sweep"),
    ],
    ids=" ".join,
)
def test_jobs_that_would_share_files_are_refused(words: list[str], said: str, tmp_path: Path) -> None:
    done = run(tmp_path, *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"error: {said}")
    assert not (tmp_path / "multirun").exists()


@pytest.mark.parametrize("name", ["train", "convert", "evaluate"])
def test_what_a_job_does_is_told_with_the_command_that_is_right(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["fullconv", "-m", "model=swish,lenet", "data.path=a b"])
    with pytest.raises(SystemExit):
        importlib.import_module(f"fullconv.command.{name}").main()
    assert "fullconv experiment -m model=swish,lenet 'data.path=a b'." in capsys.readouterr().err


def test_a_sweeps_composition_is_shown_without_running_it(tmp_path: Path) -> None:
    done = run(tmp_path, "sweep=stride", "--cfg", "hydra")
    assert done.returncode == 0
    assert "locate.stride: 8,4,2" in done.stdout


def test_a_path_alone_is_told_with_what_a_person_wants_of_it(tmp_path: Path) -> None:
    for name in ("dog (1).jpg", "my.keras"):
        (tmp_path / name).touch()
    picture, model = (run(tmp_path, name).stderr for name in ("dog (1).jpg", "my.keras"))
    assert "fullconv locate classifier=efficientnet_lite0 image='dog (1).jpg' out=found." in picture
    assert model == "error: my.keras: no KEY=VALUE. Did you mean classifier=my.keras?\n"


def test_who_asks_hydra_for_the_full_error_gets_it(tmp_path: Path) -> None:
    done = run(tmp_path, "model=alexnet", HYDRA_FULL_ERROR="1")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
