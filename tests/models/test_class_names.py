"""Names of classes in the files that people keep beside a classifier."""

from pathlib import Path

import pytest

from fullconv.errors import InputError
from fullconv.models.class_names import class_names_beside, read_class_names


@pytest.mark.parametrize(
    ("name", "text", "names"),
    [
        ("labels.txt", "cat\ndog\n", ["cat", "dog"]),
        ("labels.txt", "\ufeffcat\r\ndog\r\n\r\n", ["cat", "dog"]),
        ("labels.txt", "0 cat\n1 guinea pig\n", ["cat", "guinea pig"]),
        ("labels.txt", "1: dog\n0: cat\n", ["cat", "dog"]),
        ("labels.txt", "1 cat\n2 dog\n", ["cat", "dog"]),
        ("labels.txt", "0,cat\n1,dog\n", ["cat", "dog"]),
        ("labels.txt", "3 wheels\n4 wheels\n", ["3 wheels", "4 wheels"]),
        ("labels.txt", "10\n20\n", ["10", "20"]),
        ("labels.txt", "Speed limit (20km/h)\nNo vehicles\n", ["Speed limit (20km/h)", "No vehicles"]),
        ("names.json", '["cat", "dog"]', ["cat", "dog"]),
        ("names.json", '{"dog": 1, "cat": 0}', ["cat", "dog"]),
        ("names.json", '{"dog": "1", "cat": "0"}', ["cat", "dog"]),
        ("names.json", '{"1": "dog", "0": "cat"}', ["cat", "dog"]),
        ("names.json", '{"0": ["n02123045", "tabby"], "1": ["n02084071", "dog"]}', ["tabby", "dog"]),
        ("names.json", '{"labels": ["cat", "dog"], "imageSize": 224}', ["cat", "dog"]),
        ("names.json", '{"class_indices": {"cat": 0, "dog": 1}}', ["cat", "dog"]),
        ("names.json", '[{"id": 1, "name": "dog"}, {"id": 0, "name": "cat"}]', ["cat", "dog"]),
        ("names.csv", "ClassId,SignName\n1,stop\n0,yield\n", ["yield", "stop"]),
        ("names.csv", "name\ncat\ndog\n", ["cat", "dog"]),
        ("names.csv", "0,cat\n1,dog\n", ["cat", "dog"]),
        ("names.csv", '0,"cat, big"\n1,dog\n', ["cat, big", "dog"]),
        ("names.csv", "cat,dog,bird\n", ["cat", "dog", "bird"]),
    ],
)
def test_every_way_of_writing_names(name: str, text: str, names: list[str], tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert read_class_names(path) == names


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("labels.txt", "", "no names of classes"),
        ("names.json", "{", "no names of classes"),
        ("names.json", "[1, 2]", "no names of classes"),
        ("names.json", '{"cat": 0, "dog": 2}', "no names of classes"),
        ("names.json", '{"cat": true}', "no names of classes"),
        ("names.json", "[" * 100_000, "no names of classes"),
        ("names.csv", "a,b\nc\n", "no names of classes"),
        ("labels.txt", "cat\ncat\n", "names 'cat' more than once"),
    ],
)
def test_what_holds_no_names_is_said(name: str, text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(InputError, match=said) as caught:
        read_class_names(path)
    assert len(str(caught.value)) <= 400
    assert str(caught.value).startswith(str(path))


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.txt: cannot be read \(No such file"):
        read_class_names(tmp_path / "none.txt")
    (tmp_path / "latin.txt").write_bytes("größe".encode("latin-1"))
    with pytest.raises(InputError, match=r"no text in UTF-8"):
        read_class_names(tmp_path / "latin.txt")
    (tmp_path / "large.txt").write_bytes(b"a\n" * 600_000)
    with pytest.raises(InputError, match=r"larger than a list of names"):
        read_class_names(tmp_path / "large.txt")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_text_as_windows_saves_it(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_bytes("0 größe\r\n1 猫\r\n".encode(encoding))
    assert read_class_names(tmp_path / "labels.txt") == ["größe", "猫"]


@pytest.mark.parametrize(
    ("held", "said"), [(b"cat\ncat\n", "names 'cat' more than once"), ("größe\n".encode("cp1252"), "no text in UTF-8")]
)
def test_a_list_with_a_slip_in_it_is_not_passed_over_in_silence(
    held: bytes, said: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "labels.txt").write_bytes(held)
    assert class_names_beside(tmp_path / "keras_model.h5") is None
    assert caplog.messages == [f"{tmp_path / 'labels.txt'}: no names of classes are taken from it: {said}"]


def test_names_are_found_beside_a_file_or_in_a_folder(tmp_path: Path) -> None:
    model = tmp_path / "keras_model.h5"
    assert class_names_beside(model) is None
    (tmp_path / "metadata.json").write_text('{"keras_version": "3.0"}')
    assert class_names_beside(model) is None
    (tmp_path / "class_indices.json").write_text('{"cat": 0, "dog": 1}')
    assert class_names_beside(model) == (tmp_path / "class_indices.json", ["cat", "dog"])
    (tmp_path / "labels.txt").write_text("0 a\n1 b\n")
    assert class_names_beside(model) == (tmp_path / "labels.txt", ["a", "b"])
    (tmp_path / "keras_model_labels.txt").write_text("c\nd\n")
    assert class_names_beside(model) == (tmp_path / "keras_model_labels.txt", ["c", "d"])
    folder = tmp_path / "saved"
    folder.mkdir()
    assert class_names_beside(folder) == (tmp_path / "labels.txt", ["a", "b"])
    (folder / "classes.txt").write_text("e\nf\n")
    assert class_names_beside(folder) == (folder / "classes.txt", ["e", "f"])
