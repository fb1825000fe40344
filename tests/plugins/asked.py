"""What tests of the server share: a network of which is known what it sees, its pictures, and how to ask."""

import http.client
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers
from PIL import Image

from fullconv.config.schema import ExperimentConfig
from fullconv.serve.searcher import Searcher

SIDE = 16


def network() -> keras.Model:
    """Reads 16×16 pixels: what is red all over is red, what is green all over is green, all else is the background."""
    model = keras.Sequential(
        [
            keras.Input((SIDE, SIDE, 3)),
            layers.AveragePooling2D(SIDE, name="mean"),
            layers.Flatten(name="flat"),
            layers.Dense(3, activation="softmax", name="classes"),
        ]
    )
    kernel = np.array([[20.0, 0, 0], [0, 20.0, 0], [0, 0, 0]])
    model.set_weights([kernel, np.array([-14.0, -14.0, 0.0])])
    return model


def png(red: tuple[int, int] = (8, 16), green: tuple[int, int] = (40, 24), **options: Any) -> bytes:
    """Return a dark picture of 64×48 pixels with a red and a green square, each where (x, y) says."""
    pixels = np.zeros((48, 64, 3), np.uint8)
    for channel, (x, y) in enumerate((red, green)):
        pixels[y : y + SIDE, x : x + SIDE, channel] = 255
    return encoded(Image.fromarray(pixels), **options)


def encoded(image: Any, kind: str = "PNG", **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)

    @property
    def error(self) -> str:
        """The one line that says what is wrong."""
        says = self.json.get("error") or self.json["message"]
        assert "\n" not in says
        assert len(says) <= 400
        return str(says)


@dataclass(frozen=True)
class Served:
    """A server that answers at `address`."""

    address: str
    searcher: Searcher

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Reply:
        """Send a request; of the names of headers, _ stands for -."""
        connection = http.client.HTTPConnection(self.address.removeprefix("http://"), timeout=60)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, named, encode_chunked=not isinstance(body, bytes))
            reply = connection.getresponse()
            return Reply(reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read())
        finally:
            connection.close()

    def locate(self, content: bytes, query: str = "") -> Reply:
        """Have a picture searched."""
        return self("POST", f"/locate{query}", content, Content_Type="application/octet-stream")


def made_settings(settings_with: Callable[..., ExperimentConfig], file: Path) -> ExperimentConfig:
    """Return settings for `network` in a file, at one size."""
    return settings_with(
        f"classifier.path={file}",
        "classifier.classes=[red, green]",
        "locate.scales=[1]",
        "locate.probe=0",
        "locate.search=whole",
        "serve.pixels=40000",
    )
