"""A finder's page: numbers and pictures of its folder, nothing from elsewhere, nothing where nothing is known."""

import re
from pathlib import Path

import pytest
from PIL import Image

from fullconv.errors import InputError
from fullconv.figures.palette import class_colour
from fullconv.files import write_json
from fullconv.report.advice.finder import evidence_in, falling, losses_in
from fullconv.report.page.finder import FILES, PAGE, finder_page, write_finder_page

CLASSES = ["red <cell>", "plate"]
CARD = {
    "format": 1,
    "classes": CLASSES,
    "window": [48, 40],
    "dimensions": {"frames": {}, "sizes": {"red <cell>": [20.2, 31.0, 44.9], "plate": [9, 12, 18]}},
    "thresholds": {"red <cell>": 0.42, "plate": 0.3},
    "learnt_from": {
        "name": "blood & co",
        "training": {"red <cell>": 2381, "plate": 12}, "held_out": {"red <cell>": 470, "plate": 3},
        "scenes": 205, "nothing": 0,
    },
}  # fmt: skip
HISTORY = "epoch,phase,loss,accuracy,val_loss,val_accuracy\n" + "".join(
    f"{number},plain,{loss},0.9,0.3,0.9\n" for number, loss in enumerate((2.0, 1.0, 0.8, 0.5, 0.4, 0.35, 0.33, 0.3), 1)
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with everything in it, as a training writes it."""
    folder = tmp_path / "my finder"
    write_json(folder / "finder.json", CARD)
    write_json(folder / "train.json", {"accuracy": 0.94, "val_accuracy": 0.81, "epochs": 8, "parameters": 205123})
    found = {"AP50": 0.8712, "AP75": -1.0, "F1_center": 0.9, "count_error": 0.07, "localization_error": 2.31}
    by_class = {"AP50_of/red <cell>": 0.86, "AP50_of/plate": -1.0, "count_error_of/plate": 0.16}
    write_json(folder / "validation.json", found | by_class)
    write_json(folder / "certificate.json", {"max_difference": 2.4e-7})
    write_json(folder / "seconds.json", {"training": 411.34})
    (folder / "history.csv").write_text(HISTORY)
    (folder / "advice.txt").write_text("Do <this>.\n\nAnd that.\n", encoding="utf-8")
    for number, name in enumerate(("windows", "contact_sheet", "counts")):
        Image.new("RGB", (300 + number, 20)).save(folder / f"{name}.png")
    return folder


def test_numbers_are_those_of_the_files(folder: Path) -> None:
    text = " ".join(re.sub(r"<[^>]+>", " ", finder_page(folder)).split())
    assert "A finder of red &lt;cell&gt; and plate" in text
    for said in ("40×48 pixels", "205,123 parameters", "205 pictures without labels", "blood &amp; co"):
        assert said in text
    assert "red &lt;cell&gt; 2,381 470 20 31 45 0.42 0.86" in text
    assert "plate 12 3 9 12 18 0.30 16%" in text
    assert "AP50 0.871 average precision" in text
    assert "centre distance 2.310 px median distance" in text
    assert "count error 0.070" in text
    assert "-1.0" not in text
    assert "Do &lt;this&gt;. And that." in text
    assert "411.3" in text
    assert "2.4e-07" in text
    assert "classifier=&#39;my finder&#39; image=PICTURE.jpg" in text


def test_nothing_is_loaded_from_elsewhere(folder: Path) -> None:
    text = finder_page(folder)
    addresses = re.findall(r"(?:src|href)=\"([^\"]{0,30})", text)
    assert len(addresses) == 3
    assert all(one.startswith("data:image/png;base64,") for one in addresses)
    assert "<script" not in text
    assert "url(" not in text
    assert str(folder.parent) not in text
    widths = re.findall(r'<image width="(\d+)"', text)
    assert widths == ["300", "301", "302"]
    assert class_colour(0) in text
    assert class_colour(1) in text


def test_what_is_not_there_is_left_out(folder: Path) -> None:
    for path in folder.iterdir():
        if path.name != "finder.json":
            path.unlink()
    write_json(folder / "finder.json", {**CARD, "learnt_from": {}, "dimensions": {"frames": {}, "sizes": {}}})
    text = finder_page(folder)
    for heading in ("What to do next", "What it learnt from", "held-out crops", "Best and worst", "Counts"):
        assert heading not in text
    assert "None" not in text
    assert "<image" not in text
    assert "windows.png" not in text


def test_the_page_lists_the_files_that_are_there(folder: Path) -> None:
    listed = set(re.findall(r"<td><code>([^<]+)</code>", finder_page(folder)))
    assert listed == {path.name for path in folder.iterdir()}
    assert listed <= set(FILES)


def test_the_same_folder_gives_the_same_bytes_wherever_it_lies(folder: Path) -> None:
    write_finder_page(folder)
    first = (folder / PAGE).read_bytes()
    moved = folder.rename(folder.parent.parent / "my finder")
    write_finder_page(moved)
    assert (moved / PAGE).read_bytes() == first


def test_a_missing_card_and_a_damaged_picture_are_named(folder: Path) -> None:
    (folder / "counts.png").write_bytes(b"no picture")
    with pytest.raises(InputError, match=r"counts\.png.*no picture.*fullconv train"):
        finder_page(folder)
    (folder / "finder.json").unlink()
    with pytest.raises(InputError, match=r"finder\.json"):
        finder_page(folder)


def test_many_classes_are_not_all_in_the_title(folder: Path) -> None:
    names = [f"sign {number}" for number in range(43)]
    write_json(folder / "finder.json", {**CARD, "classes": names})
    assert "<h1>A finder of sign 0, sign 1, sign 2, sign 3, sign 4 and 38 more classes</h1>" in finder_page(folder)


def test_evidence_is_what_the_folder_tells(folder: Path) -> None:
    evidence = evidence_in(folder)
    assert evidence.crops == {"red <cell>": 2381, "plate": 12}
    assert evidence.sizes["plate"] == [9, 12, 18]
    assert (evidence.scenes, evidence.nothing, evidence.margin) == (205, 0, -1)
    assert (evidence.accuracy, evidence.val_accuracy) == (0.94, 0.81)
    assert evidence.falling == pytest.approx(1 - 0.3 / 0.35)
    (folder / "history.csv").unlink()
    (folder / "train.json").unlink()
    assert evidence_in(folder).falling == evidence_in(folder).accuracy == -1


def test_how_far_a_loss_still_falls() -> None:
    assert falling([1.0, 0.5, 0.2]) == -1
    assert falling([4.0, 2.0, 1.0, 0.5]) == 0.5
    assert falling([1.0] * 8) == 0
    assert falling([1.0, 1.0, 0.5, 0.6]) == 0
    assert falling([0.0] * 4) == 0
    assert losses_in(Path("nowhere.csv")) == []
