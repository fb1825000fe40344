"""What difference passes: a probability, a share of large scores, and never a comparison that failed."""

import dataclasses

import keras
import pytest
from keras import layers

from fullconv.convert.conversion import convolutionalize
from fullconv.errors import InputError
from fullconv.proof.certificate import Certificate, certify
from fullconv.proof.faithful import require_faithful

pytestmark = pytest.mark.numeric


@pytest.fixture(scope="module")
def certificate() -> Certificate:
    classifier = keras.Sequential([keras.Input((3, 3, 1)), layers.Flatten(), layers.Dense(2)])
    return certify(classifier, convolutionalize(classifier))


def verdict(certificate: Certificate, difference: float | None, size: float | None, precision: str = "float32") -> None:
    changed = dataclasses.replace(certificate, max_difference=difference, largest_score=size, precision=precision)
    require_faithful(changed, 1e-5, where="convert.tolerance")


@pytest.mark.parametrize(("difference", "size"), [(1e-5, 1.0), (0.9e-3, 100.0), (0.0, 0.0), (None, None)])
def test_passes(certificate: Certificate, difference: float | None, size: float | None) -> None:
    verdict(certificate, difference, size)


@pytest.mark.parametrize(("difference", "size"), [(2e-5, 1.0), (2e-5, 0.01), (1.1e-3, 100.0), (float("inf"), 1.0)])
def test_is_refused_by_the_key(certificate: Certificate, difference: float, size: float) -> None:
    with pytest.raises(InputError, match=r"^convert\.tolerance: .*Report the network"):
        verdict(certificate, difference, size)


def test_half_precision_has_its_own_mend(certificate: Certificate) -> None:
    with pytest.raises(InputError, match="float16, which rounds"):
        verdict(certificate, 1e-3, 1.0, "float16")
