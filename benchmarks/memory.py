"""How much memory a dense map takes, in a process of its own.

    python -m benchmarks.memory NETWORK SIDE ENGINE [LIMIT]

prints the largest resident memory while the map is computed, less what the process held once TensorFlow was imported,
in bytes; then the seconds of the second map of two.
"""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def peak_of(network: str, side: int, engine: str, limit: int | None = None) -> dict[str, Any]:
    """Return the `bytes` over the import and the `seconds` of a warm pass."""
    arguments = [network, str(side), engine, *([] if limit is None else [str(limit)])]
    command = [sys.executable, "-m", "benchmarks.memory", *arguments]
    run = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    over, seconds = run.stdout.split()
    return {"bytes": int(over), "seconds": float(seconds)}


def resident(key: str) -> int:
    """Return the process's memory, `VmRSS` now or `VmHWM` at most, in bytes."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(key):
            return int(line.split()[1]) * 1024
    raise RuntimeError(f"no {key} in /proc/self/status: this measurement needs Linux")


def main(network: str, side: str, engine: str, *limit: str) -> None:
    """Compute one map twice and print what it took."""
    from fullconv.config.quiet import load_tensorflow

    load_tensorflow()
    import keras  # noqa: F401
    import tensorflow as tf

    from benchmarks.sides.networks import image_of, lenet
    from fullconv.convert.conversion import convolutionalize
    from fullconv.dense.densify import densify

    tf.constant(0.0)  # TensorFlow starts its threads
    held = resident("VmRSS")
    image = image_of(int(side))
    dense = densify(
        convolutionalize(lenet(network)),
        "auto" if engine == "default" else engine,
        memory=int(limit[0]) if limit else None,
    )
    dense(image)
    started = time.perf_counter()
    dense(image)
    print(resident("VmHWM") - held, time.perf_counter() - started)


if __name__ == "__main__":
    main(*sys.argv[1:])
