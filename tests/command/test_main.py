"""`fullconv`: one screen of help, subcommands that are there, and a word for who mistypes one."""

import importlib
import inspect
import os
import re
import shlex
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from fullconv.command.main import COMMANDS, help_text, main
from fullconv.config.overrides import overrides_of

ROOT = Path(__file__).resolve().parents[2]


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> None:
    monkeypatch.setattr(sys, "argv", ["fullconv", *words])
    main()


@pytest.mark.parametrize("words", [(), ("--help",), ("-h",), ("help",)])
def test_help_is_one_screen_and_begins_with_the_most_usual(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(monkeypatch, *words)
    said = capsys.readouterr().out
    assert said == help_text() + "\n"
    lines = said.splitlines()
    assert len(lines) <= 24
    assert max(map(len, lines)) <= 80
    assert lines[2].startswith("fullconv locate ")
    assert [line.split()[0] for line in lines if re.match(r"  \w+ ", line)] == list(COMMANDS)


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['fullconv', '--help']; from fullconv.command.main import main; main();"
        "print(sorted({'tensorflow', 'keras', 'hydra', 'omegaconf', 'mlflow', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("module", ["fullconv", "fullconv.command.main"])
def test_a_module_run_by_its_name_is_the_program(module: str) -> None:
    done = subprocess.run([sys.executable, "-m", module, "lokate"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "error: lokate: there is no such subcommand. Did you mean locate?\n")


def test_its_version(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    run(monkeypatch, "--version")
    assert capsys.readouterr().out == f"fullconv {version('fullconv')}\n"


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("lokate", "Did you mean locate?"),
        ("Train", "Did you mean train?"),
        ("image=a.png", "fullconv --help shows them."),
    ],
)
def test_an_unknown_subcommand_is_one_line(word: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit) as caught:
        run(monkeypatch, word)
    assert caught.value.code == f"error: {word}: there is no such subcommand. {said}"


@pytest.mark.parametrize("name", COMMANDS)
def test_each_subcommand_is_there_and_begins_with_examples_that_can_be_read(name: str) -> None:
    module = importlib.import_module(f"fullconv.command.{COMMANDS[name][0]}")
    assert callable(module.main)
    says = inspect.cleandoc(module.__doc__ or "").splitlines()
    assert says[0].endswith((".", "?"))
    assert says[1] == ""
    first = says[2 : says.index("", 2) if "" in says[2:] else None]
    examples = [line for line in first if line.startswith(f"fullconv {name}")]
    assert len(examples) >= (3 if name == "locate" else 1)
    for line in examples:
        words = shlex.split(re.split(r" {3,}", line)[0])
        assert len(overrides_of(words[2:])) == len(words) - 2


def test_the_words_behind_it_reach_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    from fullconv.command import convert

    seen: list[list[str]] = []
    monkeypatch.setattr(convert, "main", lambda: seen.append(list(sys.argv)))
    run(monkeypatch, "convert", "classifier.path=a (1).keras", "--cfg", "job")
    assert seen == [["fullconv", "classifier.path=a (1).keras", "--cfg", "job"]]


def test_every_script_of_pipelines_is_one_of_them() -> None:
    modules = {module for module, _ in COMMANDS.values()}
    for path in (ROOT / "pipelines").glob("*.py"):
        found = re.search(r"^from fullconv\.command\.(\w+) import main$", path.read_text(), flags=re.MULTILINE)
        assert found is not None
        modules.remove(found[1])
    assert modules == set()


@pytest.mark.parametrize("words", [["--help"], ["locate", "--help"]])
def test_a_reader_that_leaves_early_is_no_error(words: list[str]) -> None:
    program = "import sys; from fullconv.command.main import main; sys.stdin.read(); main()"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen(
        [sys.executable, "-c", program, *words],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()  # before it writes: it waits for the end of its own input
    process.stdin.close()
    assert (process.stderr.read(), process.wait()) == (b"", 0)
    process.stderr.close()
