"""Files and folders that are no classifier of Keras: what each is, and what makes one of it."""

import zipfile
from pathlib import Path

from fullconv.models.files.refused.refusal import RefusalError, short

_SAVE = "model.save('name.keras')"
_KERAS = f"Give the Keras model that it was made of, saved with {_SAVE}."


def of_bytes(head: bytes, path: Path) -> RefusalError:
    """Return what a file is that is neither HDF5 nor a zip, by its first bytes and its name."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    suffix = path.suffix.lower()
    if not head:
        return RefusalError("an empty file", "Get it anew: nothing of it arrived.")
    if text.startswith(b"version https://git-lfs"):
        return RefusalError(
            "a pointer of Git LFS, not the file itself",
            "Run git lfs pull in its repository, or download it from its page.",
        )
    if text[:200].lower().startswith((b"<!doctype", b"<html", b"<head", b"<?xml")):
        return RefusalError(
            "a web page, not a model",
            "Download the file itself: on GitHub by “Download raw file”, not the page around it.",
        )
    if head[4:8] == b"TFL3" or suffix == ".tflite":
        return RefusalError("a TFLite model, which cannot be taken apart into layers", _KERAS)
    if text.startswith(b"{") or text.startswith(b"["):
        return _of_json(text, path)
    if _is_pickle(head) or suffix in (".pkl", ".pickle", ".joblib"):
        return _of_pickle(head, suffix)
    if suffix == ".onnx" or (head[:1] == b"\x08" and b"onnx" in head[:200].lower()) or b"pytorch" in head[:40]:
        return RefusalError("an ONNX model", _KERAS)
    if suffix == ".pb" or path.name == "saved_model.pb":
        return RefusalError(
            "a graph of TensorFlow (.pb), which has no layers",
            f"Give the folder of a SavedModel that Keras wrote, or the Keras model saved with {_SAVE}.",
        )
    if head.startswith(b"PK"):
        return RefusalError(
            "not a whole .keras file: a zip that is cut or damaged", f"Get it anew, or save it anew with {_SAVE}."
        )
    return RefusalError(
        f"not a whole .keras file or HDF5: it begins with {short(head[:12], 40)}", f"Save the model anew with {_SAVE}."
    )


def _is_pickle(head: bytes) -> bool:
    return head[:1] == b"\x80" and len(head) > 2 and 2 <= head[1] <= 5


def _of_pickle(head: bytes, suffix: str) -> RefusalError:
    if suffix in (".pt", ".pth", ".ckpt", ".bin") or b"\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19" in head[:32]:
        return _pytorch()
    return RefusalError("a pickle, a program that its reader runs: it is not opened", f"Save the model with {_SAVE}.")


def _pytorch() -> RefusalError:
    return RefusalError(
        "a file of PyTorch",
        "fullconv reads classifiers of Keras: train one there, or build it in Keras and copy the weights.",
    )


def _of_json(text: bytes, path: Path) -> RefusalError:
    if b"weightsManifest" in text or b"modelTopology" in text or (path.parent / "weights.bin").is_file():
        return RefusalError(
            "a model of TensorFlow.js",
            "In Teachable Machine export it as “Tensorflow → Keras”; or give the Keras model that it was made of.",
        )
    if b'"class_name"' in text:
        return RefusalError(
            "an architecture without weights (JSON)", f"Save the whole model: {_SAVE} where it was trained."
        )
    return RefusalError("a JSON file, not a model", _KERAS)


def of_zip(path: Path) -> RefusalError | None:
    """Return what a zip is that is no `.keras` file; None where it may be one."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
        return RefusalError(
            "not a whole .keras file: a zip that is cut or damaged", f"Get it anew, or save it anew with {_SAVE}."
        )
    if any(name.endswith("data.pkl") or name.endswith("constants.pkl") for name in names):
        return _pytorch()
    if "config.json" in names:
        return None
    models = [name for name in names if name.lower().endswith((".h5", ".hdf5", ".keras", "saved_model.pb"))]
    if models:
        return RefusalError(f"a zip around {short(models[0], 60)}", "Unpack it and give what is in it.")
    if any(name.endswith(".tflite") for name in names):
        return RefusalError("a zip around a TFLite model, which cannot be taken apart into layers", _KERAS)
    if any(name.endswith(".npy") for name in names):
        return RefusalError("arrays of NumPy (.npz), not a model", _KERAS)
    return RefusalError("a zip that is no .keras file: it holds no config.json", f"Save the model anew with {_SAVE}.")


def of_folder(folder: Path) -> RefusalError:
    """Return what a folder is that holds no classifier."""
    names = {one.name for one in folder.iterdir()}
    if "model.json" in names:
        return _of_json(b"modelTopology", folder / "model.json")
    if not names:
        return RefusalError("an empty folder", "Name the file of the classifier.")
    if {"model-card.md", "meaning.json"} <= names:  # of ours
        return RefusalError(
            "a conversion for other runtimes alone",
            "Give the file that it was made of, or convert that with format=keras too.",
        )
    return RefusalError(
        f"a folder without a classifier ({short(', '.join(sorted(names)[:4]), 80)})", "Name the file itself."
    )
