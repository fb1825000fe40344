"""A ground without objects, made of what crops show at their borders."""

import numpy as np
import numpy.typing as npt
from PIL import Image

from fullconv.data.crops.masks import opacities

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]

_LOOKED_AT, _ALIKE = 96, 16  # crops that are drawn, and of these the ones whose borders are most alike
_HIDDEN = 25  # percent of the crops, as likely as not, whose ground neighbours hide
_PATCHES = 400  # that a ground is sewn of, at most
_CANDIDATES = 40  # looked at for each place
_ORDINARY = 0.5  # share of the patches that is kept: nearest to the middle colour, without pieces of objects
_STRAYS, _LEVELS = 2.0, 4.0  # times as far from the middle colour as a quarter of them, and grey levels more: no ground
_COVERED = 0.35  # of a patch, by the object: the most
_BEST = 4  # of them that fit best: one is drawn, lest a few repeat


def ground_of(images: Pixels, size: tuple[int, int], rng: np.random.Generator, margin: float = 0.0) -> Pixels:
    """Return a ground uint8 `(H, W, C)` of `size` as behind the objects of crops `(N, h, w, C)`, at their resolution.

    Small patches from where the crops' masks are least opaque are sewn together (image quilting: Efros and Freeman,
    2001), so that their grain is kept; patches are of crops whose borders are alike, as those of one picture are.
    `margin` is what crops show beside their objects, as a share of these.
    """
    chosen = images[_alike(images, rng)]
    side = max(4, min(images.shape[1:3]) // 5)
    return quilted(_patches(chosen, opacities(chosen, margin), side), size, rng)


def texture_of(pictures: tuple[Pixels, ...], size: tuple[int, int], side: int, rng: np.random.Generator) -> Pixels:
    """Return a ground of `size` sewn of patches, `side` pixels each way, of pictures `(H, W, C)` of nothing."""
    picture = pictures[int(rng.integers(len(pictures)))]
    side = max(1, min(side, *picture.shape[:2]))
    rows, columns = (rng.integers(whole - side + 1, size=_PATCHES) for whole in picture.shape[:2])
    patches = np.stack([picture[r : r + side, c : c + side] for r, c in zip(rows, columns, strict=True)])
    return quilted(patches.astype(np.float32), size, rng)


def _alike(images: Pixels, rng: np.random.Generator) -> npt.NDArray[np.int64]:
    """Return which crops share the ground of one that is drawn."""
    drawn = rng.permutation(len(images))[:_LOOKED_AT]
    some = images[drawn]
    colours = np.median(
        np.concatenate([some[:, 0], some[:, -1], some[:, :, 0], some[:, :, -1]], axis=1).astype(np.float32), axis=1
    )
    # One whose border is unlike its object: where neighbours fill the border there is no ground to be seen.
    apart = np.abs(colours - _inner(some)).sum(axis=1)
    first = np.flatnonzero(apart >= np.percentile(apart, _HIDDEN))[0]
    return drawn[np.argsort(np.abs(colours - colours[first]).sum(axis=1), kind="stable")[:_ALIKE]]


def _inner(images: Pixels) -> Floats:
    """Return the median colour `(N, C)` of the middle of crops."""
    height, width = images.shape[1:3]
    middle = images[:, height // 3 : -(height // 3) or None, width // 3 : -(width // 3) or None]
    colours: Floats = np.median(middle, axis=(1, 2)).astype(np.float32)
    return colours


def _patches(images: Pixels, opaque: Pixels, side: int) -> Floats:
    """Return patches `(K, side, side, C)` that show least of the objects, and of these the ordinary ones."""
    step = max(1, side // 2)
    grid = [(row, column) for row in range(0, images.shape[1] - side + 1, step)
            for column in range(0, images.shape[2] - side + 1, step)]  # fmt: skip
    cut = np.concatenate([images[:, r : r + side, c : c + side] for r, c in grid]).astype(np.float32)
    covered = np.concatenate([opaque[:, r : r + side, c : c + side].mean(axis=(1, 2)) / 255 for r, c in grid])
    order = np.argsort(covered, kind="stable")
    least = order[: max(16, int((covered < _COVERED).sum()))]
    kept = cut[least[:: max(1, len(least) // _PATCHES)]]
    middle = np.median(kept, axis=(0, 1, 2))
    far = np.abs(kept - middle).mean(axis=(1, 2, 3)) + np.abs(kept - middle).max(axis=(1, 2, 3)) / 2
    unlike = np.abs(kept - np.median(_inner(images), axis=0)).mean(axis=(1, 2, 3))
    usual = far <= _STRAYS * np.percentile(far, 25) + _LEVELS
    order = np.argsort(far - unlike + 1000 * ~usual, kind="stable")
    return kept[order[: max(8, min(int(_ORDINARY * len(kept)), int(usual.sum())))]]


def quilted(patches: Floats, size: tuple[int, int], rng: np.random.Generator) -> Pixels:
    """Sew patches `(K, p, p, C)` to a texture uint8 `(*size, C)`, each cut where it and its neighbours agree best."""
    side = patches.shape[1]
    seam = max(1, side // 3)
    step = max(1, side - seam)
    height, width = (-(-max(length - seam, 1) // step) * step + seam for length in size)
    sewn = np.zeros((height, width, patches.shape[3]), np.float32)
    for row in range(0, height - seam, step):
        for column in range(0, width - seam, step):
            place = sewn[row : row + side, column : column + side]
            some = patches[rng.integers(len(patches), size=_CANDIDATES)]
            shape = place.shape[:2]
            some = some[:, : shape[0], : shape[1]]
            above, before = row > 0, column > 0
            misfit = np.zeros(len(some), np.float32)
            if above:
                misfit += ((some[:, :seam] - place[:seam]) ** 2).sum(axis=(1, 2, 3))
            if before:
                misfit += ((some[:, :, :seam] - place[:, :seam]) ** 2).sum(axis=(1, 2, 3))
            patch = some[np.argsort(misfit, kind="stable")[int(rng.integers(_BEST))]]
            taken = np.ones(shape, bool)
            if before:
                taken[:, :seam] &= _beyond_seam(((patch[:, :seam] - place[:, :seam]) ** 2).sum(axis=2))
            if above:
                taken[:seam] &= _beyond_seam(((patch[:seam] - place[:seam]) ** 2).sum(axis=2).T).T
            place[taken] = patch[taken]
    ground: Pixels = np.rint(sewn[: size[0], : size[1]].clip(0, 255)).astype(np.uint8)
    return ground


def _beyond_seam(misfit: Floats) -> npt.NDArray[np.bool_]:
    """Return which pixels `(L, seam)` lie at or right of the path from top to bottom of the least misfit."""
    total = misfit.copy()
    for row in range(1, len(total)):
        before = total[row - 1]
        least = before.copy()
        np.minimum(least[1:], before[:-1], out=least[1:])
        np.minimum(least[:-1], before[1:], out=least[:-1])
        total[row] += least
    path = np.empty(len(total), np.int64)
    path[-1] = total[-1].argmin()
    for row in range(len(total) - 2, -1, -1):
        start = max(0, path[row + 1] - 1)
        path[row] = start + total[row, start : path[row + 1] + 2].argmin()
    return np.arange(misfit.shape[1]) >= path[:, None]


def resized(picture: Pixels, size: tuple[int, int]) -> Pixels:
    """Return a picture `(H, W, C)` at another size (height, width): smooth where it grows, else averaged."""
    grey = picture.shape[2] == 1
    image = Image.fromarray(picture[..., 0] if grey else picture)
    made = np.asarray(image.resize((size[1], size[0]), Image.Resampling.BICUBIC))
    return made[..., None] if grey else made
