"""Checks of where labelled images come from."""

import math

from fullconv.config.checks.requirement import require
from fullconv.config.schema import DataConfig
from fullconv.errors import InputError

FORMS = ("arrays", "folder", "coco", "csv")
_OF_CROPS = "It is of crops: give data=folder, data=coco or data=csv too."


def check_data(config: DataConfig) -> None:
    """Check what types cannot; whether files are there is the reader's business.

    Raises:
        InputError: naming the first key whose value cannot be used.
    """
    require(config.form in FORMS, "data.form", config.form, f"Choose {', '.join(FORMS)}; data=folder sets it.")
    if config.form == "arrays":
        require(config.scenes is None, "data.scenes", config.scenes, _OF_CROPS)
        require(config.side is None, "data.side", config.side, _OF_CROPS)
        require(config.margin == 0, "data.margin", config.margin, _OF_CROPS)
    elif config.sha256:
        raise InputError("data.sha256", "given for files of your own", "Leave it out: data.sha256={}.")
    if config.form != "coco":
        mend = "It is of annotated pictures: give data=coco too."
        require(config.annotations is None, "data.annotations", config.annotations, mend)
        require(not config.points, "data.points", config.points, mend)
    require(
        math.isfinite(config.margin) and 0 <= config.margin <= 2,
        "data.margin",
        config.margin,
        "Give a share of the object's sides from 0 to 2, such as 0.25.",
    )
    require(0 < config.test_share < 1, "data.test_share", config.test_share, "Give a share between 0 and 1.")
    require(0 <= config.broken <= 1, "data.broken", config.broken, "Give a share from 0 to 1.")
    side = config.side
    require(side is None or 8 <= side <= 256, "data.side", side, "Give 8 to 256 pixels, or null.")
    require(config.background.strip() != "", "data.background", config.background, "Give a name, such as background.")
