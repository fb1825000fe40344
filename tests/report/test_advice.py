"""Advice: figures in, the sentence and the knob out; nothing where all is well; what matters most comes first."""

import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fullconv.evaluate.metrics.classwise import ClassFigures, SetFigures
from fullconv.report.advice.evidence import Advice, Evidence
from fullconv.report.advice.rules import NOTHING, RULES, advice, in_words
from fullconv.report.own_data import write_advice

CONF = Path(__file__).resolve().parents[2] / "conf"


def one(name: str, **changed: Any) -> ClassFigures:
    usual: dict[str, Any] = {
        "objects": 100, "found": 101, "right": 95, "central": 97, "AP50": 0.92, "size": 0.02, "side": 40.0,
    }  # fmt: skip
    return ClassFigures(name, **{**usual, **changed})


WELL = SetFigures(
    (one("cell"), one("plate")),
    ((95, 1, 4), (2, 95, 3), (4, 4, 0)),
    20, 0.5, touching=0.2, touching_missed=0.22, ece=0.03, F1=0.94, best=(0.48, 0.945),
)  # fmt: skip
GOOD = Evidence(
    WELL, {"cell": 400, "plate": 90}, {"cell": (30, 40, 55), "plate": (30, 41, 50)},
    scenes=30, nothing=0, margin=0.0, accuracy=0.93, val_accuracy=0.92, falling=0.01,
)  # fmt: skip


def figures(**changed: Any) -> Evidence:
    return replace(GOOD, figures=replace(WELL, **changed))


def classes(first: dict[str, Any], second: dict[str, Any] | None = None) -> tuple[ClassFigures, ...]:
    return one("cell", **first), one("plate", **(second or {}))


def test_nothing_is_said_when_all_is_well() -> None:
    assert advice(GOOD) == []
    assert in_words([]) == [NOTHING]


def test_nothing_is_said_of_what_is_not_known() -> None:
    assert advice(Evidence()) == []


CASES: dict[str, tuple[Evidence, str, str]] = {
    "false alarms without scenes": (
        replace(figures(classes=classes({"astray": 50}, {"astray": 4})), scenes=0),
        r"54 of 202 detections \(27%\) lie where nothing is, most of them called cell\..*data\.scenes=DIR",
        "data.scenes",
    ),
    "false alarms with scenes": (
        figures(classes=classes({"astray": 4}, {"astray": 60})),
        r"64 of 202 .* called plate\..*data\.background=NAME",
        "data.background",
    ),
    "boxes too large": (
        figures(classes=classes({"size": math.log(1.4)})),
        r"larger than the objects: cell \(1\.40 times\).*data\.margin=0\.20\.",
        "data.margin",
    ),
    "boxes too large beyond the known margin": (
        replace(figures(classes=classes({"size": math.log(1.25)})), margin=0.1),
        r"data\.margin=0\.25\.",
        "data.margin",
    ),
    "boxes too small": (
        figures(classes=classes({"size": -math.log(1.5)}, {"size": -math.log(1.5), "side": 80.0})),
        r"smaller than the objects: cell \(0\.67 times\) and plate \(0\.67 times\).*locate\.sizes=\[32,100\]",
        "locate.sizes",
    ),
    "nothing found": (
        figures(classes=classes({"right": 0, "central": 0}, {"right": 0, "central": 0}), best=(0.5, 0), F1=0.0),
        r"Not one of 200 objects is found right.*locate\.sizes=\[32,50\]",
        "locate.sizes",
    ),
    "sizes that were not met": (
        replace(figures(classes=classes({"right": 40, "AP50": 0.3})), sizes={"cell": (100, 120, 150)}),
        r"cell is 40 pixels large here, and was 100 to 150 in training\..*locate\.sizes=\[32,50\]",
        "locate.sizes",
    ),
    "two classes confused": (
        figures(confusion=((75, 21, 4), (2, 95, 3), (4, 4, 0))),
        r"21 of 100 cell are taken for plate\. Compare the two rows of windows\.png",
        "data.path",
    ),
    "few crops of a class": (
        replace(figures(classes=classes({}, {"AP50": 0.4})), crops={"cell": 400, "plate": 7}),
        r"plate has 7 crops, AP50 0\.40\. Add some to data\.path, 20 or more",
        "data.path",
    ),
    "few crops and no boxes known": (
        replace(GOOD, figures=None, crops={"cell": 12}),
        r"cell has 12 crops\. Add",
        "data.path",
    ),
    "missed objects touch": (
        figures(touching=0.3, touching_missed=0.7, confusion=((70, 1, 29), (2, 95, 3), (4, 4, 0))),
        r"70% of the 32 missed objects overlap another, 30% of all do.*locate\.overlap",
        "locate.overlap",
    ),
    "threshold too high": (
        figures(threshold=0.9, F1=0.7, best=(0.4, 0.85)),
        r"threshold 0\.90 is too high for these pictures: F1 0\.70, and 0\.85 with locate\.threshold=0\.40",
        "locate.threshold",
    ),
    "threshold too low": (
        figures(threshold=0.1, F1=0.7, best=(0.4, 0.85)),
        r"threshold 0\.10 is too low",
        "locate.threshold",
    ),
    "too many counted": (
        figures(classes=classes({"found": 130})),
        r"Counts are off: 130 cell for 100 \(\+30%\)\. A higher locate\.threshold comes nearer",
        "locate.threshold",
    ),
    "too few counted": (
        figures(classes=classes({}, {"found": 80})),
        r"Counts are off: 80 plate for 100 \(-20%\)\. A lower",
        "locate.threshold",
    ),
    "training not finished": (
        replace(GOOD, falling=0.12),
        r"still fell by 12% in the last quarter.*train\.epochs",
        "train.epochs",
    ),
    "learnt by heart": (
        replace(GOOD, accuracy=0.99, val_accuracy=0.8),
        r"trained on 99% is named right, of held-out crops 80%.*data\.path.*augment",
        "data.path",
    ),
    "network too small": (
        replace(GOOD, accuracy=0.6, val_accuracy=0.58),
        r"Only 60% of the training windows.*model",
        "model",
    ),
    "no scenes": (
        replace(figures(classes=classes({"AP50": 0.6}, {"AP50": 0.5})), scenes=0),
        r"no picture of the kind it searches \(AP50 0\.55\).*data\.scenes=DIR",
        "data.scenes",
    ),
    "scores are no probabilities": (
        figures(ece=0.21),
        r"off by 0\.21 .*do not read them as probabilities.*locate\.threshold",
        "locate.threshold",
    ),
}


@pytest.mark.parametrize(("evidence", "said", "knob"), CASES.values(), ids=CASES)
def test_a_rule_says_its_sentence_and_no_other_speaks(evidence: Evidence, said: str, knob: str) -> None:
    found = advice(evidence)
    assert [entry.knob for entry in found] == [knob]
    assert re.search(said, found[0].text), found[0].text
    assert knob in found[0].text or knob == "data.path"
    assert 0 < found[0].weight <= 1


def test_right_places_of_wrong_sizes_are_told_as_sizes_alone() -> None:
    wrong = {"right": 0, "central": 90, "size": math.log(2), "AP50": 0.0}
    evidence = figures(classes=classes(wrong, wrong), confusion=((0, 0, 100), (0, 0, 100), (101, 101, 0)))
    assert [entry.knob for entry in advice(evidence)] == ["data.margin"]


def test_a_better_threshold_is_said_and_not_the_counts_too() -> None:
    evidence = figures(classes=classes({"found": 20}), threshold=0.9, F1=0.4, best=(0.4, 0.85))
    assert ["Counts" in entry.text for entry in advice(evidence)] == [False]


def test_every_rule_has_a_case() -> None:
    spoken = {rule.__name__ for evidence, _, _ in CASES.values() for rule in RULES if list(rule(evidence))}
    assert spoken == {rule.__name__ for rule in RULES}


def test_what_matters_most_comes_first() -> None:
    evidence = replace(
        figures(confusion=((85, 11, 4), (2, 95, 3), (4, 160, 0)), classes=classes({}, {"astray": 160}), ece=0.3),
        scenes=0, falling=0.2,
    )  # fmt: skip
    knobs = [entry.knob for entry in advice(evidence)]
    assert knobs == ["data.scenes", "train.epochs", "data.path", "locate.threshold"]


def test_every_knob_that_is_named_exists() -> None:
    known = "\n".join(path.read_text() for path in CONF.rglob("*.yaml"))
    for evidence, _, knob in CASES.values():
        assert re.search(rf"^ *{knob.split('.')[-1]}:|^ *- {knob}:", known, flags=re.M), (evidence, knob)


def test_advice_is_written_a_paragraph_each(tmp_path: Path) -> None:
    said = [Advice("Do this: α.", "a", 0.5), Advice("And that.", "b", 0.1)]
    write_advice(tmp_path / "advice.txt", in_words(said))
    assert (tmp_path / "advice.txt").read_text(encoding="utf-8") == "Do this: α.\n\nAnd that.\n"
