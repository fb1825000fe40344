"""The README's numbers are those of the result files, and what it names is there."""

import re
import tomllib

import yaml
from pages import ROOT, cells, result, table

README = (ROOT / "README.md").read_text()


def test_the_results_table_is_the_summary() -> None:
    summary = result("benchmarks/results/pipeline/summary.json")
    shown = table(README, "classifier")
    assert list(shown) == yaml.safe_load((ROOT / "params.yaml").read_text())["names"]
    for name, row in shown.items():
        test = summary[name]["test"]
        assert row["validation accuracy"] == f"{summary[name]['val_accuracy']:.4f}"
        assert row["AP50"] == f"{test['AP50']:.3f}"
        assert row["AP"] == f"{test['AP']:.3f}"
        assert row["pointing game"] == f"{test['pointing']:.3f}"
        assert row["centre accuracy"] == f"{test['centre']:.3f}"
        assert row["certificate"] == f"{summary[name]['max_difference']:.1e}"


def test_it_is_short() -> None:
    assert len(README.split()) <= 900


def test_the_two_commands_are_the_first() -> None:
    shown = re.findall(r"^\$ (.+?)(?: +#.*)?$", README, flags=re.MULTILINE)
    assert shown[:2] == ["make repro", "make test"]


def minutes(seconds: list[float]) -> str:
    """Return the least and the most of some times; once where they are alike."""
    return " to ".join(dict.fromkeys(f"{one / 60:.0f}" for one in (min(seconds), max(seconds))))


def test_the_first_steps_take_what_was_measured() -> None:
    steps = result("benchmarks/results/first_steps.json")
    words = " ".join(README.split())
    demo, repro, tests = steps["demo"], steps["repro"], steps["test"]
    assert f"{demo['with_installation']:.0f} s with their installation" in words
    assert f"nearby, {demo['seconds']:.0f} s without it, on {demo['machine']['cores']} cores" in words
    assert f"`make repro` took {minutes(repro['seconds'])} minutes" in words
    assert f"{repro['bytes'] / 1e9:.1f} GB beside the {steps['environment_bytes'] / 1e9:.1f} GB of `.venv`" in words
    assert f"`make test` {minutes(tests['seconds'])} minutes" in words


def test_the_wheel_that_it_installs_is_of_this_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f'"dist/fullconv-{version}-py3-none-any.whl[imagenet]"' in README


def test_a_cell_of_a_table_says_one_thing() -> None:
    for line in README.splitlines():
        if line.startswith("| "):
            assert all(len(cell.split()) <= 8 and ";" not in cell for cell in cells(line)), line


def test_every_make_target_named_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    assert set(re.findall(r"make ([a-z-]+)", README)) <= targets
