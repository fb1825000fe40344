"""A program's refusals are one line, whoever refuses: Hydra, the schema, or the stage."""

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
        ("dog.png", "dog.png: no KEY=VALUE."),
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


def test_who_asks_hydra_for_the_full_error_gets_it(tmp_path: Path) -> None:
    done = run(tmp_path, "model=alexnet", HYDRA_FULL_ERROR="1")
    assert done.returncode == 1
    assert "Traceback" in done.stderr
