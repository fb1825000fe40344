"""finder.json: what a finder's network means and how it searches."""

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from fullconv.config.checks.locate import check_locate
from fullconv.config.folders import BOXES
from fullconv.config.schema import LocateConfig
from fullconv.convert.conversion import Conversion
from fullconv.errors import InputError
from fullconv.finders.made import Kept
from fullconv.finders.outputs import FORMAT, MEND
from fullconv.locate.calibration import checked_knots
from fullconv.locate.channels import Channels, channels_of
from fullconv.locate.dimensions import dimensions_of
from fullconv.models.pixels import checked_range


def card_of(kept: Kept, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return what finder.json holds; `facts` are what the finder learnt from."""
    classes = kept.channels.classes
    return {
        "format": FORMAT,
        "classes": list(classes),
        "background": kept.channels.called if kept.channels.has_background else None,
        "pixels": kept.pixels,
        "window": list(kept.conversion.window),
        "dimensions": kept.dimensions.as_dict(classes),
        "thresholds": dict(zip(classes, kept.thresholds, strict=True)),
        "boxes": BOXES,
        "calibration": [list(knot) for knot in kept.calibration],
        "locate": asdict(kept.config),
        "learnt_from": dict(facts),
    }


def kept_by(entry: Mapping[str, Any], where: str, load: Callable[[], Conversion]) -> Kept:
    """Return the finder that finder.json tells of; `load` gives its conversion, once the rest is as it must be.

    Raises:
        InputError: something is missing, is of another kind, or does not belong to the conversion.
    """
    try:
        classes, background = tuple(map(str, entry["classes"])), entry["background"]
        dimensions = dimensions_of(entry["dimensions"], classes, where)
        thresholds = tuple(float(entry["thresholds"][name]) for name in classes)
        config = LocateConfig(**entry["locate"])
        check_locate(config, "locate")
        height, width = entry["window"]
        knots, pixels = checked_knots(entry["calibration"], where), str(entry["pixels"])
    except (KeyError, TypeError, ValueError) as error:
        raise InputError(where, f"damaged: {_said(error)}", MEND) from error
    if not all(math.isfinite(one) and 0 <= one <= 1 for one in thresholds):
        raise InputError(where, f"thresholds {list(thresholds)}", MEND)
    conversion = load()
    if conversion.window != (height, width):
        raise InputError(where, f"of a window of {height}x{width}, and the conversion has another", MEND)
    channels = channels_of(classes, int(conversion.model.output_shape[-1]), where)
    if channels.has_background != (background is not None):
        raise InputError(where, f"background {background!r} for {len(channels.names)} outputs", MEND)
    channels = Channels(classes, channels.has_background, str(background) if background is not None else "background")
    pixels = checked_range(pixels, int(conversion.model.input_shape[-1]), where)
    return Kept(
        conversion=conversion,
        channels=channels,
        config=config,
        dimensions=dimensions,
        thresholds=thresholds,
        calibration=knots,
        pixels=pixels,
    )


def _said(error: Exception) -> str:
    if isinstance(error, InputError):
        return f"{error.where} {error.received}"
    return f"no {error}" if isinstance(error, KeyError) else str(error)
