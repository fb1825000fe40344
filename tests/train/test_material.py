"""What an epoch trains on: exchanged images, certainty in the loss, windows mined by the model's own mistakes."""

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pytest

from fullconv.config.schema import AugmentConfig, BackgroundConfig, ClassifierConfig, ModelConfig, TrainConfig
from fullconv.data.sources.bundled import digits_like_mnist
from fullconv.data.windows.drawing import WindowSource
from fullconv.data.windows.windows import Windows, apart
from fullconv.train.loop import fit, learning_rate
from fullconv.train.material import Drawn, Fixed, hardest
from fullconv.train.passes import TrainingPass, scorer
from fullconv.train.recipe import train_classifier

KNOBS: dict[str, Any] = {
    "windows": 120,
    "test": 20,
    "share": 0.5,
    "empty": 0.2,
    "sizes": [0.5, 2.0],
    "place": 1.0,
    "size": 0.1,
    "place_tolerance": 2.5,
    "size_tolerance": 0.2,
}


def source(config: BackgroundConfig) -> WindowSource:
    arrays = digits_like_mnist()
    return WindowSource(arrays.train_images, arrays.train_labels, config)


def no_score(images: Any) -> npt.NDArray[Any]:
    raise AssertionError("nothing is mined")


def model_of(classes: int = 3) -> Any:
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Flatten(), keras.layers.Dense(classes, "softmax")])


def test_windows_differ_from_epoch_to_epoch_and_not_from_run_to_run() -> None:
    config = BackgroundConfig(**KNOBS)
    one, two = (Drawn(source(config), config, 5, no_score) for _ in range(2))
    assert one.epoch(0) is one.epoch(0)
    first, second = one.epoch(0).images, one.epoch(1).images
    assert first.shape == second.shape == (120, 28, 28, 1)
    assert not np.array_equal(first, second)
    np.testing.assert_array_equal(second, two.epoch(1).images)


def test_mining_keeps_what_the_model_mistakes_for_objects() -> None:
    certainty = np.array([1, 0, 0, 0.7, 0, 0.01], np.float32)
    images = np.arange(6, dtype=np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 1), np.uint8)
    # The background's probability, by image: 1 and 4 are mistaken most.
    sure = np.array([0.0, 0.2, 0.9, 0.0, 0.1, 0.8])
    kept = hardest(
        Windows(images, np.arange(6, dtype=np.int32), certainty),
        4,
        lambda given: np.stack([1 - sure[given[:, 0, 0, 0]], sure[given[:, 0, 0, 0]]], axis=1),
    )
    assert kept.labels.tolist() == [0, 1, 3, 4]


def test_mined_windows_are_as_many_and_keep_the_share_of_objects() -> None:
    config = BackgroundConfig(**{**KNOBS, "windows": 600, "hardest": 3.0})
    dark = Drawn(source(config), config, 1, lambda images: np.stack([np.zeros(len(images)), images.mean((1, 2, 3))], 1))
    plain, mined = dark.epoch(0), dark.epoch(1)
    assert len(mined.images) == 600
    assert apart(mined).mean() == pytest.approx(apart(plain).mean(), abs=0.08)
    # This score takes dark windows for objects: of the windows apart the darkest stay.
    assert mined.images[apart(mined)].mean() < 0.5 * plain.images[apart(plain)].mean()


def test_what_certainty_leaves_open_is_the_last_classs() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (8, 4, 4, 1), np.uint8)
    labels = np.array([0, 1, 0, 1, 0, 1, 0, 1], np.int32)
    certainty = np.array([1, 0.75, 0.5, 0.25, 0, 1, 0.9, 0.1], np.float32)
    model = model_of()
    model.compile(keras.optimizers.SGD(0.0))
    model.optimizer.build(model.trainable_variables)
    (_, sums), *_ = TrainingPass(model, Windows(images, labels, certainty), 8, 2, None).run(np.arange(8), 0)
    scores = scorer(model)(images)
    expected = -(certainty * np.log(scores[np.arange(8), labels]) + (1 - certainty) * np.log(scores[:, 2]))
    assert sums.loss == pytest.approx(expected.sum(), rel=1e-5)
    assert sums.right == (scores.argmax(1) == np.where(certainty >= 0.5, labels, 2)).sum()


def test_exchanged_images_are_trained_on() -> None:
    model = model_of(2)
    black, white = (np.full((6, 4, 4, 1), value, np.uint8) for value in (0, 255))
    labels = np.zeros(6, np.int32)

    class Changing:
        def epoch(self, number: int) -> Windows:
            return Windows(white if number else black, labels)

        def sample(self, count: int) -> Windows:
            return self.epoch(0)

    kernel = model.get_weights()[0].copy()
    config = TrainConfig(epochs=1, batch_size=6, learning_rate=0.01)
    fit(model, Changing(), black, labels, config, AugmentConfig(), 0)
    np.testing.assert_array_equal(model.get_weights()[0], kernel)  # a black image moves the bias alone
    config.epochs = 2
    fit(model, Changing(), black, labels, config, AugmentConfig(), 0)
    assert (model.get_weights()[0] != kernel).all()


def test_a_sample_depends_on_the_seed_alone_and_is_no_larger_than_an_epoch() -> None:
    config = BackgroundConfig(**KNOBS)
    one, two = (Drawn(source(config), config, 5, no_score) for _ in range(2))
    first = one.sample(1000)
    one.epoch(2)
    np.testing.assert_array_equal(first.images, two.sample(1000).images)
    assert first.images.shape == (120, 28, 28, 1)
    assert not np.array_equal(first.images, one.epoch(0).images)
    fixed = Fixed(np.arange(10, dtype=np.uint8).reshape(10, 1, 1, 1), np.arange(10, dtype=np.int32))
    assert fixed.sample(4).labels.tolist() == [0, 3, 6, 9]
    assert fixed.sample(40).labels.tolist() == list(range(10))


def test_a_cosine_ends_at_nothing() -> None:
    rate = learning_rate(TrainConfig(epochs=2, batch_size=4, learning_rate=0.5, decay="cosine"), AugmentConfig(), 10)
    assert [float(rate(step)) for step in (0, 3, 6)] == pytest.approx([0.5, 0.25, 0.0])
    assert learning_rate(TrainConfig(epochs=2, batch_size=4, learning_rate=0.5), AugmentConfig(), 10) == 0.5


def test_a_recipe_with_windows_learns_and_repeats() -> None:
    config = ClassifierConfig(
        model=ModelConfig(architecture="valid", channels=[4, 8], units=16),
        background=BackgroundConfig(**{**KNOBS, "windows": 2000, "hardest": 1.5}),
        train=TrainConfig(epochs=8, batch_size=50, learning_rate=0.01, decay="cosine"),
    )
    arrays = digits_like_mnist()
    classes = [str(number) for number in range(10)]
    one, two = (train_classifier(arrays, config, classes, seed=3) for _ in range(2))
    assert one.classifier.output_shape == (None, 11)
    assert one.metrics["val_accuracy"] > 0.5
    assert one.sample.scores.shape == (1200, 11)
    assert one.sample.counts.tolist() == np.bincount(arrays.train_labels).tolist()
    surely = one.sample.windows.certainty > 0.9
    told = one.sample.scores.argmax(1) == one.sample.windows.labels
    assert told[surely].mean() > 0.5
    np.testing.assert_array_equal(one.sample.scores, two.sample.scores)
    for ours, theirs in zip(one.classifier.get_weights(), two.classifier.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)


@pytest.mark.parametrize(
    ("epochs", "learnt"),
    [
        ([0], []),
        ([0, 1, 2, 3, 4], [(1, 1), (3, 3)]),
        ([1, 1, 2], [(1, 1)]),
        ([2, 3], [(2, 1), (3, 3)]),  # gone on after the first round: what was learnt there is learnt again
        ([5, 6], [(5, 3)]),  # after both: the last is learnt again
    ],
)
def test_a_source_learns_before_the_epochs_of_its_rounds(epochs: list[int], learnt: list[tuple[int, int]]) -> None:
    config = BackgroundConfig(**{**KNOBS, "windows": 4})
    heard: list[tuple[int, int]] = []
    at = -1
    drawn = Drawn(source(config), config, 5, no_score, (1, 3), lambda due: heard.append((at, due)))
    drawn.sample(3)
    for at in epochs:
        drawn.epoch(at)
    assert heard == learnt
