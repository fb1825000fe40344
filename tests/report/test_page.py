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
from fullconv.report.page.provenance import published

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
            "AP50": 0.61 + (seed / 100 if one == "validation" else 0),
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
    write_json(folder / "train.json", {"val_accuracy": 0.91 + seed / 100, "parameters": 12_345})
    engines = {"dilate": {"cannot": None, "max_difference": 2e-7}, "fragment": {"cannot": "too large"}}
    write_json(
        folder / "convert.json",
        {
            "comparable": True,
            "max_difference": 8.04e-7,
            "crop_max_difference": 0.504,
            "exact": False,
            "dense": {"engines": engines},
        },
    )
    table = {"multiply_accumulates": 4_862_016, "complete": seed < 2}
    write_json(folder / "cost.json", {"classifier": table, "conversion": table})
    (folder / "pictures" / "figures").mkdir(parents=True)
    Image.new("RGB", (50, 40)).save(folder / "pictures" / "figures" / "test_000.png")
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
    sets = {"validation": 2, "test": 4, "photo": 2}
    mosaics(Path("scenes"), "validation", (64, 64), 2, 1)
    mosaics(Path("scenes"), "test", (64, 64), 4, 1)
    mosaics(Path("scenes"), "photo", (60, 90), 2, 3)
    for seed, name in enumerate(NAMES):
        report(name, sets, seed)
    made = {
        "validation": MosaicConfig(split="validation", canvas=[64, 64], images=2, objects=[1, 1]),
        "test": MosaicConfig(split="test", canvas=[64, 64], images=4, objects=[1, 1], figures=1),
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
    assert not {"link", "iframe", "img"} & {tag for tag, _ in outline.elements}
    for _, attributes in outline.elements:
        for key in ("href", "src", "xlink:href"):
            value = attributes.get(key)
            assert value is None or value.startswith(("#", "data:image/png;base64,"))
    assert "url(" not in page(settings, sets)
    assert "@import" not in page(settings, sets)


def test_every_reference_on_the_page_is_there(settings: ExperimentConfig, sets: list[SceneSet]) -> None:
    elements = Outline(page(settings, sets)).elements
    ids = [attributes["id"] for _, attributes in elements if "id" in attributes]
    assert len(set(ids)) == len(ids)
    used = {str(attributes["href"])[1:] for tag, attributes in elements if tag == "use"}
    labelled = {str(attributes["for"]) for tag, attributes in elements if tag == "label"}
    linked = {str(attributes["href"])[1:] for tag, attributes in elements if tag == "a"}
    told = {str(attributes["popovertarget"]) for tag, attributes in elements if tag == "button"}
    assert used
    assert labelled
    assert linked == {"goals", "faithful", "heatmap", "measures", "learnt", "sets", "words"}
    assert told
    assert used | labelled | linked | told <= set(ids)
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
    # Detections below the threshold are not drawn.
    assert "cat 0.98" in said
    assert "dog & co 0.30" not in said


def test_it_opens_with_the_result_and_the_best_by_validation(settings: ExperimentConfig, sets: list[SceneSet]) -> None:
    said = " ".join(Outline(page(settings, sets)).said.split())
    assert (
        "Of 3 classifiers, third is the best by the validation mosaics: on the test mosaics AP50 0.610, AP 0.600, "
        "pointing 0.900 (the next, second <b>: AP50 0.610). Its conversion is at most 8e-07 from its classifier. "
        "2 of 2 goals are met."
    ) in said
    assert said.index("third second <b> plain") < said.index("Goals of third")


def test_goals_are_of_the_best_alone(settings: ExperimentConfig, sets: list[SceneSet]) -> None:
    said = " ".join(Outline(page(settings, sets)).said.split())
    assert said.count("≥ 0.45") == 1
    assert "AP ≥ 0.45 ✓ 0.600 [0.350, 0.470]" in said
    settings.goals["test"]["AP"] = 0.7
    said = " ".join(Outline(page(settings, sets)).said.split())
    assert "AP ≥ 0.7 ✗ 0.600" in said
    assert "1 of 2 goals are met" in said


def test_certificate_and_cost_of_each_classifier(settings: ExperimentConfig, sets: list[SceneSet]) -> None:
    said = " ".join(Outline(page(settings, sets)).said.split())
    assert "second <b> 8e-07 0.50 no 2e-07 0.9200 12,345 4.86 million" in said
    assert "third 8e-07 0.50 no 2e-07 0.9300 12,345 at least 4.86 million" in said


def test_data_and_figures_are_named_and_the_state_where_it_is_published(
    settings: ExperimentConfig, sets: list[SceneSet]
) -> None:
    assert "Data: pets." in page(settings, sets)
    sha256 = {"train_images": "0123456789abcdef", "test_images": "fedcba9876543210"}
    about = {"origin": "pets", "classes": CLASSES, "sha256": sha256, "shape": [28, 28, 1]}
    write_json(Path("data/arrays.json"), about)
    made = page(settings, sets)
    assert "Data: pets, 2 classes, 28×28×1 pixels; SHA-256 of the training images 0123456789ab" in made
    shown = published(made, "Published from commit <1>.")
    assert "Published from commit &lt;1&gt;." in shown
    assert "git log -1" in made
    assert "git log -1" not in shown
    assert len(made) - len(shown) < 200
    assert published(made, "") == made


def test_the_digest_is_that_of_the_figures(settings: ExperimentConfig, sets: list[SceneSet]) -> None:
    def digest() -> str:
        found = re.search(r"Digest of the figures: (\w{12})\.", page(settings, sets))
        assert found is not None
        return found[1]

    before = digest()
    settings.goals.clear()
    assert digest() == before
    write_json(Path("reports/plain/train.json"), {"val_accuracy": 0.5, "parameters": 12_345})
    assert digest() != before


def test_numbers_behind_marks_stand_on_the_page_too(settings: ExperimentConfig, sets: list[SceneSet]) -> None:
    said = " ".join(Outline(page(settings, sets)).said.split())
    assert "objects of 0 to 32 pixels plain 10 3 2 4" in said
    assert "plain 0.10 5 5%" in said


def test_without_a_drawn_scene_there_is_none(settings: ExperimentConfig, sets: list[SceneSet]) -> None:
    for one in settings.mosaics.values():
        one.figures = 0
    made = page(settings, sets)
    assert "#heatmap" not in made


def test_every_classifier_shows_what_it_learnt_from(settings: ExperimentConfig, sets: list[SceneSet]) -> None:
    elements = Outline(page(settings, sets)).elements
    labels = [str(attributes.get("aria-label")) for tag, attributes in elements if tag == "svg"]
    assert [f"Training windows of {name}, a row a class" in labels for name in NAMES] == [True] * 3
    sizes = [str(attributes["width"]) for tag, attributes in elements if tag == "image" and "id" not in attributes]
    assert sizes == ["50", "32", "31", "30"]  # of a scene, then of the best classifier and the others


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


@pytest.fixture
def opened(settings: ExperimentConfig, sets: list[SceneSet], request: pytest.FixtureRequest) -> Any:
    browser = request.getfixturevalue("page")  # `page` itself is what is tested here
    write_page(Path("report.html"), settings, sets)
    browser.set_viewport_size({"width": 390, "height": 844})
    browser.goto(f"file://{Path.cwd()}/report.html")
    return browser


@pytest.mark.slow
def test_a_telephone_shows_cards_and_nothing_beyond_its_edge(opened: Any) -> None:
    assert opened.evaluate("document.documentElement.scrollWidth") == 390
    card = opened.locator("#faithful + .cards tbody tr").first
    assert card.bounding_box()["width"] <= 390
    assert [line.strip() for line in card.inner_text().splitlines() if line.strip()] == [
        "third", "8e-07", "0.50", "no", "2e-07", "0.9300", "12,345", "at least 4.86 million",
    ]  # fmt: skip
    assert opened.locator("thead").first.bounding_box()["width"] <= 1


@pytest.mark.slow
def test_the_keyboard_reaches_what_a_measure_means(opened: Any) -> None:
    opened.locator("#goals ~ table .term").first.focus()
    opened.keyboard.press("Enter")
    assert "average precision over all recalls" in opened.locator("#about-AP50:popover-open").inner_text()
    opened.keyboard.press("Escape")
    assert opened.locator("[popover]:popover-open").count() == 0
    opened.locator("summary").first.focus()
    opened.keyboard.press("Enter")
    assert opened.locator("details[open] td").first.inner_text() == "third"


@pytest.mark.slow
def test_print_shows_every_measure_and_no_buttons(opened: Any) -> None:
    assert opened.locator(".all .panel:visible").count() == 1
    opened.emulate_media(media="print")
    assert opened.locator(".all .panel:visible").count() == opened.locator(".all .panel").count() > 1
    assert opened.locator("nav:visible, .tabs:visible").count() == 0
    assert opened.locator(".set-0:visible").count() == 1
    assert opened.locator(".set-1:visible").count() == 0
