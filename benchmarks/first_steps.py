"""Time what a newcomer runs first, in a fresh clone with an environment of its own, and what it takes on disk.

    python -m benchmarks.first_steps            # make demo, twice: with the installation and without it
    python -m benchmarks.first_steps --repro    # make repro too

writes benchmarks/results/first_steps.json; the README says these figures.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.pretty import pprint

from benchmarks.machine import machine
from fullconv.files import read_json, write_json

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results" / "first_steps.json"


def outside() -> dict[str, str]:
    """Return the environment as it is outside the one that runs this."""
    here = str(Path(sys.executable).parent)
    path = os.pathsep.join(folder for folder in os.environ["PATH"].split(os.pathsep) if folder != here)
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    return {**kept, "PATH": path}


def seconds(folder: Path, target: str) -> float:
    """Return how long a target of make takes."""
    start = time.perf_counter()
    subprocess.run(["make", target], cwd=folder, env=outside(), check=True)
    return round(time.perf_counter() - start, 1)


def size(folder: Path) -> int:
    """Return the bytes that a folder takes on disk, a file with several names once."""
    files = {(found.st_dev, found.st_ino): found for found in (path.lstat() for path in folder.rglob("*"))}
    return sum(512 * found.st_blocks for found in files.values())


def main() -> None:
    """Measure and write the results; what is not measured stays as it was."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repro", action="store_true", help="run the whole pipeline, too")
    whole = parser.parse_args().repro
    found: dict[str, Any] = read_json(RESULTS) if RESULTS.exists() else {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "fullconv"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
        first = seconds(folder, "demo")
        found["demo"] = {"with_installation": first, "seconds": seconds(folder, "demo"), "machine": machine()}
        found["environment_bytes"] = size(folder / ".venv")
        if whole:
            before = size(folder)
            taken = seconds(folder, "repro")
            found["repro"] = {"seconds": [taken], "bytes": size(folder) - before, "machine": machine()}
    write_json(RESULTS, found)
    pprint(found, console=Console())


if __name__ == "__main__":
    main()
