"""The written history."""

from pathlib import Path

import pytest

from fullconv.errors import InputError
from fullconv.train.history import Epoch, History, write_history

HISTORY = History((Epoch(1, "plain", 0.5, 0.75, 0.25, 1.0), Epoch(2, "shift", 0.1, 1.0, 0.2, 0.875)))


def test_rows_are_the_columns() -> None:
    assert HISTORY.rows()[1] == {
        "epoch": 2,
        "phase": "shift",
        "loss": 0.1,
        "accuracy": 1.0,
        "val_loss": 0.2,
        "val_accuracy": 0.875,
    }


def test_history_is_written_as_csv(tmp_path: Path) -> None:
    write_history(tmp_path / "new" / "history.csv", HISTORY)
    assert (tmp_path / "new" / "history.csv").read_bytes() == (
        b"epoch,phase,loss,accuracy,val_loss,val_accuracy\n1,plain,0.5,0.75,0.25,1.0\n2,shift,0.1,1.0,0.2,0.875\n"
    )


def test_history_names_a_folder_it_cannot_write(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match="cannot be written"):
        write_history(tmp_path / "file" / "history.csv", HISTORY)
