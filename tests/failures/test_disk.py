"""What a disk refuses ends in one error that names the output; the old output stays and nothing half-written does."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import keras
import matplotlib.figure
import numpy as np
import pytest
from PIL import Image

from fullconv.archives import array_file
from fullconv.errors import InputError, storage_error
from fullconv.figures.scenes import save_figure
from fullconv.files import whole_file, whole_folder, write_json
from fullconv.models.storage import save_model
from fullconv.report.streams import results_file

ROOT = Path(__file__).resolve().parents[2]
SIZE = 256 * 1024  # bytes of the small disk
NOISE = np.random.default_rng(0).integers(0, 256, (1024, 1024), dtype=np.uint8)  # does not shrink


def mounted(folder: Path, *options: str) -> Iterator[Path]:
    folder.mkdir()
    done = subprocess.run(["mount", *options, str(folder)], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"mounting is not allowed here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    yield from mounted(tmp_path / "disk", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs")


@pytest.fixture
def read_only(tmp_path: Path) -> Iterator[Path]:
    yield from mounted(tmp_path / "disk", "-t", "tmpfs", "-o", f"ro,size={SIZE}", "tmpfs")


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def json_file(path: Path) -> None:
    write_json(path, [float(value) for value in NOISE.ravel()[:100_000]])


def arrays(path: Path) -> None:
    with array_file(path) as add:
        add("scores", NOISE)


def detections(path: Path) -> None:
    with results_file(path) as add:
        for number in range(20_000):
            add([{"image_id": number, "score": 0.5}])


def figure(path: Path) -> None:
    drawn = matplotlib.figure.Figure(figsize=(10, 10))
    drawn.add_axes((0, 0, 1, 1)).imshow(NOISE, interpolation="nearest")
    save_figure(drawn, path)


def model(path: Path) -> None:
    save_model(keras.Sequential([keras.layers.Input((1024,)), keras.layers.Dense(1024)]), path)


def pictures(path: Path) -> None:
    with whole_folder(path) as folder:
        Image.fromarray(NOISE).save(folder / "noise.png")


WRITERS = {
    "metrics.json": json_file,
    "scores.npz": arrays,
    "detections.json": detections,
    "figure.png": figure,
    "classifier.keras": model,
    "pictures": pictures,
}


@pytest.mark.parametrize(("name", "write"), WRITERS.items(), ids=WRITERS)
def test_a_full_disk_is_named_with_the_output_and_the_old_one_stays(
    name: str, write: Callable[[Path], None], small_disk: Path
) -> None:
    old = small_disk / name
    if name == "pictures":
        old.mkdir()
        (old / "old").write_text("old")
    else:
        old.write_text("old")
    with pytest.raises(InputError, match="No space left on device") as caught:
        write(old)
    assert caught.value.where == str(old)
    assert "room" in caught.value.mend
    assert left(small_disk) == [name]
    assert (old / "old" if name == "pictures" else old).read_text() == "old"


@pytest.mark.parametrize(("name", "write"), WRITERS.items(), ids=WRITERS)
def test_once_there_is_room_the_same_call_completes(name: str, write: Callable[[Path], None], small_disk: Path) -> None:
    with pytest.raises(InputError):
        write(small_disk / name)
    subprocess.run(["mount", "-o", "remount,size=32m", str(small_disk)], check=True)
    write(small_disk / name)
    assert left(small_disk) == [name]


@pytest.mark.parametrize("name", ["metrics.json", "pictures"])
def test_a_read_only_disk_is_named(name: str, read_only: Path) -> None:
    with pytest.raises(InputError, match=r"disk.*(cannot be written|Read-only)"):
        WRITERS[name](read_only / name)
    with pytest.raises(InputError, match=r"disk.*(cannot be written|Read-only)"):
        WRITERS[name](read_only / "reports" / name)


@pytest.mark.parametrize("code", [errno.EIO, errno.EDQUOT, errno.ENOSPC])
def test_what_the_disk_says_at_the_last_moment_leaves_the_old_folder(
    code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old").write_text("")

    def refuse(self: Path, target: Path) -> None:
        raise OSError(code, os.strerror(code), str(self))

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(InputError, match=os.strerror(code)) as caught, whole_folder(tmp_path / "out"):
        pass
    assert caught.value.where == str(tmp_path / "out")
    assert left(tmp_path) == ["out"]
    assert left(tmp_path / "out") == ["old"]


def test_a_file_of_somebody_elses_that_cannot_be_read_is_named_itself(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught, whole_file(tmp_path / "a.txt"):
        raise OSError(errno.EIO, "Input/output error", "data/arrays.npz")
    assert caught.value.where == "data/arrays.npz"


@pytest.mark.parametrize("error", [OSError("no number"), ConnectionRefusedError(errno.ECONNREFUSED, "no"), KeyError(1)])
def test_an_error_that_is_no_disks_stays_what_it_is(error: Exception, tmp_path: Path) -> None:
    assert storage_error(error) is None
    with pytest.raises(type(error)), whole_file(tmp_path / "a.txt"):
        raise error
    assert left(tmp_path) == []


PROGRAM = """
import os
from pathlib import Path
from fullconv.config.program import program

@program
def main(settings):
    {body}

main()
"""


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("(Path('disk') / 'a').write_bytes(bytes(10**6))", "a file: the system refuses it (No space left on device)"),
        (
            "import sqlite3; d = sqlite3.connect('disk/a.db'); d.execute('create table t(x)'); "
            "d.execute('insert into t values (zeroblob(1000000))'); d.commit()",
            "the SQLite database: the system refuses it (database or disk is full)",
        ),
        ("open('disk/a', 'w'); os.listdir('nowhere')", None),
    ],
)
def test_a_program_ends_with_one_line(body: str, said: str | None, tmp_path: Path, small_disk: Path) -> None:
    (tmp_path / "programs").mkdir()
    (tmp_path / "programs" / "small.py").write_text(PROGRAM.format(body=body))
    (tmp_path / "conf").symlink_to(ROOT / "conf")
    done = subprocess.run(
        [sys.executable, "programs/small.py"],
        cwd=tmp_path, env={**os.environ, "PYTHONPATH": str(ROOT / "src")}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 1
    if said is None:  # a fault of the program's own
        assert "Traceback" in done.stderr
    else:
        assert done.stderr.splitlines() == [f"error: {said}. Make room there, then run the same command again."]
