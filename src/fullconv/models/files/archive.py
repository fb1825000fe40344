"""A `.keras` file, or the folder that it unpacks to: an architecture, what wrote it, and its weights."""

import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fullconv.models.files.bounds import CONFIG, ROOM, read_architecture
from fullconv.models.files.checked import modern, newer
from fullconv.models.files.deferred import made
from fullconv.models.files.hdf5 import opened
from fullconv.models.files.loaded import Loaded
from fullconv.models.files.old.graph import rebuild
from fullconv.models.files.refused.refusal import RefusalError, reason, short
from fullconv.models.files.version import Version, version_of
from fullconv.models.files.weights.matching import fill, fill_by_keras
from fullconv.models.files.weights.parts import Part
from fullconv.models.files.weights.store import arrays_of, pairs_of

CONFIG_NAME, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
_CUT = "Get the file anew, or save the classifier anew with model.save('name.keras')."
Reader = Callable[[str, int], bytes]  # an entry's name and the most that it may hold → its bytes


def _entry(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    entry = archive.getinfo(name)
    if entry.file_size > most:
        raise RefusalError(f"its {name} is said to hold {entry.file_size:.3g} bytes", _CUT)
    with archive.open(entry) as stream:
        content = stream.read(most + 1)
    if len(content) > most:
        raise RefusalError(f"its {name} holds more than it says", _CUT)
    return content


def read_archive(path: Path) -> Loaded:
    """Return the classifier of a `.keras` file, which is a zip.

    Raises:
        RefusalError: it is cut, holds something else, or is of a kind that is not read.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            names = {entry.filename for entry in archive.infolist()}
            return _read(names, lambda name, most: _entry(archive, name, max(most, path.stat().st_size)))
    except (zipfile.BadZipFile, NotImplementedError, EOFError, OSError, KeyError, ValueError, RuntimeError) as error:
        raise RefusalError(f"not a whole .keras file ({short(error, 60)})", _CUT) from error
    except Exception as error:
        if type(error).__module__ in ("zlib", "lzma", "_lzma"):
            raise RefusalError("not a whole .keras file (it cannot be unpacked)", _CUT) from error
        raise


def read_unpacked(folder: Path) -> Loaded:
    """Return the classifier of a folder with what a `.keras` file holds.

    Raises:
        RefusalError: an entry is missing or cannot be read.
    """

    def entry(name: str, most: int) -> bytes:
        file = folder / name
        if not file.is_file() or file.stat().st_size > max(most, ROOM * 16):
            raise RefusalError(f"its {name} is not there or too large", _CUT)
        return file.read_bytes()

    return _read({one.name for one in folder.iterdir()}, entry)


def _version(entry: Reader, names: set[str]) -> Version:
    try:
        facts = json.loads(entry(METADATA, CONFIG)) if METADATA in names else {}
    except (ValueError, RecursionError) as error:
        raise RefusalError(f"its {METADATA} is no JSON", _CUT) from error
    text = facts.get("keras_version") if isinstance(facts, dict) else None
    return version_of(text if isinstance(text, str) else "3.0")


def _read(names: set[str], entry: Reader) -> Loaded:
    if CONFIG_NAME not in names:
        raise RefusalError("a zip that is no .keras file: it holds no config.json", _CUT)
    config = read_architecture(entry(CONFIG_NAME, CONFIG))
    version = _version(entry, names)
    if WEIGHTS not in names:
        raise RefusalError(
            "it holds an architecture and no weights (model.weights.h5)",
            "Save the whole model: model.save('name.keras') where it was trained.",
        )
    content = entry(WEIGHTS, ROOM)
    with opened(io.BytesIO(content), len(content)) as file:
        arrays = arrays_of(file)
        count = sum(array.size for array in arrays.values())
        if version.modern:
            network = made(lambda: modern(config, version), count)
            _fill_by_keras(network, content, version)
        else:
            network = made(lambda: rebuild(config), count)
            fill(pairs_of(network, arrays))
    return Loaded(network.layer, f"a .keras file of Keras {version}")


@contextmanager
def _named(content: bytes) -> Iterator[Path]:
    """Yield a file of these bytes under the name that Keras asks for."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / WEIGHTS
        file.write_bytes(content)
        yield file


def _fill_by_keras(network: Part, content: bytes, version: Version) -> None:
    try:
        with _named(content) as file:
            fill_by_keras(network.layer, file)
    except Exception as error:  # Keras has no error of its own for weights that do not fit
        if version.newer:
            raise newer(version) from error
        raise RefusalError(f"its weights do not fit its architecture ({reason(error)})", _CUT) from error
