"""`fullconv ui`: addresses before the server, and a word for a port that is taken."""

import socket
from pathlib import Path

import mlflow
import pytest

from fullconv.command.ui import free_port, told
from fullconv.config.load import compose_settings
from fullconv.errors import InputError
from fullconv.track.dashboard import CLASSIFIERS


def test_a_port_that_is_taken_is_one_line_that_names_the_next() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(InputError, match=f"port: 127.0.0.1:{port} .*in use.*make ui PORT={port + 1}, or"):
            free_port(port)
    assert free_port(0) > 0


def test_the_addresses_come_first_and_then_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    before = mlflow.get_tracking_uri()
    try:
        words = told(compose_settings("port=0"))
    finally:
        mlflow.set_tracking_uri(before)
    said = capsys.readouterr().out
    assert f"http://127.0.0.1:{words[-1]}/#/experiments/1/runs?workflowType=machine_learning" in said
    assert f"viewStateShareKey={CLASSIFIERS}\n" in said
    assert words[1:4] == ["-m", "mlflow", "ui"]
    assert f"sqlite:///{tmp_path / 'mlflow.db'}" in words
