"""The store is checked before any work starts."""

import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from fullconv.config.running import TrackingConfig
from fullconv.errors import InputError
from fullconv.report.flat import flat
from fullconv.track.identity import digest, digest_of_files
from fullconv.track.store.opening import open_store


def config(uri: str, artifacts: str | None = None, timeout: float = 600.0) -> TrackingConfig:
    return TrackingConfig(enabled=True, uri=uri, experiment="test", artifacts=artifacts, timeout=timeout)


class Answers(BaseHTTPRequestHandler):
    """A server that answers all the same, and tells nobody."""

    status, kind = 200, "text/html"

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.send_header("Content-Type", self.kind)
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def answering() -> Iterator[Callable[[int, str], str]]:
    """Yield what starts a server that answers so, and returns its address."""
    servers = []

    def start(status: int, kind: str) -> str:
        handler = type("Handler", (Answers,), {"status": status, "kind": kind})
        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), handler))
        threading.Thread(target=servers[-1].serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def test_no_store_when_tracking_is_off() -> None:
    assert open_store(TrackingConfig(enabled=False, uri="", experiment="test")) is None


def test_an_unreachable_server_is_one_error_that_names_the_key(closed_port: int) -> None:
    with pytest.raises(InputError, match=r"tracking\.uri: no MLflow server answers at http://127\.0\.0\.1"):
        open_store(config(f"http://127.0.0.1:{closed_port}"))


def test_a_server_that_says_nothing_is_one_error_within_the_timeout() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(InputError, match=r"tracking\.uri: no MLflow server answers"):
            open_store(config(f"http://127.0.0.1:{port}", timeout=0.5))


def test_a_server_of_another_kind_is_one_error(answering: Callable[[int, str], str]) -> None:
    with pytest.raises(InputError, match=r"answers 404, not as an MLflow server does"):
        open_store(config(answering(404, "text/html")))


@pytest.mark.parametrize(("password", "said"), [(None, "none were given"), ("wrong", "that were given are wrong")])
def test_a_server_that_wants_a_password_is_one_error_that_names_the_variables(
    answering: Callable[[int, str], str], monkeypatch: pytest.MonkeyPatch, password: str | None, said: str
) -> None:
    for key, value in (("MLFLOW_TRACKING_USERNAME", "me"), ("MLFLOW_TRACKING_PASSWORD", password)):
        if value is None:
            monkeypatch.delenv(key, raising=False)
        else:
            monkeypatch.setenv(key, value)
    with pytest.raises(InputError, match=f"{said}.*MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD"):
        open_store(config(answering(401, "text/html")))


def test_a_person_without_the_permission_is_told_so(
    answering: Callable[[int, str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "me")
    monkeypatch.setenv("MLFLOW_TRACKING_PASSWORD", "right")
    with pytest.raises(InputError, match=r"tracking\.experiment: .* does not let me read 'test'"):
        open_store(config(answering(403, "text/html")))


@pytest.mark.parametrize("uri", ["http://me:secret@host:5000", "postgresql://me:secret@host/runs", "https://me@host"])
def test_an_address_with_a_password_is_refused_without_repeating_it(uri: str) -> None:
    with pytest.raises(InputError, match=r"tracking\.uri: .*MLFLOW_TRACKING_PASSWORD") as refused:
        open_store(config(uri))
    assert "secret" not in str(refused.value)


def test_artifacts_of_a_server_are_its_own_business() -> None:
    with pytest.raises(InputError, match=r"tracking\.artifacts: received 'folder'"):
        open_store(config("http://127.0.0.1:9", artifacts="folder"))


@pytest.mark.parametrize(
    "uri", ["ftp://somewhere", "./mlruns", "", "sqlite:///", "sqlite:///x.db?timeout=9", "http://"]
)
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
