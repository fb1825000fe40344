"""model-card.md: what a conversion is, what was measured of it, and how to run it without fullconv."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fullconv.convert.conversion import Conversion
from fullconv.export.exports import Export
from fullconv.export.keras_file import layers_of_ours
from fullconv.export.meaning import Meaning
from fullconv.export.network import Network
from fullconv.export.snippets import Reading, snippet

CARD = "model-card.md"
_GUESS = ", a guess: nothing says what it reads; classifier.pixels=RANGE does"
_PIP = {
    "keras": "keras tensorflow", "onnx": "onnxruntime", "openvino": "openvino", "saved_model": "tensorflow",
    "litert": "ai-edge-litert",
}  # fmt: skip


@dataclass(frozen=True)
class Facts:
    """What a card tells of. `certificate` are its rows; None where a registered model was certified long ago."""

    name: str
    conversion: Conversion
    meaning: Meaning
    certificate: Sequence[tuple[str, str]] | None
    exports: Mapping[str, Export]


def card(facts: Facts) -> str:
    """Return the card as Markdown."""
    return "\n".join([*_what(facts), *_files(facts.exports), *_running(facts), *_classes(facts), *_certificate(facts)])


def export_rows(exports: Mapping[str, Export]) -> list[tuple[str, str]]:
    """Return pairs of words and figures for a table."""
    return [(name, _verdict(one)) for name, one in exports.items()]


def _verdict(one: Export) -> str:
    if one.cannot is not None:
        return f"not written: {one.cannot}"
    return f"{sum(one.files.values()):,} bytes, largest difference {one.largest:.3g}"


def _what(facts: Facts) -> Iterator[str]:
    conversion, pixels = facts.conversion, facts.meaning.pixels + _GUESS * (not facts.meaning.known)
    geometry, network = conversion.geometry, Network(conversion)
    yield f"# {facts.name}, fully convolutional"
    yield ""
    yield "A classifier that is slid over an image of any size. A cell of its score map says what is in one window."
    yield ""
    for label, text in (
        (
            "input `images`",
            f"(N, H, W, {network.channels}), {network.dtype}, pixels in {pixels}",
        ),
        ("output `scores`", f"(N, H', W', {len(facts.meaning.classes)}), float32"),
        ("window (pixels)", _pair(geometry.window)),
        ("stride (pixels)", _pair(geometry.stride)),
        ("offset (pixels)", f"{geometry.offset[0]}, {geometry.offset[1]} (y, x)"),
        ("least image (pixels)", _pair(conversion.window)),
        ("head", conversion.head),
        ("a cell is the classifier on its crop", "yes" if conversion.exact else "no"),
    ):
        yield f"- {label}: {text}"
    yield ""
    yield "Cell (row, column) stands for the window at x = column · stride + offset, y = row · stride + offset."
    yield ""


def _pair(pair: tuple[int, int]) -> str:
    return f"{pair[0]} × {pair[1]} (height × width)"


def _files(exports: Mapping[str, Export]) -> Iterator[str]:
    yield "## Files"
    yield "Each was run by its own runtime on random images of three sizes and compared with the conversion."
    yield ""
    yield "| format | file | bytes | largest difference |"
    yield "| --- | --- | --- | --- |"
    for name, one in exports.items():
        if one.cannot is not None:
            yield f"| {name} | not written: {one.cannot.replace('|', '/')} | | |"
        for index, (file, size) in enumerate(one.files.items()):
            yield f"| {name} | {file} | {size:,} | {'' if index else f'{one.largest:.3g}'} |"
    yield ""


def _running(facts: Facts) -> Iterator[str]:
    network = Network(facts.conversion)
    reading = Reading(network.channels, network.dtype, facts.meaning.scale)
    yield "## Run it"
    yield "In this folder, with a picture `image.png` at least as large as the window:"
    yield ""
    for name, one in facts.exports.items():
        if one.cannot is None:
            ours = name == "keras" and bool(layers_of_ours(network))
            yield f"### {name}"
            yield f"`pip install numpy pillow {_PIP[name]}{' fullconv' if ours else ''}`"
            yield "```python"
            yield snippet(name, reading, facts.conversion.geometry, ours)
            yield "```"
            yield ""


def _classes(facts: Facts) -> Iterator[str]:
    yield "## Classes"
    yield "In the order of the last axis of `scores`, from 0:"
    yield ""
    for index, name in enumerate(facts.meaning.classes):
        yield f"{index}. {name}"
    yield ""


def _certificate(facts: Facts) -> Iterator[str]:
    yield "## Certificate"
    if facts.certificate is None:
        yield "A registered model: it was compared with its classifier before it was registered."
        yield ""
        return
    yield "The conversion against the classifier, measured:"
    yield ""
    yield "| what | measured |"
    yield "| --- | --- |"
    for words, figures in facts.certificate:
        yield f"| {words.strip()} | {figures.replace('|', '/')} |"
    yield ""
