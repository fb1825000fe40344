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
# # 1. Convolution by numbers
#
# A convolutional network looks at an image through small windows. At each place it multiplies the pixels of the window
# by the weights of a *kernel* and adds up the products. That one sum, repeated at every place, is all there is to a
# convolution; `fullconv.convolution` does it on plain arrays, as a layer does it inside a network. Here we watch the
# numbers, then look at a photograph, then take the time.

# %%
import matplotlib.pyplot as plt
import numpy as np

import fullconv
from fullconv.config.quiet import load_tensorflow

load_tensorflow()


def draw_grids(grids):
    """Draw arrays (H, W) side by side, each value in its cell: blue above 0, red below, white 0."""
    across = [grid.shape[1] for grid in grids.values()]
    tall = max(grid.shape[0] for grid in grids.values())
    size = (0.36 * sum(across) + 0.3 * len(across), 0.36 * tall + 0.6)
    _, panels = plt.subplots(1, len(grids), figsize=size, width_ratios=across, layout="constrained")
    for panel, (title, grid) in zip(panels, grids.items(), strict=True):
        limit = max(np.abs(grid).max(), 1) * 1.6  # pale enough for black figures
        panel.imshow(grid, cmap="RdBu", vmin=-limit, vmax=limit)
        for (row, col), value in np.ndenumerate(grid):
            panel.text(col, row, f"{value:g}", ha="center", va="center", color="0.6" if value == 0 else "black")
        panel.set(xticks=np.arange(grid.shape[1] + 1) - 0.5, yticks=np.arange(grid.shape[0] + 1) - 0.5)
        panel.set(xticklabels=[], yticklabels=[], anchor="N")
        panel.grid(color="0.8")
        panel.tick_params(length=0)
        panel.set_title(title, fontsize=10)
    plt.show()


# %% [markdown]
# **An impulse shows the kernel.** An image that is 0 everywhere but for a single 1 gives back the kernel itself, at the
# place of the 1. This is convolution in the mathematical sense (`flip=True`). Without `flip` the kernel comes out
# turned by 180°: that is *correlation*, and it is what every "convolutional" layer computes. A network learns its
# kernels, so it does not mind which way round they are. From here on we correlate, too.
#
# With padding `valid` the kernel stays inside the image: a 2×3 kernel has 4×5 places in a 5×7 image.

# %%
impulse = np.zeros((5, 7))
impulse[2, 3] = 1
kernel = np.array([[1, 2, 3], [4, 5, 6]])
convolved = fullconv.convolution(impulse, kernel, padding="valid", flip=True)
correlated = fullconv.convolution(impulse, kernel, padding="valid")
np.testing.assert_array_equal(convolved[1:3, 1:4], kernel)
np.testing.assert_array_equal(correlated[1:3, 1:4], kernel[::-1, ::-1])
assert convolved.shape == (4, 5)
assert convolved.sum() == kernel.sum()
draw_grids({"impulse": impulse, "kernel": kernel, "convolution": convolved, "correlation": correlated})

# %% [markdown]
# **A kernel is a question.** This one asks at each place how much of a diagonal cross is there. The answer is a number
# from 0 to 5, one for each pixel of the cross that is 1 in the image. Nowhere is the cross complete; the best places
# have 4.

# %%
image = np.array([[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]])
cross = np.array([[1, 0, 1], [0, 1, 0], [1, 0, 1]])
answer = fullconv.convolution(image, cross)
np.testing.assert_array_equal(answer, [[4, 3, 4], [2, 4, 3], [2, 3, 4]])
assert answer.max() == 4
assert answer[0, 0] == (image[:3, :3] * cross).sum()  # one window, by hand
draw_grids({"image": image, "kernel": cross, "response": answer})

# %% [markdown]
# **Channels are added up.** An image may have several channels, such as red, green and blue. A *filter* has one kernel
# for each, and its response is the sum over all of them. A layer has many filters, and each gives one channel of the
# result: here four samples of three channels and a bank of two filters become four samples of two channels. The first
# three samples are an impulse in the middle times 0, 1 and 2; the picture shows the last, of other marks, and the
# second filter. Padding `same` puts zeros around the image, so that the response is as large as the image. Data may
# come with channels last, as Keras has them, or first. These kernels stay the same when turned by 180°, so here `flip`
# makes no difference.

# %%
kernels = np.array([[[1, 0, 1], [0, 1, 0], [1, 0, 1]], [[0, 1, 0], [1, 1, 1], [0, 1, 0]], [[0, 1, 0]] * 3])
bank = np.stack([kernels[::-1], kernels])  # (F, C, h, w)
samples = np.zeros((4, 3, 3, 5))  # (N, C, H, W)
samples[:3, :, 1, 2] = np.arange(3)[:, np.newaxis]
for channel, row, col in ((0, 1, 1), (1, 0, 4), (1, 1, 2), (2, 1, 3)):
    samples[3, channel, row, col] = 1
found = fullconv.convolution(samples, bank, padding="same", data_format="channels_first", flip=True)
assert found.shape == (4, 2, 3, 5)
np.testing.assert_array_equal(found, fullconv.convolution(samples, bank, padding="same", data_format="channels_first"))
np.testing.assert_array_equal(found[3, 1], [[1, 0, 2, 2, 1], [0, 2, 1, 2, 1], [1, 0, 2, 1, 0]])
np.testing.assert_array_equal(found[2, 1, :, 1:4], 2 * kernels.sum(axis=0))
draw_grids({f"channel {place}": channel for place, channel in enumerate(samples[3])} | {"response": found[3, 1]})
draw_grids({f"kernel {place}": kernel for place, kernel in enumerate(kernels)})

# %% [markdown]
# **From a sum to a certainty.** The kernel below looks for a rising stroke. We put it on the corners of an image with
# two strokes (stride 4: the next place is four pixels on), and on a steeper stroke made smaller by *max pooling*, which
# keeps the largest of each 2×2 pixels. A sigmoid, 1 / (1 + exp(−sum)), squeezes each sum into 0..1. With the first
# corner and the steep stroke as two channels, both sums count, and the certainty grows.

# %%
import keras

pattern = np.array([[0, 0, 0, 1], [0, 0, 1, 1], [0, 0, 1, 0], [0, 1, 0, 0]])
strokes = np.zeros((8, 8))
strokes[:4, :4], strokes[4:, 4:] = np.eye(4)[:, ::-1], np.eye(4)
steep = np.zeros((8, 8))
steep[:4, 6] = steep[4:, 5] = 1
pooled = keras.ops.convert_to_numpy(keras.ops.max_pool(steep[np.newaxis, ..., np.newaxis], 2))[0, ..., 0]


def sigmoid(sums):
    return 1 / (1 + np.exp(-sums))


corners = fullconv.convolution(strokes, pattern, stride=4)
of_steep = fullconv.convolution(pooled, pattern)
both = np.stack([strokes[:4, :4], pooled], axis=-1)[np.newaxis]  # (N, H, W, C)
together = fullconv.convolution(both, np.stack([pattern, pattern], axis=-1)[..., np.newaxis])
assert sigmoid(corners[0, 0]) == 0.8807970779778823  # of the sum 2
assert sigmoid(corners[1, 1]) == 0.7310585786300049  # 1
assert sigmoid(of_steep.item()) == 0.9525741268224334  # 3
assert sigmoid(together.item()) == 0.9933071490757153  # 2 + 3
draw_grids({"two strokes": strokes, "pattern": pattern, "sums at\nthe corners": corners})
draw_grids({"steep stroke": steep, "2×2 max pooling": pooled, "its sum": of_steep})

# %% [markdown]
# **A 1×1 kernel mixes channels.** It sees one pixel, but all of its channels: the same linear combination at each
# place. Networks use it to make many channels few, and a fully convolutional network to apply a dense layer at each
# place.

# %%
first, second = np.array([[1, 2, 3], [4, 5, 6]]), np.array([[0, 1, 0], [1, 0, 1]])
channels = np.stack([first, second], axis=-1)[np.newaxis]  # (1, 2, 3, 2)
weights = np.array([2, -3]).reshape(1, 1, 2, 1)
mixed = fullconv.convolution(channels, weights)[0, ..., 0]
np.testing.assert_array_equal(mixed, 2 * first - 3 * second)
draw_grids({"channel 0": first, "channel 1": second, "2 · channel 0\n− 3 · channel 1": mixed})

# %% [markdown]
# **A photograph.** Two 7×7 kernels look for bright lines: the weights of the middle column (or row) are above 0, the
# others below, and all add up to 0, so that an even surface gives 0. Then the common variations (axes are in pixels of
# each picture; grey runs from black at 0 to white at 1):
#
# - *no padding*: the response loses three pixels on each side, and with them the false lines that zeros make at the
#   border;
# - *stride 4*: every fourth place, a sixteenth of the work;
# - *4×4 max pooling*: as small, but the strongest response of each 4×4 places survives;
# - *a 1×1 kernel* over both responses: their sum, lines either way;
# - *the input added* to the response: a *residual connection*. The kernel need only say what to change in the image.

# %%
from skimage.data import camera

photo = camera()[60:252, 100:292] / 255.0  # (192, 192), 0..1
upright = np.full((7, 7), -1 / 42)
upright[:, 3] = 1 / 7
assert abs(upright.sum()) < 1e-12
lines = {
    "vertical": fullconv.convolution(photo, upright, padding="same"),
    "horizontal": fullconv.convolution(photo, upright.T, padding="same"),
}
inside = fullconv.convolution(photo, upright)
np.testing.assert_allclose(inside, lines["vertical"][3:-3, 3:-3], atol=1e-12)
fourth = fullconv.convolution(photo, upright, stride=4)
np.testing.assert_allclose(fourth, inside[::4, ::4], atol=1e-12)
strongest = keras.ops.convert_to_numpy(keras.ops.max_pool(lines["vertical"][np.newaxis, ..., np.newaxis], 4))[0, ..., 0]
assert strongest.shape == (48, 48)
either = fullconv.convolution(np.stack([*lines.values()], axis=-1)[np.newaxis], np.ones((1, 1, 2, 1)))[0, ..., 0]
residual = photo + lines["vertical"]
pictures = {
    "vertical lines, same": lines["vertical"],
    "horizontal lines, same": lines["horizontal"],
    "vertical, no padding": inside,
    "vertical, stride 4": fourth,
    "vertical, 4×4 max pooling": strongest,
    "1×1 over both: their sum": either,
}
figure, panels = plt.subplots(2, 4, figsize=(9, 5.2), layout="constrained")
greys = {"photo": (panels[0, 0], photo), "photo + vertical lines": (panels[1, 3], residual)}
for title, (panel, values) in greys.items():
    grey = panel.imshow(values, cmap="gray", vmin=0, vmax=1)
    panel.set_title(title, fontsize=10)
for panel, (title, values) in zip([*panels[0, 1:], *panels[1, :3]], pictures.items(), strict=True):
    coloured = panel.imshow(values, cmap="RdBu", vmin=-0.3, vmax=0.3, interpolation="nearest")
    panel.set_title(title, fontsize=10)
for panel in panels.flat:
    panel.tick_params(labelsize=7)
figure.colorbar(
    coloured,
    ax=panels,
    orientation="horizontal",
    shrink=0.4,
    aspect=40,
    label="response, of a photo in 0..1 (beyond ±0.3 cut off)",
)
plt.show()

# %% [markdown]
# **How long does it take?** Other libraries correlate an image with a kernel, too: SciPy directly or by Fourier
# transform, OpenCV's `filter2D`, and scikit-image's `correlate_sparse`, which is made for kernels that are mostly zeros
# but takes any. All must give the same response before their time counts. Each library uses as many threads as it does
# by itself.

# %%
import statistics
import timeit

import cv2
from scipy import signal
from skimage.filters import correlate_sparse


def by_opencv(image, kernel):
    """Return the places of OpenCV's response, as large as the image, in which the kernel lies inside."""
    margin = kernel.shape[0] // 2
    return cv2.filter2D(image, -1, kernel)[margin:-margin, margin:-margin]


ways = {
    "fullconv (TensorFlow)": fullconv.convolution,
    "SciPy, direct": lambda image, kernel: signal.correlate2d(image, kernel, "valid"),
    "SciPy, Fourier": lambda image, kernel: signal.correlate(image, kernel, "valid", method="fft"),
    "scikit-image": lambda image, kernel: correlate_sparse(image, kernel, mode="valid"),
    "OpenCV": by_opencv,
}
sides, windows = (64, 192, 576), (3, 5, 7, 11, 15, 23, 31)
rng = np.random.default_rng(0)
milliseconds = {(way, side): [] for way in ways for side in sides}
for side in sides:
    for window in windows:
        image, kernel = rng.random((side, side), np.float32), rng.random((window, window), np.float32)
        kernel /= kernel.sum()
        expected = ways["SciPy, direct"](image.astype(float), kernel.astype(float))
        for way, run in ways.items():
            np.testing.assert_allclose(run(image, kernel), expected, atol=1e-5)
            taken = [timeit.timeit(lambda run=run, both=(image, kernel): run(*both), number=1) for _ in range(3)]
            milliseconds[way, side].append(1000 * statistics.median(taken))

# %%
from fullconv.figures.palette import CLASSIFIERS

figure, panels = plt.subplots(1, len(sides), figsize=(8.8, 3.6), sharey=True, layout="constrained")
for panel, side in zip(panels, sides, strict=True):
    for (way, colour), marker in zip(zip(ways, CLASSIFIERS, strict=False), "os^Dv", strict=True):
        panel.loglog(windows, milliseconds[way, side], marker=marker, markersize=4, color=colour, label=way)
    panel.set(title=f"image of {side}×{side} pixels", xlabel="side of the kernel (pixels)", ylim=(0.002, 2000))
    panel.set_xticks(windows, windows)
    panel.minorticks_off()
    panel.grid(color="0.9")
panels[0].set_ylabel("time (ms)")
figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=5, fontsize=9)
plt.show()

# %% [markdown]
# For one kernel OpenCV is the quickest nearly everywhere. A call to TensorFlow costs a part of a millisecond, more than
# OpenCV's whole sum on a small image; `fullconv` gains as images grow. A Fourier transform's time hardly depends on
# the kernel, so for large kernels it catches up; OpenCV changes over to one by itself. But a layer is not one kernel.
# TensorFlow takes many images, channels and filters at once, the others one kernel at a time: `make bench-convolution`
# times a bank of 16 filters over three channels, too, and there the order turns round.

# %% [markdown]
# ## Try it in the pipeline
#
# ```console
# $ dvc exp run -S +variant@classifiers.deep=deep
# $ fullconv experiment -m model=valid,valid_deep
# $ fullconv experiment model=valid model.channels=[8,16]
# $ make bench-convolution
# ```
#
# The first adds a classifier with more convolutions to the dashboard: compare its accuracy and AP50 with those of
# `augmented`, which learns in the same way. The second sets one 5×5 convolution beside two of 3×3, with more filters,
# that see as large a window. The third has half as many filters: see what that costs in accuracy. The last takes times
# with more care than this page, and draws them.
