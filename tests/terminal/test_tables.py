"""Tables on the terminal show names of others as they are."""

import pytest

from fullconv.terminal.tables import print_table


@pytest.mark.parametrize("name", ["[/b]", "[red]", ":ox:", "speed limit [20]", "猫"])
def test_names_mean_themselves(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    print_table(f"Classes of {name}.png", [[name, "1"]], ["class", name])
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"Classes of {name}.png"
    assert sum(name in line for line in said[1:]) == 2


def test_a_title_stands_on_one_line_however_narrow_its_table(capsys: pytest.CaptureFixture[str]) -> None:
    print_table("Classes of a picture with a name", [["a", "b"]])
    assert capsys.readouterr().out.splitlines()[0] == "Classes of a picture with a name"


def test_a_stage_of_dvc_prints_no_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DVC_STAGE", "evaluate@plain")
    print_table("Localization: plain", [["test", "0.99"]], ["scenes", "AP50"])
    assert capsys.readouterr().out == ""
    monkeypatch.setenv("DVC_STAGE", "")
    print_table("Localization: plain", [["test", "0.99"]], ["scenes", "AP50"])
    assert "0.99" in capsys.readouterr().out
