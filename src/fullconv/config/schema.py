"""The schema of every knob: a key that is not here is an error before any work starts.

Values live in `conf/`; a field without a default must be given there.
"""

from dataclasses import dataclass, field
from typing import Any

from omegaconf import MISSING

from fullconv.config.running import JobConfig, RegistryConfig, ServeConfig, TrackingConfig

LIKE = "like"  # of a field's metadata: the type that its values have, where OmegaConf knows no such type


@dataclass
class DataConfig:
    """Where labelled images come from, and how to know that they arrived whole."""

    name: str = MISSING
    sources: list[str] = field(default_factory=list)  # tried in this order
    path: str | None = None  # a local .npz or folder of IDX files, or what `form` says; replaces the sources
    # What `path` holds: arrays (a file of them) | folder (of class folders) | coco (pictures with places to cut out;
    # YOLO and Pascal VOC too) | csv (path, label).
    form: str = "arrays"
    annotations: str | None = None  # of coco: the file or folder of places; null: looked for in `path`
    scenes: str | None = None  # a folder of larger pictures without labels, in which such objects occur
    background: str = "background"  # the class whose pictures hold no object
    margin: float = 0.0  # of coco: more than the object on each side, as a share of its sides
    points: bool = False  # of coco: centres alone are used; every object of a class has the same size
    test_share: float = 0.2  # of each class, where there is no train/ and test/
    side: int | None = None  # pixels of an object's frame in the arrays; null: as the crops' sizes ask
    broken: float = 0.05  # share of the files that may be unreadable: they are named and left out
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
    units: int = 0  # width of the hidden dense layer
    feature_dropout: float = 0.0  # before the hidden dense layer
    head_dropout: float = 0.0  # after it


@dataclass
class GroundsConfig:
    """What lies behind the objects of a window: the weight of each kind."""

    plain: float = 1.0  # the objects' own
    dim: float = 0.0  # the same with weak noise
    noise: float = 0.0  # of any level, strength and grain
    photo: float = 0.0  # parts of training photographs
    # Of crops: parts of data.scenes, of pictures of nothing, of crops blown up; `plain` and `dim` are their borders.
    scene: float = 0.0
    nothing: float = 0.0
    crops: float = 0.0


@dataclass
class BackgroundConfig:
    """What the classifier learns as "no object", and the company in which it sees objects.

    Images of noise are added to the training images; or windows, as they occur in larger scenes, replace them.
    """

    train: int = 0  # how many images of noise are added to the training images
    test: int = 0
    low: int = 0  # pixel values of the noise, both ends included
    high: int = 0
    windows: int = 0  # windows drawn anew for each epoch; 0: the training images as they are
    up_to: int = 0  # classes that have so many windows together, more have more in proportion; 0: any number
    share: float = 0.0  # of the windows: objects anywhere in sight and of any size, or none
    empty: float = 0.0  # of that share: no object
    reach: float = 1.0  # how far such objects lie off the middle at most; 1: they just touch the window
    sizes: list[float] = field(default_factory=list)  # of such objects and of neighbours, as multiples
    place: float = 0.0  # pixels: spread of the other objects' places around the middle
    size: float = 0.0  # spread of the logarithm of their sizes
    place_tolerance: float = 1.0  # pixels off the middle, and log of size, at which certainty falls to 0.61
    size_tolerance: float = 1.0
    rotation: float = 0.0  # degrees, at most, either way
    stretch: float = 0.0  # spread of the logarithm of height over width
    neighbours: int = 0  # other objects at most
    company: float = 0.0  # probability of each of them
    overlap: float = 0.0  # largest IoU of an object's frame with a neighbour's
    grounds: GroundsConfig = field(default_factory=GroundsConfig)
    contrast: float = 1.0  # objects' least strength against their own ground
    resolution: float = 1.0  # least share of the resolution that half of the windows are taken at
    inverted: float = 0.0  # share of windows with light and dark exchanged
    # Shares of the epochs after which scenes are searched, to label their windows by what is found; []: never.
    looks: list[float] = field(default_factory=list)
    hardest: float = 1.0  # mining: as many times the share is drawn, and what the model most mistakes is kept

    @property
    def learned(self) -> bool:
        """Whether the background is a class of its own."""
        return self.train > 0 or self.windows > 0


@dataclass
class AugmentConfig:
    """A second training phase on randomly shifted images."""

    epochs: int = 0
    shift: float = 0.0  # share of height and width
    fill: str = "nearest"  # nearest | constant | reflect | wrap
    # Of crops, how they are turned: none | auto (in the ways that leave the data set as it is) | all.
    flips: str = "none"


@dataclass
class TrainConfig:
    """The optimization."""

    epochs: int = MISSING
    batch_size: int = MISSING
    learning_rate: float = MISSING
    decay: str = "none"  # of the learning rate over the training: none | cosine
    patience: int = 0  # epochs without a better validation loss before stopping; 0: never stop early
    balance: float = 0.0  # of windows of crops: how alike classes occur; 0: as there are crops, 1: all alike
    shards: int = 1  # parts of a batch computed side by side; best: the number of cores
    distribution: str = "none"  # none: one device | mirrored: the parts divided among all GPUs of the machine


@dataclass
class ConvertConfig:
    """Classifier to fully convolutional network."""

    head: str = MISSING  # window | cell
    images: int = MISSING  # test images compared in the certificate
    tolerance: float = MISSING  # largest difference that the certificate lets pass
    flip_kernels: bool = False  # weights in Theano's convention
    # What it is written as: keras | onnx | openvino | saved_model | litert; format=keras,onnx for short.
    format: list[str] = field(default_factory=lambda: ["keras"])


# Instead of a list of `locate.sizes` or `locate.levels`: they follow from the window.
DERIVED = ["auto"]


@dataclass
class LocateConfig:
    """An image to score maps, and these to detections."""

    read: str = "auto"  # peaks | regions | auto: peaks where there is a background class, else regions
    head: str = "auto"  # of a classifier converted for the search: window | cell | auto: convert.head; cell for regions
    floor: float = MISSING  # lowest probability that is reported
    threshold: float | None = None  # operating point of precision, recall, F1; null: the best F1 on validation mosaics
    overlap: float = MISSING  # intersection over union above which two boxes are one object
    # Levels, for peaks by the objects' size, for regions by the image's; `scales` replace both.
    # Smallest and largest object in pixels; empty: the training size; [auto]: as window and image ask for.
    sizes: list[Any] = field(default_factory=list)
    spacing: float = MISSING  # ratio of sizes between neighbouring levels of the pyramid, at most
    # [height, width] in pixels, or one number for the shorter side, the aspect kept.
    levels: list[Any] = field(default_factory=list)  # [auto]: as the window asks for
    enlarge: float = 2.0  # of `levels`, and of sizes that are [auto], those that enlarge the image by more are left out
    memory: int | None = None  # bytes that a level may take; null: 1 GiB, or half of what is free where that is less
    scales: list[float] = field(default_factory=list)  # factors of the image's own size
    border: float = MISSING  # share of the window by which the image's edges are repeated for peaks
    stride: int | None = None  # pixels between cells, a divisor of the network's own; null: the network's own
    # Of a pyramid's cells: whole (all) | coarse (to fine: those near what a few coarse levels show) | auto: coarse
    # where a cell is its window alone.
    search: str = "auto"
    engine: str = MISSING  # of denser maps: auto | stitch | dilate | fragment
    # Of the levels' maps: max | mean | geometric | confident (geometric, a level weighs as it sees; regions only)
    # | auto: max for peaks, confident for regions.
    fuse: str = "auto"
    box: str = MISSING  # of peaks: window | tight | auto: what the data set's boxes look like
    probe: int = 0  # images on which the pyramid runs first, to narrow the sizes; 0: as they are
    batch_size: int = MISSING  # images per forward pass
    top: int = 5  # best classes of an image that are told
    dtype: str = "float32"  # of the stored score map of a large image: float32 | float16
    skip: str = "none"  # of its tiles: none | blank: those that show nothing but the ground are left out
    # Where its tiles are computed: none (here) | local | local:WORKERS | slurm | a Dask scheduler's address, tcp://…
    cluster: str = "none"
    # Of slurm: what dask_jobqueue.SLURMCluster takes (queue, cores, memory, walltime …), and `jobs`, how many. Any, so
    # that Hydra takes a whole one.
    cluster_options: Any = field(default=None, metadata={LIKE: dict[str, Any]})


@dataclass
class InspectConfig:
    """What is shown of what a classifier has learnt."""

    layer: str | None = None  # whose output is an image's vector; null: the last before the class scores
    images: int = MISSING  # test images compared, the first
    neighbours: int = MISSING  # nearest others of each
    queries: int = MISSING  # images shown with their neighbours, each class in turn
    image: int = MISSING  # the test image whose activations are shown
    projection: str = MISSING  # into two dimensions: tsne | pca


@dataclass
class ClassifierConfig:
    """Everything that makes one classifier (one row of the dashboard)."""

    model: ModelConfig = field(default_factory=ModelConfig)
    background: BackgroundConfig = field(default_factory=BackgroundConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    convert: ConvertConfig = field(default_factory=ConvertConfig)
    locate: LocateConfig = field(default_factory=LocateConfig)
    inspect: InspectConfig = field(default_factory=InspectConfig)


# What a set of mosaics is for.
SPRITES, CROPS = "sprites", "crops"


@dataclass
class MosaicConfig:
    """A set of larger canvases with known objects pasted in."""

    split: str = MISSING  # which test images (and photos) it draws from: validation | test
    canvas: list[int] = field(default_factory=list)  # height, width in pixels; of crops: empty: as their sizes ask
    images: int = 1
    objects: list[int] = field(default_factory=list)  # least and most per canvas, placed at random
    sizes: list[int] = field(default_factory=list)  # least and most height of an object's frame; empty: as it is
    spacing: int = 0  # pixels between the centres of two objects, along one axis at least
    overlap: float = 1.0  # largest IoU of two frames; 0: frames do not overlap
    ground: str = "plain"  # plain: the objects' own (MNIST's is black) | photo
    noise: int = 0  # uniform integers 0..noise lie on the ground, in each channel
    colour: bool = False  # RGB scenes
    ink: list[int] = field(default_factory=list)  # objects painted in one value from this range; empty: as they are
    rotation: float = 0.0  # degrees, at most, either way
    inverted: bool = False  # 255 - pixel: dark objects on a light ground
    boxes: str = "window"  # the truth: an object's whole frame | tight around its ink
    seed: int = 0
    placements: list[list[int]] = field(default_factory=list)  # row, column, index: fixed places
    figures: int = 1  # how many of its images are drawn
    neighbourhood: bool = False  # tabulate the 3×3 cells around each object
    of: str = SPRITES  # the data that it is for: sprites (ink on one ground) | crops (cut from pictures, data.form)


@dataclass
class PhotosConfig:
    """Photos with boxes, and collages of them, that a pretrained network is measured on."""

    model: str = MISSING  # a network trained on ImageNet
    weights: str = "imagenet"  # imagenet | none | FILE
    annotations: str = MISSING  # COCO JSON; categories carry their WordNet 3.0 id as wnid
    locate: LocateConfig = field(default_factory=LocateConfig)  # how they are searched
    heads: list[str] = field(default_factory=list)  # compared, beside that of `locate`: cell | window
    fusions: list[str] = field(default_factory=list)  # likewise: confident | geometric | mean | max
    collages: list[int] = field(default_factory=list)  # cells a side
    tile: int = MISSING  # pixels a side of a cell
    arrangements: int = MISSING  # orders of the photos; in each of them every photo is once in every cell
    recognised: float = 0.0  # what the classifier itself must give a tile's synset for the tile to count
    seed: int = 0  # of the orders


@dataclass
class DatasetConfig:
    """A person's own COCO-format dataset to evaluate on."""

    images: str | None = None  # folder that file names start from
    annotations: str | None = None  # COCO JSON
    # A mapping of categories to classes where the two are called differently. Any, so that Hydra takes a whole one.
    names: Any = field(default=None, metadata={LIKE: dict[str, str]})
    polarity: str = "auto"  # objects are light on their ground | dark | auto: judged from each image's pixels
    # Of pictures, those of fullconv locate too: which bands are read, counted from 1 (one: grey; three: red, green,
    # blue; empty: as the file says), and how many bits hold black to white (12 of 16; null: as the file says).
    bands: list[int] = field(default_factory=list)
    bits: int | None = None
    # Of zarr and .npy: what each axis is, such as cyx or "tczyx t=0 z=3"; null: as the file says.
    axes: str | None = None
    figures: int = 16  # how many images are drawn, at most
    scores: bool = False  # write raw score maps


@dataclass
class ChoiceConfig:
    """The classifier that a program works on."""

    # WHAT: a name of `classifiers`, a file, a folder that holds one, registry:NAME@ALIAS, or a pretrained network.
    name: str = MISSING
    path: str | None = None  # a file of one's own, whatever it is called; replaces `name`
    # Of a file of one's own, a name for each output: [NAME, …], or a file that holds them. Any, so that it takes both.
    classes: Any = field(default_factory=list, metadata={LIKE: list[str] | str})
    background: str = "auto"  # of a file of one's own: the class that is no object | none | auto: known by its name
    # What a file of one's own reads: 0..1 | 0..255 | -1..1 | imagenet | caffe | auto: as it says, else measured
    pixels: str = "auto"


@dataclass
class ExperimentConfig:
    """The whole composition; `params.yaml` holds the same."""

    # Keys that a person gave on the command line, such as `locate.overlap`; no knob, and so without an annotation.
    given = frozenset[str]()

    seed: int = MISSING
    # A ChoiceConfig once loaded. Any, so that Hydra takes the short classifier=WHAT as well as classifier.path=FILE.
    classifier: Any = field(default_factory=ChoiceConfig, metadata={LIKE: str | ChoiceConfig})
    names: list[str] = MISSING
    # What the stage `prepare` depends on besides its code: data.path, .annotations, .scenes, or a file that is there.
    watched: dict[str, str] = field(default_factory=dict)
    data: DataConfig = field(default_factory=DataConfig)
    model: ModelConfig = field(default_factory=ModelConfig)
    background: BackgroundConfig = field(default_factory=BackgroundConfig)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    train: TrainConfig = field(default_factory=TrainConfig)
    convert: ConvertConfig = field(default_factory=ConvertConfig)
    locate: LocateConfig = field(default_factory=LocateConfig)
    inspect: InspectConfig = field(default_factory=InspectConfig)
    classifiers: dict[str, ClassifierConfig] = field(default_factory=dict)
    mosaics: dict[str, MosaicConfig] = field(default_factory=dict)
    tracking: TrackingConfig = field(default_factory=TrackingConfig)
    registry: RegistryConfig = field(default_factory=RegistryConfig)
    dataset: DatasetConfig = field(default_factory=DatasetConfig)
    weights: str = "imagenet"  # of a pretrained network: imagenet | none | FILE
    synset: str | None = None  # what to look for with it: a WordNet 3.0 id or a name; null: the photo's best class
    photos: PhotosConfig = field(default_factory=PhotosConfig)
    goals: dict[str, dict[str, float]] = field(default_factory=dict)  # set of mosaics: {metric: at least}
    objective: str = MISSING  # what a sweep returns: <mosaics>.<metric>
    job: JobConfig = field(default_factory=JobConfig)
    serve: ServeConfig = field(default_factory=ServeConfig)
    port: int = MISSING  # fullconv serve, ui: where it listens; 0: any that is free
    image: str | None = None  # fullconv locate: a picture of your own
    dry_run: bool = False  # fullconv locate: say what a search would take, and search nothing
    out: str | None = None  # folder that receives the results on your own data, or a run's state
    run: str | None = None  # the id of a run: fullconv promote, fullconv restore
    rev: str | None = None  # a git revision or a DVC experiment's name: fullconv runs
