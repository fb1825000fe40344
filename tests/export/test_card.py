"""model-card.md: its lines of code are run as they stand, without fullconv; what it says is what was measured."""

import json
import re
import subprocess
import sys
from inspect import unwrap
from pathlib import Path

import keras
import numpy as np
import pytest
from PIL import Image

from fullconv.command.convert import main
from fullconv.config.formats import FORMATS
from fullconv.config.load import compose_settings
from fullconv.convert.conversion import convolutionalize
from fullconv.convert.geometry import Geometry
from fullconv.export.snippets import Reading, snippet
from fullconv.models.pixels import RANGES, scaled

_BLOCK = re.compile(r"^### (\w+)\n`pip install ([^`]+)`\n```python\n(.+?)\n```", re.MULTILINE | re.DOTALL)
# Each block in a place of its own, all in one process; fullconv is nowhere to be found.
_RUN = """
import json, sys
sys.modules["fullconv"] = None
for name, code in json.load(open("blocks.json")).items():
    names = {}
    exec(code, names)
    names["np"].save(f"scores_{name}.npy", names["scores"])
    print(name, names["label"], *names["box"])
"""


def of(*overrides: str) -> None:
    unwrap(main)(compose_settings(*overrides))


@pytest.fixture
def folder(plain: keras.Model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    plain.save(tmp_path / "my.keras")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def blocks(card: Path) -> dict[str, str]:
    return {name: code for name, _, code in _BLOCK.findall(card.read_text())}


def test_ten_lines_a_format_run_without_fullconv(folder: Path, plain: keras.Model) -> None:
    of("classifier.path=my.keras", "classifier.pixels='-1..1'", "classifier.classes=[cat,dog,cow]", "out=out",
       f"convert.format=[{','.join(FORMATS)}]")  # fmt: skip
    codes = blocks(folder / "out" / "model-card.md")
    assert list(codes) == list(FORMATS)
    assert all("fullconv" not in code for code in codes.values())
    # Imports and the line that prints aside.
    assert all(
        len([line for line in code.splitlines() if line and "import " not in line]) <= 11 for code in codes.values()
    )
    pixels = np.random.default_rng(3).integers(0, 256, (31, 42), dtype=np.uint8)
    Image.fromarray(pixels).save(folder / "out" / "image.png")
    (folder / "out" / "blocks.json").write_text(json.dumps(codes))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", _RUN], cwd=folder / "out", capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    images = (pixels[np.newaxis, ..., np.newaxis] / 127.5 - 1).astype(np.float32)
    wanted = convolutionalize(plain).forward(images)
    row, column, label = np.unravel_index(wanted[0].argmax(), wanted.shape[1:])
    for name in FORMATS:
        np.testing.assert_allclose(
            np.load(folder / "out" / f"scores_{name}.npy"), wanted, rtol=0, atol=1e-4, err_msg=name
        )
        assert f"{name} {label} {column * 2} {row * 2} 20 16" in done.stdout


def test_the_card_and_the_certificate_say_what_was_measured(folder: Path) -> None:
    of("classifier.path=my.keras", "classifier.classes=[cat,dog,cow]", "convert.format=[onnx]")
    card = (folder / "my" / "model-card.md").read_text()
    measured = json.loads((folder / "my" / "certificate.json").read_text())["exports"]["onnx"]
    size = (folder / "my" / "conversion.onnx").stat().st_size
    assert measured["files"] == {"conversion.onnx": size}
    assert 0 < measured["largest"] <= 1e-4
    assert f"| onnx | conversion.onnx | {size:,} | {measured['largest']:.3g} |" in card
    for line in (
        "# my.keras, fully convolutional", "- input `images`: (N, H, W, 1), float32, pixels in 0..1",
        "- output `scores`: (N, H', W', 3), float32", "- window (pixels): 16 × 20 (height × width)",
        "- stride (pixels): 2 × 2 (height × width)", "- offset (pixels): 0, 0 (y, x)",
        "0. cat\n1. dog\n2. cow\n", "| a cell is the classifier on its crop | yes |",
    ):  # fmt: skip
        assert line in card
    assert not (folder / "my" / "conversion.keras").exists()


@pytest.mark.parametrize(
    ("reading", "geometry", "lines"),
    [
        (
            Reading(3, "uint8", RANGES["0..255"]),
            Geometry((8, 9), (1, 4), (-3, 2)),
            [
                'image = Image.open("image.png").convert("RGB")',
                'pixels = np.asarray(image, "uint8")[np.newaxis]',
                "box = [column * 4 + 2, row - 3, 9, 8]  # x, y and sides",
            ],
        ),
        (
            Reading(2, "float32", RANGES["-1..1"]),
            Geometry((8, 8), (2, 2), (0, 0)),
            [
                'image = np.load("image.npy")  # (height, width, 2) in 0..255',
                'pixels = np.asarray(image, "float32")[np.newaxis] / 127.5 - 1',
            ],
        ),
    ],
)
def test_lines_for_other_readings(reading: Reading, geometry: Geometry, lines: list[str]) -> None:
    assert set(lines) <= set(snippet("onnx", reading, geometry).splitlines())


def test_a_file_with_layers_of_ours_says_so() -> None:
    code = snippet("keras", Reading(1, "float32", RANGES["0..1"]), Geometry((8, 8), (1, 1), (0, 0)), ours=True)
    assert "import fullconv.convert.layers  # the file has layers of it" in code.splitlines()


@pytest.mark.parametrize("name", list(RANGES))
def test_the_lines_bring_a_picture_to_the_range_that_the_network_reads(name: str, tmp_path: Path) -> None:
    image = np.random.default_rng(0).integers(0, 256, (5, 4, 3), dtype=np.uint8)
    lines = snippet("onnx", Reading(3, "float32", RANGES[name]), Geometry((8, 8), (1, 1), (0, 0))).splitlines()
    (line,) = [one for one in lines if one.startswith("pixels = ")]
    known = {"np": np, "image": image}
    exec(line, known)
    np.testing.assert_allclose(known["pixels"], scaled(image[np.newaxis] / np.float32(255), name), atol=2e-5, rtol=1e-5)
