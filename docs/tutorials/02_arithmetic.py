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
# # 2. Shapes, parameters, operations
#
# Before you train a network you can know four things about each of its layers: what shape it writes, how many
# numbers it has to learn (*parameters*), how much work one image is (*multiply–accumulates*: a product, added to a
# sum), and how much of the image one cell has seen (its *receptive field*). All four follow from shapes alone.
# `fullconv.cost` works them out; nothing is trained here, and no network runs.

# %%
from fullconv.config.quiet import load_tensorflow

load_tensorflow()

import keras
import matplotlib.pyplot as plt
import numpy as np
from IPython.display import display
from matplotlib.patches import Rectangle

import fullconv
from fullconv.config.load import compose_settings
from fullconv.data.sources.choice import load_arrays
from fullconv.models.build import build_classifier

plt.rcParams.update({"figure.dpi": 100, "axes.spines.top": False, "axes.spines.right": False})
BLUE, ORANGE, TEAL = "#0077BB", "#EE7733", "#009988"  # told apart by colour-blind readers too

# %% [markdown]
# ## Parameters of a convolution
#
# A convolution has one kernel for each map that it writes, and a kernel covers all maps that it reads. So its
# parameters are *written × read × height × width*; the size of the image does not come into it. Here are four such
# banks of kernels, without biases.

# %%
banks = [(32, 3, 6, 6), (64, 32, 5, 5), (128, 64, 3, 3), (128, 128, 3, 3)]  # written, read, height, width
expected = [3_456, 51_200, 73_728, 147_456]
for (written, read, height, width), parameters in zip(banks, expected, strict=True):
    layer = keras.layers.Conv2D(written, (height, width), use_bias=False)
    table = fullconv.cost(keras.Sequential([keras.Input((100, 100, read)), layer]))
    assert table.parameters == parameters == written * read * height * width
    print(f"{written:3} maps from {read:3}, {height}×{width}: {parameters:8,} parameters")

# %% [markdown]
# ## A whole network
#
# This is the LeNet of `conf/model/lenet.yaml`, as a table. Each row is one layer, the sums are at the end. Read
# down the column of receptive fields: one cell of the first layer has seen 5×5 pixels, and after `flatten` every
# number has seen the whole image.

# %%
settings = compose_settings("data=digits", "model=lenet")
lenet = build_classifier(settings.classifiers["plain"].model, (28, 28, 1), len(settings.data.classes), settings.seed)
table = fullconv.cost(lenet)
assert table.parameters == lenet.count_params()
display(table)

# %% [markdown]
# Parameters and work are not in the same place. The first dense layer holds nearly all parameters, because it has
# one for each pair of numbers; the second convolution does most of the work, because its few parameters are used
# again in every cell.

# %%
layers = [layer for layer in table.layers if layer.parameters]
parameters = np.array([layer.parameters for layer in layers])
work = np.array([layer.multiply_accumulates for layer in layers])
names = [layer.name for layer in layers]
assert names[parameters.argmax()] == "hidden"
assert parameters.max() > 0.97 * table.parameters
assert names[work.argmax()] == "conv_2"
assert work.max() > 0.75 * table.multiply_accumulates

figure, axes = plt.subplots(1, 2, figsize=(8, 2.6), sharey=True, layout="constrained")
for axis, shares, title, colour in [
    (axes[0], parameters / table.parameters, "Parameters", BLUE),
    (axes[1], work / table.multiply_accumulates, "Multiply–accumulates", ORANGE),
]:
    bars = axis.barh(names, 100 * shares, color=colour)
    axis.bar_label(bars, [f"{share:.2%}" for share in shares], padding=3)
    axis.set(title=title, xlabel="share of the network (%)", xlim=(0, 125), xticks=[0, 25, 50, 75, 100])
axes[0].invert_yaxis()

# %% [markdown]
# ## The receptive field grows
#
# A kernel of 5×5 sees four cells more than one of 1×1, along each axis. After a 2×2 pool at stride 2, cells are two
# pixels apart, so the next four cells more are eight pixels more: 5, 6, 6 + 4 · 2 = 14, 14 + 2 = 16. Here are the
# fields around the middle of one digit.

# %%
arrays = load_arrays(settings.data)
digit = arrays.test_images[0, :, :, 0]
fields = [(layer.name, layer.receptive_field) for layer in table.layers if layer.stride is not None]
assert [field for _, field in fields] == [(5, 5), (6, 6), (14, 14), (16, 16)]
whole = next(layer for layer in table.layers if layer.name == "flatten")
assert whole.receptive_field == (28, 28)

figure, axis = plt.subplots(figsize=(7.2, 4), layout="constrained")
shown = axis.imshow(digit, cmap="gray", vmin=0, vmax=255, extent=(0, 28, 28, 0))
figure.colorbar(shown, ax=axis, label="pixel value (0 to 255)", shrink=0.9)
for (name, (height, width)), colour, style in zip(
    [*fields, ("flatten", whole.receptive_field)],
    ["#EE7733", "#33BBEE", "#EE3377", "#009988", "#CCBB44"],
    ["-", "--", "-", "--", "-"],
    strict=True,
):
    place, look = (14 - width / 2, 14 - height / 2), {"edgecolor": colour, "linestyle": style, "linewidth": 2.5}
    label = f"{name}: {height}×{width}"
    axis.add_patch(Rectangle(place, width, height, fill=False, clip_on=False, label=label, **look))
axis.set(title="What one cell has seen", xlabel="column (pixels)", ylabel="row (pixels)", xlim=(0, 28), ylim=(28, 0))
figure.legend(loc="outside right upper", frameon=False, title="layer: field (pixels)")
plt.show()

# %% [markdown]
# ## Dense against convolution
#
# How much does it save that a kernel is small and the same everywhere? Take 100×100 pixels to 98×98 numbers. A
# dense layer weighs every pixel for every number; a 3×3 convolution has nine weights in all. We ask for the cost of
# *one* unit of the dense layer and multiply, as the whole of it would fill 400 MB with weights.

# %%
convolution = fullconv.cost(keras.Sequential([keras.Input((100, 100, 1)), keras.layers.Conv2D(1, 3, use_bias=False)]))
assert convolution.layers[0].output_shape == (98, 98, 1)
unit = fullconv.cost(keras.Sequential([keras.Input((100 * 100,)), keras.layers.Dense(1, use_bias=False)]))
numbers = 98 * 98
dense_parameters, dense_work = numbers * unit.parameters, numbers * unit.multiply_accumulates
assert (dense_parameters, convolution.parameters) == (96_040_000, 9)
assert (dense_work, convolution.multiply_accumulates) == (96_040_000, 86_436)
print(f"{dense_parameters / convolution.parameters:,.0f} times as many parameters")
print(f"{dense_work / convolution.multiply_accumulates:,.0f} times as many multiply–accumulates")

figure, axis = plt.subplots(figsize=(7, 3), layout="constrained")
for offset, label, colour, values in [
    (-0.2, "dense", ORANGE, (dense_parameters, dense_work)),
    (0.2, "3×3 convolution", BLUE, (convolution.parameters, convolution.multiply_accumulates)),
]:
    bars = axis.barh(np.arange(2) + offset, values, height=0.36, color=colour, label=label)
    axis.bar_label(bars, [f"{value:,}" for value in values], padding=3)
axis.set(title="100×100 pixels → 98×98 numbers", xlabel="how many (logarithmic scale)", xscale="log", xlim=(1, 1e10))
axis.set_yticks([0, 1], ["parameters", "multiply–\naccumulates"])
axis.invert_yaxis()
axis.legend(frameon=False, loc="lower right", bbox_to_anchor=(1, 0.42))
plt.show()

# %% [markdown]
# ## One large kernel, or several small ones
#
# Suppose that a layer reads 28×28 cells of 192 maps and shall look far, at 14×14 cells. Inception networks put
# small kernels side by side instead, and let a 1×1 convolution reduce 192 maps to 16 before each larger kernel.
# Each branch below writes 32 maps.


# %%
def designed(*branches):
    """Return the cost of branches side by side; a branch is a list of (maps, side of the kernel)."""
    image = keras.Input((28, 28, 192))
    ends = []
    for branch in branches:
        x = image
        for maps, side in branch:
            x = keras.layers.Conv2D(maps, side, padding="same")(x)
        ends.append(x)
    return fullconv.cost(keras.Model(image, ends))


designs = {
    "14×14": designed([(32, 14)]),
    "3×3 beside 5×5": designed([(32, 3)], [(32, 5)]),
    "1×1, and 3×3 and 5×5\nafter 1×1 to 16 maps": designed([(32, 1)], [(16, 1), (32, 3)], [(16, 1), (32, 5)]),
}
work = [design.multiply_accumulates for design in designs.values()]
assert work == [944_111_616, 163_774_464, 23_281_664]

figure, axis = plt.subplots(figsize=(8, 2.8), layout="constrained")
bars = axis.barh(list(designs), np.array(work) / 1e6, color=[ORANGE, BLUE, TEAL])
axis.bar_label(bars, [f"{count:,}" for count in work], padding=3)
axis.set(title="28×28×192 → 32 maps a branch", xlabel="multiply–accumulates (millions)", xlim=(0, 1200))
axis.invert_yaxis()
plt.show()

# %% [markdown]
# The third design writes three times as many maps as the first for a fortieth of the work. (The count includes the
# zeros that `same` padding puts around the image: they are multiplied, too.)

# %%
assert 40 < work[0] / work[2] < 41
print(f"{work[0] / work[2]:.1f} times, {work[1] / work[2]:.1f} times")

# %% [markdown]
# ## What a fully convolutional network saves
#
# A classifier can search a larger image if you cut out every window and classify each. Its conversion scores the
# same windows in one pass: neighbours overlap, and what they share is computed once. (The fourth tutorial shows when
# the scores are equal.) How much that saves can be told from cost alone. We compare LeNet with `swish`, another
# architecture of the project, on images of 28, 128 and 512 pixels a side. The *gain* is the work of all windows
# over that of one pass.

# %%
swish_settings = compose_settings("data=digits", "model=swish")
swish = build_classifier(swish_settings.classifiers["plain"].model, (28, 28, 1), 10, swish_settings.seed)
SIDES = (28, 128, 512)
costs = {}
for name, classifier in [("lenet", lenet), ("swish", swish)]:
    conversion = fullconv.convolutionalize(classifier)
    window = fullconv.cost(classifier).multiply_accumulates
    for side in SIDES:
        once = fullconv.cost(conversion, (side, side, 1))
        rows, columns, _ = once.layers[-1].output_shape
        costs[name, side] = (rows * columns * window, once.multiply_accumulates)
        one_by_one, at_once = costs[name, side]
        print(f"{name}, {side:3} pixels: {rows:3}×{columns:<3} cells, gain {one_by_one / at_once:5.1f}")

gains = {key: one_by_one / at_once for key, (one_by_one, at_once) in costs.items()}

# %%
figure, axes = plt.subplots(1, 2, figsize=(8.4, 3.4), sharey=True, layout="constrained")
for axis, name in zip(axes, ("lenet", "swish"), strict=True):
    for offset, label, colour, which in [(-0.2, "window by window", ORANGE, 0), (0.2, "fully convolutional", BLUE, 1)]:
        values = [costs[name, side][which] for side in SIDES]
        axis.bar(np.arange(3) + offset, values, width=0.38, color=colour, label=label)
    for place, side in enumerate(SIDES):
        axis.annotate(f"×{gains[name, side]:.1f}", (place, 1.4 * costs[name, side][0]), ha="center")
    axis.set(title=name, xlabel="side of the image (pixels)", yscale="log", ylim=(1e5, 1e12))
    axis.set_xticks(range(3), [str(side) for side in SIDES])
axes[0].set_ylabel("multiply–accumulates\n(logarithmic scale)")
axes[0].legend(frameon=False, loc="upper left")
plt.show()

# %% [markdown]
# At 28 pixels there is one window and nothing to save. The gain grows with the image, up to a limit: LeNet's dense
# layers read the 7×7 cells of one window, and they are computed anew for every window. They are 1,230,000 of a
# window's 6,522,000 multiply–accumulates, so the gain stays below 5.3. The dense layers of `swish` read the
# largest cell of each map, one number a map: nearly all of its work is shared.

# %%
head = sum(layer.multiply_accumulates for layer in table.layers if layer.name in ("hidden", "classes"))
assert (head, table.multiply_accumulates) == (1_230_000, 6_522_000)
limit = table.multiply_accumulates / head
assert gains["lenet", 28] == gains["swish", 28] == 1
assert 1 < gains["lenet", 128] < gains["lenet", 512] < limit < 5.31
assert gains["swish", 512] > gains["swish", 128] > limit
print(f"LeNet gains at most {limit:.2f}, at 512 pixels {gains['lenet', 512]:.2f}; swish {gains['swish', 512]:.2f}")

# %% [markdown]
# ## Try it in the pipeline
#
# ```console
# $ fullconv convert classifier=efficientnet_lite0 weights=none out=lite0
# $ fullconv experiment -m model=lenet,swish,valid
# $ dvc exp run -S +variant@classifiers.small=small
# ```
#
# - The first converts a network for photographs, with random weights so that nothing is fetched. Look at the line of
#   sums, and at `lite0/cost.json` for its layers at two sizes.
# - The second trains three architectures. In MLflow, put the columns `cost/multiply_accumulates`, `cost/parameters`
#   and `test/AP50` side by side: does more work find more?
# - The third adds a classifier to the pipeline. Look for its row in `results/comparison.csv`, and for its table under
#   *Artifacts → cost.json* of its run.
