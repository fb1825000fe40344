"""Locating, measuring and drawing are imported without TensorFlow and without a display's machinery."""

import os
import subprocess
import sys

MODULES = (
    "fullconv.locate.levels.scores",
    "fullconv.locate.peaks.places",
    "fullconv.locate.detections",
    "fullconv.locate.peaks.alone",
    "fullconv.evaluate.meter",
    "fullconv.evaluate.maps.neighbourhood",
    "fullconv.figures.scenes",
)
HEAVY = ("tensorflow", "keras", "matplotlib.pyplot", "skimage", "faster_coco_eval")


def test_neither_tensorflow_nor_pyplot_is_loaded() -> None:
    program = f"""
import importlib, sys
for name in {MODULES!r}:
    importlib.import_module(name)
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    paths = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, env=paths)
    assert finished.stdout.strip() == "[]"
