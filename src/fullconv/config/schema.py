"""The schema of every knob: a key that is not here is an error before any work starts.

Values live in `conf/`; a field without a default must be given there.
"""

from dataclasses import dataclass, field
from typing import Any

from omegaconf import MISSING


@dataclass
class DataConfig:
    """Where labelled images come from, and how to know that they arrived whole."""

    name: str = MISSING
    sources: list[str] = field(default_factory=list)  # tried in this order
    path: str | None = None  # a local .npz or folder of IDX files; replaces the sources
    cache: str = MISSING  # folder of checked downloads
    sha256: dict[str, str] = field(default_factory=dict)  # per array; empty: unchecked
    classes: list[str] = field(default_factory=list)
    timeout: float = 10.0  # seconds without progress before a source is given up
    validation_share: float = 0.5  # share of the test images kept for validation mosaics


@dataclass
class ModelConfig:
    """A classifier's architecture."""

    architecture: str = MISSING
    channels: list[int] = field(default_factory=list)
    repeats: int = 1  # convolutions per resolution
    units: int = MISSING  # width of the hidden dense layer
    feature_dropout: float = 0.0  # before the hidden dense layer
    head_dropout: float = 0.0  # after it


@dataclass
class BackgroundConfig:
    """Images of nothing, learned as one more class."""

    train: int = 0  # how many are added to the training images; 0: no background class
    test: int = 0
    low: int = 0  # pixel values, both ends included
    high: int = 0


@dataclass
class AugmentConfig:
    """A second training phase on randomly shifted images."""

    epochs: int = 0
    shift: float = 0.0  # share of height and width
    fill: str = "nearest"  # nearest | constant | reflect | wrap


@dataclass
class TrainConfig:
    """The optimization."""

    epochs: int = MISSING
    batch_size: int = MISSING
    learning_rate: float = MISSING
    patience: int = 0  # epochs without a better validation loss before stopping; 0: never stop early
    shards: int = 1  # parts of a batch computed side by side; best: the number of cores


@dataclass
class ConvertConfig:
    """Classifier to fully convolutional network."""

    head: str = MISSING  # window | cell
    images: int = MISSING  # test images compared in the certificate
    tolerance: float = MISSING  # largest difference that the certificate lets pass
    flip_kernels: bool = False  # weights in Theano's convention


@dataclass
class LocateConfig:
    """Score map to detections."""

    threshold: float = MISSING  # probability below which a peak is not reported
    distance: float = MISSING  # pixels between two peaks, at least
    batch_size: int = MISSING  # mosaics per forward pass


@dataclass
class ClassifierConfig:
    """Everything that makes one classifier (one row of the dashboard)."""

    model: ModelConfig = field(default_factory=ModelConfig)
    background: BackgroundConfig = field(default_factory=BackgroundConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    convert: ConvertConfig = field(default_factory=ConvertConfig)
    locate: LocateConfig = field(default_factory=LocateConfig)


@dataclass
class MosaicConfig:
    """A set of larger canvases with known objects pasted in."""

    split: str = MISSING  # which test images it draws from: validation | test
    canvas: list[int] = field(default_factory=list)  # height, width in pixels
    images: int = 1
    objects: int = 0  # per canvas, when placed at random
    spacing: int = 0  # pixels between the centres of two objects, along one axis at least
    noise: int = 0  # canvas pixels are uniform integers 0..noise
    seed: int = 0
    placements: list[list[int]] = field(default_factory=list)  # row, column, index: fixed places
    figures: int = 1  # how many of its images are drawn
    neighbourhood: bool = False  # tabulate the 3×3 cells around each object


@dataclass
class TrackingConfig:
    """Where runs are logged."""

    enabled: bool = True
    uri: str = MISSING
    experiment: str = MISSING
    artifacts: str | None = None  # folder for artifacts of a local store
    timeout: float = 5.0  # seconds to wait for a server's first answer


@dataclass
class DatasetConfig:
    """A person's own COCO-format dataset to evaluate on."""

    images: str | None = None
    annotations: str | None = None


@dataclass
class ChoiceConfig:
    """The classifier that a stage works on: one of `classifiers` by name, or a `.keras` file of one's own."""

    name: str = MISSING
    path: str | None = None


@dataclass
class ExperimentConfig:
    """The whole composition; `params.yaml` holds the same."""

    seed: int = MISSING
    # A ChoiceConfig once loaded. Any, so that Hydra takes the short classifier=NAME as well as classifier.path=FILE.
    classifier: Any = field(default_factory=ChoiceConfig)
    names: list[str] = MISSING
    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    background: BackgroundConfig = field(default_factory=BackgroundConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    convert: ConvertConfig = field(default_factory=ConvertConfig)
    locate: LocateConfig = field(default_factory=LocateConfig)
    classifiers: dict[str, ClassifierConfig] = field(default_factory=dict)
    mosaics: dict[str, MosaicConfig] = field(default_factory=dict)
    tracking: TrackingConfig = field(default_factory=TrackingConfig)
    dataset: DatasetConfig = field(default_factory=DatasetConfig)
    objective: str = MISSING  # what a sweep returns: <mosaics>.<metric>
    image: str | None = None  # pipelines/locate.py: a picture of your own
    out: str | None = None  # folder that receives the results on your own data
