# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     name: python3
# ---

# %% [markdown]
# # 5. Blocks
#
# The first networks were chains: one layer after another. Most since are made of *blocks*, small graphs that are
# repeated. Three of them are all over the literature, and each answers its own question:
#
# - **inception** (Szegedy et al. 2015): how large should a kernel be? All sizes at once, side by side.
# - **residual** (He et al. 2016): how does a deep network still learn? Each block adds a change to its input.
# - **densely connected** (Huang et al. 2017): why learn a feature twice? Each layer reads all layers before it.
#
# Here we build a small network of each, convert it, and let it find digits.

# %%
import json

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyBboxPatch

import fullconv
from fullconv.config.layout import conf_folder
from fullconv.config.load import compose_settings
from fullconv.config.quiet import load_tensorflow

load_tensorflow()

from fullconv.data.scenes.mosaics import make_scenes
from fullconv.data.sources.choice import load_arrays
from fullconv.figures.palette import class_colour
from fullconv.figures.panels import cell_extent, draw_detections, draw_image
from fullconv.models.build import build_classifier
from fullconv.train.recipe import train_classifier

NAMES = ("inception", "residual", "dense_blocks")

# %% [markdown]
# **The blocks drawn.** Data flows upwards. Orange boxes have weights; blue ones join branches; grey ones cut off a
# border. Why that, we shall see.

# %%
COLOURS = {"weights": "#EE7733", "join": "#33BBEE", "crop": "#DDDDDD", "map": "white"}


def draw_block(panel, title, boxes, arrows):
    """Draw boxes `name: (x, y, kind, text)` and arrows from box to box."""
    for x, y, kind, text in boxes.values():
        style = {"boxstyle": "round,pad=0.02", "facecolor": COLOURS[kind], "edgecolor": "black"}
        panel.add_patch(FancyBboxPatch((x - 0.42, y - 0.2), 0.84, 0.4, **style))
        panel.text(x, y, text, ha="center", va="center", fontsize=8)
    for start, end in arrows:
        below, above = boxes[start], boxes[end]
        places = {"xy": (above[0], above[1] - 0.22), "xytext": (below[0], below[1] + 0.22)}
        panel.annotate("", **places, arrowprops={"arrowstyle": "->", "color": "0.3"})
    xs = [box[0] for box in boxes.values()]
    panel.set(xlim=(min(xs) - 0.6, max(xs) + 0.6), ylim=(-0.4, 5.4))
    panel.set_title(title, fontsize=11)
    panel.axis("off")


inception = {
    "in": (1.5, 0, "map", "input"),
    "crop 1": (0, 1.25, "crop", "crop 2"), "crop 3": (1, 1.25, "crop", "crop 1"),
    "reduce 5": (2, 2.5, "weights", "1×1"), "crop p": (3, 1.25, "crop", "crop 1"),
    "reduce 3": (1, 2.5, "weights", "1×1"), "pool": (3, 2.5, "map", "3×3 max"),
    "1×1": (0, 3.75, "weights", "1×1"), "3×3": (1, 3.75, "weights", "3×3"),
    "5×5": (2, 3.75, "weights", "5×5"), "after": (3, 3.75, "weights", "1×1"),
    "out": (1.5, 5, "join", "concat"),
}  # fmt: skip
residual = {
    "in": (0.5, 0, "map", "input"),
    "conv 1": (0, 1.25, "weights", "3×3"), "crop": (1, 1.25, "crop", "crop 2"),
    "conv 2": (0, 2.5, "weights", "3×3"), "add": (0.5, 3.75, "join", "add"),
    "out": (0.5, 5, "map", "relu"),
}  # fmt: skip
dense = {
    "in": (0.5, 0, "map", "input"),
    "conv 1": (0, 1.25, "weights", "3×3"), "crop 1": (1, 1.25, "crop", "crop 1"),
    "join 1": (0.5, 2.5, "join", "concat"),
    "conv 2": (0, 3.75, "weights", "3×3"), "crop 2": (1, 3.75, "crop", "crop 1"),
    "out": (0.5, 5, "join", "concat"),
}  # fmt: skip
_, panels = plt.subplots(1, 3, figsize=(9, 4.2), width_ratios=(4.2, 2.2, 2.2), layout="constrained")
branches = [("in", "crop 1"), ("crop 1", "1×1"), ("in", "crop 3"), ("crop 3", "reduce 3"), ("reduce 3", "3×3")]
branches += [("in", "reduce 5"), ("reduce 5", "5×5"), ("in", "crop p"), ("crop p", "pool"), ("pool", "after")]
branches += [(branch, "out") for branch in ("1×1", "3×3", "5×5", "after")]
draw_block(panels[0], "inception", inception, branches)
path = [("in", "conv 1"), ("conv 1", "conv 2"), ("conv 2", "add"), ("in", "crop"), ("crop", "add"), ("add", "out")]
draw_block(panels[1], "residual", residual, path)
path = [("in", "conv 1"), ("in", "crop 1"), ("conv 1", "join 1"), ("crop 1", "join 1")]
path += [("join 1", "conv 2"), ("join 1", "crop 2"), ("conv 2", "out"), ("crop 2", "out")]
draw_block(panels[2], "densely connected\n(two of four layers)", dense, path)
plt.show()

# %% [markdown]
# **Built from configuration.** `conf/model/` holds a file for each; `channels` are widths, `repeats` counts blocks (or,
# in the dense block, its layers). All three begin alike, with a 5×5 convolution and a 2×2 pool, and end in 4×4 cells
# and two dense layers.

# %%
settings = {name: compose_settings("data=digits", f"model={name}") for name in NAMES}
built = {name: build_classifier(one.model, (28, 28, 1), 11, seed=0) for name, one in settings.items()}
for name, classifier in built.items():
    cost = fullconv.cost(classifier)
    assert classifier.get_layer("flatten").input.shape[1:3] == (4, 4)
    assert 50_000 < cost.parameters < 150_000
    print(f"{name:13}{cost.parameters:9,} parameters{cost.multiply_accumulates:11,} multiply–accumulates")

# %% [markdown]
# The table of one of them, layer by layer. Watch the column *receptive field* grow from block to block; the shortcut
# of a residual block hands on what has seen less.

# %%
fullconv.cost(built["residual"])

# %% [markdown]
# **Why they crop.** The papers pad, so that all branches of a block are of one size. But padding breaks what makes a
# score map exact: a window cut out of an image has zeros around it, the same place inside the image has neighbours.
# Without padding a convolution shortens its map, by 2 cells for 3×3 and by 4 for 5×5. So we cut the other branches to
# the same middle before they are joined. Then nothing has seen anything outside its window, and a cell *is* the
# classifier on its window of 28 pixels, to the last digits.

# %%
for name, classifier in built.items():
    conversion = fullconv.convolutionalize(classifier)
    assert conversion.exact
    assert conversion.geometry == conversion.receptive_field
    assert conversion.geometry.window == (28, 28)
    assert conversion.geometry.stride == (2, 2)

    image = np.random.default_rng(0).random((1, 64, 64, 1), np.float32)
    scores = conversion.forward(image)[0]
    x, y, width, height = conversion.geometry.box(7, 11)
    crop = image[:, y : y + height, x : x + width]
    difference = np.abs(np.asarray(classifier(crop))[0] - scores[7, 11]).max()
    assert difference < 1e-5 < np.ptp(scores, axis=(0, 1)).max() / 100  # scores differ from cell to cell
    print(f"{name:13}cell (7, 11) against its window: largest difference {difference:.0e}")

# %% [markdown]
# **Trained for a few seconds** on windows of small scenes: digits in the middle by name, everything else as
# background. The pipeline trains the same networks with MNIST on thirty times as many windows an epoch.

# %%
RECIPE = ("background=mosaic", "background.windows=2000", "background.test=40", "background.share=0.4")
RECIPE += ("background.hardest=1", "train=cosine", "train.epochs=5", "train.batch_size=25")

conversions = {}
for name in NAMES:
    settings = compose_settings("data=digits", f"model={name}", *RECIPE)
    arrays = load_arrays(settings.data)
    done = train_classifier(arrays, settings.classifiers["plain"], settings.data.classes, settings.seed)
    conversions[name] = fullconv.convolutionalize(done.classifier)

# %% [markdown]
# **The same mosaic seen by all three.** Bright cells hold a digit in their middle, whichever it is. `fullconv.detect`
# reads objects off the peaks: true boxes are dashed, found ones solid with class and score.

# %%
classes = settings.data.classes
(scene, *_) = make_scenes(settings.mosaics["test"], arrays, settings.data.validation_share, "mosaics.test")
image = (scene.image / 255).astype(np.float32)
truth = [{"bbox": one.bbox, "category_id": one.label + 1} for one in scene.objects]
words = {index + 1: word for index, word in enumerate(classes)}

figure, panels = plt.subplots(2, 3, figsize=(9, 6.4), layout="constrained")
for (above, below), (name, conversion) in zip(panels.T, conversions.items(), strict=True):
    scores = fullconv.score_map(conversion, image)[0]
    assert scores.shape == (51, 51, 11)
    draw_image(above, image, name)
    extent = cell_extent(conversion.geometry, *scores.shape[:2])
    drawn = above.imshow(scores[..., :10].max(axis=-1), vmin=0, vmax=1, extent=extent)
    above.set(xlim=(0, 128), ylim=(128, 0))
    found = fullconv.detect(scores, conversion.geometry, background=10)
    labels = {category: category - 1 for category in words}
    draw_detections(below, image, found, truth, words, labels, f"{len(found)} found, {len(truth)} there")
    below.set_xlabel("x in pixels")
for panel in panels[:, 0]:
    panel.set_ylabel("y in pixels")
figure.colorbar(drawn, ax=panels[0], label="highest score of a digit", shrink=0.8)
handles = [plt.Rectangle((0, 0), 1, 1, color=class_colour(index)) for index in range(10)]
figure.legend(handles, classes, loc="outside lower center", ncols=10, fontsize=8, title="class")
plt.show()

# %% [markdown]
# **Trained properly.** `benchmarks/blocks.py` trains them on MNIST by the recipe of the variant `located`, beside the
# plain network that `located` has. AP50 is the area below the curve of precision over recall, where a box counts as
# right that overlaps a true one by half (`docs/metrics.md`). One seed each: differences of half a point are chance.

# %%
measured = conf_folder().parent / "benchmarks" / "results" / "blocks.json"
if measured.exists():
    networks = json.loads(measured.read_text())["networks"]
    print(f"{'':13}accuracy    AP50  parameters  operations  ms for 128×128")
    for name in ("valid_deep", *NAMES):
        one = networks[name]
        figures = f"{one['accuracy']:9.1%}{one['test']['AP50']:8.3f}{one['parameters']:12,}"
        print(f"{name:12}{figures}{one['multiply_accumulates']:12,}{one['map_milliseconds']:16.1f}")
else:
    print("The figures are in the project's repository: benchmarks/results/blocks.json.")

# %% [markdown]
# ## Try it in the pipeline
#
# ```console
# $ dvc exp run -S +variant@classifiers.residual=residual
# $ fullconv experiment -m sweep=blocks data=digits locate=fixed train.epochs=2 background.windows=3000
# $ fullconv experiment -m sweep=blocks model=residual model.repeats=1,2 data=digits locate=fixed
# ```
#
# The first adds a row to the dashboard (ten minutes): compare its AP50 with that of `located`. The second sweeps over
# all four networks on small data and at one scale, the third over the number of residual blocks: which names more
# digits right, one block or two?
