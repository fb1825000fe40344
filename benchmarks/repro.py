"""Time the whole pipeline in a fresh clone: the first run, a forced second one, and one with nothing to do.

    python -m benchmarks.repro

Compares the two lock files byte for byte; writes benchmarks/results/repro.json.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from fullconv.files import write_json

ROOT = Path(__file__).resolve().parent.parent


def timed(folder: Path, *command: str) -> float:
    """Return the seconds that a command takes in the clone, whose own code it runs."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(folder / "src"), "PYTHONWARNINGS": "ignore"}
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", *command], cwd=folder, env=environment, check=True)
    return round(time.perf_counter() - start, 1)


def lock_digest(folder: Path) -> str:
    """Return the SHA-256 of the clone's dvc.lock."""
    return hashlib.sha256((folder / "dvc.lock").read_bytes()).hexdigest()


def main() -> None:
    """Measure, print one table and write the results."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "fullconv"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
        (folder / "dvc.lock").unlink(missing_ok=True)
        results: dict[str, object] = {"first_seconds": timed(folder, "dvc", "repro")}
        first = lock_digest(folder)
        results["forced_seconds"] = timed(folder, "dvc", "repro", "--force")
        second = lock_digest(folder)
        results["nothing_to_do_seconds"] = timed(folder, "dvc", "repro")
    results |= {"lock_digests": [first, second], "same_lock": first == second, "cores": os.cpu_count()}
    write_json(ROOT / "benchmarks" / "results" / "repro.json", results)
    table = Table("figure", "value", title="The pipeline on MNIST, after set-up")
    for key, value in results.items():
        table.add_row(key, str(value))
    Console().print(table)
    if first != second:
        sys.exit("Two forced runs left different lock files.")


if __name__ == "__main__":
    main()
