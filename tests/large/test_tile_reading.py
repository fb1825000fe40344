"""What a tile reads of an image: no more than its levels are made of, and no sooner than it is needed."""

from typing import Any

import pytest
from tiles import network, picture, reader

from fullconv.large import tiling as tiling_module
from fullconv.large.pixels import Pixels
from fullconv.large.search import LargeSearch
from fullconv.large.sources.arrays import ArraySource
from fullconv.locate.peaks import plan as plan_module


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
