"""`fullconv ui`: addresses before the server, and a word for a port that is taken."""

import os
import socket
from pathlib import Path

import mlflow
import pytest

from fullconv.command.ui import free_port, main
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
    became: list[list[str]] = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "execv", lambda program, words: became.append(words))
    monkeypatch.setattr("sys.argv", ["ui", "port=0", f"hydra.run.dir={tmp_path}"])
    before = mlflow.get_tracking_uri()
    try:
        main()
    finally:
        mlflow.set_tracking_uri(before)
    said = capsys.readouterr().out
    ((*_, port),) = became
    assert f"http://127.0.0.1:{port}/#/experiments/1/runs?workflowType=machine_learning" in said
    assert f"viewStateShareKey={CLASSIFIERS}\n" in said
    assert f"sqlite:///{tmp_path / 'mlflow.db'}" in became[0]
