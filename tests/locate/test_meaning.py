"""What a classifier of one's own reads and means: forms of scores, names, the background at any place."""

from typing import Any

import keras
import numpy as np
import pytest
from keras import layers

from fullconv.errors import InputError
from fullconv.locate.channels import Channels, background_of, meant_by
from fullconv.locate.evidence import label_evidence
from fullconv.locate.meaning import Named, background_said, meaning_of, opened, reads
from fullconv.locate.outputs import Form, Outputs, form_of

pytestmark = pytest.mark.numeric


def never() -> Any:
    raise AssertionError("scores were not needed")


@pytest.mark.parametrize(
    ("activation", "count", "form"),
    [
        ("softmax", 3, Form.DISTRIBUTION), ("log_softmax", 3, Form.LOGITS), ("sigmoid", 1, Form.UNIT),
        ("sigmoid", 3, Form.LABELS), ("hard_sigmoid", 1, Form.UNIT),
    ],
)  # fmt: skip
def test_the_last_activation_says_the_form(activation: str, count: int, form: Form) -> None:
    assert form_of(activation, count, never, "x") is form


@pytest.mark.parametrize(
    ("activation", "scores", "form"),
    [
        ("linear", [[2.0, -1.0]], Form.LOGITS),
        ("linear", [[2.0]], Form.UNIT_LOGIT),
        ("linear", [[0.2, 0.8], [0.5, 0.5]], Form.DISTRIBUTION),
        ("linear", [[0.2, 0.9]], Form.LOGITS),
        (None, [[0.2, 0.9]], Form.LABELS),
        (None, [[0.2]], Form.UNIT),
        (None, [[0.2, 0.8]], Form.DISTRIBUTION),
        (None, [[2.0, -1.0]], Form.LOGITS),
        ("relu", [[0.25, 0.75]], Form.DISTRIBUTION),
    ],
)
def test_scores_say_what_the_activation_does_not(activation: str | None, scores: list[Any], form: Form) -> None:
    some = np.array(scores, np.float32)
    assert form_of(activation, some.shape[-1], lambda: some, "x") is form


@pytest.mark.parametrize("activation", ["tanh", "softplus", "relu", "softsign", "exponential"])
def test_what_is_neither_is_refused_in_a_line(activation: str) -> None:
    said = rf"^my\.keras: its scores come from {activation}.* Let it end in softmax"
    with pytest.raises(InputError, match=said) as caught:
        form_of(activation, 2, lambda: np.array([[0.5, 2.0]], np.float32), "my.keras")
    assert len(str(caught.value)) <= 400
    with pytest.raises(InputError, match=r"a softmax over one score"):
        form_of("softmax", 1, never, "my.keras")


def test_scores_become_probabilities() -> None:
    logits = np.array([[1000.0, 998.0, -5.0]], np.float32)
    made = Outputs(Form.LOGITS).probabilities(logits)
    np.testing.assert_allclose(made, [[0.880797, 0.119203, 0]], atol=1e-6)
    np.testing.assert_allclose(Outputs(Form.LOGITS, (2, 0, 1)).probabilities(logits), made[:, [2, 0, 1]])
    np.testing.assert_allclose(Outputs(Form.UNIT).probabilities(np.array([[0.3]], np.float32)), [[0.7, 0.3]])
    sure = Outputs(Form.UNIT_LOGIT, (1, 0)).probabilities(np.array([[40.0]], np.float32))
    assert sure[0, 0] == 1
    assert sure[0, 1] == pytest.approx(np.exp(-40.0), rel=1e-4)  # 1 - p would be nothing
    raw = np.array([[0.9, 0.8]], np.float32)
    assert Outputs(Form.LABELS).probabilities(raw) is raw


def test_labels_have_evidence_by_themselves() -> None:
    scores = np.array([[0.9, 0.5, 0.1, 1.0]], np.float32)
    assert label_evidence(scores, [0]) == pytest.approx(np.log(9), rel=1e-5)
    assert (label_evidence(scores, [1]), label_evidence(scores, [2])) == (0, 0)
    assert 16 < float(label_evidence(scores, [2, 3])[0]) < 18


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["cat", "Background"], 1), (["0 Nothing", "1 cat"], 0), (["a", "NO_OBJECT", "b"], 1),
        (["a", "other", "none"], 2), (["negative", "positive"], 0), (["a", "None of the above"], 1),
        (["cat", "dog"], None), (["another", "b"], None),
        (["background"], None), (["a", "back-ground"], 1), (["unknown", "x"], 0), (["nothing special", "x"], None),
    ],
)  # fmt: skip
def test_a_class_that_means_nothing_is_known_by_its_name(names: list[str], found: int | None) -> None:
    assert background_of(names, "auto") == found


def test_the_background_is_what_is_said() -> None:
    names = ["cat", "nothing", "3"]
    assert [background_of(names, one) for one in ("none", "cat", "3", "1")] == [None, 0, 2, 1]
    with pytest.raises(InputError, match=r"^classifier\.background: received 'dog'.*auto, none, or one of the classes"):
        background_of(names, "dog")


def test_the_background_comes_last_wherever_it_stands() -> None:
    assert meant_by(["a", "nothing", "b"], 3, "auto", "x") == (Channels(("a", "b"), True, "nothing"), (0, 2, 1))
    assert meant_by(["a", "b", "nothing"], 3, "auto", "x") == (Channels(("a", "b"), True, "nothing"), ())
    assert meant_by(["a", "nothing", "b"], 3, "none", "x") == (Channels(("a", "nothing", "b"), False), ())
    assert meant_by(["a", "b"], 3, "auto", "x") == (Channels(("a", "b"), True), ())
    assert meant_by(["a", "b"], 3, "ground", "x") == (Channels(("a", "b"), True, "ground"), ())
    assert meant_by(["square"], 2, "auto", "x") == (Channels(("square",), True), (1, 0))
    for count in (1, 4):
        with pytest.raises(InputError, match=rf"^labels\.txt: {count} outputs for 2 names"):
            meant_by(["a", "b"], count if count > 3 else 1, "auto", "labels.txt")
    with pytest.raises(InputError, match=r"^x: 3 outputs for 2 names"):
        meant_by(["a", "b"], 3, "none", "x")
    with pytest.raises(InputError, match=r"^classifier\.background: 'a', while 3 outputs have the 2 names of x"):
        meant_by(["a", "b"], 3, "a", "x")


def unit(weight: float, bias: float) -> keras.Model:
    model = keras.Sequential([keras.Input((4, 4, 1)), layers.Flatten(), layers.Dense(1, activation="sigmoid")])
    model.set_weights([np.full((16, 1), weight / 16), np.array([bias])])
    return model


def test_one_unit_of_a_sigmoid_gives_the_classifiers_own_numbers() -> None:
    model, image = unit(6, -2), np.random.default_rng(0).random((5, 4, 4, 1), np.float32)
    own = np.asarray(model(image))
    form = opened(model, (4, 4), "x")
    assert form is Form.UNIT_LOGIT
    channels, outputs = meaning_of(form, 1, Named(("square",), "x"), "auto")
    assert channels.names == ["square", "background"]
    made = outputs.probabilities(np.asarray(model(image)))
    np.testing.assert_allclose(made, np.concatenate([own, 1 - own], axis=1), atol=1e-6)
    channels, outputs = meaning_of(form, 1, Named(("no", "yes"), "x"), "auto")
    assert channels == Channels(("no", "yes"), False)
    np.testing.assert_allclose(outputs.probabilities(np.asarray(model(image)))[:, 1:], own, atol=1e-6)
    channels, outputs = meaning_of(form, 1, Named(("negative", "positive"), "x"), "auto")
    assert channels == Channels(("positive",), True, "negative")
    np.testing.assert_allclose(outputs.probabilities(np.asarray(model(image)))[:, :1], own, atol=1e-6)
    assert meaning_of(form, 1, Named((), "x"), "auto")[0] == Channels(("class 0", "class 1"), False)
    assert meaning_of(form, 1, Named((), "x"), "0")[0] == Channels(("class 1",), True, "class 0")


def test_what_is_said_comes_before_the_layers_and_these_before_the_file() -> None:
    plain = unit(1, 0)
    rescaled = keras.Sequential([keras.Input((4, 4, 1)), layers.Rescaling(1 / 255), layers.Flatten(), layers.Dense(2)])
    assert reads(rescaled, "auto", "-1..1").pixels == "0..255"
    assert reads(rescaled, "-1..1", None).pixels == "-1..1"
    assert reads(plain, "auto", "-1..1", "a kind").because == "a kind says so"
    assert reads(plain, "auto").pixels == "auto"
    with pytest.raises(InputError, match=r"^classifier\.pixels: caffe, which"):
        reads(plain, "caffe")


def test_channels_first_or_no_classifier_of_images_at_all() -> None:
    image = keras.Input((3, 8, 6))
    flat = layers.Flatten()(layers.Conv2D(2, 3, data_format="channels_first")(image))
    assert reads(keras.Model(image, layers.Dense(2)(flat)), "caffe").pixels == "caffe"
    two = keras.Model(image, [layers.Dense(2)(flat), layers.Dense(3)(flat)])
    with pytest.raises(InputError, match=r"2 outputs\. Choose one"):
        reads(two, "auto")
    with pytest.raises(InputError, match=r"is not a batch of images"):
        reads(keras.Sequential([keras.Input((8, 8)), layers.Flatten(), layers.Dense(2)]), "auto")


@pytest.mark.parametrize(
    ("names", "wanted", "said"),
    [
        (("Dog", "Cat"), "auto", "its output without a name is the background: labels.txt names 2 of 3"),
        (("Dog", "Cat", "Other"), "auto", "the class 'Other' is the background, by its name"),
        (("Dog", "Cat", "Fox"), "Dog", "the class 'Dog' is the background, as classifier.background says"),
        ((), "0", "the class 'class 0' is the background, as classifier.background says"),
    ],
)
def test_the_background_is_said(names: tuple[str, ...], wanted: str, said: str) -> None:
    named = Named(names, "labels.txt")
    channels, _ = meaning_of(Form.DISTRIBUTION, 3, named, wanted)
    assert background_said(channels, named, wanted).startswith(said)
