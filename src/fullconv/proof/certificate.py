"""The measured difference between a classifier, its conversion and the dense engines."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from fullconv.convert.conversion import Conversion
from fullconv.convert.first_layers import range_of_layers
from fullconv.convert.geometry import Geometry
from fullconv.convert.given import require_conversion, require_model
from fullconv.convert.reference import reference
from fullconv.errors import InputError
from fullconv.models.pixels import AUTO, checked_range
from fullconv.proof.crops import compare_crops, size_for_crops
from fullconv.proof.decisions import decision_of
from fullconv.proof.differences import Differences
from fullconv.proof.engines import DenseProof, check_engines, compare_engines
from fullconv.proof.samples import Samples, check_images, white_of
from fullconv.proof.table import by, certificate_rows
from fullconv.proof.work import Work, work_of

Images = npt.NDArray[np.float32]  # (N, H, W, C)
Scores = npt.NDArray[np.float32]  # (N, K)

BATCH = 256  # images or crops per forward pass at training size, where memory allows
MEMORY = 256 * 2**20  # bytes of one layer's results
# Multiply-adds: two cores do 2e10 and more a second.
BUDGET = 1e11  # of all images, and of all crops
DENSE_BUDGET = 2e11  # of one dense map
RANDOM_IMAGES = 64
LEAST = 4  # images and crops, however large the network
MOST_CROPS = 4096


@dataclass(frozen=True)
class Certificate:
    """What was compared and how far apart it was; differences and spreads are of scores, without unit.

    `decision` says what scores decide: the best class; of one score its side of .5 (a sigmoid's) or 0 (a logit's); of
    several of a sigmoid which lie above .5; None where one score decides nothing known. At training size: `images`,
    the largest and mean absolute difference and the share of images that are decided alike (`argmax_agreement`). On
    larger images, `crops` of the `cells` there are, each against the classifier on its window:
    the same with `crop`. All of these are None where `comparable` is false: a head on each feature cell alone
    is not the classifier. `spread` says how far one score lies apart between two images and `largest_score` how
    large a score is: equality of scores that hardly differ proves little. `white` is the pixel value of white in
    random images, None if images were given. `exact` says whether equality on crops is expected, `notes` why
    not. `dense` compares the engines.
    """

    comparable: bool
    images: int
    max_difference: float | None
    mean_difference: float | None
    decision: str | None
    argmax_agreement: float | None
    spread: float | None
    largest_score: float | None
    cells: int
    crops: int
    crop_max_difference: float | None
    crop_mean_difference: float | None
    crop_argmax_agreement: float | None
    crop_spread: float | None
    white: float | None
    precision: str
    parameters: dict[str, int]
    exact: bool
    notes: tuple[str, ...]
    geometry: Geometry
    receptive_field: Geometry
    dense: DenseProof

    def as_dict(self) -> dict[str, Any]:
        """Return the same as plain values, fit for JSON."""
        plain: dict[str, Any] = _plain(asdict(self))
        return plain

    def rows(self) -> list[tuple[str, str]]:
        """Return what a person wants to read, as pairs of words and figures."""
        return certificate_rows(self.as_dict())


def certify(
    classifier: Any,
    conversion: Conversion,
    images: Images | None = None,
    larger: Images | None = None,
    engines: Sequence[str] | None = None,
    pixels: str = AUTO,
) -> Certificate:
    """Compare a conversion with its classifier, at training size and on crops, and dense engines with one another.

    `images` are `(N, h, w, C)` at training size, `larger` `(N, H, W, C)` at least as large, both channels last
    with pixels as the classifier reads them; random ones stand in for None, in the range `pixels`: `auto` is what its
    first layers ask for, else white is where it tells images apart. `engines` names the dense engines to
    compare with shift-and-stitch; None means all. The work is bounded: a large network is compared on fewer
    random images and crops. The same arguments give the same certificate.

    Raises:
        InputError: no Keras model, no conversion; images of another shape, not finite, or none at all; an unknown
            engine or range.
    """
    require_model(classifier)
    require_conversion(conversion)
    wanted = check_engines(engines)
    window, channels = conversion.window, int(conversion.model.input_shape[-1])
    _check(conversion, images, larger, channels)
    scores_of, work = reference(classifier, conversion), work_of(classifier)
    random = images is None or larger is None
    samples = _samples(classifier, scores_of, (*window, channels), pixels) if random else Samples(1.0, _rng())
    small = samples.images(_affordable(work, RANDOM_IMAGES), *window, channels) if images is None else images
    large = samples.images(1, *size_for_crops(conversion.geometry), channels) if larger is None else larger
    batch = max(1, min(BATCH, MEMORY // max(work.memory, 1)))
    decision = decision_of(conversion.model)
    at_size, on_crops, cells = Differences(decision), Differences(decision), 0
    if not conversion.cellwise:
        for part in _batches(small, batch):
            at_size.add(scores_of(part), _scores(conversion.model, part).reshape(len(part), -1))
        on_crops, cells = compare_crops(scores_of, conversion, large, _affordable(work, MOST_CROPS), batch, decision)
    dense = compare_engines(
        conversion, work, DENSE_BUDGET, wanted, larger[0] if larger is not None else None,
        lambda size: samples.images(1, *size, channels)[0],
    )  # fmt: skip
    return Certificate(
        comparable=not conversion.cellwise,
        images=at_size.count,
        max_difference=at_size.largest,
        mean_difference=at_size.mean,
        decision=decision.words if decision is not None else None,
        argmax_agreement=at_size.agreement,
        spread=at_size.spread,
        largest_score=at_size.size,
        cells=cells,
        crops=on_crops.count,
        crop_max_difference=on_crops.largest,
        crop_mean_difference=on_crops.mean,
        crop_argmax_agreement=on_crops.agreement,
        crop_spread=on_crops.spread,
        white=samples.highest if images is None else None,
        precision=_precision(conversion.model),
        parameters={"classifier": classifier.count_params(), "conversion": conversion.model.count_params()},
        exact=conversion.exact,
        notes=conversion.notes,
        geometry=conversion.geometry,
        receptive_field=conversion.receptive_field,
        dense=dense,
    )


def _rng() -> np.random.Generator:
    return np.random.default_rng(0)


def _samples(
    classifier: Any, scores_of: Callable[[Images], Scores], shape: tuple[int, int, int], pixels: str
) -> Samples:
    known = range_of_layers(classifier) if pixels == AUTO else checked_range(pixels, shape[-1], "pixels")
    return Samples(white_of(scores_of, shape), _rng()) if known is None else Samples(1.0, _rng(), known)


def _check(conversion: Conversion, images: Images | None, larger: Images | None, channels: int) -> None:
    window = conversion.window
    if images is not None:
        check_images("images", images, channels)
        if images.shape[1:3] != window:
            raise InputError("images", f"received {by(images.shape[1:3])} pixels", f"Give {by(window)}.")
    if larger is not None:
        check_images("larger", larger, channels)
        if larger.shape[1] < window[0] or larger.shape[2] < window[1]:
            raise InputError("larger", f"received {by(larger.shape[1:3])} pixels", f"Give at least {by(window)}.")


def _affordable(work: Work, most: int) -> int:
    return max(LEAST, min(most, work.images_within(BUDGET / 2)))


def _batches(images: Images, size: int) -> Iterator[Images]:
    for start in range(0, len(images), size):
        yield images[start : start + size]


def _scores(model: Callable[..., Any], images: Images) -> Scores:
    return np.asarray(model(images, training=False), dtype=np.float32)


def _precision(model: Any) -> str:
    """Return the narrowest number format that a layer computes in."""
    formats = {str(layer.compute_dtype) for layer in model.layers if layer.weights}
    return min(formats, key=lambda name: (name != "bfloat16", name != "float16", name), default="float32")


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, tuple | list) else value
