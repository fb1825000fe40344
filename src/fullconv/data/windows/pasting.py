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
from fullconv.data.crops.balance import Shares, drawn_as_often
from fullconv.data.crops.crops import Crops
from fullconv.data.crops.measures import SHARE, share_of
from fullconv.data.windows.backdrops import checked_shares, noise_grounds, photo_grounds
from fullconv.data.windows.blends import soft_masks
from fullconv.data.windows.labelled import labels_at, sure_ones
from fullconv.data.windows.parts import Finding, Part
from fullconv.data.windows.symmetry import TRANSPOSE, Symmetries, turned
from fullconv.data.windows.warps import Poses, softened, warped
from fullconv.data.windows.windows import Floats, Windows, bell, joined

FRAME = 28  # pixels of an object's frame that the knobs in pixels are meant for
_CHUNK = 500  # windows drawn together
_FOUND = 0.5  # share of the windows that are parts of scenes, once something was found there
_DISTRACTING = 0.3  # of windows without an object: a piece of ground is blended in, as an object would be
_TOUCHING = (0.75, 1.4)  # distance of neighbours, in sums of their half sides
_LIGHT, _TINT, _LEVEL = 0.12, 0.04, 10.0  # spread of the logarithms of gain and of each channel's, and of the offset
_ABOUT = 0.15  # spread of the logarithm of a scene's scale around what the crop's size says
_UNKNOWN = (0.25, 4.0)  # its range, where crops were resized and sizes say nothing


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
    ) -> None:
        """Draw windows of `window` pixels from crops (N, S, S, C) of classes (N,) and true sizes (N, 2).

        `aspects` are the usual height over width of each class.
        """
        self._images, self._labels, self._config, self._crops = images, labels, config, crops
        self._sides = np.sqrt(sizes.prod(axis=1)) * crops.reduced
        self._stretch = np.log(sizes[:, 0] / sizes[:, 1]).astype(np.float32)
        self._shares = drawn_as_often(labels, balance)
        self._symmetries = symmetries
        self.shape = (window, window, int(images.shape[-1]))
        self.frame = SHARE * window
        self._class_frames = np.array([share_of(aspect) * window for aspect in aspects])
        self._frames = self._class_frames[labels]  # what √(height·width) of each crop measures at the window's size
        self._scenes, self._nothing = (
            Part(pictures, window, self.shape[2]) for pictures in (crops.scenes, crops.nothing)
        )
        self._found: Mapping[int, Sequence[Finding]] = {}
        self._searched: list[int] = []
        self._objects: list[tuple[int, Finding]] = []
        known = {"scene": bool(len(self._scenes)), "nothing": bool(len(self._nothing))}
        shares = checked_shares(config.grounds)
        kept = {kind: share for kind, share in shares.items() if known.get(kind, True)} or {"dim": 1.0}
        self._kinds = {kind: share / sum(kept.values()) for kind, share in kept.items()}

    def learn(self, found: Mapping[int, Sequence[Finding]]) -> None:
        """Take what a classifier found in some of the scenes, by their number: their windows are labelled by it now."""
        self._found, self._searched = found, sorted(found)
        self._objects = sure_ones(found)

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
        seen = round(_FOUND * count) if self._objects else 0
        drawn = self._pasted(count - seen, rng)
        if seen:
            more = self._of_scenes(seen, rng)
            drawn = _Drawn(*(np.concatenate(pair) for pair in zip(drawn, more, strict=True)))
        lit = self._lit(drawn.canvas, rng)
        return Windows(np.rint(lit.clip(0, 255)).astype(np.uint8), *drawn[1:])

    def _pasted(self, count: int, rng: np.random.Generator) -> _Drawn:
        config = self._config
        chosen = rng.choice(len(self._images), count, p=self._shares)
        away = rng.random(count) < config.share
        empty = away & (rng.random(count) < config.empty)
        poses = self._poses(chosen, away, rng)
        canvas = self._grounds(chosen, rng)
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
        sides = [self._frames[chosen] * poses.scale * np.exp(sign * poses.stretch / 2) for sign in (1, -1)]
        frames = np.where(empty[:, np.newaxis], np.nan, np.stack([poses.y, poses.x, *sides], axis=1))
        return _Drawn(canvas, self._labels[chosen], certainty, frames.astype(np.float32))

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

    def _grounds(self, chosen: npt.NDArray[np.int64], rng: np.random.Generator) -> Floats:
        """Return grounds (N, H, W, C)."""
        kinds = rng.choice(list(self._kinds), len(chosen), p=list(self._kinds.values()))
        grounds = np.empty((len(chosen), *self.shape), np.float32)
        for kind in self._kinds:
            rows = np.flatnonzero(kinds == kind)
            if kind == "photo":
                grounds[rows] = photo_grounds(len(rows), self.shape, rng)
            elif kind == "noise":
                grounds[rows] = noise_grounds(len(rows), self.shape, rng)
            elif kind in ("scene", "nothing"):
                self._of_pictures(grounds, rows, chosen, self._scenes if kind == "scene" else self._nothing, rng)
            else:
                self._of_crops(grounds, rows, chosen, kind == "dim", rng)
        return grounds

    def _of_pictures(
        self,
        grounds: Floats,
        rows: npt.NDArray[np.int64],
        chosen: npt.NDArray[np.int64],
        pictures: Part,
        rng: np.random.Generator,
    ) -> None:
        """Fill grounds with parts of pictures, about at the scale at which the chosen objects have their true sizes."""
        for row in rows:
            number = int(rng.integers(len(pictures)))
            spread = rng.normal() * _ABOUT if self._crops.unscaled else rng.uniform(*np.log(_UNKNOWN))
            side = self.shape[0] * self._sides[chosen[row]] / self._frames[chosen[row]] * math.exp(spread)
            side = min(float(side), float(min(pictures.size(number))))
            grounds[row] = pictures.cut(number, *pictures.anywhere(number, side, rng), side)

    def _of_crops(
        self,
        grounds: Floats,
        rows: npt.NDArray[np.int64],
        chosen: npt.NDArray[np.int64],
        smooth: bool,
        rng: np.random.Generator,
    ) -> None:
        """Fill grounds with what lies at the crops' borders: stretched, with grain (`smooth`), or a blown-up part."""
        side = self._images.shape[1]
        for row in rows:
            which = int(chosen[row]) if smooth else int(rng.integers(len(self._images)))
            crop = np.rot90(self._images[which], int(rng.integers(4)))
            if smooth:
                part = crop[: max(2, side // 8)]
            else:
                length = int(rng.integers(max(2, side // 5), side // 2 + 1))
                top, left = rng.integers(0, side - length + 1, 2)
                part = crop[top : top + length, left : left + length]
            whole = Part([np.ascontiguousarray(part)], self.shape[0], self.shape[2])
            grounds[row] = whole.stretched()
            if smooth:
                grounds[row] += rng.standard_normal((*self.shape[:2], 1), np.float32) * np.float32(rng.uniform(0, 8))

    def _of_scenes(self, count: int, rng: np.random.Generator) -> _Drawn:
        """Return windows of the scenes that were searched: half around what was found, half anywhere."""
        config = self._config
        place, spread = config.place_tolerance / FRAME, config.size_tolerance
        weights = drawn_as_often(np.array([one.label for _, one in self._objects], np.int32), 0.7)
        windows = np.empty((count, *self.shape), np.float32)
        labels, certainty = np.zeros(count, np.int32), np.zeros(count, np.float32)
        for row in range(count):
            known = False
            while not known:
                number, middle, size, asked = self._somewhere(weights, row % 2 == 0, rng)
                label, sure, known = labels_at(self._found[number], *middle, size, place, spread)
            labels[row], certainty[row] = label, sure
            windows[row] = self._scenes.cut(number, *middle, size * self.shape[0] / self._class_frames[asked])
        unknown = np.full((count, 4), np.nan, np.float32)
        return _Drawn(turned(windows, self._symmetries, rng), labels, certainty, unknown)

    def _somewhere(
        self, weights: Shares, near: bool, rng: np.random.Generator
    ) -> tuple[int, tuple[float, float], float, int]:
        """Return a scene, the middle of a window there, the size and the class that its object would have.

        `near` an object that was found, or anywhere.
        """
        config = self._config
        if near:
            number, one = self._objects[int(rng.choice(len(self._objects), p=weights))]
            off = rng.standard_normal(2) * config.place / FRAME * one.size
            return number, (one.y + off[0], one.x + off[1]), one.size * math.exp(rng.normal() * config.size), one.label
        number = self._searched[int(rng.integers(len(self._searched)))]
        crop = int(rng.choice(len(self._sides), p=self._shares))
        size = float(self._sides[crop]) * math.exp(rng.normal() * 0.3)
        size = min(size, SHARE * min(self._scenes.size(number)))
        return number, self._scenes.anywhere(number, size, rng), size, int(self._labels[crop])

    def _lit(self, canvas: Floats, rng: np.random.Generator) -> Floats:
        """Return windows in another light, half of them at less resolution."""
        count = len(canvas)
        gain = np.exp(rng.normal(size=(count, 1, 1, 1)) * _LIGHT) * np.exp(
            rng.normal(size=(count, 1, 1, self.shape[2])) * _TINT
        )
        level = rng.normal(size=(count, 1, 1, 1)) * _LEVEL
        lit = (canvas - 128) * gain.astype(np.float32) + (128 + level).astype(np.float32)
        if self._config.resolution < 1:
            # Few levels to a chunk: each is one call.
            steps = np.append(rng.uniform(self._config.resolution, 1, 3), [1, 1, 1])
            lit = softened(lit, rng.choice(steps, count).astype(np.float32))
        return lit
