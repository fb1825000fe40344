"""Dense engines: what is compared, what a wrong engine gives, and what is too costly."""

import math
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers

from fullconv.convert.conversion import Conversion, convolutionalize
from fullconv.convert.geometry import Geometry
from fullconv.dense.densify import ENGINES, densify
from fullconv.errors import InputError
from fullconv.proof import engines
from fullconv.proof.certificate import certify
from fullconv.proof.samples import Samples
from fullconv.proof.work import Work, work_of

pytestmark = pytest.mark.numeric


def pooling(padding: str = "valid") -> keras.Model:
    classifier = keras.Sequential(
        [
            keras.Input((10, 10, 1)),
            layers.Conv2D(3, 3, padding=padding, activation="relu", name="conv"),
            layers.MaxPooling2D(2, padding=padding, name="pool"),
            layers.Flatten(name="flatten"),
            layers.Dense(4, name="classes"),
        ]
    )
    rng = np.random.default_rng(3)
    classifier.set_weights([rng.normal(0, 0.7, weight.shape) for weight in classifier.get_weights()])
    return classifier


def compared(conversion: Conversion, classifier: keras.Model, given: Any = None, budget: float = 1e9) -> Any:
    samples = Samples(1.0, np.random.default_rng(0))
    return engines.compare_engines(
        conversion, work_of(classifier), budget, ENGINES, given, lambda size: samples.images(1, *size, 1)[0]
    )


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_engines_agree_where_no_padding_is_seen(padding: str) -> None:
    classifier = pooling(padding)
    conversion = convolutionalize(classifier)
    proof = compared(conversion, classifier)
    assert proof.skipped is None
    assert proof.stride == (1, 1)
    assert proof.cells >= 12
    assert proof.spread > 1
    assert proof.auto in ENGINES
    assert set(proof.engines) == set(ENGINES) - {"stitch"}
    ran = [found for found in proof.engines.values() if found.cannot is None]
    assert ran
    assert all(found.max_difference <= 1e-5 for found in ran)


class Wrong:
    """An engine whose cell (row, col) is another's (row, col + 1)."""

    def __init__(self, dense: Any) -> None:
        self.dense, self.engine, self.geometry = dense, dense.engine, dense.geometry

    def __call__(self, images: Any) -> Any:
        return np.roll(self.dense(images), -1, axis=2)


def test_a_wrong_engine_is_found_and_one_that_cannot_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def faulty(conversion: Conversion, engine: str = "auto", **options: Any) -> Any:
        if engine == "fragment":
            raise InputError("engine", "no pools", "Use another.")
        right = densify(conversion, engine="stitch", **options)
        return right if engine in ("stitch", "auto") else Wrong(right)

    monkeypatch.setattr(engines, "densify", faulty)
    classifier = pooling()
    proof = compared(convolutionalize(classifier), classifier)
    assert proof.engines["dilate"].max_difference > 0.01
    assert proof.engines["fragment"] == engines.EngineDifference(None, None, "engine: no pools. Use another.")


def test_an_image_that_is_given_is_used_whole_cut_or_not_at_all() -> None:
    classifier = pooling()
    conversion = convolutionalize(classifier)
    image = Samples(1.0, np.random.default_rng(5)).images(1, 40, 50, 1)[0]
    assert compared(conversion, classifier, image).size == (40, 50)
    assert compared(conversion, classifier, image).cells == 31 * 41
    one = work_of(classifier).operations
    cut = compared(conversion, classifier, image, budget=one * 20)
    assert cut.size < (40, 50)
    assert 0 < cut.cells < 100
    assert compared(conversion, classifier, image[:10, :10]).size == cut.size


def test_what_is_too_costly_is_said_and_not_run() -> None:
    classifier = pooling()
    proof = compared(convolutionalize(classifier), classifier, budget=10)
    assert proof.engines == {}
    assert proof.cells == 0
    assert "10×10 pixels" in proof.skipped


def test_no_engines_wanted() -> None:
    classifier = pooling()
    assert certify(classifier, convolutionalize(classifier), engines=()).dense.engines == {}


def test_an_unknown_engine_is_refused() -> None:
    classifier = pooling()
    with pytest.raises(InputError, match="engines: received 'magic'"):
        certify(classifier, convolutionalize(classifier), engines=["magic"])


class Shape:
    """As much of a conversion as a plan looks at."""

    def __init__(self, window: tuple[int, int], stride: tuple[int, int], field: Geometry) -> None:
        self.window, self.receptive_field = window, field
        self.geometry = Geometry(window, stride, (0, 0))


sides = st.integers(1, 40)


@settings(max_examples=200)
@given(st.tuples(sides, sides), st.tuples(sides, sides), st.tuples(sides, sides), st.tuples(sides, sides))
def test_a_plan_holds_cells_of_every_shift(window: Any, stride: Any, reach: Any, before: Any) -> None:
    field = Geometry((window[0] + reach[0], window[1] + reach[1]), stride, (-before[0], -before[1]))
    conversion: Any = Shape(window, stride, field)
    plan = engines.plan_for(conversion, Work(1, 1), math.inf)
    assert plan is not None
    for axis in (0, 1):
        assert stride[axis] % plan.stride[axis] == 0
        assert plan.size[axis] >= window[axis]
        # Brute force: the cells of the dense map that read no padding. Each shift crops the image before it, and
        # pads what is left.
        starts = range(0, plan.size[axis] - window[axis] + 1, plan.stride[axis])
        shifted = [start % stride[axis] for start in starts]
        fields = [(start - before[axis], start - before[axis] + field.window[axis]) for start in starts]
        inside = [
            index for index, (low, high) in enumerate(fields) if low >= shifted[index] and high <= plan.size[axis]
        ]
        assert {shifted[index] for index in inside} == set(range(0, stride[axis], plan.stride[axis]))
        rows = engines._inside(engines._field(conversion, plan.stride, (0, 0)), stride, plan.size)[axis]
        assert list(range(*rows.indices(len(starts)))) == inside


def test_a_small_budget_takes_fewer_shifts() -> None:
    conversion: Any = Shape((8, 8), (8, 8), Geometry((8, 8), (8, 8), (0, 0)))
    strides = [engines.plan_for(conversion, Work(64, 1), budget) for budget in (1e9, 3000, 1500, 10)]
    assert [plan and plan.stride for plan in strides] == [(2, 2), (4, 4), (8, 4), None]
