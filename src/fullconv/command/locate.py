"""Where is it? Your own photos → heatmaps, boxes and raw scores.

fullconv locate model=efficientnet_lite0 synset=dog image=dog.jpg out=found
fullconv locate classifier=located image=scene.png out=found
fullconv locate classifier.path=my.keras locate.threshold=0.5 'data.classes=[cat, dog]' image=photos out=found

image=FILE | FOLDER | 'GLOB'   JPEG (turned as EXIF says), PNG, TIFF, WebP, GIF, BMP; 'photos/*.jpg' needs its quotes
out=DIR                        overlay.png, fused.png, heatmap_<h>x<w>.png, classes.json, scores.npz, and as COCO has
                               them detections.json, instances.json (pixels of the upright photo); several photos have
                               a folder each
synset=NAME | ID               dog, 'domestic cat', n02084071 (WordNet 3.0); not given: each photo's own best class
model=NAME                     a network trained on ImageNet, resnet50, mobilenet_v2 …; efficientnet_lite0 if a synset
                               is given and no network
weights=imagenet | none | FILE   heatmap.sizes=[400,800]   heatmap.head=cell|window   heatmap.fuse=geometric|mean|max

With a classifier of the pipeline, one from the tracking store's registry, or your own, instead:
classifier=NAME image=FILE out=DIR          locate.png, detections.json and scores.npz
model=registry:NAME@ALIAS | registry:NAME/VERSION image=FILE out=DIR   the same, from the store: docs/team/registry.md
classifier.path=FILE.keras locate.threshold=0.5 data.classes=[…] image=FILE out=DIR

A photo that cannot be used is reported, the rest goes on, and the exit code is 1.
"""

from pathlib import Path

from fullconv.config.layout import own_folder
from fullconv.config.program import program
from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError


def locate(settings: ExperimentConfig) -> None:
    """Search `settings.image` by the network or the classifier that is chosen, and write what is found to `out`.

    Raises:
        InputError: a key is missing, or something it names cannot be used.
    """
    if settings.image is None or settings.out is None:
        raise InputError("image" if settings.image is None else "out", "not given", "Give image=FILE out=DIR.")
    from fullconv.data.pictures.photo_files import find_photos

    images = find_photos(settings.image)
    out = own_folder(images[0], settings.out)
    broken = _searched(settings, images, out)
    if broken:
        received = f"{broken} of {len(images)} could not be searched"
        raise InputError("image", received, f"They are named above; the others' results are in {out}.")


def _searched(settings: ExperimentConfig, images: list[Path], out: Path) -> int:
    network = _network(settings)
    if network is None:
        from fullconv.command.scenes import locate_scenes

        return locate_scenes(settings, images, out)
    from fullconv.command.photos import locate_photos

    return locate_photos(settings, network, images, out)


def _network(settings: ExperimentConfig) -> str | None:
    """The network trained on ImageNet that is meant; None: a classifier of the pipeline or of one's own."""
    from fullconv.imagenet.networks import LITE0, NETWORKS

    named = settings.model.architecture in NETWORKS
    if settings.registered is not None:
        _check_alone(settings, named)
        return None
    if not named and settings.synset is None:
        return None
    if settings.classifier.path is not None:
        key = "model" if named else "synset"
        mend = f"Leave out {key} or classifier.path; weights=FILE gives a network weights of your own."
        raise InputError("classifier.path", f"a file of one's own together with {key}", mend)
    return settings.model.architecture if named else LITE0


def _check_alone(settings: ExperimentConfig, named: bool) -> None:
    own = settings.classifier.path is not None
    for key, given in (("a network's name", named), ("synset", settings.synset is not None), ("classifier.path", own)):
        if given:
            received = f"registry:{settings.registered} together with {key}"
            raise InputError("model", received, "Leave out one of the two: each chooses what is searched with.")


main = program(locate)
