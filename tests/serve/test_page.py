"""The page as a person uses it, in a real headless browser."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from asked import SIDE, Served, png

pytestmark = pytest.mark.slow


@pytest.fixture
def opened(page: Any, served: Served) -> Iterator[Any]:
    """Yield the page; afterwards it must have asked this server alone, and nothing may have gone wrong unseen."""
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(served.address)
    page.wait_for_selector("body[data-state=empty]")
    yield page
    assert wrong == []
    assert [url for url in asked if not url.startswith((served.address, "data:", "blob:"))] == []


def give(page: Any, content: bytes, name: str = "street.png") -> None:
    page.set_input_files("#file", {"name": name, "mimeType": "image/png", "buffer": content})


def shown(page: Any, content: bytes | None = None) -> Any:
    give(page, png() if content is None else content)
    page.wait_for_selector("body[data-state=shown]")
    return page


def move(page: Any, score: float) -> None:
    page.locator("#threshold").evaluate(
        "(slider, value) => { slider.value = value; slider.dispatchEvent(new Event('input')); }", str(score)
    )


def colour(page: Any, x: float, y: float) -> list[int]:
    """Return the colour of the canvas at a pixel of the picture."""
    script = """(canvas, [x, y]) => {
      const scale = canvas.width / 64;
      return [...canvas.getContext("2d").getImageData(Math.round(x * scale), Math.round(y * scale), 1, 1).data];
    }"""
    found: list[int] = page.locator("#canvas").evaluate(script, [x, y])
    return found


def saved(page: Any, button: str) -> Path:
    with page.expect_download() as download:
        page.click(button)
    assert download.value.suggested_filename in ("detections.json", "street-overlay.png")
    return Path(download.value.path())


def test_a_picture_is_searched_and_its_boxes_are_listed_and_drawn(opened: Any) -> None:
    assert opened.title() == "traffic lights.keras · fullconv"
    shown(opened)
    assert re.fullmatch(r"2 boxes from 0\.\d+ up", opened.inner_text("#said"))
    assert opened.locator("#found button").count() == 2
    assert opened.locator("#legend li").all_inner_texts() == ["red: 1", "green: 1"]
    assert "this is halfway" in opened.inner_text("#reason")
    opened.uncheck("#show-heat")
    opened.uncheck("#show-names")
    inside = colour(opened, 8 + SIDE / 2, 16 + SIDE / 2)
    assert (inside[0], inside[1], inside[2]) == (255, 0, 0)
    opened.uncheck("#show-boxes")
    assert colour(opened, 4, 4)[:3] == [0, 0, 0]


def test_the_slider_says_what_is_left_and_how_to_see_more(opened: Any) -> None:
    shown(opened)
    first = opened.inner_text("#threshold-value")
    best = max(float(text) for text in opened.locator("#found .score").all_inner_texts())
    move(opened, 1)
    assert opened.inner_text("#said").startswith(f"Nothing above 1.00; the highest is {best:.3f}: move the slider.")
    assert opened.locator("#found button").count() == 0
    opened.click("#lower")
    assert opened.locator("#found button").count() >= 1
    opened.click("#back")
    assert opened.inner_text("#threshold-value") == first
    opened.focus("#threshold")
    opened.keyboard.press("ArrowRight")
    assert 0 < float(opened.inner_text("#threshold-value")) - float(first) <= 0.02


def test_class_and_size_are_chosen_without_the_server(opened: Any, served: Served) -> None:
    shown(opened)
    asked: list[str] = []
    opened.on("request", lambda request: asked.append(request.url))
    assert opened.locator("#category option").all_inner_texts() == ["any class", "red", "green"]
    opened.uncheck("#show-picture")
    opened.uncheck("#show-boxes")
    red = (8 + SIDE / 2, 16 + SIDE / 2)
    opened.select_option("#category", label="red")
    hot = colour(opened, *red)
    assert "of red" in opened.inner_text("#said")
    assert opened.inner_text("#scale-name") == "probability of red"
    opened.select_option("#category", label="green")
    assert colour(opened, *red) != hot
    assert opened.locator("#level option").all_inner_texts() == ["all sizes, fused", "at 64 × 48 pixels"]
    opened.select_option("#level", label="at 64 × 48 pixels")
    assert [url for url in asked if url.startswith(served.address)] == []


def test_what_is_downloaded_is_what_is_above_the_slider(opened: Any) -> None:
    shown(opened)
    coco = json.loads(saved(opened, "#coco").read_text())
    assert set(coco) == {"info", "images", "categories", "annotations"}
    assert coco["images"] == [{"id": 1, "file_name": "street.png", "width": 64, "height": 48}]
    assert len(coco["annotations"]) == 2
    scores = sorted(one["score"] for one in coco["annotations"])
    move(opened, 1)
    assert json.loads(saved(opened, "#coco").read_text())["annotations"] == []
    opened.click("#lower")
    left = json.loads(saved(opened, "#coco").read_text())
    assert [one["score"] for one in left["annotations"]] == [one for one in reversed(scores) if one == scores[-1]]
    assert left["info"]["threshold"] == scores[-1]
    assert saved(opened, "#png").read_bytes().startswith(b"\x89PNG")


def test_a_broken_picture_is_a_message_and_the_next_one_is_searched(opened: Any) -> None:
    give(opened, b"Dear server,", "letter.png")
    opened.wait_for_selector("body[data-state=error]")
    assert opened.inner_text("#error").startswith("letter.png: cannot be read as an image")
    give(opened, b"\0" * 600_000, "film.png")
    opened.get_by_text("film.png: more than 0.4 MB").wait_for()
    shown(opened)
    assert opened.locator("#error").is_hidden()


def test_an_empty_picture_says_so(opened: Any) -> None:
    shown(opened, png((-99, 0), (-99, 0)))
    assert opened.inner_text("#said") == "Nothing found: no score reaches 0.05."


def test_a_search_that_takes_long_can_be_cancelled(opened: Any) -> None:
    opened.route("**/locate*", lambda route: None)  # it never comes back
    give(opened, png())
    opened.get_by_text("street.png").wait_for()
    opened.wait_for_selector("body[data-state=working]")
    opened.click("#cancel")
    opened.wait_for_selector("body[data-state=empty]")
    opened.unroute("**/locate*")
    shown(opened)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone_and_works_by_keyboard(scheme: str, opened: Any) -> None:
    opened.emulate_media(color_scheme=scheme)
    opened.set_viewport_size({"width": 360, "height": 740})
    opened.keyboard.press("Tab")
    assert opened.evaluate("document.activeElement.id") == "file"
    shown(opened)
    assert opened.evaluate("document.documentElement.scrollWidth") <= 360
    reached = set()
    for _ in range(14):
        opened.keyboard.press("Tab")
        reached.add(opened.evaluate("document.activeElement.closest('[id]')?.id"))
    assert {"threshold", "category", "level", "show-heat", "found", "coco", "png"} <= reached


def test_a_server_that_went_away_is_a_message(opened: Any) -> None:
    opened.route("**/locate*", lambda route: route.abort())
    give(opened, png())
    opened.get_by_text("The server does not answer. Is fullconv serve still running?").wait_for()


def test_a_picture_given_before_the_server_has_said_what_it_is_waits(page: Any, served: Served) -> None:
    held: list[Any] = []
    page.route("**/about", lambda route: held.append(route))
    page.goto(served.address, wait_until="domcontentloaded")
    page.wait_for_function("document.getElementById('file').onchange !== null")
    give(page, png())
    page.wait_for_selector("body[data-state=working]")
    assert page.inner_text("#error") == ""
    (answer,) = held
    answer.continue_()
    page.wait_for_selector("body[data-state=shown]")
    assert page.locator("#found button").count() == 2
