"""A hundred thousand crops need not fit in memory: what a training draws from stays on disk."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

CROPS = 30_000
# In a process of its own, whose own memory (not that of mapped files) is read where it can be.
SOURCE = """
    import sys
    from pathlib import Path
    import numpy as np
    from fullconv.archives import array_file
    from fullconv.config.schema import BackgroundConfig, ClassifierConfig
    from fullconv.data.arrays import KEYS, digests, read_arrays
    from fullconv.data.crops.crops import Crops
    from fullconv.data.crops.storage import add_crops
    from fullconv.data.scenes.mosaics import crop_scenes
    from fullconv.finders.met import facts_of
    from fullconv.train.identity import training_digest
    from fullconv.train.task import crop_source

    count, folder = int(sys.argv[1]), Path(sys.argv[2])

    def own():
        lines = Path("/proc/self/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon")) * 1024

    def work(count):
        path = folder / f"{count}.npz"
        pixels = np.lib.format.open_memmap(folder / "pixels.npy", "w+", np.uint8, (count, 64, 64, 3))
        for start in range(0, count, 1000):
            rng = np.random.default_rng(start)
            pixels[start : start + 1000] = rng.integers(0, 256, (min(1000, count - start), 64, 64, 3), np.uint8)
        labels = (np.arange(count) % 2).astype(np.int32)
        sizes = np.full((count, 2), 40, np.float32)
        with array_file(path) as add:
            for key in KEYS:
                add(key, labels if key.endswith("labels") else pixels)
            add_crops(add, Crops(("a", "b"), sizes, sizes))
        del pixels
        before = own()
        highest = {}

        def look(what):
            highest[what] = own() - before

        arrays = read_arrays(path)
        look("read")
        config = ClassifierConfig(background=BackgroundConfig(windows=300, sizes=[0.5, 2.0]))
        config.augment.flips = "auto"
        facts_of(arrays, ("a", "b"), "crops", 0)
        look("facts")
        training_digest(arrays, config, ("a", "b"), 0)
        look("digest")
        source = crop_source(arrays, arrays.crops, config, 0)
        look("source")
        drawn = source.draw(300, [0])
        look("drawn")
        scenes = crop_scenes(arrays, "validation", 2, 0, validation_share=1.0)
        look("scenes")
        assert len(drawn.images) == 300 and len(scenes) == 2
        return highest

    work(2000)  # what an allocator keeps is kept then
    few = work(2000)
    for what, many in work(count).items():
        print(what, many - few[what])
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc to read a process's memory from")
def test_a_training_draws_from_crops_on_disk(tmp_path: Path) -> None:
    command = [sys.executable, "-c", textwrap.dedent(SOURCE), str(CROPS), str(tmp_path)]
    found = subprocess.run(command, check=True, capture_output=True, text=True)
    grown = {what: int(more) for what, more in (line.split() for line in found.stdout.splitlines()[-6:])}
    assert list(grown) == ["read", "facts", "digest", "source", "drawn", "scenes"]
    pixels = CROPS * 64 * 64 * 3
    assert max(grown.values()) < 0.1 * pixels, grown
