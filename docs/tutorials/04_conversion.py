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
# # 4. From classifier to fully convolutional network
#
# A classifier says *what* is in an image of one size. Slid over a larger image, it also says *where*. Sliding is slow
# when it is done window by window, and quick when the network itself is turned into one that takes images of any size.
# Here we turn one by hand, let the library do the same, and look at what the maps mean.
#
# We train LeNet on scikit-learn's digits, with "almost black" images as an eleventh class, for a few seconds.

# %%
import dataclasses
import time

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image

import fullconv
from fullconv.config.load import compose_settings
from fullconv.config.quiet import load_tensorflow

load_tensorflow()

import keras

from fullconv.data.scenes.mosaics import make_scenes
from fullconv.data.sources.choice import load_arrays
from fullconv.figures.palette import class_colour
from fullconv.figures.panels import draw_classes, draw_heatmap, draw_image
from fullconv.figures.stitch_animation import stitch_frames
from fullconv.figures.stitch_order import fill_order
from fullconv.train.recipe import train_classifier

RECIPE = ("data=digits", "background=noise", "background.train=300", "background.test=40")


def trained(*overrides):
    """Return settings and a classifier trained by them."""
    settings = compose_settings(*RECIPE, *overrides)
    arrays = load_arrays(settings.data)
    done = train_classifier(arrays, settings.classifiers["plain"], settings.data.classes, settings.seed)
    return settings, arrays, done


settings, arrays, done = trained("model=lenet", "train.epochs=5")
classifier = done.classifier
names = [*settings.data.classes, "background"]
print(f"{done.metrics['val_accuracy']:.1%} of {len(arrays.test_images)} unseen digits and 40 dark images named right")

# %% [markdown]
# **Where the size is fixed.** Convolutions and pools take an image of any size. What does not is `Flatten` and the
# dense layer after it: `hidden` has one weight for each of the 7 · 7 · 50 features of a 28-pixel image.

# %%
before = classifier.get_layer("pool_2").output.shape[1:]
kernel, bias = classifier.get_layer("hidden").get_weights()
print(f"features {before}, weights of the hidden layer {kernel.shape}")
assert before == (7, 7, 50)
assert kernel.shape == (7 * 7 * 50, 500)
fullconv.cost(classifier)

# %% [markdown]
# **By hand.** A dense layer on a 7×7 map *is* a 7×7 convolution without padding: there is one place where the kernel
# fits. So we give its weights the shape of a kernel, (7, 7, 50, 500), in the order in which `Flatten` reads the map.
# The last dense layer becomes a 1×1 convolution. The layers before stay as they are: their `same` padding adds two
# pixels on each side, whatever the image's size. (With a stride it would depend on the size; the library then keeps
# the amounts of the training size.)

# %%
image = keras.Input((None, None, 1))
features = image
for name in ("conv_1", "pool_1", "conv_2", "pool_2"):
    features = classifier.get_layer(name)(features)
hidden = keras.layers.Conv2D(500, before[:2], padding="valid", activation="relu")
classes = keras.layers.Conv2D(len(names), 1, activation="softmax")
by_hand = keras.Model(image, classes(hidden(features)))

hidden.set_weights([kernel.reshape(*before, 500), bias])
kernel, bias = classifier.get_layer("classes").get_weights()
classes.set_weights([kernel.reshape(1, 1, 500, len(names)), bias])

# %% [markdown]
# **By the library.** `fullconv.convolutionalize` does this for most networks there are. On training images all three
# agree, and no weight was added.

# %%
conversion = fullconv.convolutionalize(classifier)

images = (arrays.test_images[:50] / 255).astype(np.float32)
expected = classifier.predict(images, verbose=0)
np.testing.assert_allclose(np.asarray(by_hand(images))[:, 0, 0], expected, rtol=0, atol=1e-5)
np.testing.assert_allclose(conversion.forward(images)[:, 0, 0], expected, rtol=0, atol=1e-5)
assert by_hand.count_params() == conversion.model.count_params() == classifier.count_params()
print(conversion.geometry)

# %% [markdown]
# **36 pixels give 3×3 cells.** The window is 28 pixels wide and two 2×2 pools make the stride 4. In 36 pixels the
# window has (36 − 28) / 4 + 1 = 3 places along each side. We put a digit into a corner of such an image; each cell
# of the *score map* names what its window holds.

# %%
corner = np.zeros((1, 36, 36, 1), np.float32)
corner[0, :28, :28] = images[1]
scores = conversion.forward(corner)
assert scores.shape == (1, 3, 3, len(names))
np.testing.assert_allclose(np.asarray(by_hand(corner)), scores, rtol=0, atol=1e-5)

label = arrays.test_labels[1]
_, (left, right) = plt.subplots(1, 2, figsize=(7, 3.4), layout="constrained")
draw_image(left, corner[0], f"36×36 pixels, a {label} in the corner")
for row, col, colour in ((0, 0, "#EE7733"), (2, 2, "#33BBEE")):
    x, y, width, height = conversion.geometry.box(row, col)
    frame = plt.Rectangle(
        (x, y), width, height, fill=False, color=colour, linewidth=2, label=f"window of ({row}, {col})"
    )
    left.add_patch(frame)
left.set(xlabel="x in pixels", ylabel="y in pixels")
left.legend(loc="lower left", fontsize=8)
drawn = right.imshow(scores[0, :, :, label], vmin=0, vmax=1)
for (row, col), value in np.ndenumerate(scores[0, :, :, label]):
    right.text(col, row, f"{value:.2f}", ha="center", va="center", color="black" if value > 0.6 else "white")
right.set(xticks=range(3), yticks=range(3), xlabel="column", ylabel="row", title=f"score of {label} in each cell")
plt.colorbar(drawn, ax=right, label="probability")
plt.show()

# %% [markdown]
# **A mosaic.** The pipeline measures localization on mosaics: dark canvases with digits in known places. This one is
# 200×200 pixels with five digits; its map has 44×44 cells. Each cell is drawn in the middle of its window.
#
# Expect misses. This classifier has seen digits in the middle of 28 pixels and dark images, never a digit off the
# middle or a part of one. It has to call such a window something, so other classes win around each digit. And windows
# begin at every fourth pixel: in the nearest one a digit can still be two pixels off the middle each way, which can be
# enough for another class to win there too. The lines below the figure say for each digit what its nearest cell takes
# it for, and what the classifier says of it in the middle of a window of its own.

# %%
(scene,) = make_scenes(settings.mosaics["seed_200"], arrays, settings.data.validation_share, "mosaics.seed_200")
mosaic = (scene.image / 255).astype(np.float32)
scores = conversion.forward(mosaic[None])
assert scores.shape == (1, 44, 44, len(names))
np.testing.assert_allclose(np.asarray(by_hand(mosaic[None])), scores, rtol=0, atol=1e-5)

figure, (left, middle, right) = plt.subplots(1, 3, figsize=(9, 3.5), layout="constrained")
draw_image(left, mosaic, "the mosaic and its objects")
for one in scene.objects:
    x, y, width, height = one.bbox
    left.add_patch(plt.Rectangle((x, y), width, height, fill=False, color="#EE7733"))
    left.text(x + width / 2, y - 2 if y else y + height + 9, names[one.label], color="#EE7733", ha="center")
handles = draw_classes(middle, mosaic, scores[0], conversion.geometry, names, len(names) - 1)
drawn = draw_heatmap(right, mosaic, scores[0], conversion.geometry, len(names) - 1, "highest score of a digit")
figure.colorbar(drawn, ax=right, label="probability", shrink=0.7)
figure.legend(handles=handles, loc="outside lower center", ncols=len(handles), fontsize=8)
plt.show()

for one in scene.objects:
    x, y, width, height = one.bbox
    row, col = conversion.geometry.nearest(y + height / 2, x + width / 2)
    left_edge, top_edge, *_ = conversion.geometry.box(row, col)
    off = max(abs(left_edge - x), abs(top_edge - y))
    assert off <= 2
    said = names[scores[0, row, col].argmax()]
    centred = names[classifier.predict(mosaic[None, y : y + height, x : x + width], verbose=0)[0].argmax()]
    result = "found" if said == names[one.label] else f"missed, taken for {said}"
    print(f"{names[one.label]} at ({x}, {y}), off the middle by {off}: {result}; cut out in the middle: {centred}")

# %% [markdown]
# What a classifier learns as background decides how well it localizes; `located` is the variant that is made for it.
#
# **What it saves.** Window by window, the classifier runs 44 · 44 = 1,936 times, and does most sums over and over,
# since neighbouring windows share most of their pixels. The converted network does each sum of a convolution once.

# %%
windows = np.lib.stride_tricks.sliding_window_view(mosaic, (28, 28, 1))[::4, ::4].reshape(-1, 28, 28, 1)
assert len(windows) == 44 * 44


def quickest(work, times=3):
    """Return the least seconds that some work took."""
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


each = fullconv.cost(classifier).multiply_accumulates * len(windows)
once = fullconv.cost(conversion, mosaic.shape).multiply_accumulates
slow = quickest(lambda: classifier.predict(windows, batch_size=256, verbose=0))
quick = quickest(lambda: conversion.forward(mosaic[None]))
print(f"window by window: {each:15,} multiply–accumulates, {1000 * slow:6.0f} ms")
print(f"in one pass:      {once:15,} multiply–accumulates, {1000 * quick:6.0f} ms")
print(f"gain:             {each / once:15.1f} times less work,       {slow / quick:6.0f} times quicker")

# %% [markdown]
# **Is a cell the classifier on its window?** Not quite, here. A window cut out has zeros around it, because the
# convolutions pad; in the mosaic there are neighbours. The conversion says so in its notes. A network without padding,
# such as `model=valid`, has no notes, and its cells are the classifier's scores to the last digits.

# %%
print(*conversion.notes, sep="\n")
assert not conversion.exact

apart = classifier.predict(windows, batch_size=256, verbose=0).reshape(44, 44, -1)
print(f"largest difference {np.abs(apart - scores[0]).max():.2f}, ", end="")
print(f"same class in {(apart.argmax(-1) == scores[0].argmax(-1)).mean():.1%} of the cells")

# %% [markdown]
# **Every pixel: shift-and-stitch.** At stride 4 a digit can lie between two cells. Shift the image by one, two and
# three pixels in each direction, 4 · 4 = 16 passes in all, and put their maps together like the teeth of combs: that is
# a map with a cell for every pixel. The figures say which pass fills a cell.

# %%
order = fill_order((4, 4), (1, 1), (8, 8))
assert order[0].tolist() == [0, 1, 2, 3, 0, 1, 2, 3]
assert order[:, 0].tolist() == [0, 4, 8, 12, 0, 4, 8, 12]

_, panel = plt.subplots(figsize=(4, 3.6), layout="constrained")
drawn = panel.imshow(order, cmap="cividis", vmin=0, vmax=15)
for (row, col), value in np.ndenumerate(order):
    panel.text(col, row, value, ha="center", va="center", color="black" if value > 7 else "white")
panel.set(title="the dense map's first 8×8 cells", xlabel="column", ylabel="row")
plt.colorbar(drawn, ax=panel, label="pass that fills the cell", ticks=range(0, 16, 3))
plt.show()

# %% [markdown]
# `fullconv.densify` has three engines for a dense map. `stitch` is the plainest, and every fourth of its cells is a
# cell of the coarse map. `dilate` computes the same in one pass. Since LeNet pads, the two differ near the border:
# there a shifted image has its zeros elsewhere. Six pixels further in they agree. The picture shows one digit of the
# mosaic after the sixth pass, the next one the whole map.

# %%
part = mosaic[85:143, 85:143]
number = scene.objects[2].label
frames = stitch_frames(conversion, part, number, name=f"“{names[number]}”")
assert len(frames) == 16 + 1
dense = {name: fullconv.densify(conversion, name)(part[None]) for name in ("stitch", "dilate")}
assert dense["stitch"].shape == (1, 58 - 28 + 1, 58 - 28 + 1, len(names))
np.testing.assert_allclose(dense["stitch"][:, ::4, ::4], conversion.forward(part[None]), rtol=0, atol=1e-5)
inside = (0, slice(6, -6), slice(6, -6))
np.testing.assert_allclose(dense["stitch"][inside], dense["dilate"][inside], rtol=0, atol=1e-5)
Image.fromarray(frames[5])

# %%
Image.fromarray(frames[-1])

# %% [markdown]
# **Two heads.** Many networks end in a global pool in place of `Flatten`; `swish` is one. Then there is a choice. Head
# `window`, the default, pools over as many cells as at training size: a cell has seen a whole window. Head `cell`
# leaves out the pool and applies the dense layers to each feature cell alone. Its map reaches the border and its spots
# are smaller, but a cell has seen 15 pixels each way instead of 28: a stroke, not a digit. So we look at 20 random
# mosaics, at the cell nearest to the middle of each of their 140 digits. Does it name the digit?

# %%
_, _, done = trained("model=swish", "train.epochs=30", "train.batch_size=50")
heads = {head: fullconv.convolutionalize(done.classifier, head=head) for head in ("window", "cell")}
assert heads["cell"].receptive_field.window == (15, 15)
assert heads["window"].window == (28, 28)


def named_right(conversion, scene):
    """Return for each object of a scene whether the cell nearest to its middle gives its class."""
    scores = conversion.forward((scene.image[None] / 255).astype(np.float32))[0]
    places = [conversion.geometry.nearest(y + h / 2, x + w / 2) for x, y, w, h in (one.bbox for one in scene.objects)]
    cells = [scores[min(row, len(scores) - 1), min(col, len(scores[0]) - 1)] for row, col in places]
    return [int(cell.argmax()) == one.label for cell, one in zip(cells, scene.objects, strict=True)]


random = dataclasses.replace(settings.mosaics["test"], images=20)
scenes = make_scenes(random, arrays, settings.data.validation_share, "mosaics.test")
shares = {head: np.mean([named_right(one, scene) for scene in scenes]) for head, one in heads.items()}
assert sum(len(scene.objects) for scene in scenes) == 140
assert shares["window"] > shares["cell"]

figure, panels = plt.subplots(1, 2, figsize=(8, 4.2), layout="constrained")
for panel, (head, one) in zip(panels, heads.items(), strict=True):
    draw_classes(panel, mosaic, one.forward(mosaic[None])[0], one.geometry, names, len(names) - 1)
    panel.set(title=f"head {head}: {shares[head]:.0%} of 140 digits named right", xlabel="x in pixels")
panels[0].set_ylabel("y in pixels")
handles = [plt.Rectangle((0, 0), 1, 1, color=class_colour(index, 10)) for index in range(11)]
figure.legend(handles, names, loc="outside lower center", ncols=11, fontsize=8, title="class of the highest score")
plt.show()

# %% [markdown]
# ## Try it in the pipeline
#
# ```console
# $ fullconv experiment -m sweep=heads
# $ fullconv convert classifier=located
# $ fullconv evaluate classifier=located classifiers.located.locate.stride=1
# $ make bench
# ```
#
# The first trains two networks and converts each with both heads: compare AP50 of `swish`; for `lenet` the heads are
# the same. The second prints the certificate of a network without padding: its differences on crops are rounding. The
# third evaluates on maps with a cell for every pixel: is AP75 better than at stride 2? The last one times the three
# dense engines.
