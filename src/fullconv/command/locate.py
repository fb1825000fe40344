"""Where is it? Your own pictures → heatmaps, boxes and raw scores.

fullconv locate classifier=efficientnet_lite0 synset=dog image=dog.jpg out=found
fullconv locate classifier=my.keras 'classifier.classes=[cat, dog]' image=photos out=found
fullconv locate classifier=finder image=new.jpg out=found        what fullconv train wrote to out=finder
fullconv locate classifier=located image=page.png out=found

classifier=WHAT    a file or a folder that holds one (my.keras, keras_model.h5, a SavedModel), a network trained on
                   ImageNet (resnet50 …), a name of the pipeline, registry:NAME@ALIAS or registry:NAME/VERSION;
                   efficientnet_lite0 if a synset is given and no classifier; a finder brings sizes, thresholds and the
                   knobs of locate, of which those that are given here replace its own
image=FILE | FOLDER | 'GLOB' | TABLE.csv   JPEG (turned as EXIF says), PNG, TIFF, WebP, GIF, BMP; of any size TIFF, SVS,
                   Zarr, OME-Zarr, .npy: tile by tile; what is killed goes on; 'photos/*.jpg' needs its quotes
out=DIR            overlay.png, fused.png, heatmap_<h>x<w>.png, classes.json (counts), scores.npz, and as COCO has them
                   detections.json, instances.json (pixels of the upright picture); several pictures have a folder each
locate.cluster=local:8 | tcp://HOST:8786 | slurm   where tiles of large pictures are searched
--dry-run          say tiles, levels, memory, disk and time, and search nothing
synset=NAME | ID   dog, 'domestic cat', n02084071 (WordNet 3.0); not given: each picture's own best class
locate.read=peaks | regions | auto   peaks where there is a background class, else regions of evidence; by auto a
                   picture that is put together of others is read picture by picture
locate.sizes=[12,128]   of peaks: the smallest and the largest object in pixels; [] for the training size
locate.levels=[400,800]   of regions: the picture's shorter side in pixels; [auto], as sizes: as the window asks for
locate.enlarge=2   locate.memory=BYTES   what no level exceeds
locate.threshold=0.5   what is drawn and counted; not given: as a finder says for each class, else as the picture's
                   scores say; detections.json has all from locate.floor
dataset.bands=[3,2,1]   of TIFF with many bands: red, green, blue (one: grey)   dataset.bits=12   of 12 bits in 16
locate.head=cell|window   locate.fuse=confident|geometric|mean|max   locate.stride=PIXELS
of a network: weights=imagenet|none|FILE
of a file: classifier.classes=[NAME,…] | FILE   a name for each output (text, JSON, CSV); not given: a labels.txt,
                   class_indices.json … beside it, else `class 0` …
           classifier.background=NAME | none | auto   the class that is no object; auto: "background", "nothing" …
           classifier.pixels=0..1 | 0..255 | -1..1 | imagenet | caffe | auto   what it reads; auto: as its first layers
                   or its kind of file say, else measured on the pictures, and said

A picture that cannot be used is reported, the rest goes on, and the exit code is 1.
"""

from fullconv.config.choice import searched_with
from fullconv.config.layout import own_folder
from fullconv.config.program import program
from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError


def locate(settings: ExperimentConfig) -> None:
    """Search `settings.image` by what `classifier=WHAT` means, and write what is found to `out`.

    Raises:
        InputError: a key is missing, or something it names cannot be used.
    """
    if settings.image is None or (settings.out is None and not settings.dry_run):
        raise InputError("image" if settings.image is None else "out", "not given", "Give image=FILE out=DIR.")
    from fullconv.command.foretold import foretell
    from fullconv.command.pictures import locate_pictures
    from fullconv.data.pictures.photo_files import find_photos
    from fullconv.imagenet.synsets import find_synset

    images = find_photos(settings.image)
    out = own_folder(images[0], settings.out)
    # What is wrong here is said before anything heavy is loaded.
    searched_with(settings)
    if settings.synset is not None:
        find_synset(settings.synset)
    if settings.dry_run:
        foretell(settings, images)
        return
    broken = locate_pictures(settings, images, out)
    if broken:
        received = f"{broken} of {len(images)} could not be searched, or not be read whole"
        raise InputError("image", received, f"They are named above; the others' results are in {out}.")


main = program(locate, foretells=True)
