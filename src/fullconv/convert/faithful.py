"""The verdict on a certificate."""

from fullconv.convert.certificate import Certificate
from fullconv.errors import InputError


def require_faithful(certificate: Certificate, tolerance: float, where: str) -> None:
    """Refuse a conversion that differs from its classifier at training size by more than `tolerance` (probability).

    A per-cell head is not comparable and passes.

    Raises:
        InputError: the difference is larger; `where` is the key of the tolerance.
    """
    difference = certificate.max_difference
    if difference is not None and not difference <= tolerance:
        raise InputError(
            where,
            f"the conversion differs from the classifier by {difference:.3g}, more than {tolerance:.3g}",
            "Report the network as a fault of the conversion; a larger tolerance only hides it.",
        )
