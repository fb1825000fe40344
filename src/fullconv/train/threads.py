"""How TensorFlow's threads are laid out for a batch computed in parts."""

import logging

import tensorflow as tf

from fullconv.config.cores import usable_threads

_log = logging.getLogger(__name__)


def configure_threads(shards: int) -> None:
    """Give each of the `shards` parts of a batch one thread of its own.

    A small network's operations are too short to be divided among threads; whole parts of a batch, side by side,
    are not. One thread inside an operation also fixes the order of its sums, so weights are the same twice, also where
    the process may keep fewer threads busy than there are parts (FULLCONV_THREADS).

    Call it before TensorFlow starts work. Afterwards TensorFlow cannot change its threads: the call then does
    nothing but log a note when they differ, and training is as correct, only slower.
    """
    wanted = max(1, min(shards, usable_threads()))
    try:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(wanted)
    except RuntimeError:
        _log.info("TensorFlow is already at work: its threads stay as they are, training may be slower.")
    if tf.config.list_physical_devices("GPU"):
        # On a CPU single-threaded operations are deterministic already, and this would forbid unseeded random
        # operations in the whole process.
        tf.config.experimental.enable_op_determinism()
