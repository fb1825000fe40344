"""POST /locate: a picture in, COCO JSON out; whatever else comes is one line."""

import io
import json
import logging
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from asked import SIDE, Reply, Served, encoded, made_settings, png
from PIL import Image

from fullconv.command.locate import locate
from fullconv.config.schema import ExperimentConfig

FORM = "multipart/form-data; boundary=--b"


def boxes(reply: Reply) -> dict[str, list[float]]:
    """Return the best box of each class by its name."""
    assert reply.status == 200, reply.body
    names = {one["id"]: one["name"] for one in reply.json["categories"]}
    return {names[one["category_id"]]: one["bbox"] for one in reversed(reply.json["annotations"])}


def near(box: list[float], wanted: tuple[int, ...]) -> bool:
    return bool(np.abs(np.subtract(box, wanted)).max() <= 3)


def form(content: bytes, name: str = "a.png", field: str = "image") -> bytes:
    head = f'----b\r\nContent-Disposition: form-data; name="{field}"; filename="{name}"\r\n\r\n'
    return head.encode() + content + b"\r\n----b--\r\n"


def test_boxes_come_back_as_coco_has_them(served: Served) -> None:
    reply = served.locate(png(), "?name=/home/me/street.png")
    found = boxes(reply)
    assert near(found["red"], (8, 16, SIDE, SIDE))
    assert near(found["green"], (40, 24, SIDE, SIDE))
    assert reply.json["images"] == [{"id": 1, "file_name": "street.png", "width": 64, "height": 48}]
    assert reply.json["categories"] == [{"id": 1, "name": "red"}, {"id": 2, "name": "green"}]
    for one in reply.json["annotations"]:
        assert one["area"] == pytest.approx(one["bbox"][2] * one["bbox"][3])
        assert one["score"] >= reply.json["info"]["threshold"] > 0.5
    assert "this is halfway" in reply.json["info"]["reason"]
    assert "view" not in reply.json


def test_boxes_are_those_of_fullconv_locate(
    served: Served, settings_with: Callable[..., ExperimentConfig], tmp_path: Path
) -> None:
    settings = made_settings(settings_with, Path(served.searcher.finder.name))
    settings.locate.threshold = 0.5
    settings.image, settings.out = str(tmp_path / "street.png"), str(tmp_path / "found")
    (tmp_path / "street.png").write_bytes(png())
    locate(settings)
    wanted = json.loads((tmp_path / "found" / "detections.json").read_text())
    found = served.locate(png(), "?threshold=0").json["annotations"]
    assert len(found) >= 2
    assert [{key: one[key] for key in wanted[0]} for one in found] == wanted


def test_a_threshold_chooses_among_the_same_boxes(served: Served) -> None:
    every = served.locate(png(), "?threshold=0").json["annotations"]
    scores = sorted(one["score"] for one in every)
    assert len(scores) >= 2
    above = served.locate(png(), f"?threshold={scores[-1]}").json["annotations"]
    assert [one["score"] for one in above] == [score for score in scores if score >= scores[-1]]
    assert above[0] == every[0]


def test_a_form_is_as_good_as_a_body(served: Served) -> None:
    reply = served("POST", "/locate", form(png(), "../photos/a b.png"), Content_Type=FORM)
    assert boxes(reply) == boxes(served.locate(png()))
    assert reply.json["images"][0]["file_name"] == "a b.png"


def test_a_body_in_parts_is_as_good_as_one_that_says_its_size(served: Served) -> None:
    content = png()
    reply = served("POST", "/locate", iter([content[:50], content[50:]]), Content_Type="image/png")
    assert boxes(reply) == boxes(served.locate(content))


def test_pictures_are_upright(served: Served) -> None:
    exif = Image.Exif()
    exif[274] = 6  # to be turned by a quarter, clockwise
    reply = served.locate(png(exif=exif))
    assert (reply.json["images"][0]["width"], reply.json["images"][0]["height"]) == (48, 64)
    assert near(boxes(reply)["red"], (48 - 16 - SIDE, 8, SIDE, SIDE))


def test_what_a_page_draws_comes_with_it_if_asked(served: Served) -> None:
    view = served.locate(png(), "?view=1&threshold=0").json["view"]
    assert view["categories"] == [1, 2]
    assert view["picture"].startswith("data:image/png;base64,")
    assert [one["name"] for one in view["maps"]] == ["all sizes, fused", "at 64 × 48 pixels"]
    for one in view["maps"]:
        assert set(one["heats"]) == {"any", "1", "2"}
        assert one["heats"]["any"]["highest"] > 0.9
        _, _, wide, high = one["covers"]
        assert wide / one["columns"] > 0
        assert high / one["rows"] > 0


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "image: an empty body."),
        (b"Dear server,", "cannot be read as an image"),
        (png()[:100], "cannot be read as an image"),
        (b"\x89PNG\r\n\x1a\n", "cannot be read as an image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "cannot be read as an image"),
    ],
    ids=["empty", "text", "cut off", "its first bytes", "SVG"],
)
def test_what_is_no_picture_is_one_line(content: bytes, says: str, served: Served) -> None:
    reply = served.locate(content, "?name=x.png")
    assert reply.status == 400
    assert says in reply.error
    assert "/tmp" not in reply.error


def bomb(side: int) -> bytes:
    """Return a PNG of `side`² pixels that says so in a few bytes and is cut off."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", side, side, 16, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000))


def deep_tiff(side: int) -> bytes:
    """Return a TIFF that Pillow cannot open."""
    stream = io.BytesIO()
    tifffile.imwrite(stream, np.zeros((side, side), np.float16))
    return stream.getvalue()


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(encoded(Image.new("1", (3000, 2000))), id="larger"),
        pytest.param(bomb(60_000), id="bomb"),
        pytest.param(deep_tiff(300), id="TIFF"),
    ],
)
def test_a_picture_of_too_many_pixels_is_refused_before_it_is_unpacked(content: bytes, served: Served) -> None:
    assert len(content) < 400_000
    reply = served.locate(content)
    assert reply.status == 400
    assert "too large" in reply.error or "more than serve.pixels=40000" in reply.error
    assert "Make it smaller" in reply.error


def test_a_small_deep_picture_is_read(served: Served) -> None:
    assert served.locate(deep_tiff(64)).status == 200


@pytest.mark.parametrize("parts", [True, False])
def test_too_many_bytes_are_refused(parts: bool, served: Served) -> None:
    content: Any = b"\0" * 600_000
    body = iter([content[start : start + 1000] for start in range(0, len(content), 1000)]) if parts else content
    try:
        reply = served("POST", "/locate", body, Content_Type="image/png")
    except (BrokenPipeError, ConnectionResetError):  # it need not listen to the end
        return
    assert reply.status == 413
    assert "serve.bytes=400000" in reply.error


@pytest.mark.parametrize(
    ("body", "kind", "says"),
    [
        (b'{"inputs": [[1]]}', "application/json", "Numbers go to /invocations."),
        (b"a,b\n1,2\n", "text/csv", "Numbers go to /invocations."),
        (b"----b--\r\n", FORM, "a form"),
        (b"nothing of the kind", FORM, "a form that cannot be read"),
        (png(), "multipart/form-data", "a form that cannot be read"),
        (form(b""), FORM, "a form without a file"),
        (
            b'----b\r\nContent-Disposition: form-data; name="image"\r\n\r\n/etc/passwd\r\n----b--\r\n',
            FORM,
            "without a file",
        ),
    ],
)
def test_another_kind_of_body_is_one_line(body: bytes, kind: str, says: str, served: Served) -> None:
    reply = served("POST", "/locate", body, Content_Type=kind)
    assert reply.status == 400
    assert says in reply.error


@pytest.mark.parametrize("score", ["nan", "-1", "2", "high", "inf"])
def test_a_threshold_is_a_probability(score: str, served: Served) -> None:
    reply = served.locate(png(), f"?threshold={score}")
    assert reply.status == 400
    assert reply.error.startswith("threshold: received ")


def test_a_picture_smaller_than_the_window_is_one_line(served: Served) -> None:
    reply = served.locate(encoded(Image.new("RGB", (4, 4))))
    assert reply.status == 400
    assert reply.error


def test_a_fault_of_the_server_is_one_line_and_stands_in_its_log(
    served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(*_: Any) -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr("fullconv.serve.searcher.searched", fails)
    with caplog.at_level(logging.ERROR):
        reply = served.locate(png())
    assert reply.status == 500
    assert "secret" not in reply.error
    assert "secret" in caplog.text
    monkeypatch.undo()
    assert served.locate(png()).status == 200
