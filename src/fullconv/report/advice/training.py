"""Advice on the training: too short, learnt by heart, or beyond the network."""

from collections.abc import Iterator

from fullconv.report.advice.evidence import Advice, Evidence

_GAP, _FIT = 0.1, 0.7  # between accuracies; of training windows
_FALLING = 0.05


def training(evidence: Evidence) -> Iterator[Advice]:
    """Say whether the training was too short, too narrow, or the network too small."""
    if evidence.falling >= _FALLING:
        text = f"The loss still fell by {evidence.falling:.0%} in the last quarter of the training. "
        text += "Train longer: train.epochs."
        yield Advice(text, "train.epochs", 0.1)
    seen, new = evidence.accuracy, evidence.val_accuracy
    if min(seen, new) >= 0 and seen - new >= _GAP:
        text = f"Of what it was trained on {seen:.0%} is named right, of held-out crops {new:.0%}: it learnt these "
        text += "crops by heart. Add crops to data.path, or move them more: augment."
        yield Advice(text, "data.path", seen - new)
    elif 0 <= seen < _FIT and evidence.falling < _FALLING:
        text = f"Only {seen:.0%} of the training windows are named right. Look at windows.png; if you could name them, "
        text += "a larger network may: model."
        yield Advice(text, "model", 1 - seen)
