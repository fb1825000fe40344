"""What may lie behind the objects of a window: their own ground, noise, or a part of a photograph."""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from fullconv.config.schema import GroundsConfig
from fullconv.data.pictures.photos import photos
from fullconv.errors import InputError

Floats = npt.NDArray[np.float32]
Shape = tuple[int, int, int]

_GRAINS = (1, 2, 3, 4)  # pixels: sides of a speck of noise
_ZOOM = (0.5, 3.0)  # a photograph's pixels to one of the window, each way


def backdrops(count: int, shape: Shape, shares: GroundsConfig, ground: Floats, rng: np.random.Generator) -> Floats:
    """Return grounds `(N, H, W, C)` on 0..255, of kinds drawn with the weights `shares`.

    `plain` is the objects' own `ground` `(C,)`, `dim` the same with weak noise, `noise` of any level, strength and
    grain, `photo` a part of a training photograph at a random size.

    Raises:
        InputError: a negative weight, or weights that are all 0.
    """
    weights = checked_shares(shares)
    kinds = rng.choice(len(weights), count, p=list(weights.values()))
    grounds = np.broadcast_to(ground, (count, *shape)).astype(np.float32)
    for number, kind in enumerate(weights):
        rows = np.flatnonzero(kinds == number)
        if len(rows):
            grounds[rows] = _KINDS[kind](len(rows), shape, ground, rng)
    return grounds


def checked_shares(shares: GroundsConfig) -> dict[str, float]:
    """Return the weights of the kinds that occur, scaled to a sum of 1.

    Raises:
        InputError: a negative weight, or weights that are all 0.
    """
    for kind, share in vars(shares).items():
        if not 0 <= share < math.inf:
            raise InputError(f"background.grounds.{kind}", f"{share}", "Give a weight of 0 or more.")
    total = sum(vars(shares).values())
    if not total > 0:
        raise InputError("background.grounds", "weights that are all 0", f"Give one of {', '.join(_KINDS)} a weight.")
    return {kind: share / total for kind, share in vars(shares).items() if share > 0}


def _plain(count: int, shape: Shape, ground: Floats, rng: np.random.Generator) -> Floats:
    return np.broadcast_to(ground, (count, *shape)).astype(np.float32)


def _dim(count: int, shape: Shape, ground: Floats, rng: np.random.Generator) -> Floats:
    """The objects' own ground with noise of up to a seventh of the range."""
    strength = rng.random((count, 1, 1, 1), np.float32) * np.float32(255 / 7)
    away = np.where(ground < 128, 1, -1).astype(np.float32)
    noise = rng.random((count, *shape), np.float32)
    return (ground + away * strength * noise).astype(np.float32)


def noise_grounds(count: int, shape: Shape, rng: np.random.Generator) -> Floats:
    """Return noise (N, H, W, C) on 0..255 of any level, strength and grain."""
    specks = np.empty((count, *shape), np.float32)
    grains = rng.choice(_GRAINS, count)
    for grain in _GRAINS:
        rows = np.flatnonzero(grains == grain)
        coarse = rng.random((len(rows), *(-(-side // grain) for side in shape[:2]), shape[2]), np.float32)
        specks[rows] = coarse.repeat(grain, axis=1).repeat(grain, axis=2)[:, : shape[0], : shape[1]]
    level, strength = rng.random((2, count, 1, 1, 1), np.float32)
    mixed: Floats = 255 * (level * (1 - strength) + strength * specks)
    return mixed


def photo_grounds(count: int, shape: Shape, rng: np.random.Generator) -> Floats:
    """Return parts (N, H, W, C) on 0..255 of training photographs, at random sizes and exposures."""
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
    darker: Floats = share * parts
    return darker


def _in_channels(picture: npt.NDArray[np.uint8], channels: int) -> npt.NDArray[np.uint8]:
    if channels == picture.shape[2]:
        return picture
    grey = picture @ np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R 601, as Pillow has it
    return np.repeat(np.rint(grey)[..., np.newaxis], channels, axis=2).astype(np.uint8)


_KINDS: dict[str, Callable[[int, Shape, Floats, np.random.Generator], Floats]] = {
    "plain": _plain,
    "dim": _dim,
    "noise": lambda count, shape, ground, rng: noise_grounds(count, shape, rng),
    "photo": lambda count, shape, ground, rng: photo_grounds(count, shape, rng),
    # Of crops alone, by the source of their windows.
    "scene": _plain,
    "nothing": _plain,
    "crops": _plain,
}
