"""Whether a program runs as a stage of DVC."""

import os

STAGE = "DVC_STAGE"  # an environment variable: DVC sets it for a stage and for nothing else


def is_stage() -> bool:
    """Return whether DVC started this program: its lines then stand among those of all other stages."""
    return bool(os.environ.get(STAGE))
