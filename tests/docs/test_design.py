"""The design draws the stages that DVC has."""

import re
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
DESIGN = (ROOT / "docs" / "design.md").read_text()


def test_the_stages_drawn_are_those_of_dvc() -> None:
    stages = set(yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"])
    drawn = set(re.findall(r"^    (\w+)\[|--> (\w+)\[", DESIGN, flags=re.MULTILINE))
    assert {one or other for one, other in drawn} == stages
