"""TensorFlow is loaded without what only its wrappers and galleries need; all of it can be imported afterwards."""

import os
import subprocess
import sys

PROGRAM = """
import sys
from fullconv.config.quiet import load_tensorflow

load_tensorflow()
print([name for name in ("tensorflow", "keras", "sklearn", "matplotlib") if name in sys.modules])
import matplotlib.pyplot, sklearn.neighbors
load_tensorflow()
print("sklearn" in sys.modules, "matplotlib" in sys.modules)
"""


def test_keras_does_not_bring_what_no_program_uses() -> None:
    paths = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    finished = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True, env=paths)
    assert finished.stdout.splitlines() == ["['tensorflow', 'keras']", "True True"]
