"""What a value must be."""

from fullconv.errors import InputError


def require(holds: bool, key: str, received: object, mend: str) -> None:
    """Let a value pass that holds.

    Raises:
        InputError: naming the key, what was received and how to mend it.
    """
    if not holds:
        raise InputError(key, f"received {received!r}", mend)
