"""The order of sources, the checksum, the cache, and the one error at the end."""

import logging
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fullconv.config.schema import DataConfig
from fullconv.data.arrays import Arrays, digests, read_arrays, write_arrays
from fullconv.data.sources import downloads
from fullconv.data.sources.choice import cache_file, load_arrays
from fullconv.data.sources.stall import SourceError
from fullconv.errors import InputError


@pytest.fixture
def config(tmp_path: Path, arrays: Arrays, monkeypatch: pytest.MonkeyPatch) -> DataConfig:
    """Three sources of which only the cache could work; no earlier download of keras'."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(downloads, "from_keras", _refuses("no network"))
    monkeypatch.setattr(downloads, "from_npm", _refuses("npm is not installed"))
    return DataConfig(
        name="mnist",
        sources=["cache", "keras", "npm:some-data@1.0.0"],
        cache=str(tmp_path / "cache"),
        sha256=digests(arrays),
        classes=["a", "b", "c"],
    )


def _refuses(reason: str) -> Callable[..., Arrays]:
    def source(*_: object) -> Arrays:
        raise SourceError(reason)

    return source


def _altered(arrays: Arrays) -> Arrays:
    images = arrays.train_images.copy()
    images[0, 0, 0, 0] ^= 1
    return replace(arrays, train_images=images)


def test_first_source_that_works_is_cached(
    config: DataConfig, arrays: Arrays, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    monkeypatch.setattr(downloads, "from_npm", lambda *_: arrays)
    assert digests(load_arrays(config)) == digests(arrays)
    trying = [message.split("trying ")[1] for message in caplog.messages if "trying" in message]
    assert trying == ["cache", "keras", "npm:some-data@1.0.0"]
    monkeypatch.setattr(downloads, "from_npm", _refuses("asked again"))
    assert digests(load_arrays(config)) == digests(arrays)


@pytest.mark.parametrize("damage", ["cut", "altered"])
def test_bad_cache_is_refused_said_and_replaced(
    config: DataConfig, arrays: Arrays, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, damage: str
) -> None:
    path = cache_file(config)
    write_arrays(path, _altered(arrays))
    if damage == "cut":
        path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(InputError, match=r"cache: .*mnist\.npz"):
        load_arrays(config)
    monkeypatch.setattr(downloads, "from_npm", lambda *_: arrays)
    load_arrays(config)
    assert any(record.levelno == logging.WARNING and str(path) in record.message for record in caplog.records)
    assert digests(read_arrays(path)) == digests(arrays)


def test_altered_download_is_refused_and_leaves_nothing(
    config: DataConfig, arrays: Arrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "from_npm", lambda *_: _altered(arrays))
    received, expected = digests(_altered(arrays))["train_images"], digests(arrays)["train_images"]
    with pytest.raises(InputError, match=f"train_images: SHA-256 {received}, expected {expected}"):
        load_arrays(config)
    assert not Path(config.cache).exists()


def test_one_error_lists_every_source(config: DataConfig) -> None:
    with pytest.raises(InputError) as caught:
        load_arrays(config)
    message = str(caught.value)
    for part in ("cache: no file", "keras: no network", "npm:some-data@1.0.0: npm is not installed", "data.path=FILE"):
        assert part in message


def test_temporary_folders_are_removed(config: DataConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(_package: str, folder: Path, _timeout: float) -> Arrays:
        (folder / "half.tgz").write_bytes(b"x")
        raise InputError(str(folder / "half.tgz"), "cut", "Fetch it again.")

    monkeypatch.setattr(downloads, "from_npm", half)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    with pytest.raises(InputError, match=r"npm:some-data@1\.0\.0: half\.tgz: cut"):
        load_arrays(config)
    assert list((tmp_path / "temporary").iterdir()) == []


def test_earlier_keras_download_serves_unless_altered(
    config: DataConfig, arrays: Arrays, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "keras" / "datasets" / "mnist.npz"
    write_arrays(home, _altered(arrays))
    with pytest.raises(InputError, match="keras: no network"):
        load_arrays(config)
    write_arrays(home, arrays)
    assert digests(load_arrays(config)) == digests(arrays)


def test_cache_that_cannot_be_written_does_not_lose_the_data(
    config: DataConfig,
    arrays: Arrays,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(downloads, "from_npm", lambda *_: arrays)
    assert digests(load_arrays(replace(config, cache=str(tmp_path / "file" / "cache")))) == digests(arrays)
    assert "not kept in the cache" in caplog.text


def test_local_path_replaces_the_sources(
    config: DataConfig, arrays: Arrays, tmp_path: Path, write_idx_folder: Callable[..., Path]
) -> None:
    write_arrays(tmp_path / "mine.npz", arrays)
    write_idx_folder(tmp_path / "idx", arrays)
    for name in ("mine.npz", "idx"):
        assert digests(load_arrays(replace(config, path=str(tmp_path / name)))) == digests(arrays)


def test_local_path_is_checked(config: DataConfig, arrays: Arrays, tmp_path: Path) -> None:
    write_arrays(tmp_path / "mine.npz", _altered(arrays))
    with pytest.raises(InputError, match=r"mine\.npz: train_images: SHA-256"):
        load_arrays(replace(config, path=str(tmp_path / "mine.npz")))
    load_arrays(replace(config, path=str(tmp_path / "mine.npz"), sha256={}))
    with pytest.raises(InputError, match="for 2 classes"):
        load_arrays(replace(config, path=str(tmp_path / "mine.npz"), sha256={}, classes=["a", "b"]))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"path": "/no/such/file.npz"}, r"data\.path: no file or folder /no/such/file\.npz"),
        ({"sources": []}, r"data\.sources: an empty list"),
        ({"sources": ["ftp"]}, r"data\.sources: an unknown source 'ftp'"),
        ({"sources": ["npm:--prefix=/"]}, "unknown source"),
        ({"sources": ["debian:-o"]}, "unknown source"),
        ({"timeout": 0.0}, r"data\.timeout: 0"),
        ({"timeout": float("nan")}, r"data\.timeout: nan"),
        ({"classes": []}, r"data\.classes: no class names"),
        ({"classes": ["a", "a"]}, r"data\.classes: repeated names"),
        ({"sha256": {"images": "0"}}, r"data\.sha256: an unknown array 'images'"),
        ({"sources": ["sklearn"]}, "sklearn: scikit-learn is asked for digits only, not mnist"),
    ],
)
def test_bad_knobs_are_named(config: DataConfig, change: dict[str, object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        load_arrays(replace(config, **change))  # type: ignore[arg-type]


def test_no_tensorflow_at_import_time() -> None:
    sources = ("bundled", "choice", "downloads", "idx")
    modules = (
        "arrays",
        "scenes.coco",
        "scenes.mosaics",
        "windows.backgrounds",
        *(f"sources.{name}" for name in sources),
    )
    named = ", ".join(f"fullconv.data.{name}" for name in modules)
    source = f"import sys, {named}; sys.exit('tensorflow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", source], check=False).returncode == 0
