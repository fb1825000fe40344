"""Many photos: a folder each, whatever they are called; one that is broken stops no other."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullconv.command.batch import each_photo, folders_of
from fullconv.errors import InputError


def paths(*names: str) -> list[Path]:
    return [Path(name) for name in names]


def test_one_photo_goes_straight_into_the_folder() -> None:
    assert folders_of(paths("x/dog.jpg"), Path("out")) == [Path("out")]


@pytest.mark.parametrize(
    ("photos", "names"),
    [
        (["a.jpg", "b.png"], ["a", "b"]),
        (["a.jpg", "a.png", "b.png"], ["a_jpg", "a_png", "b"]),
        (["A.jpg", "a.png"], ["A_jpg", "a_png"]),
        (["x/a.jpg", "y/a.jpg", "a_jpg.png"], ["a_jpg", "a_jpg_2", "a_jpg_3"]),
        (["detections.json.jpg", "b.jpg"], ["detections.json_2", "b"]),
    ],
)
def test_folders_are_named_after_the_photos(photos: list[str], names: list[str]) -> None:
    assert folders_of(paths(*photos), Path("out")) == [Path("out") / name for name in names]


@given(
    st.lists(
        st.builds(
            "{}/{}{}".format, st.sampled_from("xy"), st.text("aA_2.", min_size=1), st.sampled_from([".jpg", ".JPG"])
        ),
        min_size=2,
        unique=True,
    )
)
def test_no_two_photos_share_a_folder(photos: list[str]) -> None:
    folders = folders_of(paths(*photos), Path("out"))
    assert len({str(folder).casefold() for folder in folders}) == len(photos)
    assert all(folder.parent == Path("out") for folder in folders)


def test_each_photo_has_its_number_and_folder() -> None:
    calls: list[tuple[int, Path, Path]] = []
    each_photo(paths("a.jpg", "b.jpg"), Path("out"), lambda *call: calls.append(call))
    assert calls == [(1, Path("a.jpg"), Path("out/a")), (2, Path("b.jpg"), Path("out/b"))]


def test_a_broken_photo_is_a_line_and_the_rest_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    done: list[str] = []

    def step(_: int, photo: Path, folder: Path) -> None:
        if photo.name == "b.jpg":
            raise InputError(str(photo), "cut\noff", "Mend it.")
        if photo.name == "c.jpg":
            raise InputError("heatmap.sizes", "too small", "Give more.")
        done.append(folder.name)

    assert each_photo(paths("a.jpg", "b.jpg", "c.jpg", "d.jpg"), Path("out"), step) == 2
    assert done == ["a", "d"]
    first, second = capsys.readouterr().err.splitlines()
    assert first == "error: b.jpg: cut off. Mend it."
    assert second.startswith("error: c.jpg: heatmap.sizes: too small. Give more.")


def test_the_error_of_a_photo_that_is_alone_is_raised() -> None:
    def step(*_: object) -> None:
        raise InputError("a.jpg", "broken", "Mend it.")

    with pytest.raises(InputError, match=r"a\.jpg: broken"):
        each_photo(paths("a.jpg"), Path("out"), step)
