"""The tutorials run from the first cell to the last, show pictures, and end with commands that exist."""

import re
import shlex
from pathlib import Path
from types import ModuleType
from typing import Any

import jupytext
import nbformat
import pytest
import yaml
from nbformat.v4 import new_code_cell

from fullconv.command.main import COMMANDS
from fullconv.config.load import compose_settings

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = sorted((ROOT / "docs" / "tutorials").glob("*.py"))
# The last runs commands, a process each: only in the slow tests.
NAMES = ["01_convolution", "02_arithmetic", "03_inspection", "04_conversion", "05_blocks"]


def cells(script: Path) -> list[Any]:
    return list(jupytext.read(script).cells)


def commands(script: Path) -> list[list[str]]:
    """Return the commands of the last cell, split as a shell would."""
    found = re.findall(r"^\$ (.+)$", cells(script)[-1].source, flags=re.MULTILINE)
    return [shlex.split(line, comments=True) for line in found]


def test_there_are_six_and_the_runner_finds_them(runner: ModuleType) -> None:
    assert [path.stem for path in SCRIPTS] == [*NAMES, "06_own_objects"]
    assert runner.tutorials() == SCRIPTS


# What trains or is timed for long, for less: no cell asserts how quick a way is, nor how well these networks find, only
# that one head names more digits right than the other, as it does after 6 epochs too.
SHORTER = {
    "01_convolution": {"for _ in range(3)]": "for _ in range(1)]"},
    "04_conversion": {"train.epochs=30": "train.epochs=6"},
    "05_blocks": {
        "background.windows=2000": "background.windows=200",
        "train.epochs=5": "train.epochs=1",
    },
}


def shorter(script: Path) -> Any:
    """Return a tutorial as a notebook that begins without the names of the one before."""
    text = script.read_text(encoding="utf-8")
    for long, short in SHORTER.get(script.stem, {}).items():
        assert text.count(long) == 1
        text = text.replace(long, short)
    notebook = jupytext.reads(text, fmt="py:percent")
    notebook.cells.insert(0, new_code_cell("%reset -f"))
    for cell in notebook.cells:
        cell.metadata["tutorial"] = script.stem
    return notebook


@pytest.fixture(scope="module")
def notebook(runner: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """All tutorials after one another, so that TensorFlow is imported once; `make tutorials` runs each alone."""
    path = tmp_path_factory.mktemp("tutorials") / "all.ipynb"
    whole, *others = map(shorter, SCRIPTS[: len(NAMES)])
    whole.cells += [cell for other in others for cell in other.cells]
    nbformat.write(whole, path)
    done = runner.executed(path)
    assert list(path.parent.iterdir()) == [path]
    return done


def check(cells: list[Any]) -> None:
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    assert sum("image/png" in output.get("data", {}) for output in outputs) >= 2
    said = "".join(output.text for output in outputs if output.get("name") == "stderr")
    assert said == ""


@pytest.mark.xdist_group("tutorials")
@pytest.mark.parametrize("name", NAMES)
def test_it_runs_and_shows_pictures(name: str, notebook: Any) -> None:
    check([cell for cell in notebook.cells if cell.metadata["tutorial"] == name])


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_it_runs_whole_and_alone(script: Path, runner: ModuleType) -> None:
    before = set(script.parent.iterdir())
    check(runner.executed(script).cells)
    assert set(script.parent.iterdir()) - before <= {script.parent / "__pycache__"}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_it_ends_with_what_to_try(script: Path) -> None:
    last = cells(script)[-1]
    assert last.cell_type == "markdown"
    assert last.source.startswith("## Try it in the pipeline")
    assert 2 <= len(commands(script)) <= 4


def overrides_of(words: list[str]) -> list[list[str]]:
    """Return the compositions that a command asks for: each value of a sweep once."""
    if words[:2] == ["dvc", "repro"]:
        assert set(words[2:]) <= set(yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"])
        return []
    if words[:3] == ["dvc", "exp", "run"]:
        assert set(words[3::2]) == {"-S"}
        return [words[4::2]]
    assert words[0] == "fullconv"
    assert words[1] in COMMANDS
    sweep = "-m" in words
    given = [word for word in words[2:] if word != "-m"]
    first = [re.sub(r"=(.*)$", lambda value: f"={value[1].split(',')[0]}" if sweep else value[0], one) for one in given]
    others = [
        [*first[:place], f"{one.split('=', 1)[0]}={value}", *first[place + 1 :]]
        for place, one in enumerate(given)
        if sweep and "," in one and "[" not in one
        for value in one.split("=", 1)[1].split(",")[1:]
    ]
    return [first, *others]


@pytest.mark.parametrize(
    "words", [words for script in SCRIPTS for words in commands(script)], ids=lambda words: " ".join(words)
)
def test_what_to_try_exists(words: list[str]) -> None:
    if words[0] == "make":
        targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
        assert words[1] in targets
        return
    for overrides in overrides_of(words):
        assert compose_settings(*overrides).classifiers
