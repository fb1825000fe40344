"""Write into dvc.yaml which modules each stage imports: besides its data, what it depends on.

    python tools/stages.py        # make stages

A folder stands for its modules where a stage imports them all. Data that lies among modules counts with those that name
it. What is left out, and why: docs/decisions/039-stages-depend-on-what-they-import.md.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import grimp
import yaml

ROOT = Path(__file__).resolve().parents[1]
PIPELINE = ROOT / "dvc.yaml"
PACKAGE = "fullconv"
# Where knobs come from (their values are parameters), what is printed, what MLflow shows, how files are written, what a
# stage never does.
LEFT_OUT = ("archives", "config", "errors", "export", "files", "terminal", "track")
NEVER = "fullconv.command.training"  # likewise, of a program: a finder of a person's own data
COUNTED = "fullconv.track.finders"  # all the same: what a classifier of the pipeline searches with
CODE = ("pipelines/", "src/")
_SCRIPT = re.compile(r"pipelines/\w+\.py")
_COMMAND = re.compile(r"^from (fullconv\.command\.\w+) import", re.MULTILINE)


class Imports:
    """The modules of the package, and which of them each imports; what is imported for its types alone is not."""

    def __init__(self) -> None:
        self._graph = grimp.build_graph(PACKAGE, exclude_type_checking_imports=True, cache_dir=None)
        self.packages = {name.rpartition(".")[0] for name in self._graph.modules} & self._graph.modules
        self.modules = self._graph.modules - self.packages

    def of(self, module: str) -> set[str]:
        """Return a module and all that it imports, and so on, without what is left out and what only that imports."""
        found: set[str] = set()
        ahead = [module]
        while ahead:
            one = ahead.pop()
            if one not in found and one != NEVER and (one == COUNTED or one.split(".")[1] not in LEFT_OUT):
                found.add(one)
                ahead.extend(self._graph.find_modules_directly_imported_by(one) & self.modules)
        return found

    def paths(self, modules: set[str], package: str = PACKAGE) -> Iterator[str]:
        """Yield the files of modules in a package, and the data that they name; a folder where that is all of it."""
        inside = {name for name in self.modules if name.startswith(f"{package}.")}
        if inside <= modules:
            yield path_of(package)
            return
        for name in inside & modules:
            if name.rpartition(".")[0] == package:
                yield f"{path_of(name)}.py"
                yield from data_of(ROOT / f"{path_of(name)}.py")
        for room in self.packages:
            if room.rpartition(".")[0] == package and any(name.startswith(f"{room}.") for name in modules):
                yield from self.paths(modules, room)


def path_of(name: str) -> str:
    """Return where a package or module lies, without a suffix."""
    return f"src/{name.replace('.', '/')}"


def data_of(module: Path) -> Iterator[str]:
    """Yield the files and folders beside a module that are no code and that it names."""
    text = module.read_text()
    for path in module.parent.iterdir():
        code = path.suffix == ".py" or path.name == "__pycache__" or (path / "__init__.py").is_file()
        if not code and f'"{path.name}"' in text:
            yield path.relative_to(ROOT).as_posix()


def dependencies(imports: Imports, stage: Mapping[str, Any]) -> list[str]:
    """Return what a stage is to depend on: its data as dvc.yaml has it, its script, and what that imports.

    Raises:
        ValueError: it runs no script, or one that runs no subcommand.
    """
    [script] = _SCRIPT.findall(stage["cmd"])
    [command] = _COMMAND.findall((ROOT / script).read_text())
    data = [path for path in stage["deps"] if not path.startswith(CODE)]
    return [*data, script, *sorted(set(imports.paths(imports.of(command))))]


def rewritten(text: str) -> str:
    """Return the text of dvc.yaml with each stage's list as it is to be; all else stays, comments too."""
    imports = Imports()
    for name, stage in yaml.safe_load(text)["stages"].items():
        listed = "".join(f"      - {path}\n" for path in dependencies(imports, stage))
        block = re.compile(rf"(^  {name}:\n(?:    .*\n)*?    deps:).*\n(?:      .*\n)*", re.MULTILINE)
        text = block.sub(rf"\g<1>\n{listed}", text, count=1)
    return text


if __name__ == "__main__":
    PIPELINE.write_text(rewritten(PIPELINE.read_text()))
