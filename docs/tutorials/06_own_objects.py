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
# # 6. Your own objects
#
# So far the objects were digits. Yours may be cells, signs, parts, letters. You have:
#
# - small pictures of them, sorted into folders by name: `crops/nut/001.png`, `crops/screw/001.png` …
# - perhaps larger pictures in which they occur, without any label: `scenes/001.png` …
#
# and no box anywhere. Two commands make an *object finder* of that, and use it:
#
# ```console
# $ fullconv train data=folder data.path=crops data.scenes=scenes out=finder
# $ fullconv locate classifier=finder image=new.png out=found
# ```
#
# We do what you would do: look at what it learnt from, measure, read the advice, and mend what it says.

# %%
import json
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib.pyplot as plt
import numpy as np
from PIL import Image, ImageDraw
from skimage import data

work = TemporaryDirectory()
root = Path(work.name)
PARTS = ("nut", "screw", "washer")

# %% [markdown]
# **A workbench.** Nuts, screws and washers are drawn here, so that this page needs no download; the gravel and the
# bricks behind them are photographs that come with scikit-image. With pictures of your own, begin at *Two folders*.


# %%
def part(name, side, rng):
    """Return a part as seen from above, RGBA `(side, side, 4)`, turned by any angle, lit from the upper left."""
    large, middle = 4 * side, 2 * side
    sheet = Image.new("L", (large, large))
    pen = ImageDraw.Draw(sheet)
    turn = rng.uniform(0, 2 * np.pi)
    if name == "nut":
        corners = turn + np.arange(6) * np.pi / 3
        pen.polygon(
            [(middle + 0.98 * middle * np.cos(a), middle + 0.98 * middle * np.sin(a)) for a in corners], fill=255
        )
    else:
        pen.ellipse((2, 2, large - 2, large - 2), fill=255)
    if name == "screw":  # a slot across its head
        x, y = 0.62 * middle * np.cos(turn), 0.62 * middle * np.sin(turn)
        pen.line((middle - x, middle - y, middle + x, middle + y), fill=70, width=large // 7)
    else:
        hole = 0.48 if name == "nut" else 0.42
        pen.ellipse(
            (middle - hole * middle, middle - hole * middle, middle + hole * middle, middle + hole * middle), fill=0
        )
    ink = np.asarray(sheet.resize((side, side), Image.Resampling.LANCZOS)) / 255
    metal = np.array((176, 180, 190) if rng.random() < 0.6 else (198, 160, 92)) * rng.uniform(0.8, 1.1)
    light = 1.15 - 0.4 * np.add.outer(np.arange(side), np.arange(side)) / (2 * side)
    shade = np.where(ink > 0.1, ink.clip(0.3), 1) if name == "screw" else 1
    colour = (metal * (light * shade)[..., None]).clip(0, 255)
    cover = (ink > 0.1) if name == "screw" else ink
    return np.dstack([colour, 255 * cover])


def picture(count, rng, size=(200, 260)):
    """Return a picture of the bench `(H, W, 3)`, and what lies on it: names with boxes (x, y, width, height)."""
    texture = (data.gravel if rng.random() < 0.5 else data.brick)().astype(float)
    top, left = (int(rng.integers(512 - side)) for side in size)
    ground = (
        texture[top : top + size[0], left : left + size[1], None] * np.array([1.0, 0.96, 0.88]) * rng.uniform(0.6, 0.9)
    )
    lying = []
    while len(lying) < count:
        name, side = str(rng.choice(PARTS, p=(0.45, 0.35, 0.2))), int(rng.integers(24, 40))
        y, x = (int(rng.integers(space - side)) for space in size)
        if any(abs(x - a) < (side + s) * 0.55 and abs(y - b) < (side + s) * 0.55 for _, (a, b, s, _) in lying):
            continue
        seen = part(name, side, rng)
        place = ground[y : y + side, x : x + side]
        place += (seen[..., :3] - place) * seen[..., 3:] / 255
        lying.append((name, (x, y, side, side)))
    return (ground + rng.normal(0, 4, ground.shape)).clip(0, 255).astype(np.uint8), lying


# %% [markdown]
# **Two folders.** `crops/` has a folder a class; its pictures are cut out at the objects' edges and keep their
# size: from it the finder learns how large each class is. `scenes/` has pictures of the same kind without labels.


# %%
def cut_out(first, last, rng):
    """Cut the parts out of pictures with these numbers, and sort them into folders by name."""
    for number in range(first, last):
        image, lying = picture(8, rng)
        for place, (name, (x, y, width, height)) in enumerate(lying):
            path = root / "crops" / name / f"{number:02d}_{place}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(image[y : y + height, x : x + width]).save(path)


rng = np.random.default_rng(6)
cut_out(0, 14, rng)
(root / "scenes").mkdir()
for number in range(10):
    Image.fromarray(picture(int(rng.integers(3, 10)), rng)[0]).save(root / "scenes" / f"{number:02d}.png")

crops = {name: sorted((root / "crops" / name).iterdir()) for name in PARTS}
figure, panels = plt.subplots(3, 8, figsize=(8, 3.2), layout="constrained")
for row, (name, paths) in zip(panels, crops.items(), strict=True):
    for panel, path in zip(row, paths, strict=False):
        panel.imshow(Image.open(path))
        panel.set(xticks=[], yticks=[])
    row[0].set_ylabel(f"{name}: {len(paths)}")
plt.show()

# %% [markdown]
# **To measure** how well it finds we need to know where objects lie, in a few pictures. This is the only place
# where boxes are drawn, and nothing is trained on them. They are written as COCO has it.

# %%
(root / "test").mkdir()
coco = {"images": [], "annotations": [], "categories": [{"id": 1 + k, "name": name} for k, name in enumerate(PARTS)]}
for number in range(1, 9):
    image, lying = picture(int(rng.integers(4, 10)), rng)
    Image.fromarray(image).save(root / "test" / f"{number}.png")
    coco["images"].append(
        {"id": number, "file_name": f"{number}.png", "height": image.shape[0], "width": image.shape[1]}
    )
    for name, box in lying:
        entry = {"id": len(coco["annotations"]) + 1, "image_id": number, "category_id": 1 + PARTS.index(name)}
        coco["annotations"].append({**entry, "bbox": list(box), "area": box[2] * box[3], "iscrowd": 0})
(root / "test.json").write_text(json.dumps(coco))
print(len(coco["images"]), "pictures with", len(coco["annotations"]), "boxes")


# %% [markdown]
# **Train.** Half a minute here, because we ask for few and small windows (`QUICK`); without these knobs it takes some
# minutes and finds more.


# %%
def fullconv(*words):
    """Run a command as in a terminal, in our folder; show what it prints."""
    print("$ fullconv", *words)
    done = subprocess.run(
        [sys.executable, "-m", "fullconv", *words], cwd=root, capture_output=True, text=True, check=False
    )
    print(done.stdout)
    assert done.returncode == 0, done.stderr


QUICK = ["data.side=24", "train.epochs=6", "classifiers.located.background.windows=4000"]
fullconv("train", "data=folder", "data.path=crops", "data.scenes=scenes", "out=finder", *QUICK)


# %% [markdown]
# **Look at what it learnt from**, before any number. A row a class: would you name each window as its row does? The
# bar below a window says how surely it is of its class: objects off the middle, or of another size, are less and
# less so. The last rows are windows of the background, and those that the trained network takes for objects.


# %%
def show(path, width=10):
    """Show a picture's file."""
    image = Image.open(path)
    _, panel = plt.subplots(figsize=(width, width * image.height / image.width), layout="constrained")
    panel.imshow(image)
    panel.set_axis_off()
    plt.show()


show(root / "finder" / "windows.png")

# %% [markdown]
# **Find.** Boxes, classes and scores of a picture that it has never seen: drawn in `overlay.png`, listed in
# `detections.json`.

# %%
fullconv("locate", "classifier=finder", "image=test/1.png", "out=found")
show(root / "found" / "overlay.png", 7)

# %% [markdown]
# **Measure.** AP50 is 1 where every object is found before any false alarm, a box being right that overlaps a true
# one by half. Then the counts, which is often what one wants: found against true, image by image.

# %%
fullconv("evaluate", "classifier=finder", "dataset.images=test", "dataset.annotations=test.json", "out=report")
metrics = json.loads((root / "report" / "metrics.json").read_text())
print(f"AP50 {metrics['AP50']:.2f}, precision {metrics['precision_iou50']:.2f}, recall {metrics['recall_iou50']:.2f}")
show(root / "report" / "counts.png")
show(root / "report" / "contact_sheet.png")

# %% [markdown]
# **What to do next** is said in words, each with the number that led to it and the knob that it is about.

# %%
print((root / "report" / "advice.txt").read_text())

# %% [markdown]
# **Improve.** Washers are rare, in the crops as on the bench. We cut out ten more pictures, train twice as long, and
# measure again on the same test.

# %%
cut_out(14, 24, rng)
LONGER = ["data.side=24", "train.epochs=10", "classifiers.located.background.windows=5000"]
fullconv("train", "data=folder", "data.path=crops", "data.scenes=scenes", "out=better", *LONGER)
fullconv("evaluate", "classifier=better", "dataset.images=test", "dataset.annotations=test.json", "out=again")
longer = json.loads((root / "again" / "metrics.json").read_text())
print(f"AP50 {metrics['AP50']:.2f}, then {longer['AP50']:.2f}")

# %% [markdown]
# **What you keep** is the folder. `report.html` in it shows all of this on one page, without anything from
# elsewhere; the folder may be moved, renamed and sent on.

# %%
print(*sorted(path.name for path in (root / "better").iterdir()), sep="\n")
work.cleanup()

# %% [markdown]
# ## Try it in the pipeline
#
# ```console
# $ fullconv train data=folder data.path=crops data.scenes=scenes out=finder
# $ dvc exp run -S data=folder -S data.path=crops -S data.scenes=scenes
# ```
#
# The first is yours to run on two folders of your own. The second takes the same folders through all stages: the page
# `results/report.html` compares classifiers on scenes of your objects, and MLflow keeps their runs.
# [own.md](../use/own.md) says how many crops, which folders, and what to do when something looks wrong.
