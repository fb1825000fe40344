"""docs/use/own.md: every row of its second table, of finders and of `out`, is tried and gives the line it shows."""

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import pytest

from fullconv.command.train import of_the_pipeline
from fullconv.config.schema import DataConfig, ExperimentConfig
from fullconv.convert.conversion import convolutionalize
from fullconv.convert.storage import save_conversion
from fullconv.data.sources.crops.loading import read_crops
from fullconv.errors import InputError
from fullconv.files import write_json
from fullconv.finders.card import card_of
from fullconv.finders.made import Kept
from fullconv.finders.place import check_place
from fullconv.locate.channels import Channels
from fullconv.locate.dimensions import Dimensions
from fullconv.models.boxes import write_boxes
from fullconv.models.pixels import PLAIN
from fullconv.track.finders import finder_of

Settings = Callable[..., ExperimentConfig]
Rows = dict[str, tuple[str, str, str]]
CLASSES = ("nut", "screw")


@pytest.fixture(scope="module")
def whole_finder(settings_with: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a finder of two classes whose network learnt nothing."""
    layers = [keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(3, activation="softmax")]
    kept = Kept(
        conversion=convolutionalize(keras.Sequential(layers)),
        channels=Channels(CLASSES, has_background=True),
        config=settings_with().locate,
        dimensions=Dimensions(((0.6, 0.6),) * 2),
        thresholds=(0.5, 0.5),
        calibration=(),
        pixels=PLAIN,
    )
    folder = tmp_path_factory.mktemp("made") / "finder"
    folder.mkdir()
    save_conversion(kept.conversion, folder / "conversion.keras")
    write_boxes(folder / "boxes.npz", kept.boxes)
    write_json(folder / "finder.json", card_of(kept, {}))
    return folder


@pytest.fixture
def place(whole_finder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, paint: Callable[[Path], None]) -> Path:
    """Return a folder, in which the programs run, with a finder, pictures and crops of one class."""
    shutil.copytree(whole_finder, tmp_path / "finder")
    paint(tmp_path / "pictures" / "1.png")
    for number in range(6):
        paint(tmp_path / "crops" / "nut" / f"{number}.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def card(place: Path, change: Callable[[dict[str, Any]], object]) -> None:
    path = place / "finder" / "finder.json"
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))


def without(place: Path, name: str) -> None:
    if name == "finder.json":  # what else a finder holds tells that it is one
        write_json(place / "finder" / "validation.json", {})
    (place / "finder" / name).unlink()


def zipped(place: Path) -> None:
    with zipfile.ZipFile(place / "finder.zip", "w") as archive:
        for name in ("conversion.keras", "finder.json"):
            archive.write(place / "finder" / name, f"finder/{name}")


def out_file(place: Path) -> None:
    (place / "finder.txt").write_text("a note")
    check_place(place / "finder.txt")


def one_class(place: Path) -> None:
    """Raise what is said, which is a warning."""
    (told,) = read_crops(DataConfig(name="own", form="folder", path=str(place / "crops"))).account.told
    raise InputError(str(place / "crops"), *told.split("; "))


def cut_off(place: Path) -> None:
    path = place / "finder" / "finder.json"
    path.write_text(path.read_text()[:40])


# The first cell of a row → what is done with the place, and the words that are then tried; none: the first raises.
CASES: dict[str, tuple[Callable[[Path], object], tuple[str, ...]]] = {
    "`out` that holds other files": (lambda place: check_place(place / "pictures"), ()),
    "`out` that is a file": (out_file, ()),
    "`out=.`": (lambda place: check_place(Path()), ()),
    "neither `out` nor arrays of `fullconv prepare`": (lambda place: None, ("data=folder", "data.path=crops")),
    "one class only: a warning": (one_class, ()),
    "a finder's name with a slip": (lambda place: None, ("classifier={}/findr",)),
    "a zipped finder": (zipped, ("classifier={}/finder.zip",)),
    "a folder without a finder": (lambda place: None, ("classifier={}/pictures",)),
    "a finder without finder.json": (lambda place: without(place, "finder.json"), ("classifier={}/finder",)),
    "a finder.json that was cut off": (cut_off, ("classifier={}/finder",)),
    "a finder.json without its classes": (
        lambda place: card(place, lambda entry: entry.pop("classes")),
        ("classifier={}/finder",),
    ),
    "a finder without its network": (lambda place: without(place, "conversion.keras"), ("classifier={}/finder",)),
    "a finder without its box regression": (lambda place: without(place, "boxes.npz"), ("classifier={}/finder",)),
    "a finder of a newer version": (
        lambda place: card(place, lambda entry: entry.update(format=2)),
        ("classifier={}/finder",),
    ),
    "names of classes for a finder": (lambda place: None, ("classifier={}/finder", "classifier.classes=[nut,bolt]")),
}


def test_every_row_has_a_case_and_every_case_a_row(bad_input: Callable[[str], Rows]) -> None:
    assert list(bad_input("bad input of finders")) == list(CASES)


@pytest.mark.parametrize("name", CASES)
def test_a_row_shows_the_line_that_comes(
    name: str,
    place: Path,
    settings_with: Settings,
    bad_input: Callable[[str], Rows],
    shows: Callable[[str, str], bool],
) -> None:
    make, words = CASES[name]
    with pytest.raises(InputError) as caught:
        make(place)
        settings = settings_with(*(word.format(place) for word in words))
        (of_the_pipeline if words[0].startswith("data") else finder_of)(settings)
    key, said, mend = bad_input("bad input of finders")[name]
    for cell, text in ((key, caught.value.where), (said, caught.value.received), (mend, caught.value.mend)):
        assert shows(cell, text), (cell, text)
    assert len(str(caught.value)) <= 400


def test_the_whole_finder_is_none_of_them(place: Path, settings_with: Settings) -> None:
    assert finder_of(settings_with(f"classifier={place}/finder")).channels.classes == CLASSES
