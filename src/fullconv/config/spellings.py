"""Words of the command line as they were spelt before, which keep working and cost a warning; and one short word."""

import logging
from collections.abc import Sequence

log = logging.getLogger(__name__)

# What `heatmap.KEY` is called now.
_HEATMAP = {key: f"locate.{key}" for key in ("head", "scales", "enlarge", "fuse", "stride", "floor", "top")}
_HEATMAP["sizes"] = "locate.levels"
# What stood before the name of a registered model, and what stands before what searches now.
_REGISTERED, _WHAT = ("model=registry:", "registered="), "classifier="
_SHORT = {"format": "convert.format"}  # format=keras,onnx, without brackets


def said_anew(words: Sequence[str]) -> list[str]:
    """Return the words KEY=VALUE of a command line in today's spelling; an old one costs a warning.

    Where classifier.classes=… or another key below it is given too, classifier=WHAT becomes classifier.name=WHAT: Hydra
    would replace all that is below by the one word.
    """
    made = [_anew(word) for word in words]
    if not any(word.startswith("classifier.") for word in made):
        return made
    return [f"classifier.name={word.removeprefix(_WHAT)}" if word.startswith(_WHAT) else word for word in made]


def _anew(word: str) -> str:
    key, _, value = word.partition("=")
    if key in _SHORT:
        return f"{_SHORT[key]}=[{value.strip().removeprefix('[').removesuffix(']')}]"
    group, _, knob = key.partition(".")
    if word.startswith(_REGISTERED):
        return _told(word, f"{_WHAT}registry:{word.split('=', 1)[1].removeprefix('registry:')}")
    if group == "heatmap" and knob in _HEATMAP:
        return _told(word, f"{_HEATMAP[knob]}={value}")
    return word


def _told(old: str, new: str) -> str:
    log.warning("%s: it is called %s now", old, new)
    return new
