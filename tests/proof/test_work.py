"""Work counted layer by layer against the sum done by hand."""

import json

import keras
from keras import layers

from fullconv.convert.conversion import convolutionalize
from fullconv.proof.crops import size_for_crops
from fullconv.proof.work import Work, costs, work_of


def test_convolutions_and_dense_layers_by_hand() -> None:
    classifier = keras.Sequential(
        [
            keras.Input((10, 12, 3)),
            layers.Conv2D(8, 3, strides=2, padding="same"),  # 5×6×8 results of 3·3·3 each
            layers.DepthwiseConv2D(3, depth_multiplier=2, padding="same"),  # 5×6×16 of 3·3
            layers.Conv2D(4, 1, groups=2),  # 5×6×4 of 8
            layers.Flatten(),
            layers.Dense(7),  # 7 of 120
        ]
    )
    by_hand = 5 * 6 * 8 * 27 + 5 * 6 * 16 * 9 + 5 * 6 * 4 * 8 + 7 * 120
    assert work_of(classifier) == Work(by_hand, 4 * 5 * 6 * 16)


def test_nested_models_count_and_a_shared_layer_counts_at_each_call() -> None:
    inner = keras.Sequential([keras.Input((4, 4, 1)), layers.Conv2D(2, 3)])
    image = keras.Input((4, 4, 1))
    shared = layers.Conv2D(1, 1)
    classifier = keras.Model(image, layers.Flatten()(inner(shared(shared(image)))))
    assert work_of(classifier).operations == 2 * 2 * 2 * 9 + 2 * 4 * 4


def test_an_image_may_be_the_largest_of_all() -> None:
    classifier = keras.Sequential([keras.Input((10, 12, 3)), layers.MaxPooling2D(2), layers.Flatten()])
    assert work_of(classifier) == Work(0, 4 * 10 * 12 * 3)


def test_costs_are_those_of_the_classifier_and_of_its_conversion_at_a_size() -> None:
    classifier = keras.Sequential([keras.Input((4, 4, 1)), layers.Conv2D(2, 2), layers.Flatten(), layers.Dense(3)])
    conversion = convolutionalize(classifier)
    found = costs(classifier, conversion, (5, 6))
    assert found["classifier"]["input_shape"] == [4, 4, 1]
    assert found["classifier"]["multiply_accumulates"] == 3 * 3 * 2 * 4 + 18 * 3
    assert found["conversion"]["input_shape"] == [5, 6, 1]
    assert found["conversion"]["multiply_accumulates"] == 4 * 5 * 2 * 4 + 2 * 3 * 18 * 3
    assert json.loads(json.dumps(found)) == found
    height, width = size_for_crops(conversion.geometry)
    assert costs(classifier, conversion)["conversion"]["input_shape"] == [height, width, 1]


def test_images_within_a_budget() -> None:
    assert Work(100, 1).images_within(350.0) == 3
    assert Work(0, 1).images_within(5.0) == 5
