"""model=registry:… chooses a registered model, and stands alone."""

from pathlib import Path

import pytest

from fullconv.command.locate import locate
from fullconv.config.load import compose_settings
from fullconv.errors import InputError


@pytest.mark.parametrize("wanted", ["fullconv@champion", "fullconv/3", "a b@c", "x=y", ""])
def test_it_arrives_as_it_was_typed(wanted: str) -> None:
    assert (compose_settings(f"model=registry:{wanted}").registered or "") == wanted


def test_a_network_is_chosen_as_before() -> None:
    assert compose_settings("model=swish").model.architecture == "swish"


@pytest.mark.parametrize("text", ["00000000000000000000000000000012", "12345678901234567890123456789e12", "HEAD~1"])
def test_an_id_of_digits_and_a_revision_stay_texts(text: str) -> None:
    made = compose_settings(f"run={text}", f"rev={text}")
    assert (made.run, made.rev) == (text, text)


@pytest.mark.parametrize("other", ["synset=dog", "model=resnet50", "classifier.path=my.keras"])
def test_it_stands_alone(other: str, tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(b"")
    given = (f"image={tmp_path}/picture.png", f"out={tmp_path}/found", other)
    with pytest.raises(InputError, match="registry:fullconv@champion together with"):
        locate(compose_settings("registered='fullconv@champion'", *given))
    assert not (tmp_path / "found").exists()
