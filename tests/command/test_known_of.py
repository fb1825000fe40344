"""What a finder's folder tells is part of the advice, and of nothing else's."""

from collections.abc import Callable
from pathlib import Path

import pytest

from fullconv.command.evaluate import known_of
from fullconv.config.schema import ExperimentConfig
from fullconv.files import write_json
from fullconv.report.advice.evidence import UNKNOWN

Settings = Callable[..., ExperimentConfig]


def test_a_finders_folder_is_asked_and_a_name_of_the_pipeline_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings_with: Settings
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("cells", "located"):
        write_json(tmp_path / name / "finder.json", {"learnt_from": {"training": {"cell": 7}, "scenes": 3}})
    (tmp_path / "other").mkdir()
    known = known_of(settings_with("classifier=cells"))
    assert (known.crops, known.scenes) == ({"cell": 7}, 3)
    assert known_of(settings_with("classifier=other")) == UNKNOWN
    assert known_of(settings_with("classifier=located")) == UNKNOWN
