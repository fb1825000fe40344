"""Checks of a set of mosaics that need no data: types are the schema's business."""

from fullconv.config.schema import CROPS, SPRITES, MosaicConfig
from fullconv.errors import InputError

_CHOICES = {
    "split": ("validation", "test"),
    "ground": ("plain", "photo"),
    "boxes": ("window", "tight"),
    "of": (SPRITES, CROPS),
}
_NUMBERS = {
    "images": (1, None),
    "spacing": (0, None),
    "overlap": (0, 1),
    "noise": (0, 255),
    "rotation": (0, 180),
    "seed": (0, None),
    "figures": (0, None),
}
_OF_SPRITES = ("sizes", "spacing", "ground", "noise", "colour", "ink", "rotation", "inverted", "boxes", "placements")
_PAIRS = {"objects": (0, None), "sizes": (1, None), "ink": (0, 255)}  # [least, most]; may be left empty


def check_mosaics(config: MosaicConfig, where: str) -> None:
    """Refuse knobs that no data could serve; `where` is the key of the set.

    Raises:
        InputError: naming the first knob that is out of its range.
    """
    for key, choices in _CHOICES.items():
        if getattr(config, key) not in choices:
            raise InputError(f"{where}.{key}", f"{getattr(config, key)!r}", f"Choose {' or '.join(choices)}.")
    for key, (least, most) in _NUMBERS.items():
        _check_number(getattr(config, key), least, most, f"{where}.{key}")
    canvas = list(config.canvas)
    if config.of == CROPS:
        _check_crops(config, where)
    if (canvas or config.of != CROPS) and not _is_size(canvas):
        raise InputError(f"{where}.canvas", f"{canvas}", "Give height and width in whole pixels, both more than 0.")
    for key, (least, most) in _PAIRS.items():
        pair = list(getattr(config, key))
        if pair and (len(pair) != 2 or pair[0] > pair[1]):
            raise InputError(f"{where}.{key}", f"{pair}", "Give [least, most].")
        for value in pair:
            _check_number(value, least, most, f"{where}.{key}")
    if bool(config.placements) == bool(config.objects and config.objects[1]):
        received = "both are given" if config.placements else "neither is given"
        mend = "Give how many objects to place at random, [least, most], or a list of fixed placements."
        raise InputError(f"{where}.objects, {where}.placements", received, mend)
    if config.placements and config.sizes:
        raise InputError(f"{where}.sizes", "given beside placements", "Objects in fixed places keep their size.")


def _is_size(canvas: list[int]) -> bool:
    return len(canvas) == 2 and all(isinstance(length, int) and length > 0 for length in canvas)


def _check_crops(config: MosaicConfig, where: str) -> None:
    """Refuse what only sprites have: crops keep their sizes, their colours and the grounds of their pictures."""
    plain = MosaicConfig()
    for key in _OF_SPRITES:
        if getattr(config, key) != getattr(plain, key):
            received = f"{getattr(config, key)} in a set of crops"
            raise InputError(f"{where}.{key}", received, "Leave it out: crops have their own sizes and colours.")


def _check_number(value: float, least: int, most: int | None, where: str) -> None:
    # Written so that NaN is refused too.
    if not (value >= least and (most is None or value <= most)):
        raise InputError(where, f"{value}", f"Give {least} or more." if most is None else f"Give {least} to {most}.")
