"""`dvc plots show` draws without a network: the page and the templates of .dvc/plots."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from dvc_render.html import render_html
from dvc_render.vega import VegaRenderer

from fullconv.figures.palette import CLASSIFIERS

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".dvc" / "plots"
PAGE = FOLDER / "page.html"
TRAINING = "classifier,epoch,val_accuracy\nplain,1,0.5\nplain,2,0.8\nb <i>,1,0.4\nb <i>,2,0.95\n"
COMPARISON = "classifier,test_AP50\nplain,0.25\nb <i>,0.75\n"


def plots() -> dict[str, dict[str, str]]:
    listed = yaml.safe_load((ROOT / "dvc.yaml").read_text())["stages"]["compare"]["plots"]
    return {next(iter(one)): next(iter(one.values())) for one in listed if isinstance(one, dict)}


def chart(text: str, revisions: tuple[str, ...], **properties: str) -> VegaRenderer:
    rows = [{**row, "rev": one} for one in revisions for row in csv.DictReader(io.StringIO(text))]
    return VegaRenderer(rows, "chart", template_dir=str(FOLDER), **properties)


def test_dvc_uses_the_page_and_the_templates() -> None:
    assert "html_template = plots/page.html" in (ROOT / ".dvc" / "config").read_text()
    named = {one["template"] for one in plots().values()}
    assert named == {path.stem for path in FOLDER.glob("*.json")}


def test_the_page_fetches_nothing_and_has_the_colours_of_other_pages() -> None:
    text = PAGE.read_text()
    assert "{scripts}" not in text  # DVC would put addresses there
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text)
    assert re.findall(r"#[0-9A-Fa-f]{6}", text.split("const INKS")[1].split(";")[0]) == list(CLASSIFIERS)


@pytest.mark.slow
def test_a_browser_draws_a_line_for_each_classifier_and_revision(tmp_path: Path, page: Any) -> None:
    asked: list[str] = []
    broken: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: broken.append(str(error)))
    lines, bars = plots()["results/training.csv"], plots()["results/comparison.csv"]
    drawn = [chart(TRAINING, ("HEAD", "workspace"), **lines), chart(COMPARISON, ("workspace",), **bars)]
    drawn[1].name = "bars"
    made = render_html(drawn, tmp_path / "index.html", PAGE)
    page.goto(f"file://{made}")
    assert page.locator("svg[role=img] path.line").count() == 4
    assert page.locator("li").all_inner_texts() == [
        "plain, HEAD",
        "plain, workspace",
        "b <i>, HEAD",
        "b <i>, workspace",
    ]
    widths = [float(bar.get_attribute("width")) for bar in page.locator("rect").all()]
    assert widths[1] == pytest.approx(3 * widths[0])
    assert page.get_by_text("b <i>: 0.7500").count() == 1
    assert asked == [f"file://{made}"]
    assert broken == []


@pytest.mark.slow
def test_another_template_is_named_as_not_drawn(tmp_path: Path, page: Any) -> None:
    made = render_html([chart(TRAINING, ("workspace",), x="epoch", y="val_accuracy")], tmp_path / "index.html", PAGE)
    page.goto(f"file://{made}")
    page.get_by_text("draws the templates lines and bars alone").wait_for()


def test_other_viewers_of_dvc_read_the_same_templates() -> None:
    for path in FOLDER.glob("*.json"):
        content = json.loads(path.read_text())
        assert content["$schema"].startswith("https://vega.github.io/schema/vega-lite/v5")
        assert {"x", "y"} <= set(content["encoding"])
