"""A bar of counted images: on a terminal, and nowhere else."""

import io

import pytest

from fullconv.terminal.progress import counted


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("stream", "total", "drawn"), [(_Terminal(), 3, True), (_Terminal(), 0, False), (io.StringIO(), 3, False)]
)
def test_a_bar_is_drawn_on_a_terminal_alone(
    stream: io.StringIO, total: int, drawn: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr("sys.stderr", stream)
    with counted("crops", total) as tick:
        for _ in range(total):
            tick(None)
    assert ("crops" in stream.getvalue()) == drawn
    assert capsys.readouterr().out == ""
