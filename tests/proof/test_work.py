"""Work counted layer by layer against the sum done by hand."""

import keras
from keras import layers

from fullconv.proof.work import Work, work_of


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


def test_nested_models_count_and_a_shared_layer_counts_once() -> None:
    inner = keras.Sequential([keras.Input((4, 4, 1)), layers.Conv2D(2, 3)])
    image = keras.Input((4, 4, 1))
    shared = layers.Conv2D(1, 1)
    classifier = keras.Model(image, layers.Flatten()(inner(shared(shared(image)))))
    assert work_of(classifier).operations == 2 * 2 * 2 * 9 + 4 * 4


def test_images_within_a_budget() -> None:
    assert Work(100, 1).images_within(350.0) == 3
    assert Work(0, 1).images_within(5.0) == 5
