"""Windows made of crops: objects laid over other grounds at their true relative sizes, no box ever looked at."""

import math
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from fullconv.config.cores import usable_threads
from fullconv.config.schema import BackgroundConfig
from fullconv.data.crops.balance import drawn_as_often
from fullconv.data.crops.crops import Crops
from fullconv.data.crops.measures import SHARE, share_of
from fullconv.data.windows.blends import soft_masks
from fullconv.data.windows.crop_grounds import CropGrounds
from fullconv.data.windows.light import relit
from fullconv.data.windows.parts import Finding, Part
from fullconv.data.windows.scene_windows import FRAME, SceneWindows
from fullconv.data.windows.symmetry import TRANSPOSE, Symmetries, turned
from fullconv.data.windows.warps import Poses, warped
from fullconv.data.windows.windows import Floats, Windows, bell, joined

_CHUNK = 500  # windows drawn together
_FOUND = 0.5  # share of the windows that are parts of scenes, once something was found there
_DISTRACTING = 0.3  # of windows without an object: a piece of ground is blended in, as an object would be
_TOUCHING = (0.75, 1.4)  # distance of neighbours, in sums of their half sides


class _Drawn(NamedTuple):
    """Windows on 0..255 (N, H, W, C), and the columns of `Windows`."""

    canvas: Floats
    labels: npt.NDArray[np.int32]
    certainty: Floats
    frames: Floats


class CropSource:
    """Draws windows around crops; each depends on the seed and on what was found in the scenes so far."""

    def __init__(
        self,
        images: npt.NDArray[np.uint8],
        labels: npt.NDArray[np.int32],
        sizes: Floats,
        crops: Crops,
        config: BackgroundConfig,
        window: int,
        aspects: Sequence[float],
        balance: float = 0.0,
        symmetries: Symmetries = (),
        pictures: tuple[Part, Part] | None = None,
    ) -> None:
        """Draw windows of `window` pixels from crops (N, S, S, C) of classes (N,) and true sizes (N, 2).

        `aspects` are the usual height over width of each class. `pictures` are the scenes and those of nothing, where
        another source holds them already.
        """
        self._images, self._labels, self._config, self._crops = images, labels, config, crops
        self._sides = np.sqrt(sizes.prod(axis=1)) * crops.reduced
        self._stretch = np.log(sizes[:, 0] / sizes[:, 1]).astype(np.float32)
        self._shares = drawn_as_often(labels, balance)
        self._symmetries = symmetries
        self.shape = (window, window, int(images.shape[-1]))
        self.frame = SHARE * window
        # What √(height·width) of each crop measures where it has the window's own size.
        self._frames = np.array([share_of(aspect) * window for aspect in aspects])[labels]
        self._usual = np.log(aspects)[labels]
        self._aspects, self._balance = aspects, balance
        self._pictures = pictures or (
            Part(crops.scenes, window, self.shape[2]),
            Part(crops.nothing, window, self.shape[2]),
        )
        scenes, nothing = self._pictures
        spans = window * self._sides / self._frames
        self._grounds = CropGrounds(images, spans, config.grounds, scenes, nothing, crops.unscaled)
        each = [share_of(aspect) for aspect in aspects]
        self._seen = SceneWindows(scenes, self._sides, labels, self._shares, each, config)

    def of_others(self, images: npt.NDArray[np.uint8], labels: npt.NDArray[np.int32], sizes: Floats) -> "CropSource":
        """Return what draws from other crops of the same classes alike, over the same pictures."""
        return CropSource(
            images,
            labels,
            sizes,
            self._crops,
            self._config,
            self.shape[0],
            self._aspects,
            self._balance,
            self._symmetries,
            self._pictures,
        )

    def learn(self, found: Mapping[int, Sequence[Finding]]) -> None:
        """Take what a classifier found in some of the scenes, by their number: their windows are labelled by it now."""
        self._seen.learn(found)

    def draw(self, count: int, seed: Sequence[int]) -> Windows:
        """Return `count` windows; background windows keep the label of what they show."""
        starts = range(0, count, _CHUNK)
        with ThreadPoolExecutor(usable_threads()) as threads:
            return joined(
                list(
                    threads.map(
                        lambda start: self._chunk(min(_CHUNK, count - start), np.random.default_rng([*seed, start])),
                        starts,
                    )
                )
            )

    def _chunk(self, count: int, rng: np.random.Generator) -> Windows:
        seen = round(_FOUND * count) if len(self._seen) else 0
        drawn = self._pasted(count - seen, rng)
        if seen:
            windows, *known = self._seen.draw(seen, rng)
            more = turned(windows, self._symmetries, rng), *known, np.full((seen, 2), np.nan, np.float32)
            drawn = _Drawn(*(np.concatenate(pair) for pair in zip(drawn, more, strict=True)))
        lit = relit(drawn.canvas, self._config.resolution, rng)
        return Windows(np.rint(lit.clip(0, 255)).astype(np.uint8), *drawn[1:])

    def _pasted(self, count: int, rng: np.random.Generator) -> _Drawn:
        config = self._config
        chosen = rng.choice(len(self._images), count, p=self._shares)
        away = rng.random(count) < config.share
        empty = away & (rng.random(count) < config.empty)
        poses = self._poses(chosen, away, rng)
        canvas = self._grounds.of(chosen, rng)
        for _ in range(config.neighbours):
            rows = np.flatnonzero(rng.random(count) < config.company)
            others = rng.choice(len(self._images), len(rows), p=self._shares)
            beside = self._beside(poses.of(rows), chosen[rows], others, rng)
            fit = np.flatnonzero(beside.scale < 4)
            self._paste(canvas, rows[fit], others[fit], beside.of(fit), rng)
        rows = np.flatnonzero(~empty)
        self._paste(canvas, rows, chosen[rows], poses.of(rows), rng)
        rows = np.flatnonzero(empty & (rng.random(count) < _DISTRACTING))
        self._distract(canvas, rows, chosen[rows], rng)
        off = (poses.y**2 + poses.x**2) / (config.place_tolerance * self._unit) ** 2
        off += (np.log(poses.scale) / config.size_tolerance) ** 2
        certainty = np.where(empty, 0, bell(off)).astype(np.float32)
        frames = np.stack([np.log(poses.scale), poses.stretch - self._usual[chosen]], axis=1).astype(np.float32)
        return _Drawn(canvas, self._labels[chosen], certainty, frames)

    @property
    def _unit(self) -> float:
        """Pixels of the window to a pixel of the knobs."""
        return self.frame / FRAME

    def _poses(self, chosen: npt.NDArray[np.int64], away: npt.NDArray[np.bool_], rng: np.random.Generator) -> Poses:
        """Draw where objects stand: near the middle, or `away` from it in place and size."""
        config, count = self._config, len(chosen)
        y, x, size = rng.standard_normal((3, count))
        y, x, size = y * config.place * self._unit, x * config.place * self._unit, size * config.size
        wide = rng.uniform(math.log(config.sizes[0]), math.log(config.sizes[1]), count)
        reach = config.reach * (self.shape[0] + self.frame * np.exp(wide)) / 2
        far_y, far_x = rng.uniform(-1, 1, (2, count)) * reach
        y, x, size = np.where(away, far_y, y), np.where(away, far_x, x), np.where(away, wide, size)
        angle = rng.uniform(-1, 1, count) * config.rotation
        stretch = self._lying(chosen, rng) + rng.standard_normal(count) * config.stretch
        return Poses(*(one.astype(np.float32) for one in (y, x, np.exp(size), angle, stretch)))

    def _lying(self, which: npt.NDArray[np.int64], rng: np.random.Generator) -> Floats:
        """Return the crops' height over width, as a logarithm; half lie on their side where that is no other thing."""
        stretch: Floats = self._stretch[which].copy()
        if TRANSPOSE in self._symmetries:
            stretch[rng.random(len(which)) < 0.5] *= -1
        return stretch

    def _beside(
        self, first: Poses, chosen: npt.NDArray[np.int64], others: npt.NDArray[np.int64], rng: np.random.Generator
    ) -> Poses:
        """Draw neighbours that about touch the first objects, most as large beside these as in scenes."""
        config, count = self._config, len(chosen)
        true = np.log(self._sides[others] / self._sides[chosen]) + rng.standard_normal(count) * 0.1
        wide = rng.uniform(math.log(config.sizes[0]), math.log(config.sizes[1]), count)
        natural = (rng.random(count) < 0.6) & self._crops.unscaled
        own, other = self._frames[chosen], self._frames[others]
        scale = first.scale * np.where(natural, own / other * np.exp(true), np.exp(wide))
        turn = rng.uniform(0, 2 * math.pi, count)
        distance = (own * first.scale + other * scale) / 2 * rng.uniform(*_TOUCHING, count)
        angle = rng.uniform(-1, 1, count) * config.rotation
        stretch = self._lying(others, rng) + rng.standard_normal(count) * config.stretch
        y, x = first.y + distance * np.sin(turn), first.x + distance * np.cos(turn)
        return Poses(*(one.astype(np.float32) for one in (y, x, scale, angle, stretch)))

    def _paste(
        self,
        canvas: Floats,
        rows: npt.NDArray[np.int64],
        which: npt.NDArray[np.int64],
        poses: Poses,
        rng: np.random.Generator,
        pixels: Floats | None = None,
    ) -> None:
        """Blend crops, or `pixels` in their place, over the windows `rows` in place."""
        if not len(rows):
            return
        if pixels is None:
            pixels = turned(self._images[which].astype(np.float32), self._symmetries, rng)
            # What lies on its side is as long the other way.
            over = (poses.stretch * self._stretch[which] < 0) & (TRANSPOSE in self._symmetries)
            pixels[over] = pixels[over].swapaxes(1, 2)
        margin, side = self._crops.margin, pixels.shape[1]
        masks = soft_masks(len(rows), side, margin, rng)
        shown = (self._frames[which] * (1 + 2 * margin) / side).astype(np.float32)
        scaled = replace(poses, scale=poses.scale * shown)
        laid = warped(np.concatenate([pixels * masks, masks], axis=3), scaled, (self.shape[0], self.shape[1]))
        opacity = laid[..., -1:]
        ground = canvas[rows]
        # Half of the objects take on some of the light and the colour of what they are laid on.
        border = pixels[:, [0, -1]].mean(axis=(1, 2)) / 2 + pixels[:, :, [0, -1]].mean(axis=(1, 2)) / 2
        share = np.where(rng.random(len(rows)) < 0.5, rng.random(len(rows)), 0)[:, np.newaxis]
        shift = (share * (ground[:, ::4, ::4].mean(axis=(1, 2)) - border)).astype(np.float32)
        canvas[rows] = laid[..., :-1] + opacity * (shift[:, np.newaxis, np.newaxis] - ground) + ground

    def _distract(
        self, canvas: Floats, rows: npt.NDArray[np.int64], which: npt.NDArray[np.int64], rng: np.random.Generator
    ) -> None:
        """Blend pieces of other windows' ground in, where an object would be: a seam alone is nothing."""
        side = self._images.shape[1]
        room = max(0, canvas.shape[1] - side)
        low = rng.integers(room + 1, size=2)
        others = canvas[rng.permutation(len(canvas))[: len(rows)], low[0] : low[0] + side, low[1] : low[1] + side]
        if others.shape[1:3] == (side, side):
            self._paste(canvas, rows, which, self._poses(which, np.zeros(len(rows), bool), rng), rng, others.copy())
