"""The store is checked before any work starts."""

import socket
from pathlib import Path

import pytest

from fullconv.config.schema import TrackingConfig
from fullconv.errors import InputError
from fullconv.track.identity import digest, digest_of_files, flat
from fullconv.track.store import open_store


def config(uri: str) -> TrackingConfig:
    return TrackingConfig(enabled=True, uri=uri, experiment="test", artifacts=None, timeout=1.0)


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_no_store_when_tracking_is_off() -> None:
    assert open_store(TrackingConfig(enabled=False, uri="", experiment="test")) is None


def test_an_unreachable_server_is_one_error_that_names_the_key() -> None:
    with pytest.raises(InputError, match=r"tracking\.uri: no MLflow server answers at http://127\.0\.0\.1"):
        open_store(config(f"http://127.0.0.1:{closed_port()}"))


@pytest.mark.parametrize("uri", ["ftp://somewhere", "./mlruns", ""])
def test_an_address_of_no_known_kind_is_refused(uri: str) -> None:
    with pytest.raises(InputError, match=r"tracking\.uri"):
        open_store(config(uri))


def test_a_database_in_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"tracking\.uri.*missing"):
        open_store(config(f"sqlite:///{tmp_path}/nowhere/mlflow.db"))


def test_flat_and_digest() -> None:
    assert flat({"a": {"b": 1, "c": {"d": 2}}, "e": [3]}) == {"a.b": 1, "a.c.d": 2, "e": [3]}
    assert digest({"a": 1, "b": 2}) == digest({"b": 2, "a": 1})
    assert digest({"a": 1}) != digest({"a": 2})


def test_digest_of_files_sees_names_and_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    folder = Path("reports")
    folder.mkdir()
    (folder / "a").write_text("1")
    first = digest_of_files([folder])
    (folder / "a").write_text("2")
    second = digest_of_files([folder])
    (folder / "a").rename(folder / "b")
    third = digest_of_files([folder])
    assert len({first, second, third}) == 3
    (folder / "b").rename(folder / "a")
    (folder / "a").write_text("1")
    assert digest_of_files([folder]) == first
