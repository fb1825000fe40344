"""A certificate as a table for people, from its plain values: what `as_dict` gives and convert.json holds."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from fullconv.proof.decisions import BEST
from fullconv.proof.differences import hardly_differ

Rows = list[tuple[str, str]]

_SMALL = 0.01  # a difference that a power of ten says better
NAMED = 3  # layers that a row names before it only counts
_NOT_COMPARABLE: Rows = [("against the classifier", "not comparable: the head scores each feature cell alone")]


def certificate_rows(content: Mapping[str, Any]) -> Rows:
    """Return pairs of words and figures."""
    against = [*_at_training_size(content), *_on_crops(content)] if content["comparable"] else _NOT_COMPARABLE
    return [*_network(content), *against, *_exact(content), *_engines(content["dense"])]


def grouped_rows(content: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Return the rows with what each is of in front: in a narrow table an indented one is nobody's."""
    grouped, group = [], ""
    for what, measured in certificate_rows(content):
        group = group if what.startswith(" ") else what
        grouped.append((group, "" if what == group else what.strip(), measured))
    return grouped


def difference_words(difference: float | None) -> str:
    """Return a certificate's largest difference in one digit; a head on each feature cell alone has none."""
    if difference is None:
        return "not comparable"
    return "0" if difference == 0 else f"{difference:.0e}" if difference < _SMALL else f"{difference:.2f}"


def certificate_line(content: Mapping[str, Any]) -> str:
    """Return in a line how far a conversion is from its classifier at training size."""
    if not content["comparable"]:
        return "not comparable with its classifier"
    return f"at most {difference_words(content['max_difference'])} from its classifier"


def by(sides: Sequence[int]) -> str:
    """Return sides as `height×width`."""
    return "×".join(str(side) for side in sides)


def _network(content: Mapping[str, Any]) -> Rows:
    geometry, parameters = content["geometry"], content["parameters"]
    return [
        ("window (pixels)", by(geometry["window"])),
        ("stride (pixels)", by(geometry["stride"])),
        ("offset (pixels)", ", ".join(map(str, geometry["offset"]))),
        ("receptive field (pixels)", by(content["receptive_field"]["window"])),
        ("parameters: classifier", f"{parameters['classifier']:,}"),
        ("parameters: conversion", f"{parameters['conversion']:,}"),
        ("computes in", content["precision"]),
    ]


def _at_training_size(content: Mapping[str, Any]) -> Rows:
    white = content["white"]
    kind = "" if white is None else f", random, pixels 0 to {white:g}"
    rows = [
        ("images at training size", f"{content['images']}{kind}"),
        ("  largest difference", _figure(content["max_difference"])),
        ("  mean difference", _figure(content["mean_difference"])),
        *_agreement(content, "argmax_agreement"),
        ("  spread of scores", _figure(content["spread"])),
    ]
    if hardly_differ(content["spread"], content["largest_score"]):
        rows.append(("  but", "scores that hardly differ prove little: certify with images that the classifier knows"))
    return rows


def _on_crops(content: Mapping[str, Any]) -> Rows:
    crops, cells = content["crops"], content["cells"]
    rows = [
        ("cells of larger images on crops", str(crops) if crops == cells else f"{crops} of {cells:,}"),
        ("  largest difference", _figure(content["crop_max_difference"])),
        ("  mean difference", _figure(content["crop_mean_difference"])),
        *_agreement(content, "crop_argmax_agreement"),
        ("  spread of scores", _figure(content["crop_spread"])),
    ]
    if hardly_differ(content["crop_spread"], content["largest_score"]):
        rows.append(("  but", "scores that hardly differ prove little: give larger images with something in them"))
    return rows


def _agreement(content: Mapping[str, Any], key: str) -> Rows:
    """Return no row where scores decide nothing known: to agree would say nothing."""
    decision = content.get("decision", BEST)
    return [] if decision is None else [(f"  same {decision}", _share(content[key]))]


def _exact(content: Mapping[str, Any]) -> Rows:
    """Return the verdict and one row a reason; a network has dozens of layers with the same."""
    reasons: dict[str, list[str]] = {}
    for note in content["notes"]:
        _, _, reason = note.partition(" ")
        reasons.setdefault(re.sub(r" \([^)]*\)", "", reason), []).append(note)
    because = [("  because", _grouped(reason, named)) for reason, named in reasons.items()]
    return [("a cell is the classifier on its crop", "yes" if content["exact"] else "no"), *because]


def _grouped(reason: str, notes: Sequence[str]) -> str:
    if len(notes) == 1:
        return notes[0]
    layers = [note.split(" ", 1)[0] for note in notes]
    more = ", …" if len(layers) > NAMED else ""
    return f"{len(layers)} layers ({', '.join(layers[:NAMED])}{more}): each {reason}"


def _engines(dense: Mapping[str, Any]) -> Rows:
    rows: Rows = [("dense engine by default", dense["auto"] or "none")]
    if dense["skipped"] is not None:
        return [*rows, ("  not compared", dense["skipped"])]
    what = f"{dense['cells']:,} of {by(dense['size'])} pixels at stride {by(dense['stride'])}"
    rows += [("  cells compared", what), ("  spread of scores", _figure(dense["spread"]))]
    for name, found in dense["engines"].items():
        if found["cannot"] is None:
            figures = f"{_figure(found['max_difference'])} at most, {_figure(found['mean_difference'])} in the mean"
            rows.append((f"  {name} against stitch", figures))
        else:
            rows.append((f"  {name} cannot", found["cannot"]))
    return rows


def _figure(value: float) -> str:
    return f"{value:.2e}"


def _share(value: float) -> str:
    return f"{value:.2%}"
