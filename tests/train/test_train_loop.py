"""Training: the mathematics of Keras' own fit, the same weights twice, callbacks heard as users expect."""

from typing import Any

import keras
import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf

from fullconv.config.schema import AugmentConfig, TrainConfig
from fullconv.train import loop, passes, replicas
from fullconv.train.history import History
from fullconv.train.material import Fixed

pytestmark = pytest.mark.numeric

LAYERS = keras.layers


def images_and_labels(count: int, seed: int = 0) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.int32]]:
    """Noise with a bright row whose place is the class."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, count).astype(np.int32)
    images = rng.integers(0, 100, (count, 6, 6, 1), np.uint8)
    images[np.arange(count), 2 * labels] += 150
    return images, labels


TRAIN_X, TRAIN_Y = images_and_labels(38)  # five batches of eight, the last one smaller
VAL_X, VAL_Y = images_and_labels(21, 1)


def network(*middle: Any) -> Any:
    keras.utils.set_random_seed(3)
    return keras.Sequential(
        [
            keras.Input((6, 6, 1)),
            LAYERS.Conv2D(4, 3, activation="swish", kernel_regularizer=keras.regularizers.L2(0.01)),
            *middle,
            LAYERS.Flatten(),
            LAYERS.Dense(3, "softmax"),
        ]
    )


def trained(
    model: Any,
    epochs: int = 2,
    shift: int = 0,
    seed: int = 0,
    callbacks: Any = (),
    **knobs: Any,
) -> History:
    config = TrainConfig(**{"epochs": epochs, "batch_size": 8, "learning_rate": 0.01, **knobs})
    augment = AugmentConfig(epochs=shift, shift=0.3)
    return loop.fit(model, Fixed(TRAIN_X, TRAIN_Y), VAL_X, VAL_Y, config, augment, seed, callbacks)


def flat(model: Any) -> npt.NDArray[np.float32]:
    return np.concatenate([weight.ravel() for weight in model.get_weights()])


def nested_normalization() -> Any:
    return keras.Sequential([LAYERS.BatchNormalization()])


@pytest.mark.parametrize(
    ("middle", "shards"),
    [((), 1), ((), 3), ((nested_normalization,), 2)],
    ids=["one-part", "three-parts", "batch-normalization"],
)
def test_mathematics_is_that_of_keras(monkeypatch: pytest.MonkeyPatch, middle: Any, shards: int) -> None:
    monkeypatch.setattr(loop, "epoch_order", lambda images, number, seed: np.arange(images, dtype=np.int32))
    ours, theirs = network(*[make() for make in middle]), network(*[make() for make in middle])
    theirs.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy", metrics=["accuracy"])
    expected = theirs.fit(
        TRAIN_X / 255.0,
        TRAIN_Y,
        batch_size=8,
        epochs=3,
        shuffle=False,
        verbose=0,
        validation_data=(VAL_X / 255.0, VAL_Y),
    ).history
    rows = trained(ours, epochs=3, shards=shards).rows()
    np.testing.assert_allclose(flat(ours), flat(theirs), atol=2e-5)
    for name in ("accuracy", "val_accuracy"):
        np.testing.assert_allclose([row[name] for row in rows], expected[name], atol=1e-6)
    # Keras' loss holds the regularizer; its share of our sums must be the same.
    np.testing.assert_allclose([row["loss"] for row in rows], expected["loss"], rtol=1e-4)
    np.testing.assert_allclose([row["val_loss"] for row in rows], expected["val_loss"], rtol=1e-4)


def test_parts_change_nothing_with_shifts_either() -> None:
    one, two = network(), network()
    first, second = trained(one, 1, 2), trained(two, 1, 2, shards=2)
    np.testing.assert_allclose(flat(one), flat(two), atol=2e-5)
    assert [row["phase"] for row in first.rows()] == ["plain", "shift", "shift"]
    np.testing.assert_allclose(first.epochs[-1].loss, second.epochs[-1].loss, rtol=1e-4)


def test_the_seed_decides_everything() -> None:
    histories, weights = [], []
    for seed in (5, 5, 6):
        model = network(LAYERS.Dropout(0.4))
        keras.utils.set_random_seed(len(weights))  # what went on before must not matter
        histories.append(trained(model, 1, 1, seed, shards=2, batch_size=19))
        weights.append(flat(model))
    assert histories[0] == histories[1]
    assert weights[0].tobytes() == weights[1].tobytes()
    assert (weights[0] != weights[2]).any()


def test_dropout_draws_anew_in_every_part_of_every_batch() -> None:
    model = network(LAYERS.Dropout(0.4, seed=1))
    trained(model, epochs=2, shards=2)
    (state,) = [each for each in model.variables if each.name == "seed_generator_state"]
    assert int(state.value.numpy()[1]) == 2 * 5 * 2  # epochs, batches, parts


def test_orders_differ_between_epochs_and_seeds() -> None:
    orders = {tuple(loop.epoch_order(30, number, seed)) for number in range(3) for seed in range(3)}
    assert len(orders) == 9
    assert all(sorted(order) == list(range(30)) for order in orders)


def test_it_learns() -> None:
    history = trained(network(), epochs=15)
    assert history.epochs[-1].val_accuracy == 1
    assert history.epochs[-1].loss < 0.5 * history.epochs[0].loss


class Recorder(keras.callbacks.Callback):  # type: ignore[misc]
    """Writes down what it hears, and stops the training when told to."""

    def __init__(self, stop: str = "") -> None:
        super().__init__()
        self.heard: list[str] = []
        self.logs: list[dict[str, float]] = []
        self.stop = stop

    def note(self, what: str) -> None:
        self.heard.append(what)
        if what == self.stop:
            self.model.stop_training = True

    def on_train_begin(self, logs: Any = None) -> None:
        self.note("train begin")

    def on_train_end(self, logs: Any = None) -> None:
        self.note("train end")

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.note(f"epoch {epoch} begin")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.logs.append(dict(logs))
        self.note(f"epoch {epoch} end")

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        assert set(logs) == {"loss", "accuracy"}
        self.note(f"batch {batch} end")

    def on_test_end(self, logs: Any = None) -> None:
        self.note("test end")


def test_callbacks_hear_one_training_of_two_phases() -> None:
    recorder, model = Recorder(), network()
    history = trained(model, 1, 1, batch_size=20, callbacks=[recorder])
    epoch = ["batch 0 end", "batch 1 end", "test end"]
    assert recorder.heard == [
        "train begin",
        *["epoch 0 begin", *epoch, "epoch 0 end"],
        *["epoch 1 begin", *epoch, "epoch 1 end"],
        "train end",
    ]
    assert recorder.params == {"epochs": 2, "steps": 2, "verbose": 0}
    for logs, row in zip(recorder.logs, history.rows(), strict=True):
        assert logs == {name: row[name] for name in ("loss", "accuracy", "val_loss", "val_accuracy")}
    assert model.optimizer.iterations == 4


def test_a_callback_ends_both_phases() -> None:
    recorder = Recorder(stop="epoch 1 end")
    assert len(trained(network(), 3, 2, callbacks=[recorder], patience=5).epochs) == 2
    assert recorder.heard[-1] == "train end"


def test_a_callback_ends_an_epoch_half_way() -> None:
    model = network()
    assert len(trained(model, 3, callbacks=[Recorder(stop="batch 1 end")]).epochs) == 1
    assert model.optimizer.iterations == 2


class Freeze(keras.callbacks.Callback):  # type: ignore[misc]
    """Sets the learning rate to 0."""

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.model.optimizer.learning_rate = 0.0


def test_an_interruption_takes_the_bar_away(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupt(keras.callbacks.Callback):  # type: ignore[misc]
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            raise KeyboardInterrupt

    closed: list[bool] = []
    monkeypatch.setattr(loop.EpochProgress, "close", lambda self: closed.append(True))
    with pytest.raises(KeyboardInterrupt):
        trained(network(), callbacks=[Interrupt()])
    assert closed


def test_a_callback_changes_the_learning_rate() -> None:
    model = network()
    before = flat(model)
    trained(model, callbacks=[Freeze()])
    assert (flat(model) == before).all()


def test_early_stopping_ends_each_phase_with_its_best_weights() -> None:
    model = network()
    # Validation labels that are wrong on purpose: the better the training, the higher the validation loss.
    wrong = (VAL_Y + 1) % 3
    history = loop.fit(
        model,
        Fixed(TRAIN_X, TRAIN_Y),
        VAL_X,
        wrong,
        TrainConfig(epochs=30, batch_size=8, learning_rate=0.01, patience=2),
        AugmentConfig(epochs=30, shift=0.1),
        0,
    )
    phases = {name: [e for e in history.epochs if e.phase == name] for name in ("plain", "shift")}
    for epochs in phases.values():
        best = min(range(len(epochs)), key=lambda index: epochs[index].val_loss)
        assert len(epochs) == best + 1 + 2
    assert [epoch.epoch for epoch in history.epochs] == list(range(1, len(history.epochs) + 1))
    kept = model.evaluate(VAL_X / 255.0, wrong, verbose=0)[0]
    np.testing.assert_allclose(kept, min(epoch.val_loss for epoch in phases["shift"]), rtol=1e-4)


def test_shifts_alone_and_batches_larger_than_the_data() -> None:
    model = network()
    history = trained(model, 0, 1, batch_size=100, shards=2)
    assert [(epoch.epoch, epoch.phase) for epoch in history.epochs] == [(1, "shift")]
    assert model.optimizer.iterations == 1


def test_shifts_are_drawn_anew_for_every_image(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Any] = []

    def spied(images: Any, shifts: Any, fill: str) -> Any:
        tf.numpy_function(lambda values: drawn.extend(map(tuple, values)), [shifts], [])
        return images

    monkeypatch.setattr(passes, "shifted", spied)
    trained(network(), 1, 2, shards=2, batch_size=2)
    assert len(drawn) == len(set(drawn)) == 2 * len(TRAIN_X)
    # A share of .3 of six pixels.
    assert 1.5 < np.abs(drawn).max() <= 1.8


def test_layers_that_need_whole_batches_are_found() -> None:
    assert replicas.usable_shards(network(), 4) == 4
    assert replicas.usable_shards(network(nested_normalization()), 4) == 1
    assert replicas.usable_shards(network(LAYERS.SpectralNormalization(LAYERS.Conv2D(2, 1))), 4) == 1
