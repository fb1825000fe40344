"""The page that compares classifiers: its numbers, its figures, nothing from elsewhere, the same bytes."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fullconv.config.schema import DataConfig, ExperimentConfig, MosaicConfig
from fullconv.errors import InputError
from fullconv.evaluate.scenes.sets import SceneSet, scene_sets
from fullconv.files import write_json
from fullconv.report.page.html import page, write_page

NAMES = ["plain", "second <b>", "third"]
CLASSES = ["cat", "dog & co"]


def mosaics(root: Path, name: str, size: tuple[int, int], count: int, channels: int) -> None:
    rng = np.random.default_rng(len(name))
    folder = root / name / "images"
    folder.mkdir(parents=True)
    images, annotations = [], []
    for number in range(1, count + 1):
        pixels = rng.integers(0, 90, (*size, channels), dtype=np.uint8)
        pixels[10:30, 20:40] = 220
        Image.fromarray(pixels[..., 0] if channels == 1 else pixels).save(folder / f"{number}.png")
        images.append({"id": number, "file_name": f"{number}.png", "height": size[0], "width": size[1]})
        annotations.append(
            {
                "id": number,
                "image_id": number,
                "category_id": 1 + number % 2,
                "bbox": [20, 10, 20, 20],
                "area": 400,
                "iscrowd": 0,
            }
        )
    categories = [{"id": index + 1, "name": one} for index, one in enumerate(CLASSES)]
    write_json(root / name / "instances.json", {"images": images, "annotations": annotations, "categories": categories})


def curves(rng: Any, count: int) -> dict[str, Any]:
    recall = np.linspace(0, 1, 101)
    return {
        "precision_recall": {
            "recall": recall.tolist(),
            **{key: (1 - recall**power * rng.random()).tolist() for key, power in (("0.50", 6), ("0.75", 2))},
        },
        "reliability": {
            "count": [5 * place for place in range(15)],
            "confidence": [(place + 0.5) / 15 for place in range(15)],
            "accuracy": [((place + 0.5) / 15) ** 1.3 for place in range(15)],
        },
        "confusion": {
            "rows": [*CLASSES, "nothing there"],
            "columns": [*CLASSES, "missed"],
            "counts": [[8, 1, 1], [0, 9, 2], [1, 2, 0]],
        },
        "sizes": [
            {"from": 0, "found": 10, "confused": 3, "missed": 2, "false_alarms": 4},
            {"from": 32, "found": 0, "confused": 0, "missed": 3, "false_alarms": 0},
            {"from": 96, "found": 0, "confused": 0, "missed": 0, "false_alarms": 7},
        ],
        "images": [
            {"id": number + 1, "score": float(rng.random()), "right": 1, "wrong": 2, "missed": 0}
            for number in range(count)
        ],
    }  # fmt: skip


def report(name: str, sets: dict[str, int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    folder = Path("reports") / name
    metrics = {
        one: {
            "AP": 0.4 + seed / 10,
            "AP50": 0.61,
            "AP75": -1.0,
            "AR": 0.5,
            "F1_center": 0.97,
            "pointing": 0.9,
            "ECE": 0.02,
        }
        for one in sets
    }
    write_json(folder / "evaluate.json", metrics)
    write_json(folder / "intervals.json", {one: {"AP": [0.35, 0.47], "AP75": [-1, -1]} for one in sets})
    write_json(folder / "threshold.json", {"threshold": 0.5, "set": "validation"})
    (folder / "inspection").mkdir()
    Image.new("RGB", (30 + seed, 20)).save(folder / "inspection" / "windows.png")
    for one, count in sets.items():
        write_json(folder / "curves" / f"{one}.json", curves(rng, count))
        found = [
            {"image_id": number + 1, "category_id": 1 + place, "bbox": [19.0 + place, 12.5, 20.0, 20.0], "score": score}
            for number in range(count)
            for place, score in enumerate((0.98, 0.3))
        ]
        write_json(folder / "detections" / f"{one}.json", found)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ExperimentConfig:
    monkeypatch.chdir(tmp_path)
    sets = {"test": 4, "photo": 2}
    mosaics(Path("scenes"), "test", (64, 64), 4, 1)
    mosaics(Path("scenes"), "photo", (60, 90), 2, 3)
    for seed, name in enumerate(NAMES):
        report(name, sets, seed)
    made = {
        "test": MosaicConfig(split="test", canvas=[64, 64], images=4, objects=[1, 1]),
        "photo": MosaicConfig(split="test", canvas=[60, 90], images=2, objects=[1, 3], sizes=[22, 36], ground="photo"),
    }
    goals = {"test": {"AP50": 0.6, "AP": 0.45}, "elsewhere": {"AP": 0.1}}
    return ExperimentConfig(names=NAMES, data=DataConfig(name="pets", classes=CLASSES), mosaics=made, goals=goals)


@pytest.fixture
def sets(settings: ExperimentConfig) -> list[SceneSet]:
    return scene_sets(settings.mosaics, Path("scenes"))


class Outline(HTMLParser):
    """What a page is made of: its elements, its text, and tags that do not match."""

    VOID = ("meta", "input", "link", "br", "img")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.said = ""
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.said += f"{data} "


def test_nothing_is_loaded_from_elsewhere_and_tags_match(settings: ExperimentConfig, sets: list[SceneSet]) -> None:
    outline = Outline(page(settings, sets))
    assert outline.open == []
    assert not {"script", "link", "iframe", "img"} & {tag for tag, _ in outline.elements}
    for _, attributes in outline.elements:
        for key in ("href", "src", "xlink:href"):
            value = attributes.get(key)
            assert value is None or value.startswith(("#", "data:image/png;base64,", "../docs/"))
    assert "url(" not in page(settings, sets)
    assert "@import" not in page(settings, sets)


def test_every_reference_on_the_page_is_there(settings: ExperimentConfig, sets: list[SceneSet]) -> None:
    elements = Outline(page(settings, sets)).elements
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
    assert len(set(ids)) == len(ids)
    used = {str(attributes["href"])[1:] for tag, attributes in elements if tag == "use"}
    labelled = {str(attributes["for"]) for tag, attributes in elements if tag == "label"}
    assert used
    assert labelled
    assert used | labelled <= set(ids)
    # An image is embedded once, however many panes show it.
    assert len(used) == sum(tag == "image" and "id" in attributes for tag, attributes in elements)


def test_numbers_are_those_of_the_reports(settings: ExperimentConfig, sets: list[SceneSet]) -> None:
    said = " ".join(Outline(page(settings, sets)).said.split())
    assert "second <b>" in said
    assert "2 × 60×90 px, 1 to 3 objects of 22 to 36 px, on photos" in said
    for value in ("0.400", "0.500", "0.600", "[0.350, 0.470]"):
        assert value in said
    assert "-1.0" not in said
    assert "elsewhere" not in said
    goal = re.search(r"AP ≥ 0.45 (\S) 0.400 \[0.350, 0.470\] (\S) 0.500 \[\S+ \S+ (\S) 0.600", said)
    assert goal is not None
    assert goal.groups() == ("✗", "✓", "✓")
    # Detections below the threshold are not drawn.
    assert "cat 0.98" in said
    assert "dog & co 0.30" not in said


def test_every_classifier_shows_what_it_learnt_from(settings: ExperimentConfig, sets: list[SceneSet]) -> None:
    elements = Outline(page(settings, sets)).elements
    labels = [str(attributes.get("aria-label")) for tag, attributes in elements if tag == "svg"]
    assert [f"Training windows of {name}, a row a class" in labels for name in NAMES] == [True] * 3
    sizes = [str(attributes["width"]) for tag, attributes in elements if tag == "image" and "id" not in attributes]
    assert sizes == ["30", "31", "32"]


def test_a_missing_sheet_names_the_stage_that_draws_it(settings: ExperimentConfig, sets: list[SceneSet]) -> None:
    Path("reports/third/inspection/windows.png").unlink()
    with pytest.raises(InputError, match=r"windows\.png.*Run the stage inspect"):
        page(settings, sets)


def test_the_same_reports_give_the_same_bytes(settings: ExperimentConfig, sets: list[SceneSet]) -> None:
    write_page(Path("one.html"), settings, sets)
    write_page(Path("deep/two.html"), settings, sets)
    assert Path("one.html").read_bytes() == Path("deep/two.html").read_bytes()
    assert str(Path.cwd()) not in Path("one.html").read_text()


def test_a_changed_report_changes_the_page(settings: ExperimentConfig, sets: list[SceneSet]) -> None:
    before = page(settings, sets)
    path = Path("reports/third/curves/test.json")
    changed = json.loads(path.read_text())
    changed["confusion"]["counts"][0][0] = 71
    write_json(path, changed)
    after = page(settings, sets)
    assert ">71<" in after
    assert ">71<" not in before
