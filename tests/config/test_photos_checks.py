"""Knobs of the stage `photos` that cannot be."""

from dataclasses import replace

import pytest

from fullconv.config.checks.photos import check_photos
from fullconv.config.schema import LocateConfig, PhotosConfig
from fullconv.errors import InputError

LOCATE = LocateConfig(
    read="regions", head="cell", floor=0.05, overlap=0.5, spacing=1.19, levels=[200], border=0.1, engine="auto",
    fuse="confident", box="auto", batch_size=4,
)  # fmt: skip
GOOD = PhotosConfig(
    model="m", annotations="a.json", locate=LOCATE, heads=["cell"], fusions=["max"], tile=9, arrangements=1
)


def test_good_knobs_pass() -> None:
    check_photos(GOOD, "photos")
    check_photos(replace(GOOD, heads=[], fusions=[], collages=[2, 3]), "photos")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"heads": ["cell", "pixel"]}, r"^photos\.heads: received 'pixel'"),
        ({"fusions": ["sum"]}, r"^photos\.fusions: received 'sum'"),
        ({"locate": replace(LOCATE, read="peaks")}, r"^photos\.locate\.read: received 'peaks'"),
        ({"locate": replace(LOCATE, fuse="auto")}, r"^photos\.locate\.fuse: received 'auto'"),
        ({"locate": replace(LOCATE, levels=[0])}, r"^photos\.locate\.levels: received 0"),
        ({"collages": [1]}, r"^photos\.collages: received 1"),
        ({"tile": 0}, r"^photos\.tile: received 0"),
        ({"arrangements": 0}, r"^photos\.arrangements: received 0"),
        ({"seed": -1}, r"^photos\.seed: received -1"),
    ],
)
def test_a_knob_out_of_range_is_named(change: dict[str, object], says: str) -> None:
    with pytest.raises(InputError, match=says):
        check_photos(replace(GOOD, **change), "photos")  # type: ignore[arg-type]
