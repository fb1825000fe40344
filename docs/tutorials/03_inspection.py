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
# # 3. What a network has learnt
#
# A trained network is a list of numbers. Three kinds of pictures help to look into it: its *kernels*, what each layer
# makes of one image (its *activations*), and which images it takes for alike (their *embeddings*). All three are easy
# to make and easy to read too much into, so we set an untrained network beside the trained one.
#
# We train a small network on scikit-learn's digits, which takes a few seconds, and build its untrained twin.

# %%
# %matplotlib inline
import matplotlib.pyplot as plt
import numpy as np

import fullconv
from fullconv.config.load import compose_settings
from fullconv.config.quiet import load_tensorflow
from fullconv.data.sources.choice import load_arrays

load_tensorflow()
from fullconv.models.build import build_classifier
from fullconv.train.recipe import train_classifier

settings = compose_settings("data=digits", "model=lenet", "model.channels=[16,32]", "model.units=128")
arrays, classes = load_arrays(settings.data), settings.data.classes
trained = train_classifier(arrays, settings.classifiers["plain"], classes, settings.seed).classifier
untrained = build_classifier(settings.model, arrays.test_images.shape[1:], len(classes), seed=1)

images = arrays.test_images[:1000].astype(np.float32) / 255
labels = arrays.test_labels[:1000]
for name, network in (("trained", trained), ("untrained", untrained)):
    share = (network.predict(images, verbose=0).argmax(axis=-1) == labels).mean()
    print(f"{name}: {share:.1%} of {len(labels)} test digits named correctly")

# %% [markdown]
# ## Kernels
# The first layer reads the image itself, so its kernels are pictures: blue weights want light, red weights want dark.
# Some look like edges or strokes of one direction. Many look like nothing in particular.

# %%
from fullconv.figures.inspection import kernels_figure
from fullconv.inspect.kernels import kernel_pictures

learnt = {layer.name: layer for layer in kernel_pictures(trained)}
kernels_figure(learnt["conv_1"])

# %% [markdown]
# These are the kernels that the untrained twin was born with: random numbers, a little weaker and nearly as
# convincing. A kernel that "looks like an edge detector" proves little by itself.

# %%
born = {layer.name: layer for layer in kernel_pictures(untrained)}
kernels_figure(born["conv_1"])

# %% [markdown]
# A filter of the second layer has one plane for each of the 16 maps it reads: a column below. Its inputs are maps, no
# longer light and dark, so such planes are hardly readable. They do show which maps a filter listens to.

# %%
assert learnt["conv_2"].inputs == learnt["conv_1"].filters == 16
kernels_figure(learnt["conv_2"])

# %% [markdown]
# ## Activations
# What each layer makes of one image is easier to read. From row to row the maps get smaller and answer to larger parts
# of the digit, until ten scores are left. Each row has a scale of its own.

# %%
from fullconv.figures.activations import activations_figure
from fullconv.inspect.activations import activations

image = images[0]
made = {layer.name: layer for layer in activations(trained, image)}
activations_figure(image, list(made.values()), classes)

# %% [markdown]
# The two kinds of pictures are one and the same computation. A map of `conv_1` is the correlation of the image with
# one kernel ([tutorial 1](01_convolution.py)), plus that filter's bias, with what is below 0 cut off:

# %%
kernel, bias = (np.asarray(weight) for weight in trained.get_layer("conv_1").weights)
by_hand = np.maximum(fullconv.convolution(image[None], kernel, padding="same")[0] + bias, 0)
np.testing.assert_allclose(made["conv_1"].values, by_hand, atol=1e-5)
print("the same 16 maps of", by_hand.shape[0], "×", by_hand.shape[1])

# %% [markdown]
# ## Embeddings
# Before the scores, each image is a vector of 128 numbers. Images whose vectors lie close together are alike *to the
# network*. Here are ten queries, each with its four nearest among the other test images. A dashed frame marks another
# class.

# %%
from fullconv.figures.inspection import neighbours_figure
from fullconv.inspect.embeddings import embedding_layer, embeddings
from fullconv.inspect.neighbours import agreement, chance_agreement, nearest, queries

vectors = embeddings(trained, images)
assert (embedding_layer(trained), vectors.shape) == ("hidden", (len(images), 128))
neighbours = nearest(vectors, 4)
neighbours_figure(images, labels, queries(labels, 10), neighbours, classes)

# %% [markdown]
# How often does a neighbour have its query's label? That share, the *agreement*, needs something to be held against.
# One in ten would agree by chance; the images' own pixels do far better, and so do the 128 numbers of the untrained
# network. What training has added is the difference.

# %%
found = {
    "by chance": chance_agreement(labels),
    "untrained network": agreement(labels, nearest(embeddings(untrained, images), 4)),
    "pixels": agreement(labels, nearest(embeddings(trained, images, "image"), 4)),
    "trained network": agreement(labels, neighbours),
}
chance, raw, pixels, learnt_share = found.values()
assert 3 * chance < min(raw, pixels) <= max(raw, pixels) < learnt_share

figure, axes = plt.subplots(figsize=(7, 2.2), layout="constrained")
bars = axes.barh(list(found), list(found.values()), color=["#DDDDDD", "#33BBEE", "#BBBBBB", "#0077BB"])
axes.bar_label(bars, fmt="%.3f", padding=3)
axes.set(
    xlim=(0, 1.1),
    xlabel="share of the four nearest with the query's label",
    title=f"agreement, {len(labels)} test digits",
)
plt.show()

# %% [markdown]
# ## Two dimensions
# Nobody sees 128 dimensions. t-SNE puts the images on a sheet of paper so that neighbours stay neighbours. Groups come
# out as islands, and single digits lie on the wrong one: look for a colour among others.

# %%
from fullconv.figures.inspection import projection_figure
from fullconv.inspect.projection import projection

points = projection(vectors, "tsne", settings.seed)
assert agreement(labels, nearest(points, 4)) > 0.85
projection_figure(points, labels, classes, "the trained network's 128 numbers, by t-SNE")

# %% [markdown]
# Before you admire the islands, see what the same method makes of the untrained network. Many groups are there already:
# the digits themselves are that different. In such a picture the distance between islands, their size and the axes
# mean nothing; only who is whose neighbour does. Principal components (`projection(vectors, "pca")`) keep distances
# as well as two dimensions can, and mix the classes.

# %%
before = projection(embeddings(untrained, images), "tsne", settings.seed)
flat = projection(vectors, "pca")
assert agreement(labels, nearest(before, 4)) > 3 * chance
assert agreement(labels, nearest(flat, 4)) < agreement(labels, nearest(points, 4))
projection_figure(before, labels, classes, "the untrained network's 128 numbers, by t-SNE")

# %% [markdown]
# ## What such pictures do not prove
# - That a kernel is needed because it looks meaningful. Take it away and measure: that would.
# - That a network will do well on other images. The neighbours are test digits, centred and alone. Put two of them
#   side by side and they look like nothing it has seen; [tutorial 4](04_conversion.py) does so.
# - That 2-D islands are classes which the network tells apart. Agreement is measured on all 128 numbers for that
#   reason.
#
# They are good for finding questions: a dead map, a mislabelled digit, two classes that share an island.

# %% [markdown]
# ## Try it in the pipeline
# The stage `inspect` draws all this for each classifier, on MNIST: `reports/<name>/inspection/`, and
# `inspect/agreement` on the dashboard.
#
# ```console
# $ dvc repro inspect
# $ dvc exp run -S inspect.image=8 -S classifiers.located.inspect.layer=pool_2
# $ fullconv inspect classifier=my.keras data=digits out=found
# ```
#
# 1. Compare `agreement` and `pixels` in `reports/plain/inspect.json` and `reports/located/inspect.json`.
# 2. The ninth test digit is a 5 that looks like a 6: which maps of `activations.png` see the loop? And a map is pooled,
#    which forgets places: how far does the agreement of `located` fall?
# 3. A network of your own that reads 28×28 digits: does it beat the pixels?
