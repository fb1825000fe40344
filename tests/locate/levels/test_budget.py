"""What levels take is known beforehand, and none beyond the budget is computed."""

import math

import keras
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import layers

from fullconv.config.schema import DERIVED, LocateConfig
from fullconv.convert.conversion import Conversion, convolutionalize
from fullconv.convert.cost.network import cost
from fullconv.errors import InputError
from fullconv.locate.levels import budget
from fullconv.locate.levels.budget import MEMORY, Budget
from fullconv.locate.levels.network import Network
from fullconv.locate.levels.pyramid import level_at
from fullconv.locate.levels.sizes import sizes_of, sought_sizes

pytestmark = pytest.mark.numeric

SIDES = st.integers(8, 5000)


@pytest.fixture(scope="module")
def conversion() -> Conversion:
    parts = [keras.Input((32, 32, 3)), layers.Conv2D(16, 3, padding="same"), layers.MaxPooling2D(4)]
    return convolutionalize(keras.Sequential([*parts, layers.GlobalAveragePooling2D(), layers.Dense(3, "softmax")]))


@settings(deadline=None)
@given(SIDES, SIDES, st.sampled_from([16, 28, 96, 224]), st.floats(1, 4))
def test_derived_levels_never_enlarge_beyond_reason(height: int, width: int, window: int, enlarge: float) -> None:
    config = LocateConfig(levels=list(DERIVED), sizes=list(DERIVED), enlarge=enlarge)
    sizes = sizes_of(config, (height, width), (window, window))
    factors = [math.sqrt(math.prod(one) / (height * width)) for one in sizes]
    assert sizes
    assert factors == sorted(factors)
    # A picture smaller than the window is read whole.
    assert all(factor <= enlarge for factor in factors[1:])
    assert min(sizes[0]) <= window + 1
    assert max(min(one) for one in sizes) <= 8 * window
    smallest, largest = sought_sizes(config, (height, width), (window, window))
    assert window / smallest <= enlarge + 1e-9
    assert smallest <= largest


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(32, 2000), st.integers(32, 2000)), min_size=1, max_size=4), st.integers(1, 2**31))
def test_no_level_costs_more_than_the_budget(conversion: Conversion, sizes: list[tuple[int, int]], memory: int) -> None:
    network, limit = Network(conversion), Budget(conversion, memory)
    levels = [level for size in sizes if (level := level_at(size, size, network, (0, 0))) is not None]
    affordable = [level for level in levels if limit.bytes_of(level.padded) <= memory]
    if levels and not affordable:
        with pytest.raises(InputError, match=r"^locate\.memory: .{1,380}$"):
            limit.affordable(levels)
    else:
        assert limit.affordable(levels) == affordable


def test_costs_are_those_of_the_layers(conversion: Conversion) -> None:
    table = cost(conversion, (128, 192, 3))
    outputs = [math.prod(side or 1 for side in layer.output_shape) for layer in table.layers]
    most = max(sum(outputs[start : start + 3]) for start in range(len(outputs)))
    assert Budget(conversion).bytes_of((128, 192)) == pytest.approx(4 * most, rel=0.05)
    assert Budget(conversion).work_of((128, 192)) == pytest.approx(table.multiply_accumulates, rel=0.1)
    assert Budget(conversion, finer=4).bytes_of((128, 192)) == pytest.approx(16 * most, rel=0.05)


@pytest.mark.parametrize(("free", "memory"), [(None, MEMORY), (2**40, MEMORY), (2**20, 2**19)])
def test_a_machine_matters_only_where_it_has_little_free(
    conversion: Conversion, free: int | None, memory: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budget, "available", lambda: free)
    assert Budget(conversion).memory == memory
    assert Budget(conversion, 7).memory == 7


def test_what_is_left_out_is_said(conversion: Conversion, caplog: pytest.LogCaptureFixture) -> None:
    network = Network(conversion)
    levels = [level for side in (64, 640) if (level := level_at((side, side), (64, 64), network, (0, 0))) is not None]
    limit = Budget(conversion, Budget(conversion).bytes_of((64, 64)))
    assert limit.affordable(levels) == levels[:1]
    assert "the level of 640×640 pixels is left out" in caplog.text
    assert f"locate.memory={limit.bytes_of((640, 640))} has room" in caplog.text
