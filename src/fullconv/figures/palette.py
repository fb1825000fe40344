"""One colour per class, the same in every figure, told apart by colour-blind readers too.

Source: the ten qualitative colours of Paul Tol, Colour Schemes, technical note SRON/EPS/TN/09-002, issue 2
(2012): his later scheme "muted" and #661100. The grey is that of his scheme "bright".
"""

from collections.abc import Sequence

PALETTE = (
    "#332288",
    "#88CCEE",
    "#44AA99",
    "#117733",
    "#999933",
    "#DDCC77",
    "#661100",
    "#CC6677",
    "#882255",
    "#AA4499",
)
BACKGROUND = "#BBBBBB"
_ROUNDS = (None, 1.0, 0.0)  # what the ten are mixed with as they come again: nothing, white, black
_MIXED = 0.45

# Classifiers have colours of another scheme, lest one be taken for a class: Tol's "vibrant", without its grey. They
# read on light and dark grounds alike.
CLASSIFIERS = ("#0077BB", "#EE7733", "#009988", "#EE3377", "#CC3311", "#33BBEE")

# Jobs of a sweep, which may be many: the eight of Okabe and Ito, Color Universal Design (2008).
JOBS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#F0E442", "#000000")


def job_colour(number: int) -> str:
    """Return the colour of a sweep's job; beyond eight colours come round again."""
    return JOBS[number % len(JOBS)]


def classifier_colour(place: int) -> str:
    """Return the colour of the pipeline's classifier of that place; beyond six colours come round again."""
    return CLASSIFIERS[place % len(CLASSIFIERS)]


def class_colour(index: int, background: int | None = None) -> str:
    """Return the colour of a class index as #RRGGBB.

    Beyond ten classes the ten come again lighter, then darker; beyond thirty they come round as they are.
    """
    if index == background:
        return BACKGROUND
    towards = _ROUNDS[index // len(PALETTE) % len(_ROUNDS)]
    parts = rgb(PALETTE[index % len(PALETTE)])
    mixed = parts if towards is None else [part + _MIXED * (towards - part) for part in parts]
    return "#" + "".join(f"{round(255 * part):02X}" for part in mixed)


def ink(colour: str) -> str:
    """Return black or white, whichever reads better on `colour`."""
    red, green, blue = rgb(colour)
    return "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "white"


def rgb(colour: str) -> tuple[float, float, float]:
    """Return #RRGGBB as red, green and blue in 0..1."""
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return red, green, blue


def class_colours(count: int, background: int | None = None) -> Sequence[tuple[float, float, float]]:
    """Return red, green and blue in 0..1 of the classes 0..count - 1."""
    return [rgb(class_colour(index, background)) for index in range(count)]
