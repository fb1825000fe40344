"""Small objects of any colour over photographs, among others that resemble them: a hard set of about 13 pixels.

    python -m benchmarks.own.shapes FOLDER [--seed 0]

Rings, crosses and stars count; discs, squares, bars and half rings lie between them and do not. The photographs are
scikit-image's; those of the test are not those of the training.
"""

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt

from benchmarks.own.sets import Box, Picture, write_set

Floats = npt.NDArray[np.float32]
CLASSES = ("cross", "ring", "star")
OTHERS = ("disc", "square", "bar", "half")
GROUNDS = {
    "train": ("coffee", "astronaut", "brick", "immunohistochemistry"),
    "val": ("grass",),
    "test": ("chelsea", "rocket", "gravel", "retina"),
}
PICTURES = {"train": 12, "val": 4, "test": 12}
HEIGHT, WIDTH, FINE = 400, 520, 8  # pixels; pixels of a drawing to one of the picture
OBJECTS, COMPANY = 26, 18  # in a picture
SIDES = (11, 16)  # pixels
CONTRAST = 0.22  # least distance of an object's colour from the ground's


def mask_of(shape: str, side: float, angle: float) -> Floats:
    """Return a shape's coverage (H, W) of pixels, in a square that holds it turned by any angle."""
    frame = int(np.ceil(side * 1.5)) + 2
    axis = (np.arange(frame * FINE) + 0.5) / FINE - frame / 2
    x, y = np.meshgrid(axis, axis)
    turned_x, turned_y = np.cos(angle) * x + np.sin(angle) * y, np.cos(angle) * y - np.sin(angle) * x
    u, v = 2 * turned_x / side, 2 * turned_y / side  # the shape reaches from -1 to 1
    radius, turn = np.hypot(u, v), np.arctan2(v, u)
    thin = np.minimum(np.abs(u), np.abs(v)) < 0.25
    inside = {
        "cross": thin & (np.maximum(np.abs(u), np.abs(v)) < 1),
        "ring": (radius < 1) & (radius > 0.58),
        "star": radius < 0.38 + 0.62 * np.abs((turn / (2 * np.pi / 5)) % 1 - 0.5) ** 1.3 / 0.5**1.3,
        "disc": radius < 0.95,
        "square": np.maximum(np.abs(u), np.abs(v)) < 0.8,
        "bar": (np.abs(u) < 0.25) & (np.abs(v) < 1),
        "half": (radius < 1) & (radius > 0.58) & (v > 0),
    }[shape]
    return np.asarray(inside.reshape(frame, FINE, frame, FINE).mean(axis=(1, 3)), np.float32)


def ground(name: str, generator: np.random.Generator) -> Floats:
    """Return a part of a photograph (H, W, 3), mirrored at random."""
    from skimage import data
    from skimage.transform import resize

    photo = np.asarray(getattr(data, name)())
    photo = np.repeat(photo[..., np.newaxis], 3, axis=2) if photo.ndim == 2 else photo[..., :3]
    scale = max(HEIGHT / photo.shape[0], WIDTH / photo.shape[1]) * generator.uniform(1, 1.5)
    size = tuple(int(np.ceil(side * scale)) for side in photo.shape[:2])
    large = resize(photo, size, order=1, anti_aliasing=True).astype(np.float32)
    top, left = (int(generator.integers(own - wanted + 1)) for own, wanted in zip(size, (HEIGHT, WIDTH), strict=True))
    part: Floats = large[top : top + HEIGHT, left : left + WIDTH]
    return part[:, ::-1].copy() if generator.random() < 0.5 else part.copy()


def picture(name: str, photo: str, generator: np.random.Generator) -> Picture:
    """Return a picture."""
    pixels, taken, placed = ground(photo, generator), np.zeros((HEIGHT, WIDTH), bool), []
    wanted = [*generator.choice(CLASSES, OBJECTS), *generator.choice(OTHERS, COMPANY)]
    for shape in wanted:
        mask = mask_of(str(shape), generator.uniform(*SIDES), generator.uniform(0, 2 * np.pi))
        place = _free(taken, len(mask), generator)
        if place is None:
            continue
        top, left = place
        _paint(pixels[top : top + len(mask), left : left + len(mask)], mask, generator)
        taken[top : top + len(mask), left : left + len(mask)] = True
        if shape in CLASSES:
            rows, cols = (np.nonzero((mask > 0.35).any(axis=axis))[0] for axis in (1, 0))
            box: Box = (float(left + cols[0]), float(top + rows[0]), float(np.ptp(cols) + 1), float(np.ptp(rows) + 1))
            placed.append((str(shape), box))
    noise = generator.normal(0, 0.01, pixels.shape)
    return Picture(name, np.rint(np.clip(pixels + noise, 0, 1) * 255).astype(np.uint8), tuple(placed))


def write_shapes(folder: Path, seed: int = 0) -> None:
    """Write the set; a seed gives the same pictures."""
    splits = {
        split: [
            picture(f"{split}-{one}", GROUNDS[split][one % len(GROUNDS[split])], np.random.default_rng([seed, n, one]))
            for one in range(count)
        ]
        for n, (split, count) in enumerate(PICTURES.items())
    }
    write_set(folder, CLASSES, splits.pop("train"), splits)


def _free(taken: npt.NDArray[np.bool_], side: int, generator: np.random.Generator) -> tuple[int, int] | None:
    for _ in range(100):
        top, left = (int(generator.integers(whole - side)) for whole in taken.shape)
        if not taken[top : top + side, left : left + side].any():
            return top, left
    return None


def _paint(part: Floats, mask: Floats, generator: np.random.Generator) -> None:
    """Paint over a part of a picture (H, W, 3), in a colour that differs from it."""
    from scipy.ndimage import gaussian_filter

    own = part[mask > 0.5].mean(axis=0)
    colour = own
    while np.abs(colour - own).mean() < CONTRAST:
        colour = generator.uniform(0, 1, 3)
    soft = gaussian_filter(mask, generator.uniform(0.3, 0.7))[..., np.newaxis] * generator.uniform(0.8, 1)
    part += (colour - part) * soft


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    write_shapes(arguments.folder, arguments.seed)
