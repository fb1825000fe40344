"""Random networks: every engine against the classifier on every window, and against one another."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import keras
import numpy as np
import pytest
import tensorflow as tf
from dense_networks import weighted
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from fullconv.convert.conversion import Conversion, convolutionalize
from fullconv.dense.bands import ends_of
from fullconv.dense.densify import ENGINES, densify

Pair = tuple[int, int]
L = keras.layers
TOLERANCE = 1e-4


@dataclass(frozen=True)
class Block:
    """One layer of a random network; a convolution unless `pool` says otherwise."""

    pool: str | None
    kernel: Pair
    stride: Pair
    dilation: Pair
    filters: int
    activation: str
    normalized: bool
    kind: str


def blocks(largest: int = 3) -> st.SearchStrategy[Block]:
    pair = st.tuples(st.integers(1, largest), st.integers(1, largest))
    convolution = st.builds(
        Block,
        st.none(),
        pair,
        pair,
        st.one_of(st.just((1, 1)), st.just((1, 1)), pair),
        st.integers(1, 4),
        st.sampled_from(["relu", "tanh", "linear", "elu"]),
        st.booleans(),
        st.sampled_from(["full", "full", "by channel", "separable"]),
    ).map(_legal)
    pool = st.builds(
        Block,
        st.sampled_from(["max", "mean"]),
        pair,
        pair,
        st.just((1, 1)),
        st.just(0),
        st.just(""),
        st.just(False),
        st.just(""),
    )
    return st.one_of(convolution, pool)


def _legal(block: Block) -> Block:
    # Keras takes no stride beside a dilation, and one stride for both axes of depthwise layers.
    stride = (1, 1) if block.dilation != (1, 1) else block.stride
    if block.kind != "full":
        stride = (stride[0], stride[0])
    return Block(**{**vars(block), "stride": stride})


@dataclass(frozen=True)
class Network:
    """A random classifier, not yet built."""

    blocks: list[Block]
    window: Pair
    channels: int
    head: str
    seed: int
    padding: str

    def built(self) -> keras.Model:
        image = x = L.Input((*self.window, self.channels))
        for block in self.blocks:
            x = _layer(block, self.padding)(x)
            if block.normalized:
                x = L.BatchNormalization()(x)
        pools = {"mean": L.GlobalAveragePooling2D, "max": L.GlobalMaxPooling2D}
        x = pools.get(self.head, L.Flatten)()(x)
        if self.head == "two":
            x = L.Dense(4, activation="relu")(x)
        return weighted(keras.Model(image, L.Dense(3, activation="softmax")(x)), self.seed)


@st.composite
def networks(draw: Callable, padding: str = "valid") -> Network:
    """Draw a classifier with weights that matter and a window that a last stride may not fill."""
    chosen = draw(st.lists(blocks(), min_size=1, max_size=4))
    window = [draw(st.integers(1, 3)), draw(st.integers(1, 3))]
    for block in reversed(chosen):
        for axis in (0, 1):
            span = (block.kernel[axis] - 1) * block.dilation[axis] + 1 if padding == "valid" else 1
            rest = draw(st.integers(0, block.stride[axis] - 1))
            window[axis] = (window[axis] - 1) * block.stride[axis] + span + rest
    head = draw(st.sampled_from(["flatten", "mean", "max", "two"]))
    return Network(chosen, (window[0], window[1]), draw(st.integers(1, 3)), head, draw(st.integers(0, 2**16)), padding)


def is_struck(network: Network) -> bool:
    """Return whether TensorFlow 2.21 itself may compute a layer wrongly.

    With oneDNN a convolution of one channel at strides (1, s > 1) leaves memory unset where its result is one column
    wide. The classifier and its conversion are struck alike.
    """
    channels = network.channels
    for block in network.blocks:
        if block.pool is None:
            if channels == 1 and block.stride[0] == 1 < block.stride[1]:
                return True
            channels = channels if block.kind == "by channel" else block.filters
    return False


def _layer(block: Block, padding: str) -> keras.Layer:
    if block.pool:
        cls = L.MaxPooling2D if block.pool == "max" else L.AveragePooling2D
        return cls(block.kernel, block.stride, padding=padding)
    options = {
        "strides": block.stride,
        "dilation_rate": block.dilation,
        "activation": block.activation,
        "padding": padding,
    }
    if block.kind == "by channel":
        return L.DepthwiseConv2D(block.kernel, **options)
    cls = L.Conv2D if block.kind == "full" else L.SeparableConv2D
    return cls(block.filters, block.kernel, **options)


def every_window(classifier: keras.Model, images: np.ndarray, stride: Pair) -> np.ndarray:
    """Return the classifier's scores of every window, `stride` pixels apart."""
    height, width, channels = classifier.input_shape[1:]
    windows = np.lib.stride_tricks.sliding_window_view(images, (height, width), axis=(1, 2))
    windows = windows[:, :: stride[0], :: stride[1]].transpose(0, 1, 2, 4, 5, 3)
    scores = np.asarray(classifier(windows.reshape(-1, height, width, channels), training=False))
    return scores.reshape(*windows.shape[:3], -1)


@pytest.fixture
def eagerly() -> Iterator[None]:
    """Run functions without compiling them, where hundreds of networks run once each."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


once_each = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], print_blob=True)
extra = st.tuples(st.integers(0, 9), st.integers(0, 9))


def divisors(conversion: Conversion, data: st.DataObject) -> Pair:
    own = conversion.geometry.stride
    return tuple(data.draw(st.sampled_from([step for step in range(1, side + 1) if side % step == 0])) for side in own)


def random_images(classifier: keras.Model, more: Pair) -> np.ndarray:
    height, width, channels = classifier.input_shape[1:]
    rng = np.random.default_rng(height + width)
    return rng.normal(0, 1, (2, height + more[0], width + more[1], channels)).astype(np.float32)


def check_every_window(network: Network, more: Pair, data: st.DataObject) -> None:
    assume(not is_struck(network))
    classifier = network.built()
    conversion = convolutionalize(classifier)
    images, stride = random_images(classifier, more), divisors(conversion, data)
    expected = every_window(classifier, images, stride)
    for engine in ENGINES:
        scores = densify(conversion, engine, stride)(images)
        assert scores.shape == expected.shape
        np.testing.assert_allclose(scores, expected, atol=TOLERANCE, rtol=0, err_msg=engine)
    np.testing.assert_allclose(in_bands(conversion, stride, images, data), expected, atol=TOLERANCE, rtol=0)


def in_bands(conversion: Conversion, stride: Pair, images: np.ndarray, data: st.DataObject) -> np.ndarray:
    """Return the map that the dilated network makes of images in so many bands as is drawn."""
    dense = densify(conversion, "dilate", stride)
    height = images.shape[1]
    (engine,) = dense._engines.values()
    bands = len(ends_of(engine.plan, height, data.draw(st.integers(1, height))))
    way = replace(dense.tiling(height, images.shape[2]), bands=bands)
    dense._tiling = lambda size, count: way
    return dense(images)


@settings(once_each, max_examples=70)
@given(networks(), extra, st.data())
def test_every_engine_is_the_classifier_on_every_window(
    eagerly: None, network: Network, more: Pair, data: st.DataObject
) -> None:
    check_every_window(network, more, data)


@pytest.mark.slow
@settings(once_each, max_examples=1000)
@given(networks(), extra, st.data())
def test_every_engine_is_the_classifier_on_every_window_of_many(
    eagerly: None, network: Network, more: Pair, data: st.DataObject
) -> None:
    check_every_window(network, more, data)


def check_padded(network: Network, more: Pair, head: str, data: st.DataObject) -> None:
    """One pass contains the coarse map, and engines agree inside."""
    assume(not is_struck(network))
    classifier = network.built()
    conversion = convolutionalize(classifier, head)
    field, own = conversion.receptive_field, conversion.geometry.stride
    room = tuple(extra + field.window[axis] for axis, extra in enumerate(more))
    images, stride = random_images(classifier, room), divisors(conversion, data)
    maps = {engine: densify(conversion, engine, stride)(images) for engine in ENGINES}
    coarse = conversion.forward(images)
    for scores in maps.values():
        again = scores[:, :: own[0] // stride[0], :: own[1] // stride[1]]
        np.testing.assert_allclose(again, coarse, atol=TOLERANCE, rtol=0)
    # The borders of a shifted image lie up to a stride further in.
    inside = [
        slice(
            -(-(own[axis] - field.offset[axis]) // stride[axis]),
            max(0, images.shape[1 + axis] - field.window[axis] - field.offset[axis]) // stride[axis] + 1,
        )
        for axis in (0, 1)
    ]
    np.testing.assert_allclose(maps["dilate"], maps["fragment"], atol=TOLERANCE, rtol=0)
    np.testing.assert_allclose(in_bands(conversion, stride, images, data), maps["dilate"], atol=TOLERANCE, rtol=0)
    stitched, dilated = (maps[engine][:, inside[0], inside[1]] for engine in ("stitch", "dilate"))
    np.testing.assert_allclose(stitched, dilated, atol=TOLERANCE, rtol=0)


padded = (networks("same"), extra, st.sampled_from(["window", "cell"]), st.data())


@settings(once_each, max_examples=50)
@given(*padded)
def test_with_padding_one_pass_contains_the_coarse_map_and_engines_agree_inside(
    eagerly: None, network: Network, more: Pair, head: str, data: st.DataObject
) -> None:
    check_padded(network, more, head, data)


@pytest.mark.slow
@settings(once_each, max_examples=500)
@given(*padded)
def test_with_padding_engines_agree_inside_of_many(
    eagerly: None, network: Network, more: Pair, head: str, data: st.DataObject
) -> None:
    check_padded(network, more, head, data)
