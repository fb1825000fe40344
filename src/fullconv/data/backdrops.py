"""What may lie behind the objects of a window: their own ground, noise, or a part of a photograph."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from fullconv.data.photos import photos
from fullconv.errors import InputError

Floats = npt.NDArray[np.float32]
Shape = tuple[int, int, int]

_GRAINS = (1, 2, 3, 4)  # pixels: sides of a speck of noise
_ZOOM = (0.5, 3.0)  # a photograph's pixels to one of the window, each way


def backdrops(count: int, shape: Shape, shares: Mapping[str, float], ground: Floats, rng: np.random.Generator) -> Floats:
    """Return grounds `(N, H, W, C)` on 0..255, of kinds drawn with the weights `shares`.

    `plain` is the objects' own `ground` `(C,)`, `dim` the same with weak noise, `noise` of any level, strength and
    grain, `photo` a part of a training photograph at a random size.

    Raises:
        InputError: an unknown kind, a negative weight, or weights that are all 0.
    """
    weights = checked_shares(shares)
    kinds = rng.choice(len(weights), count, p=list(weights.values()))
    grounds = np.broadcast_to(ground, (count, *shape)).astype(np.float32)
    for number, kind in enumerate(weights):
        rows = np.flatnonzero(kinds == number)
        if len(rows):
            grounds[rows] = _KINDS[kind](len(rows), shape, ground, rng)
    return grounds


def checked_shares(shares: Mapping[str, float]) -> dict[str, float]:
    """Return the weights of the kinds that occur, scaled to a sum of 1, in the order of their names.

    Raises:
        InputError: an unknown kind, a negative weight, or weights that are all 0.
    """
    for kind, share in shares.items():
        if kind not in _KINDS or not share >= 0:
            raise InputError(
                f"background.grounds.{kind}", f"{share}", f"Give weights of 0 or more to {', '.join(_KINDS)}."
            )
    total = sum(shares.values())
    if not total > 0:
        raise InputError("background.grounds", f"{dict(shares)}", f"Give at least one of {', '.join(_KINDS)} a weight.")
    return {kind: shares[kind] / total for kind in sorted(shares) if shares[kind] > 0}


def _plain(count: int, shape: Shape, ground: Floats, rng: np.random.Generator) -> Floats:
    return np.broadcast_to(ground, (count, *shape)).astype(np.float32)


def _dim(count: int, shape: Shape, ground: Floats, rng: np.random.Generator) -> Floats:
    """The objects' own ground with noise of up to a seventh of the range."""
    strength = rng.random((count, 1, 1, 1), np.float32) * np.float32(255 / 7)
    away = np.where(ground < 128, 1, -1).astype(np.float32)
    noise: Floats = ground + away * strength * rng.random((count, *shape), np.float32)
    return noise


def _noise(count: int, shape: Shape, ground: Floats, rng: np.random.Generator) -> Floats:
    specks = np.empty((count, *shape), np.float32)
    grains = rng.choice(_GRAINS, count)
    for grain in _GRAINS:
        rows = np.flatnonzero(grains == grain)
        coarse = rng.random((len(rows), *(-(-side // grain) for side in shape[:2]), shape[2]), np.float32)
        specks[rows] = coarse.repeat(grain, axis=1).repeat(grain, axis=2)[:, : shape[0], : shape[1]]
    level, strength = rng.random((2, count, 1, 1, 1), np.float32)
    return 255 * (level * (1 - strength) + strength * specks)


def _photo(count: int, shape: Shape, ground: Floats, rng: np.random.Generator) -> Floats:
    pictures = [_in_channels(picture, shape[2]) for picture in photos("train")]
    parts = np.empty((count, *shape), np.float32)
    for number, which in enumerate(rng.integers(len(pictures), size=count)):
        picture = pictures[which]
        most = min((whole - 1) / side for whole, side in zip(picture.shape, shape[:2], strict=False))
        zoom = min(most, float(np.exp(rng.uniform(*np.log(_ZOOM)))))
        rows, columns = (
            (rng.integers(whole - int(zoom * side)) + zoom * np.arange(side)).astype(np.int64)
            for whole, side in zip(picture.shape, shape[:2], strict=False)
        )
        parts[number] = picture[rows[:, np.newaxis], columns]
    # Any exposure, and less contrast than the whole picture has.
    share = rng.uniform(0.3, 1, (count, 1, 1, 1)).astype(np.float32)
    return share * parts


def _in_channels(picture: npt.NDArray[np.uint8], channels: int) -> npt.NDArray[np.uint8]:
    if channels == picture.shape[2]:
        return picture
    grey = picture @ np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R 601, as Pillow has it
    return np.repeat(np.rint(grey)[..., np.newaxis], channels, axis=2).astype(np.uint8)


_KINDS: dict[str, Callable[[int, Shape, Floats, np.random.Generator], Floats]] = {
    "plain": _plain,
    "dim": _dim,
    "noise": _noise,
    "photo": _photo,
}
GROUNDS: Sequence[str] = tuple(_KINDS)
