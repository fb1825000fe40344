"""Mosaics: larger canvases with objects of known class in known places."""

from fullconv.config.checks.mosaics import check_mosaics
from fullconv.config.schema import CROPS, MosaicConfig
from fullconv.data.arrays import Arrays
from fullconv.data.scenes.crops import CropDrawing
from fullconv.data.scenes.scene import Placed as Placed  # part of this module's interface
from fullconv.data.scenes.scene import Scene as Scene
from fullconv.data.scenes.sprites import SpriteDrawing


def make_scenes(config: MosaicConfig, arrays: Arrays, validation_share: float, where: str) -> list[Scene]:
    """Draw the canvases of one set from the test images of its split; training images are never used.

    Of sprites, fixed `placements` are `[row, column, index]` with an index into all test images. Otherwise `objects`
    different images are placed at random, fully inside. Objects lie over the ground and over those before them, opaque
    where their ink is: the distance from the colour that the data set's images share at their borders. Crops keep their
    true sizes, have a mask for ink, and lie on grounds made of pictures of nothing or of their own borders. Image i
    depends on `[seed, i]` alone, so a longer set begins with the shorter one.

    `where` is the key of the set, for messages. `arrays` must not hold background images.

    Raises:
        InputError: knobs out of range, frames that do not fit, an empty split, an index of the other split, more
            objects than the canvas or the split holds, sprites where the set is for crops or the other way round.
    """
    check_mosaics(config, where)
    kind = CropDrawing if config.of == CROPS else SpriteDrawing
    drawing = kind(config, arrays, validation_share, where)
    return [drawing.scene(number) for number in range(config.images)]


def crop_scenes(
    arrays: Arrays,
    split: str,
    images: int,
    seed: int,
    objects: tuple[int, int] = (4, 12),
    validation_share: float = 0.5,
) -> list[Scene]:
    """Draw scenes of held-out crops as the sets of `conf/mosaic/own_*.yaml` have them, without a configuration.

    Raises:
        InputError: arrays without crops, or an empty split.
    """
    config = MosaicConfig(split, images=images, of=CROPS, objects=list(objects), overlap=0.25, seed=seed)
    return make_scenes(config, arrays, validation_share, where="scenes of crops")
