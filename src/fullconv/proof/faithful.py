"""The verdict on a certificate."""

from fullconv.errors import InputError
from fullconv.proof.certificate import Certificate

HALF = ("float16", "bfloat16")


def require_faithful(certificate: Certificate, tolerance: float, where: str) -> None:
    """Refuse a conversion that differs from its classifier at training size by more than `tolerance`.

    The tolerance is a probability; where scores are larger than 1 (logits), it is a share of the largest.
    A per-cell head is not comparable and passes.

    Raises:
        InputError: the difference is larger; `where` is the key of the tolerance.
    """
    difference = certificate.max_difference
    if difference is None or certificate.largest_score is None:
        return
    allowed = tolerance * max(1.0, certificate.largest_score)
    if not difference <= allowed:
        mend = "Report the network as a fault of the conversion; a larger tolerance only hides it."
        if certificate.precision in HALF:
            mend = f"The network computes in {certificate.precision}, which rounds so coarsely: give 0.01 or more."
        raise InputError(
            where, f"the conversion differs from the classifier by {difference:.3g}, more than {allowed:.3g}", mend
        )
