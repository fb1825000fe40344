"""Which files a photo's path, folder or pattern means."""

import os
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from fullconv.data.pictures import photo_files
from fullconv.data.pictures.photo_files import find_photos
from fullconv.errors import InputError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with images, and with things that are none."""
    for name in ("b.JPG", "a.png", "c.webp", ".hidden.png", "notes.txt", "sub/d.tiff", "sub/deep/e.jpg", "f.png/x.txt"):
        path = tmp_path / "photos" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"-")
    return tmp_path / "photos"


def names(found: list[Path], root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in found]


def test_a_folder_means_its_images_in_order(folder: Path) -> None:
    assert names(find_photos(str(folder)), folder) == ["a.png", "b.JPG", "c.webp"]


def test_a_file_is_taken_whatever_it_is_called(folder: Path) -> None:
    for name in ("notes.txt", ".hidden.png"):
        assert find_photos(str(folder / name)) == [folder / name]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("*.png", ["a.png"]),
        ("[ab].*", ["a.png", "b.JPG"]),
        ("*", ["a.png", "b.JPG", "c.webp"]),
        ("**/*.jpg", ["sub/deep/e.jpg"]),
        ("**/*", ["a.png", "b.JPG", "c.webp", "sub/d.tiff", "sub/deep/e.jpg"]),
    ],
)
def test_a_pattern_means_the_images_it_matches(folder: Path, pattern: str, expected: list[str]) -> None:
    assert names(find_photos(f"{folder}/{pattern}"), folder) == expected


def test_a_pattern_may_be_relative_or_start_at_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HOME", str(folder))
    assert find_photos("*.png") == [Path("a.png")]
    assert find_photos("~/*.png") == [folder / "a.png"]


def test_a_file_whose_name_is_like_a_pattern_is_that_file(folder: Path) -> None:
    (folder / "a[1].png").write_bytes(b"-")
    assert names(find_photos(str(folder / "a[1].png")), folder) == ["a[1].png"]


@pytest.mark.parametrize("pattern", ["", "nowhere.jpg", "nowhere/", "*.bmp", "sub/deep/*.png", "f.png"])
def test_nothing_found_is_an_error(folder: Path, pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    with pytest.raises(InputError, match=r"^image: ") as caught:
        find_photos(pattern)
    assert pattern in str(caught.value)


def test_a_folder_that_cannot_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> Any:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", refuse)
    with pytest.raises(InputError, match=r"cannot be read.*Permission denied"):
        find_photos(str(folder))


def test_what_looks_like_a_photo_is_among_the_suffixes() -> None:
    Image.init()
    written = {
        suffix for suffix, format_ in Image.registered_extensions().items() if format_ in ("JPEG", "PNG", "TIFF")
    }
    assert written - {".apng", ".mpo"} <= photo_files.SUFFIXES
    assert os.extsep + "heic" in photo_files.SUFFIXES


def test_a_zarr_is_one_picture(folder: Path) -> None:
    for place in ("slide.zarr", "slides"):
        (folder / place).mkdir()
        (folder / place / "zarr.json").write_text("{}")
    assert find_photos(str(folder / "slides")) == [folder / "slides"]
    assert "slide.zarr" in names(find_photos(str(folder)), folder)


@pytest.mark.parametrize(
    "content", ["path\na.png\nsub/d.tiff\n", "a.png\nsub/d.tiff\n", "id,path\n1,a.png\n2,sub/d.tiff\n"]
)
def test_a_table_means_the_files_in_its_order(folder: Path, content: str) -> None:
    (folder / "list.csv").write_text(content, encoding="utf-8-sig")
    assert names(find_photos(str(folder / "list.csv")), folder) == ["a.png", "sub/d.tiff"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty. Give a table with a column called path"),
        ("id,file\n1,a.png\n", "has the columns id, file. Call the one with the pictures path"),
        ("path\n", "names no picture"),
        ("path\na.png\nlost.png\n", r"lost\.png, which is not there. Mend the table"),
    ],
)
def test_a_table_that_means_nothing_is_refused(folder: Path, content: str, said: str) -> None:
    (folder / "list.csv").write_text(content)
    with pytest.raises(InputError, match=said):
        find_photos(str(folder / "list.csv"))
