"""How much memory a photo of 1600×2560 pixels takes at four sizes, in a process of its own.

    python -m benchmarks.photo_memory HEAD [WEIGHTS]

prints the largest resident memory of the process, TensorFlow and network included, in bytes; then the seconds of the
second search of two.
"""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SIZE = (1600, 2560)


def peak_of(head: str, weights: str = "imagenet") -> dict[str, Any]:
    """Return the `bytes` of the process and the `seconds` of a warm search, boxes included."""
    command = [sys.executable, "-m", "benchmarks.photo_memory", head, weights]
    run = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    peak, seconds = run.stdout.split()
    return {"bytes": int(peak), "seconds": round(float(seconds), 2)}


def main(head: str, weights: str) -> None:
    """Search one photo twice, as the configuration says, and print what it took."""
    from fullconv.config.quiet import load_tensorflow

    load_tensorflow()
    import numpy as np

    from benchmarks.memory import resident
    from fullconv.config.load import compose_settings
    from fullconv.locate.reading import search
    from fullconv.track.finders import finder_of

    words = ("classifier=efficientnet_lite0", f"weights={weights}", "synset=dog", f"locate.head={head}")
    finder = finder_of(compose_settings(*words))
    photo = np.random.default_rng(0).random((*SIZE, 3), np.float32)
    search(finder, photo)
    started = time.perf_counter()
    search(finder, photo)
    print(resident("VmHWM"), time.perf_counter() - started)


if __name__ == "__main__":
    main(*sys.argv[1:])
