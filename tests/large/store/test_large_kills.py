"""A search of a large image that is killed at random moments goes on, and ends with the bytes of an undisturbed one."""

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

# Kills itself at the n-th time that it touches a file of its output: before it is opened, written or renamed.
SEARCH = """
import os, signal, sys
from pathlib import Path
import numpy as np
from fullconv.convert.geometry import Geometry
from fullconv.large.store.detections import write_detections
from fullconv.large.store.features import Category
from fullconv.large.store.progress import Ledger
from fullconv.large.store.scores import ScoreStore
import zarr.codecs

out, left = Path(sys.argv[1]), int(sys.argv[2])
EVENTS = {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir"}

def touched(event, arguments):
    global left
    if event in EVENTS and isinstance(arguments[0], str | os.PathLike) and str(arguments[0]).startswith(str(out)):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(touched)
settle = os.fsync

def settled(handle):  # no audit event tells of it: content is written then, and has no name yet
    touched("open", (out,))
    settle(handle)

os.fsync = settled
ledger = Ledger(out / "tiles")
ledger.claim({"seed": 3})
store = ScoreStore.create(
    out / "scores.ome.zarr", shape=(2, 600, 300), chunk=256, names=["cat", "nothing"],
    geometry=Geometry((8, 8), (2, 2), (0, 0)), background=1, image_size=(1206, 606), attributes={"finder": "pets"},
)
names = []
for top in range(0, 600, 256):
    for left_edge in range(0, 300, 256):
        names.append(f"r{top}_c{left_edge}")
        if ledger.done(names[-1]):
            continue
        rows, cols = (top, min(top + 256, 600)), (left_edge, min(left_edge + 256, 300))
        rng = np.random.default_rng([3, top, left_edge])
        scores = rng.random((rows[1] - rows[0], cols[1] - cols[0], 2), np.float32)
        store.write(rows, cols, scores)
        ledger.finish(names[-1], {"boxes": rng.random((5, 4)), "scores": rng.random(5)})
store.build_levels()
found = (
    (1, score, box) for tile in map(ledger.load, names) for score, box in zip(tile["scores"], tile["boxes"])
)
write_detections(out, found, {1: Category("cat", "#332288")})
print(left)
"""


def search(out: Path, moment: int) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", SEARCH, str(out), str(moment)],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_kills_at_random_moments_change_no_byte(tmp_path: Path) -> None:
    many = 10**6
    whole = search(tmp_path / "whole", many)
    assert whole.returncode == 0, whole.stderr
    touches = many - int(whole.stdout)
    moments = random.Random(11)
    kills, ended = 0, None
    for attempt in range(8):
        ended = search(tmp_path / "cut", moments.randint(1, touches // 4) if attempt < 7 else many)
        if ended.returncode == 0:
            break
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        kills += 1
    assert kills >= 3
    assert ended is not None
    assert ended.returncode == 0
    expected, got = contents(tmp_path / "whole"), contents(tmp_path / "cut")
    assert got.keys() == expected.keys()
    assert got == expected
    assert any(name.startswith("scores.ome.zarr/1/c/") for name in got)
    assert "detections.geojson" in got
