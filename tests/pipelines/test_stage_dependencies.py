"""dvc.yaml names the modules that each stage imports, no more and no fewer; DVC runs again what depends on a change."""

import ast
import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import grimp
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """tools/stages.py."""
    spec = importlib.util.spec_from_file_location("stages", ROOT / "tools" / "stages.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def stages() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]  # type: ignore[no-any-return]


def test_each_stage_depends_on_what_it_imports(tool: ModuleType) -> None:
    imports = tool.Imports()
    for name, stage in stages().items():
        wanted = tool.dependencies(imports, stage)
        assert stage["deps"] == wanted, "\n".join(
            [f"{name} in dvc.yaml is stale: run `make stages`. It depends on", *(f"      - {path}" for path in wanted)]
        )


def test_stale_lists_are_written_anew_and_nothing_else(tool: ModuleType) -> None:
    text = (ROOT / "dvc.yaml").read_text()
    stale = text.replace("      - src/fullconv/proof\n", "      - src/fullconv/gone.py\n")
    watched = [f"${{watched.{key}}}" for key in ("path", "annotations", "scenes")]
    listed = "".join(f"      - {path}\n" for path in [*watched, "pipelines/prepare.py"])
    before, after = stale.split(f"    deps:\n{listed}")
    in_one_line = f"{before}    deps: {json.dumps(watched)}\n{after[after.index('    params') :]}"
    assert len({text, stale, in_one_line}) == 3
    assert tool.rewritten(in_one_line) == tool.rewritten(text) == text


def test_types_do_not_count_and_imports_inside_of_functions_do(tool: ModuleType) -> None:
    imports = tool.Imports()
    found = imports.of("fullconv.command.convert")
    assert "fullconv.data.scenes.coco" in found  # imported by a function
    assert "fullconv.data.scenes.mosaics" not in found  # by coco, for a type
    assert "fullconv.dense.densify" in found  # by what it imports
    assert not any(name.startswith("fullconv.config") for name in found)


def test_a_folder_stands_for_all_its_modules_and_data_counts_with_what_names_it(tool: ModuleType) -> None:
    imports = tool.Imports()
    names = imports.of("fullconv.report.page.html")
    assert set(imports.paths({"fullconv.report.page.rendering"})) == {
        "src/fullconv/report/page/rendering.py",
        "src/fullconv/report/page/templates",
    }
    assert "src/fullconv/report/page" in set(imports.paths(names | {"fullconv.report.page.finder"}))
    assert set(imports.paths({"fullconv.imagenet.wordnet"})) == {
        "src/fullconv/imagenet/synsets.tsv",
        "src/fullconv/imagenet/wordnet.py",
    }


def test_a_package_itself_holds_nothing_that_a_stage_could_depend_on() -> None:
    for path in (ROOT / "src" / "fullconv").rglob("*/__init__.py"):
        [docstring] = ast.parse(path.read_text()).body
        assert isinstance(docstring, ast.Expr), path
    assert grimp.build_graph("fullconv", cache_dir=None).find_modules_that_directly_import("fullconv") == set()


@pytest.mark.smoke
@pytest.mark.xdist_group("pipeline")
def test_a_comment_where_coco_files_are_read_trains_nothing(project: Any) -> None:
    file = project.root / "src" / "fullconv" / "data" / "scenes" / "coco.py"
    kept = file.read_text()
    file.write_text(f"{kept}# a comment\n")
    try:
        said = project.run("dvc", "repro", "--dry")
    finally:
        file.write_text(kept)
    planned = {line.split("'")[1].partition("@")[0] for line in said.splitlines() if line.startswith("Running stage")}
    assert {"mosaics", "convert", "evaluate"} <= planned
    assert not planned & {"prepare", "train", "inspect"}


def test_what_a_stage_reads_of_another_is_an_output_of_that() -> None:
    def named(entries: Any) -> set[str]:
        return {one if isinstance(one, str) else next(iter(one)) for one in entries}

    every = stages().values()
    made = {path for stage in every for key in ("outs", "metrics", "plots") for path in named(stage.get(key, []))}
    kept = ("data/", "models/", "reports/")
    read = {path for stage in every for path in named(stage["deps"]) if path.startswith(kept)}
    assert "data/arrays.json" in read
    folders = tuple(f"{path}/" for path in made)
    assert {path for path in read if path not in made and not path.startswith(folders)} <= {"reports"}
