"""Where results on a person's own files go."""

from pathlib import Path

import pytest

from fullconv.config.layout import own_folder
from fullconv.errors import InputError


def test_beside_the_file_or_where_a_person_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert own_folder(Path("nets/my.keras"), None) == Path("nets/my")
    assert own_folder(Path("nets/my.keras"), "found") == Path("found")


@pytest.mark.parametrize(
    ("source", "out"),
    [
        ("models/plain/classifier.keras", None),
        ("models/plain.keras", None),
        ("my.keras", "models"),
        ("my.keras", "models/../models/plain"),
    ],
)
def test_never_where_the_pipeline_keeps_its_models(
    source: str, out: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"^out: .*belongs to the pipeline"):
        own_folder(Path(source), out)
