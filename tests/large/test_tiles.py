"""An image searched in tiles against the same one searched at once: the map, the candidates and the objects."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import keras
import numpy as np
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from keras import layers
from scipy.ndimage import gaussian_filter

from fullconv.config.schema import LocateConfig
from fullconv.convert.conversion import Conversion, convolutionalize
from fullconv.errors import InputError
from fullconv.large import tiling as tiling_module
from fullconv.large.pixels import Pixels
from fullconv.large.search import LargeSearch, search_of
from fullconv.large.sources.arrays import ArraySource
from fullconv.locate.channels import Channels
from fullconv.locate.detections import Found
from fullconv.locate.dimensions import Dimensions
from fullconv.locate.finder import Finder
from fullconv.locate.peaks import plan as plan_module
from fullconv.locate.peaks.reader import PeakReader
from fullconv.models.boxes import BoxRegression, seen_by

pytestmark = pytest.mark.numeric

# A score is a sum of some hundred products below 1, added up in another order.
ROUNDING = 1e-5
# A place between cells is where a parabola through log-odds is highest: an almost flat one moves by more than rounding.
PIXELS, SCORE = 1e-2, 1e-4
# A failing example is as small as it is: to search a hundred more takes minutes.
PHASES = (Phase.explicit, Phase.generate)
KNOBS = LocateConfig(
    floor=0.05,
    overlap=0.3,
    sizes=[],
    spacing=1.19,
    border=0.2,
    engine="auto",
    fuse="max",
    box="window",
    batch_size=4,
    search="whole",
)


@cache
def network(kind: str, window: int, stride: int, seed: int, channels: int = 1) -> Conversion:
    """Return a random network of three classes, the last of which may be the background."""
    rng = np.random.default_rng(seed)
    seen = image = keras.Input((window, window, channels))
    if kind == "padded":
        seen = layers.Conv2D(3, 3, padding="same", activation="relu")(seen)
        seen = layers.MaxPooling2D(stride)(seen)
        seen = layers.Conv2D(3, 3, padding="same", activation="relu")(seen)
    if kind == "deep":
        seen = layers.Conv2D(4, 3, activation="relu")(seen)
        seen = layers.Conv2D(4, 2, strides=stride, activation="relu")(seen)
    if kind == "naming":
        seen = layers.Conv2D(4, 3, strides=stride, activation="relu")(seen)
        seen = layers.Dense(6, activation="relu", name="hidden")(layers.Flatten()(seen))
    seen = layers.Conv2D(3, window, strides=stride)(seen) if kind == "flat" else layers.Dense(3)(layers.Flatten()(seen))
    seen = layers.Activation("softmax")(layers.Flatten()(seen))
    model = keras.Model(image, seen)
    weights = model.get_weights()
    model.set_weights([rng.normal(0, 1.5 / np.sqrt(np.prod(one.shape[:-1])), one.shape) for one in weights])
    return convolutionalize(model)


def bells() -> Conversion:
    """Return a conversion that scores round spots, the softer the farther off they are in place or size."""
    convolution = layers.Conv2D(2, 16, strides=4)
    model = keras.Sequential([keras.Input((16, 16, 1)), convolution, layers.Flatten(), layers.Activation("softmax")])
    away = np.hypot(*(np.mgrid[:16, :16] + 0.5 - 8))
    kernel = np.zeros((16, 16, 1, 2), np.float32)
    kernel[..., 0, 0] = np.where(away <= 4, 0.12, -0.06)
    convolution.set_weights([kernel, np.array([-3.5, 0], np.float32)])
    return convolutionalize(model)


SPOTS = bells()


def reader(conversion: Conversion, background: bool = True, box: str = "window", **changes: Any) -> PeakReader:
    classes = int(conversion.model.output_shape[-1]) - background
    channels = Channels(tuple("abc"[:classes]), background)
    return PeakReader(Finder("f", conversion, channels, replace(KNOBS, **changes)), box)


def picture(kind: str, seed: int, size: tuple[int, int]) -> Any:
    """Return an image (h, w, 1); only an `even` one has places that look the same to the last bit."""
    rng = np.random.default_rng(seed)
    noise = rng.random(size)
    if kind == "noise":
        made = noise
    elif kind == "soft":
        made = gaussian_filter(noise, 2.0) * 4 - 1.5
    else:
        y, x = np.mgrid[: size[0], : size[1]] + 0.5
        made = np.zeros(size)
        for _ in range(size[0] * size[1] // 1500 + 1):
            row, col, side = rng.uniform(0, size[0]), rng.uniform(0, size[1]), rng.uniform(6, 28)
            made = np.maximum(made, rng.uniform(0.3, 1) * np.clip(side / 2 - np.hypot(y - row, x - col) + 0.5, 0, 1))
        if kind == "repeated":
            height, width = (max(12, side // 3) for side in size)
            made = np.tile(made[:height, :width], (4, 4))[: size[0], : size[1]]
        if kind != "even":
            made = 0.98 * made + 0.02 * noise
    return np.clip(made, 0, 1).astype(np.float32)[..., None]


@pytest.fixture(scope="module", params=[8, 16])
def block(request: pytest.FixtureRequest) -> Iterator[int]:
    """Cells of a block, few: tiles are as small as windows then, and there are many."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (plan_module, tiling_module):
            patch.setattr(module, "BLOCK", request.param)
        yield request.param


@dataclass
class Both:
    """What one image shows when it is searched in tiles, and at once."""

    search: LargeSearch
    scores: Any
    objects: list[Found]
    once: Any


def both(one: PeakReader, image: Any, values: int = 1) -> Both:
    search = LargeSearch(one, Pixels(ArraySource(image)), values)
    times = np.zeros(search.plan.cells, int)
    scores = np.full((*search.plan.cells, one.channels), np.nan, np.float32)
    candidates = []
    for tile in search.tiling:
        seen = search.see(search.read(tile))
        place = slice(*tile.rows), slice(*tile.cols)
        scores[place] = seen.scores
        times[place] += 1
        candidates.append(seen.candidates)
    assert (times == 1).all()
    assert len(candidates) == len(search.tiling)
    return Both(search, scores, search.objects(candidates), one(image[None])[0])


def matched(mine: list[Found], others: list[Found], pixels: float = PIXELS) -> list[Found]:
    """Return the objects that have no other of the same label, box and score; each other counts once."""
    left, lost = list(others), []
    for one in mine:
        same = [
            other
            for other in left
            if other.label == one.label
            and abs(other.score - one.score) <= SCORE
            and np.abs(np.subtract(other.bbox, one.bbox)).max() <= pixels
        ]
        if same:
            left.remove(same[0])
        else:
            lost.append(one)
    return lost


def assert_same(seen: Both) -> None:
    np.testing.assert_allclose(seen.scores, seen.once.scores, rtol=0, atol=ROUNDING)
    assert len(seen.objects) == len(seen.once.objects)
    assert matched(seen.once.objects, seen.objects) == []
    assert matched(seen.objects, seen.once.objects) == []


FINDERS = {
    "kind": st.sampled_from(["flat", "deep"]),
    "window": st.sampled_from([8, 12, 16]),
    "stride": st.integers(1, 4),
    "seed": st.integers(0, 3),
    "background": st.booleans(),
    "box": st.sampled_from(["window", "tight"]),
    "shown": st.sampled_from(["noise", "soft", "spots", "repeated"]),
    "floor": st.sampled_from([0.01, 0.05, 0.3]),
    "size": st.tuples(st.integers(40, 150), st.integers(40, 150)),
}


@settings(max_examples=8, derandomize=True, phases=PHASES)
@given(**FINDERS)
@example("flat", 8, 1, 0, False, "window", "noise", 0.01, (70, 90))
def test_tiles_of_one_level_show_what_the_image_shows(
    block: int,
    kind: str,
    window: int,
    stride: int,
    seed: int,
    background: bool,
    box: str,
    shown: str,
    floor: float,
    size: tuple[int, int],
) -> None:
    one = reader(network(kind, window, stride, seed), background, box, floor=floor)
    seen = both(one, picture(shown, seed, size))
    assert max(seen.search.tiling.side) <= block
    assert_same(seen)


@settings(max_examples=6, derandomize=True, phases=PHASES)
@given(**FINDERS, low=st.floats(0.7, 1.2), ratio=st.floats(1.1, 3.5))
# Frames at the border are whole cells apart, and one lies in another by just so much that it counts as its part.
@example("deep", 12, 2, 0, False, "window", "spots", 0.01, (40, 88), 0.75, 2.25)
def test_tiles_of_a_pyramid_show_what_the_image_shows(
    block: int,
    kind: str,
    window: int,
    stride: int,
    seed: int,
    background: bool,
    box: str,
    shown: str,
    floor: float,
    size: tuple[int, int],
    low: float,
    ratio: float,
) -> None:
    sizes = [low * window, low * ratio * window]
    one = reader(network(kind, window, stride, seed), background, box, floor=floor, sizes=sizes)
    assert_same(both(one, picture(shown, seed, size)))


@settings(max_examples=6, derandomize=True, phases=PHASES)
@given(
    window=st.sampled_from([8, 12]),
    stride=st.sampled_from([2, 4]),
    denser=st.booleans(),
    sizes=st.sampled_from([[], [8.0, 20.0]]),
    shown=st.sampled_from(["noise", "spots"]),
    size=st.tuples(st.integers(40, 110), st.integers(40, 110)),
)
def test_tiles_of_networks_that_pad(
    block: int, window: int, stride: int, denser: bool, sizes: list[float], shown: str, size: tuple[int, int]
) -> None:
    one = reader(network("padded", window, stride, 1), sizes=sizes, stride=2 if denser else None)
    assert_same(both(one, picture(shown, 5, size)))


@settings(max_examples=3, derandomize=True, phases=PHASES)
@given(
    kind=st.sampled_from(["flat", "deep"]),
    net=st.sampled_from([(12, 2, None), (12, 1, None), (16, 4, 2), (16, 2, 1)]),
    seed=st.integers(0, 3),
    background=st.booleans(),
    shown=st.sampled_from(["noise", "soft", "spots", "repeated"]),
    floor=st.sampled_from([0.01, 0.05, 0.3]),
    size=st.tuples(st.integers(60, 110), st.integers(60, 110)),
    ratio=st.floats(1.5, 3.5),
)
def test_tiles_of_a_search_from_coarse_to_fine(
    block: int,
    kind: str,
    net: tuple[int, int, int | None],
    seed: int,
    background: bool,
    shown: str,
    floor: float,
    size: tuple[int, int],
    ratio: float,
) -> None:
    window, own, stride = net
    changes: dict[str, Any] = {"search": "coarse", "sizes": [window, ratio * window], "stride": stride}
    seen = both(
        reader(network(kind, window, own, seed), background, floor=floor, **changes), picture(shown, seed, size)
    )
    assert seen.search.plan.numbers is not None
    assert_same(seen)


def coloured(kind: str, seed: int, size: tuple[int, int]) -> Any:
    """Return an image (h, w, 3) whose channels show different things."""
    return np.concatenate([picture(kind, 10 * seed + channel, size) for channel in range(3)], axis=-1)


# How a search goes over the sizes: at one, at each of several, from coarse to fine.
WAYS: dict[str, dict[str, Any]] = {
    "one": {"sizes": []},
    # The level in the middle measures √(9·30): its boxes share just 0.3 with those of 30 pixels that they lie in.
    "pyramid": {"sizes": [9.0, 30.0]},
    "climbing": {"sizes": [12.0, 30.0], "search": "coarse"},
}
SHOWN: dict[str, Any] = {
    "seed": st.integers(0, 3),
    "shown": st.sampled_from(["noise", "soft", "spots", "repeated"]),
    "size": st.tuples(st.integers(60, 120), st.integers(60, 120)),
}


def in_small_tiles(one: PeakReader, image: Any) -> Both:
    """Return what tiles of sixteen cells show; the smallest levels are reduced beforehand, others read by the tile."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (plan_module, tiling_module):
            patch.setattr(module, "BLOCK", 16)
        patch.setattr(tiling_module, "_BEFOREHAND", 2000 * image.shape[-1])
        seen = both(one, image)
    assert len(seen.search.tiling) > 1
    assert len(seen.search.tiling.beforehand) < len(seen.search.plan.levels())
    assert seen.once.objects
    return seen


def regression(conversion: Conversion, image: Any, seed: int) -> BoxRegression:
    """Return one whose logarithms differ among an image's windows, and are seldom the greatest."""
    windows = np.stack([image[y : y + 12, x : x + 12] for y, x in np.ndindex(40, 40)])
    features = np.asarray(seen_by(conversion.model)(windows)).reshape(len(windows), -1)
    weights = np.random.default_rng(seed).normal(0, 1, (features.shape[1], 2))
    weights *= [0.2, 0.5] / (features @ weights).std(axis=0)
    return BoxRegression(weights.astype(np.float32), (-features.mean(axis=0) @ weights).astype(np.float32))


@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=1, derandomize=True, phases=PHASES)
@given(**SHOWN, kind=st.sampled_from(["flat", "deep"]))
@example(seed=1, shown="spots", size=(100, 90), kind="flat")
def test_tiles_of_pictures_in_colour(way: str, seed: int, shown: str, size: tuple[int, int], kind: str) -> None:
    one = reader(network(kind, 12, 2, seed, channels=3), **WAYS[way])
    seen = in_small_tiles(one, coloured(shown, seed, size))
    assert (seen.search.plan.numbers is not None) == (way == "climbing")
    assert_same(seen)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=1, derandomize=True, phases=PHASES)
@given(**SHOWN)
@example(seed=0, shown="spots", size=(100, 90))
def test_tiles_of_tight_boxes(way: str, channels: int, seed: int, shown: str, size: tuple[int, int]) -> None:
    one = reader(network("flat", 12, 2, seed, channels=channels), background=False, box="tight", **WAYS[way])
    seen = in_small_tiles(one, (coloured if channels == 3 else picture)(shown, seed, size))
    assert (seen.search.plan.numbers is not None) == (way == "climbing")
    assert_same(seen)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("way", WAYS)
@settings(max_examples=1, derandomize=True, phases=PHASES)
@given(**SHOWN)
@example(seed=0, shown="spots", size=(100, 90))
def test_tiles_of_a_finder_that_looks_twice(
    way: str, channels: int, seed: int, shown: str, size: tuple[int, int]
) -> None:
    """What a box regression tells of an object's size and shape comes from the pixels of its window."""
    conversion = network("naming", 12, 2, seed, channels=channels)
    image = (coloured if channels == 3 else picture)(shown, seed, size)
    once = reader(conversion, background=False, **WAYS[way]).finder
    once = replace(once, dimensions=Dimensions(((0.9, 0.6),) * 3))
    seen = in_small_tiles(PeakReader(replace(once, boxes=regression(conversion, image, seed))), image)
    assert (seen.search.plan.numbers is not None) == (way == "climbing")
    assert_same(seen)
    # The second look tells something.
    assert matched(seen.objects, PeakReader(once)(image[None])[0].objects)


@settings(max_examples=4, derandomize=True, phases=PHASES)
@given(seed=st.integers(0, 1000), size=st.tuples(st.integers(40, 110), st.integers(40, 110)))
def test_an_even_ground_has_as_many_objects_in_tiles_as_at_once(block: int, seed: int, size: tuple[int, int]) -> None:
    seen = both(reader(network("flat", 8, 2, 0), False, floor=0.01), picture("even", seed, size))
    np.testing.assert_allclose(seen.scores, seen.once.scores, rtol=0, atol=ROUNDING)
    assert len(seen.objects) == len(seen.once.objects)
    # Where between cells an even ground is highest is a matter of the last bits: within half a cell of two pixels.
    assert matched(seen.once.objects, seen.objects, 2 * 0.5 + PIXELS) == []


@settings(max_examples=4, derandomize=True, phases=PHASES)
@given(seed=st.integers(0, 1000), size=st.tuples(st.integers(150, 400), st.integers(150, 400)))
def test_spots_at_the_seams_of_tiles_are_found_once(seed: int, size: tuple[int, int]) -> None:
    one = reader(SPOTS, search="coarse", sizes=[12, 60], stride=2)
    with pytest.MonkeyPatch.context() as patch:
        for module in (plan_module, tiling_module):
            patch.setattr(module, "BLOCK", 32)
        seen = both(one, picture("spots", seed, size))
    assert len(seen.search.tiling) > 4
    assert any(found.score > 0.3 for found in seen.objects)
    assert_same(seen)


def test_neighbours_that_see_few_cells_of_a_window_do_not_lose_what_was_climbed_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The search climbs by cells: eight rounds of three cells each are farther than two windows of two cells."""
    for module in (plan_module, tiling_module):
        monkeypatch.setattr(module, "BLOCK", 32)
    one = reader(network("flat", 8, 4, 0), search="coarse", sizes=[8, 24])
    assert_same(both(one, picture("spots", 0, (260, 250))))


@pytest.mark.parametrize("values", [1, 20_000, 10**9])
def test_how_many_tiles_there_are_does_not_matter(values: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (plan_module, tiling_module):
        monkeypatch.setattr(module, "BLOCK", 8)
    one = reader(network("deep", 12, 2, 1), sizes=[10, 30])
    seen = both(one, picture("spots", 3, (90, 120)), values)
    assert (len(seen.search.tiling) == 1) == (values == 10**9)
    assert_same(seen)


def test_levels_of_an_image_are_reduced_beforehand_where_tiles_are_small(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (plan_module, tiling_module):
        monkeypatch.setattr(module, "BLOCK", 8)
    one = reader(network("deep", 12, 2, 1), sizes=[10, 30])
    beforehand = both(one, picture("spots", 3, (90, 120)))
    assert beforehand.search.tiling.beforehand
    monkeypatch.setattr(tiling_module, "_BEFOREHAND", 0)
    directly = both(one, picture("spots", 3, (90, 120)))
    assert not directly.search.tiling.beforehand
    for seen in (beforehand, directly):
        assert_same(seen)


@pytest.fixture
def blocks_of_16(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tiles be of sixteen cells a side."""
    for module in (plan_module, tiling_module):
        monkeypatch.setattr(module, "BLOCK", 16)


@pytest.mark.usefixtures("blocks_of_16")
def test_a_tile_that_climbs_reads_no_more_than_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiling_module, "_BEFOREHAND", 0)
    one = reader(network("flat", 8, 2, 0), search="coarse", sizes=[8, 9])
    search = LargeSearch(one, Pixels(ArraySource(picture("noise", 0, (400, 300)))), 1)
    # Sixteen cells, twelve beyond them on either side, the window of the last, and what resizing and coarse cells see.
    most = (16 + 2 * 12) * 2 + 8 + 20
    for tile in search.tiling:
        assert 0 < max(search.read(tile).pixels.shape[:2]) <= most


@pytest.mark.usefixtures("blocks_of_16")
def test_what_does_not_climb_is_read_as_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    pixels = Pixels(ArraySource(picture("noise", 0, (400, 300))))
    search = LargeSearch(reader(network("flat", 8, 2, 0), sizes=[]), pixels, 1)
    read, most = pixels.read, [0]

    def counted(rows: tuple[int, int], cols: tuple[int, int]) -> Any:
        most[0] = max(most[0], rows[1] - rows[0], cols[1] - cols[0])
        return read(rows, cols)

    monkeypatch.setattr(pixels, "read", counted)
    for tile in list(search.tiling)[:8]:
        given = search.read(tile)
        assert given.pixels.size == most[0] == 0
        search.see(given)
        # Sixteen cells, half a window or four cells beyond them, one that begins within, and the window of the last.
        assert 0 < most[0] <= (16 + 2 * 4 + 1) * 2 + 8
        most[0] = 0


def test_an_image_smaller_than_the_window_is_refused() -> None:
    one = reader(network("flat", 16, 2, 0), border=0.0)
    with pytest.raises(InputError, match=r"12x90 pixels.*16x16"):
        LargeSearch(one, Pixels(ArraySource(picture("noise", 0, (12, 90)))))


def test_what_reads_regions_is_refused() -> None:
    with pytest.raises(InputError, match=r"^locate.read: regions") as caught:
        search_of(object(), Pixels(ArraySource(picture("noise", 0, (12, 90)))))
    assert "locate.read=peaks" in caught.value.mend
