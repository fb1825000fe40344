"""Class folders as people have them."""

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fullconv.config.schema import DataConfig
from fullconv.data.sources.choice import load_arrays
from fullconv.data.sources.crops.folder import list_folder
from fullconv.data.sources.crops.loading import read_crops
from fullconv.errors import InputError

Config = Callable[..., DataConfig]
Draw = Callable[..., Path]


def test_each_folder_is_a_class_and_each_crop_fills_a_frame(folders: Path, config: Config) -> None:
    arrays = load_arrays(config("folder", folders))
    crops = arrays.crops
    assert crops is not None
    assert crops.classes == ("cat", "dog")
    assert arrays.train_images.shape == (10, 20, 20, 3)
    assert arrays.test_images.shape == (2, 20, 20, 3)
    assert sorted(arrays.test_labels.tolist()) == [0, 1]
    assert crops.unscaled
    assert {tuple(one) for one in np.concatenate([crops.train_sizes, crops.test_sizes]).tolist()} == {
        (10.0 + number, 12.0) for number in range(6)
    }


def test_what_systems_leave_behind_is_passed_over(folders: Path, config: Config, draw: Draw) -> None:
    names = [one.name for one in list_folder(folders, config("folder", folders)).places]
    draw("set/.hidden/a.png")
    draw("set/__MACOSX/cat/._0.png")
    draw("set/cat/.0.png")
    draw("set/cat/@eaDir/0.png")
    for name in ("Thumbs.db", ".DS_Store", "cat/Thumbs.db", "cat/.DS_Store", "cat/desktop.ini"):
        (folders / name).write_bytes(b"x")
    listing = list_folder(folders, config("folder", folders))
    assert [one.name for one in listing.places] == names
    assert listing.left_out == ()


def test_other_files_are_named(folders: Path, config: Config) -> None:
    (folders / "cat" / "notes.txt").write_text("x")
    assert list_folder(folders, config("folder", folders)).left_out == (
        "1 files that are not called like pictures (cat/notes.txt)",
    )


def test_names_of_any_kind(folders: Path, config: Config, draw: Draw) -> None:
    for name in ("größe [1] ${x}", "猫", 'it\'s, "so"', "a=b"):
        for number in range(2):
            draw(f"set/{name}/deep/er/Ünï {number}#%.PNG")
    reading = read_crops(config("folder", folders))
    assert reading.arrays.crops is not None
    assert set(reading.arrays.crops.classes) == {"cat", "dog", "größe [1] ${x}", "猫", 'it\'s, "so"', "a=b"}


def test_names_are_composed_as_people_type_them(folders: Path, config: Config, draw: Draw) -> None:
    for number in range(2):
        draw(f"set/e\N{COMBINING ACUTE ACCENT}/{number}.png")
    assert "é" in list_folder(folders, config("folder", folders)).named


def test_a_class_whose_name_is_no_text_is_refused(folders: Path, config: Config) -> None:
    os.mkdir(os.fsencode(folders) + b"/\xff")  # noqa: PTH102
    (folders / os.fsdecode(b"\xff") / "a.png").write_bytes((folders / "cat" / "0.png").read_bytes())
    with pytest.raises(InputError, match=r"whose name is no UTF-8\. Rename it"):
        list_folder(folders, config("folder", folders))


def test_a_file_whose_name_is_no_text_is_read(folders: Path, config: Config) -> None:
    Image.open(folders / "cat" / "0.png").rotate(90).save(folders / "new.png")
    (folders / "new.png").rename(folders / "cat" / os.fsdecode(b"\xff.png"))
    (folders / "cat" / os.fsdecode(b"\xfe.png")).write_bytes(b"x")
    reading = read_crops(config("folder", folders, broken=0.2))
    assert len(reading.account.places) == 13
    assert "cat/?.png" in reading.account.told[0]


def test_links_are_followed_but_not_in_circles(folders: Path, config: Config, draw: Draw, tmp_path: Path) -> None:
    draw("elsewhere/a.png")
    (folders / "cat" / "linked").symlink_to(tmp_path / "elsewhere")
    (folders / "cat" / "round").symlink_to(folders / "cat")
    (folders / "bird").symlink_to(tmp_path / "elsewhere")
    names = [one.name for one in list_folder(folders, config("folder", folders)).places]
    assert [name for name in names if "linked" in name] == ["cat/linked/a.png"]
    assert "bird/a.png" in names
    assert not [name for name in names if "round" in name]


@pytest.mark.parametrize("parts", [("train", "test"), ("Training", "Testing"), ("train", "val"), ("train", "valid")])
def test_parts_are_as_their_owner_made_them(config: Config, draw: Draw, tmp_path: Path, parts: tuple[str, str]) -> None:
    for part, count in zip(parts, (5, 3), strict=True):
        for label in ("a", "b"):
            for number in range(count):
                draw(f"set/{part}/{label}/{number}.png")
    arrays = load_arrays(config("folder", tmp_path / "set"))
    assert (len(arrays.train_labels), len(arrays.test_labels)) == (10, 6)


def test_of_three_parts_test_stays_unseen(config: Config, draw: Draw, tmp_path: Path) -> None:
    for part, count in (("train", 4), ("validation", 2), ("test", 3)):
        for label in ("a", "b"):
            for number in range(count):
                draw(f"set/{part}/{label}/{number}.png")
    reading = read_crops(config("folder", tmp_path / "set"))
    assert (len(reading.arrays.train_labels), len(reading.arrays.test_labels)) == (8, 4)
    assert "test/ is left unseen, for fullconv evaluate" in reading.account.told


def test_a_train_alone_is_split(config: Config, draw: Draw, tmp_path: Path) -> None:
    for label in ("a", "b"):
        for number in range(10):
            draw(f"set/train/{label}/{number}.png")
    arrays = load_arrays(config("folder", tmp_path / "set"))
    assert (len(arrays.train_labels), len(arrays.test_labels)) == (16, 4)


def test_a_train_among_vehicles_is_a_class(config: Config, draw: Draw, tmp_path: Path) -> None:
    for label in ("bus", "train"):
        for number in range(4):
            draw(f"set/{label}/{number}.png")
    assert list_folder(tmp_path / "set", config("folder", tmp_path / "set")).named == ("bus", "train")


def test_background_is_no_class(folders: Path, config: Config, draw: Draw) -> None:
    draw("set/Background/wide.png", (30, 50))
    crops = load_arrays(config("folder", folders)).crops
    assert crops is not None
    assert crops.classes == ("cat", "dog")
    assert [one.shape for one in crops.nothing] == [(30, 50, 3)]


@pytest.mark.parametrize("where", ["background", "train/background"])
def test_background_beside_parts(config: Config, draw: Draw, tmp_path: Path, where: str) -> None:
    for part in ("train", "test"):
        for label in ("a", "b"):
            draw(f"set/{part}/{label}/0.png")
    for number in range(3):
        draw(f"set/{where}/{number}.png")
    draw("set/test/background/0.png")
    crops = load_arrays(config("folder", tmp_path / "set")).crops
    assert crops is not None
    assert crops.classes == ("a", "b")
    assert len(crops.nothing) == 3


def test_another_name_of_the_background(folders: Path, config: Config) -> None:
    crops = load_arrays(config("folder", folders, background="dog", scenes=None)).crops
    assert crops is not None
    assert crops.classes == ("cat",)
    assert len(crops.nothing) == 6
    with pytest.raises(InputError, match=r"data\.background: no pictures of 'dogs'\. Did you mean dog\?"):
        load_arrays(config("folder", folders, background="dogs"))


def test_chosen_classes_in_their_order(folders: Path, config: Config, draw: Draw) -> None:
    for number in range(3):
        draw(f"set/bird/{number}.png")
    arrays = load_arrays(config("folder", folders, classes=["dog", "bird"]))
    assert arrays.crops is not None
    assert arrays.crops.classes == ("dog", "bird")
    assert (arrays.train_labels == 1).sum() + (arrays.test_labels == 1).sum() == 3


@pytest.mark.parametrize(
    ("classes", "says"),
    [
        (["dgo"], r"data\.classes: no crops of 'dgo'\. Did you mean dog\? There are cat, dog"),
        (["cat", "cat"], r"data\.classes: repeated names"),
        (["cat", "background"], r"data\.classes: 'background', the background"),
    ],
)
def test_classes_that_are_none(folders: Path, config: Config, classes: list[str], says: str) -> None:
    with pytest.raises(InputError, match=says):
        load_arrays(config("folder", folders, classes=classes))


def test_pictures_without_a_folder_are_told_the_convention(config: Config, draw: Draw, tmp_path: Path) -> None:
    draw("set/a.png")
    with pytest.raises(InputError, match=r"pictures lie in .*set itself.*set/<class>/\*\.png"):
        load_arrays(config("folder", tmp_path / "set"))


@pytest.mark.parametrize("inside", [(), ("a",), ("a", "b")])
def test_folders_without_pictures(config: Config, tmp_path: Path, inside: tuple[str, ...]) -> None:
    (tmp_path / "set").mkdir()
    for name in inside:
        (tmp_path / "set" / name).mkdir()
    with pytest.raises(InputError, match=r"data\.path: .*set/<class>/"):
        load_arrays(config("folder", tmp_path / "set"))


def test_a_folder_around_the_class_folders_is_named(config: Config, draw: Draw, tmp_path: Path) -> None:
    for label in ("a", "b"):
        draw(f"set/inner/{label}/0.png")
    with pytest.raises(InputError, match=r"holds one folder, .*Give .*set/inner\."):
        load_arrays(config("folder", tmp_path / "set"))


def test_folders_within_a_class_are_doubted(folders: Path, config: Config, draw: Draw) -> None:
    for label in ("x", "y"):
        draw(f"set/inner/{label}/0.png")
    (line,) = list_folder(folders, config("folder", folders)).left_out
    assert line.startswith("the folders in inner/ count as one class; if each is a class, give data.path=")


def test_scenes_within_the_folder_are_no_class(folders: Path, config: Config, draw: Draw) -> None:
    draw("set/scenes/a.png", (60, 80))
    crops = load_arrays(config("folder", folders, scenes=str(folders / "scenes"))).crops
    assert crops is not None
    assert crops.classes == ("cat", "dog")
    assert len(crops.scenes) == 1


@pytest.mark.parametrize("form", ["folder", "coco", "csv"])
def test_paths_that_are_none(config: Config, tmp_path: Path, form: str) -> None:
    (tmp_path / "crops").mkdir()
    (tmp_path / "file.txt").write_text("x")
    with pytest.raises(InputError, match=r"data\.path: not given\. Give data\.path=PATH"):
        load_arrays(config(form, None))
    with pytest.raises(InputError, match=r"data\.path: no file or folder .*Did you mean crops\?"):
        load_arrays(config(form, tmp_path / "crosp"))
    wrong = tmp_path / ("crops" if form == "csv" else "file.txt")
    with pytest.raises(InputError, match=r"data\.path: .* is a (file|folder)\. Give data\.path=PATH"):
        load_arrays(config(form, wrong))


def test_class_folders_given_as_arrays_are_told_the_form(folders: Path) -> None:
    for path in (folders, folders.parent):  # as around train/ and test/
        config = DataConfig(name="mnist", path=str(path), cache="unused", classes=["a"])
        with pytest.raises(InputError, match=r"holds folders of pictures\. Give data=folder with it"):
            load_arrays(config)


def test_every_format_is_read_upright_and_opaque(config: Config, tmp_path: Path) -> None:
    stored = np.zeros((20, 30), np.uint8)
    stored[:, :15] = 255
    for number in range(3):
        home = tmp_path / "set" / f"{number}"
        home.mkdir(parents=True)
        exif = Image.Exif()
        exif[274] = 6  # to be turned clockwise
        Image.fromarray(stored - np.uint8(20 * number) * (stored > 0)).save(home / "turned.jpg", exif=exif, quality=100)
        Image.fromarray(stored.astype(np.uint16) * np.uint16(257 - number)).save(home / "deep.png")
        Image.fromarray(np.dstack([stored * 0 + np.uint8(number), 255 - stored])).save(home / "clear.png")
        for suffix in ("bmp", "gif", "tif", "webp"):
            Image.fromarray(255 - stored - np.uint8(number) * (stored == 0)).save(
                home / f"other.{suffix}", lossless=True
            )
    reading = read_crops(config("folder", tmp_path / "set", side=20))
    arrays, places = reading.arrays, [one.path.name for one, _ in reading.account.places]
    assert arrays.train_images.shape[1:] == (20, 20, 1)
    assert arrays.crops is not None
    images = np.concatenate([arrays.train_images, arrays.test_images])
    sizes = np.concatenate([arrays.crops.train_sizes, arrays.crops.test_sizes])
    for name, image, size in zip(places, images[..., 0], sizes, strict=True):
        if name == "turned.jpg":
            assert tuple(size) == (30, 20)
            assert image[:8].min() > 200
            assert image[-8:].max() < 50
        if name in ("clear.png", "deep.png"):  # transparent where it was white, which lies on white
            assert image[:, :8].min() > 200
            assert image[:, -8:].max() < 50
