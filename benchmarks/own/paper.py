"""Old paper: light that falls unevenly, grain and stains, made from scikit-image's scan of a page."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
INK = 0.82  # of the light around it: what is darker on the scan is print
AROUND = 12.0  # pixels of the scan over which light and paper are told from print
TINT = (0.98, 0.93, 0.80)  # of the paper, red to blue


def sheet(height: int, width: int, generator: np.random.Generator) -> Floats:
    """Return paper (H, W, 3) without print, values around 0.8."""
    light, grain = _scan()
    field = _enlarged(light[:: _sign(generator), :: _sign(generator)], height, width)
    texture = np.zeros((height, width), np.float32)
    for size in (1, 3):
        texture += _tiled(grain, height, width, size, generator) / size
    stains = _clouds(height, width, 90, generator) * 0.05 + _clouds(height, width, 25, generator) * 0.015
    paper = (0.55 + 0.45 * field / field.max()) * (0.86 + stains) + 0.35 * texture
    tinted: Floats = np.clip(paper[..., np.newaxis] * np.array(TINT, np.float32), 0, 1)
    return tinted


def _scan() -> tuple[Floats, Floats]:
    """Return the light on the scanned page and its grain, both (H, W), with the print filled in."""
    from scipy.ndimage import binary_dilation, gaussian_filter, maximum_filter
    from skimage.data import page

    scan = page().astype(np.float32) / 255
    paper = ~binary_dilation(scan < INK * gaussian_filter(maximum_filter(scan, 9), 4), iterations=2)
    weight = gaussian_filter(paper.astype(np.float32), AROUND)
    light = gaussian_filter(np.where(paper, scan, 0), AROUND) / np.maximum(weight, 1e-3)
    grain = np.where(paper, scan - light, 0)
    order = np.random.default_rng(0).choice(grain[paper], int((~paper).sum()))
    grain[~paper] = gaussian_filter(order, 0.7)
    return light, np.clip(grain, -0.06, 0.06)


def _tiled(grain: Floats, height: int, width: int, size: int, generator: np.random.Generator) -> Floats:
    """Return grain enlarged `size` times over a sheet, mirrored at its edges, from anywhere."""
    rows, cols = (-(-side // size) for side in (height, width))
    pattern = np.block([[grain, grain[:, ::-1]], [grain[::-1], grain[::-1, ::-1]]])
    top, left = (int(generator.integers(side)) for side in pattern.shape)
    cut = np.roll(pattern, (-top, -left), (0, 1))
    more = [-(-side // own) for side, own in zip((rows, cols), cut.shape, strict=True)]
    return _enlarged(np.tile(cut, more)[:rows, :cols], height, width)


def _clouds(height: int, width: int, size: int, generator: np.random.Generator) -> Floats:
    """Return smooth noise of spread 1 whose clouds are about `size` pixels."""
    coarse = generator.normal(size=(max(3, height // size + 2), max(3, width // size + 2))).astype(np.float32)
    return _enlarged(coarse, height, width)


def _enlarged(field: Floats, height: int, width: int) -> Floats:
    from skimage.transform import resize

    return np.asarray(resize(field, (height, width), order=1, mode="edge", anti_aliasing=False), np.float32)


def _sign(generator: np.random.Generator) -> int:
    return 1 if generator.random() < 0.5 else -1
