"""Published weights: from the cache, by Keras' downloader from a server on this machine, or one error in seconds."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from keras.src.utils import file_utils

from fullconv.errors import InputError
from fullconv.imagenet import keras_files
from fullconv.imagenet.keras_files import published_file, watched_downloads
from fullconv.imagenet.networks import build_network

CONTENT = bytes(range(256)) * 64


class Server(BaseHTTPRequestHandler):
    """Gives a file, half of it and then nothing, or 404."""

    asked: ClassVar[list[str]] = []
    ended: ClassVar[threading.Event] = threading.Event()

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path == "/absent.h5":
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        if self.path == "/stalls.h5":
            self.wfile.write(CONTENT[:100])
            self.wfile.flush()
            self.ended.wait(60)
            return
        self.wfile.write(CONTENT)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("no_proxy", "*")
    Server.asked.clear()
    Server.ended.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as running:
        running.daemon_threads = True
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        Server.ended.set()
        running.shutdown()
        thread.join()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "keras"
    monkeypatch.setenv("KERAS_HOME", str(path))
    return path


def left(home: Path) -> list[str]:
    return sorted(path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file())


def test_a_download_is_kept_and_not_repeated(server: str, home: Path) -> None:
    digest = hashlib.md5(CONTENT).hexdigest()
    for _ in range(2):
        path = published_file("file.h5", f"{server}/file.h5", file_hash=digest)
        assert Path(path).read_bytes() == CONTENT
    assert left(home) == ["models/file.h5"]
    assert Server.asked == ["/file.h5"]


@pytest.mark.parametrize("file_hash", [None, hashlib.md5(CONTENT).hexdigest(), hashlib.sha256(CONTENT).hexdigest()])
def test_what_is_in_the_cache_needs_no_network(home: Path, file_hash: str | None) -> None:
    (home / "models").mkdir(parents=True)
    (home / "models" / "file.h5").write_bytes(CONTENT)
    assert published_file("file.h5", "http://127.0.0.1:1/file.h5", file_hash=file_hash) == str(home / "models/file.h5")


@pytest.mark.parametrize(
    ("name", "file_hash", "patience", "reason"),
    [
        ("absent.h5", None, 600.0, "404"),
        pytest.param("stalls.h5", None, 1.0, "no progress for 1 s|timed out", marks=pytest.mark.slow),
        pytest.param("file.h5", "0" * 32, 600.0, "corrupted file", marks=pytest.mark.slow),
    ],
)
def test_what_does_not_arrive_whole(
    server: str, home: Path, name: str, file_hash: str | None, patience: float, reason: str
) -> None:
    with pytest.raises(InputError, match=reason) as caught:
        published_file(name, f"{server}/{name}", file_hash=file_hash, timeout=patience)
    assert str(caught.value).startswith(f"weights: Keras could not fetch {name} (")
    assert f"Give weights=FILE: what {server}/{name} holds" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert left(home) == []


@pytest.mark.slow
def test_a_damaged_file_in_the_cache_is_replaced(server: str, home: Path) -> None:
    (home / "models").mkdir(parents=True)
    (home / "models" / "file.h5").write_bytes(b"half")
    published_file("file.h5", f"{server}/file.h5", file_hash=hashlib.sha256(CONTENT).hexdigest())
    assert (home / "models" / "file.h5").read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("mobilenet_v2", "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5"),
        ("efficientnet_b0", "efficientnetb0.h5"),
        pytest.param("efficientnet_v2_b0", "efficientnetv2-b0.h5", marks=pytest.mark.slow),
    ],
)
def test_constructors_ask_only_while_watched(name: str, file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def refuse(fname: str, origin: str, **_: object) -> str:
        asked.append((fname, origin.rpartition("/")[2]))
        raise InputError("weights", fname, "Not here.")

    monkeypatch.setattr(keras_files, "published_file", refuse)
    before = file_utils.get_file
    with pytest.raises(InputError):
        build_network(name)
    assert asked == [(file, file)]
    assert file_utils.get_file is before
    with watched_downloads():
        assert file_utils.get_file is refuse
