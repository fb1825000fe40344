"""The server as a process: its port, its first line, its end."""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest
from asked import made_settings, network, png

from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError
from fullconv.serve import running
from fullconv.serve.running import address_of, listening, serve

ROOT = Path(__file__).resolve().parents[2]
Settings = Callable[..., ExperimentConfig]


def test_a_port_in_use_is_one_line_before_anything_is_loaded(
    settings_with: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def loads() -> None:
        pytest.fail("TensorFlow is loaded in vain")

    monkeypatch.setattr(running, "load_tensorflow", loads)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=rf"^port: 127.0.0.1:{port} cannot be had .* port=0 for any"):
            serve(settings_with("classifier=located", f"port={port}"), print)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["classifier=nothing.at.all"], "classifier: received 'nothing.at.all'"),
        (["synset=nothing at all"], "synset"),
        (["classifier=located", "serve.host=no such host"], "serve.host"),
        (["classifier=located", "serve.host=192.0.2.1"], "serve.host"),
    ],
)
def test_what_cannot_be_served_is_one_line(words: list[str], says: str, settings_with: Settings) -> None:
    with pytest.raises(InputError, match=rf"^{re.escape(says)}"):
        serve(settings_with("port=0", *words), print)


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::1", "[::1]")])
def test_the_address_that_is_told_can_be_opened(host: str, shown: str) -> None:
    if ":" in host and not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    with listening(host, 0) as made:
        assert address_of(made) == f"http://{shown}:{made.getsockname()[1]}"


@pytest.mark.parametrize("signal_", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_without_a_word(
    signal_: int, tmp_path: Path, settings_with: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "lights.keras"
    network().save(file)
    settings = made_settings(settings_with, file)
    settings.port = 0
    monkeypatch.delenv("MLFLOW_DISABLE_TELEMETRY", raising=False)
    told: list[str] = []
    asked: list[int] = []

    def tell(line: str) -> None:
        told.append(line)
        address = re.findall(r"http://[\d.]+:\d+", line)[0]
        threading.Thread(target=ask, args=(address,)).start()

    def ask(address: str) -> None:
        request = urllib.request.Request(f"{address}/locate", png(), {"Content-Type": "image/png"})
        with urllib.request.urlopen(request, timeout=60) as reply:
            asked.append(reply.status)
        os.kill(os.getpid(), signal_)

    before = signal.getsignal(signal.SIGTERM)
    serve(settings, tell)
    assert asked == [200]
    assert told[0].startswith("lights.keras on http://127.0.0.1:")
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
    assert signal.getsignal(signal.SIGTERM) == before


def test_as_a_process_it_says_where_it_is_and_ends_with_0(tmp_path: Path) -> None:
    network().save(tmp_path / "lights.keras")
    words = [
        "classifier=lights.keras",
        "classifier.classes=[red,green]",
        "locate.scales=[1]",
        "locate.probe=0",
        "port=0",
    ]
    command = [sys.executable, str(ROOT / "pipelines" / "serve.py"), *words]
    started = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert started.stdout is not None
    lines = []
    address: list[str] = []
    for line in started.stdout:  # what its file means is said before
        lines.append(line)
        address = re.findall(r"http://127.0.0.1:\d+", line)
        if address:
            break
    assert address, lines
    assert lines[0].endswith("lights.keras: classes red, green, as classifier.classes says\n")
    with urllib.request.urlopen(f"{address[0]}/ping", timeout=60) as reply:
        assert reply.status == 200
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=60)
    assert (started.returncode, out, err) == (0, "", "loading TensorFlow …\n")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lights.keras"]
