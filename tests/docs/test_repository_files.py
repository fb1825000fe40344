"""The files that tell others how to use, cite and change the project say what the project says."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def test_the_hooks_are_the_lines_of_make_lint() -> None:
    [local] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert local["repo"] == "local"
    assert all(hook["language"] == "system" for hook in local["hooks"])
    recipe = re.search(r"^lint:.*\n((?:\t.+\n)+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe is not None
    assert [hook["entry"] for hook in local["hooks"]] == [line.strip() for line in recipe[1].splitlines()]


def test_the_citation_is_of_this_version_and_licence() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert citation["cff-version"] == "1.2.0"
    assert {"message", "title", "authors"} <= set(citation)
    assert (citation["version"], citation["license"]) == (PROJECT["version"], PROJECT["license"])


def test_the_changelog_has_this_version_below_what_is_unreleased() -> None:
    headings = re.findall(r"^## \[(.+?)\](.*)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    versions = [version for version, _ in headings]
    assert versions[0] == "Unreleased"
    assert PROJECT["version"] in versions[1:]
    assert all(re.fullmatch(r" - \d{4}-\d\d-\d\d", date) for _, date in headings[1:])


def test_every_target_and_file_that_contributing_names_is_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"make ([a-z-]+)`", text)) <= set(targets)
    named = set(re.findall(r"`((?:src|conf|tests|docs|benchmarks)/[\w/.]*)`", text))
    assert named
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], str]:
    """The names of files in a wheel, and its metadata with the description."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder], cwd=ROOT, check=True)
    [file] = folder.glob("*.whl")
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        return names, next(archive.read(name).decode() for name in names if name.endswith(".dist-info/METADATA"))


def test_an_index_shows_the_readme_without_what_it_cannot_show(wheel: tuple[list[str], str]) -> None:
    head, _, shown = wheel[1].partition("\n\n")
    assert "Description-Content-Type: text/markdown" in head
    readme = (ROOT / "README.md").read_text()
    assert re.search(r"<img src=\"(?!\w+:)", readme)
    assert re.search(r"\]\((?!\w+:)", readme)
    assert "<img" not in shown
    assert not re.search(r"\]\((?!\w+:)", shown)
    assert "One mosaic of test digits" not in shown  # the caption of the picture that is left out
    wanted = re.findall(r"^(?:#|\$ |\| `).*$", readme, re.MULTILINE)
    assert len(wanted) > 10
    assert [line for line in wanted if line not in shown] == []


def test_every_file_names_the_same_authors(wheel: tuple[list[str], str]) -> None:
    [author] = PROJECT["authors"]
    assert f"Author: {author['name']}\n" in wheel[1]
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text())["authors"] == [author]
    assert re.search(rf"^Copyright \(c\) \d+ {author['name']}$", (ROOT / "LICENSE").read_text(), re.MULTILINE)


def test_the_pythons_are_those_that_it_installs_on() -> None:
    named = re.findall(r"Python :: 3\.(\d+)$", "\n".join(PROJECT["classifiers"]), re.MULTILINE)
    assert PROJECT["requires-python"] == f">=3.{named[0]},<3.{int(named[-1]) + 1}"


def test_the_wheel_has_our_licence_and_that_of_each_work_in_it(wheel: tuple[list[str], str]) -> None:
    names, metadata = wheel
    assert "License-Expression: MIT\n" in metadata
    for licence in ("LICENSE", "src/fullconv/imagenet/synsets.LICENSE.txt"):
        assert f"License-File: {licence}\n" in metadata
        assert any(name.endswith(f".dist-info/licenses/{licence}") for name in names)
    assert "fullconv/imagenet/synsets.LICENSE.txt" in names  # beside the table, too
