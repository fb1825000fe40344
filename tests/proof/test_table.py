"""The certificate's rows: readable for three layers and for fifty."""

import json

import keras
import numpy as np
from keras import layers

from fullconv.convert.conversion import convolutionalize
from fullconv.proof.certificate import certify
from fullconv.proof.table import certificate_line, certificate_rows, grouped_rows


def certified(depth: int) -> dict[str, object]:
    classifier = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            *(layers.Conv2D(2, 3, padding="same", name=f"conv_{index}") for index in range(depth)),
            layers.MaxPooling2D(2, padding="same", name="pool"),
            layers.Flatten(name="flatten"),
            layers.Dense(2, name="classes"),
        ]
    )
    rng = np.random.default_rng(0)
    classifier.set_weights([rng.normal(0, 0.3, weight.shape) for weight in classifier.get_weights()])
    content: dict[str, object] = json.loads(json.dumps(certify(classifier, convolutionalize(classifier)).as_dict()))
    return content


def test_layers_with_one_reason_share_a_row() -> None:
    content = certified(5)
    because = [measured for what, measured in certificate_rows(content) if what == "  because"]
    assert because == ["5 layers (conv_0, conv_1, conv_2, …): each pads its input; a crop sees zeros there"]
    notes = content["notes"]
    assert isinstance(notes, list)
    assert len(notes) == 5


def test_one_layer_has_its_whole_note() -> None:
    content = certified(1)
    assert ("  because", content["notes"][0]) in certificate_rows(content)  # type: ignore[index]


def test_scores_that_hardly_differ_are_said_to_prove_little() -> None:
    content = certified(1)
    assert "  but" not in dict(certificate_rows(content))
    blind = content | {"spread": 0.0, "crop_spread": 0.0}
    assert [what for what, _ in certificate_rows(blind)].count("  but") == 2


def test_what_was_not_compared_is_said() -> None:
    content = certified(1)
    dense = {"auto": "stitch", "skipped": "too long", "engines": {}}
    assert certificate_rows(content | {"dense": dense})[-2:] == [
        ("dense engine by default", "stitch"),
        ("  not compared", "too long"),
    ]
    dense = {
        "auto": "dilate", "skipped": None, "cells": 1234, "stride": [2, 1], "size": [50, 60], "spread": 0.25,
        "engines": {
            "dilate": {"max_difference": 1e-7, "mean_difference": 2e-8, "cannot": None},
            "fragment": {"max_difference": None, "mean_difference": None, "cannot": "layer 'a': no"},
        },
    }  # fmt: skip
    assert certificate_rows(content | {"dense": dense})[-4:] == [
        ("  cells compared", "1,234 of 50×60 pixels at stride 2×1"),
        ("  spread of scores", "2.50e-01"),
        ("  dilate against stitch", "1.00e-07 at most, 2.00e-08 in the mean"),
        ("  fragment cannot", "layer 'a': no"),
    ]


def test_in_a_narrow_table_each_row_says_what_it_is_of() -> None:
    model = keras.Sequential([keras.Input((4, 4, 1)), layers.Conv2D(2, 2), layers.Flatten(), layers.Dense(2)])
    content = certify(model, convolutionalize(model)).as_dict()
    rows = grouped_rows(content)
    assert [measured for *_, measured in rows] == [measured for _, measured in certificate_rows(content)]
    seen = [(group[:18], what[:18]) for group, what, _ in rows]  # letters that a column of the dashboard shows
    assert len(set(seen)) == len(seen)
    assert {("images at training", "largest difference"), ("cells of larger im", "largest difference")} <= set(seen)


def test_a_certificate_in_a_line() -> None:
    assert certificate_line({"comparable": True, "max_difference": 8.04e-07}) == "at most 8e-07 from its classifier"
    assert certificate_line({"comparable": True, "max_difference": 0.0}) == "at most 0 from its classifier"
    assert certificate_line({"comparable": False, "max_difference": None}) == "not comparable with its classifier"
