"""Progress in the log and on a terminal."""

import io
import logging
import sys

import pytest

from fullconv.train.progress import EpochProgress, epoch_line

LOGS = {"loss": 0.5, "accuracy": 0.875, "val_loss": 0.25, "val_accuracy": 1.0}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_line_names_the_epoch_and_its_figures() -> None:
    line = epoch_line(2, 10, dict(sorted(LOGS.items())), 1.68)
    assert line == "epoch 3/10  loss 0.5000  accuracy 0.8750  val_loss 0.2500  val_accuracy 1.0000  1.7 s"


def one_epoch(progress: EpochProgress) -> None:
    progress.set_params({"epochs": 4, "steps": 20, "verbose": 0})
    progress.on_epoch_begin(0)
    for batch in (9, 19):
        progress.on_train_batch_end(batch, LOGS)
    progress.on_epoch_end(0, LOGS)


def test_every_epoch_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, "fullconv"):
        one_epoch(EpochProgress())
    assert [record.getMessage()[:25] for record in caplog.records] == ["epoch 1/4  loss 0.5000  a"]


def test_bar_is_drawn_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, file = Terminal(), io.StringIO()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal)
    one_epoch(EpochProgress())
    assert "epoch 1/4" in terminal.getvalue()
    monkeypatch.setattr(sys, "stderr", file)
    one_epoch(EpochProgress())
    assert file.getvalue() == ""


def test_cut_short_the_cursor_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal)
    progress = EpochProgress()
    progress.set_params({"epochs": 4, "steps": 20, "verbose": 0})
    progress.on_epoch_begin(0)
    progress.close()
    hidden, shown = "\x1b[?25l", "\x1b[?25h"
    assert terminal.getvalue().rfind(shown) > terminal.getvalue().rfind(hidden) >= 0
