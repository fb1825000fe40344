"""Whether TensorFlow computes with oneDNN, whose sums have another order: the last digits differ."""

import os
import sys
from pathlib import Path

_SWITCH = "TF_ENABLE_ONEDNN_OPTS"
_LIMITS = ("ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA")  # oneDNN reads the second where the first is not set
_SAYS = {"1": True, "true": True, "0": False, "false": False}
# With one of these TensorFlow turns it on by itself.
_FEATURES = frozenset({"avx512_vnni", "avx512_bf16", "avx_vnni", "amx_tile", "amx_int8", "amx_bf16"})


def onednn() -> str:
    """Return `on` or `off`, and the widest vectors where they are limited: `on, up to AVX2`.

    Known from the environment and the processor, so that nobody has to load TensorFlow. Source: `IsMklEnabled` in
    TensorFlow 2.21's tensorflow/core/util/port.cc; ARM processors, where it may be on by itself, are not told apart.
    """
    limit = next((os.environ[name] for name in _LIMITS if os.environ.get(name)), None)
    state = "on" if uses_onednn(os.environ.get(_SWITCH)) else "off"
    return state if limit is None else f"{state}, up to {limit.upper()}"


def uses_onednn(switch: str | None) -> bool:
    """Return what TensorFlow makes of a value of TF_ENABLE_ONEDNN_OPTS on this machine; None: it is not set."""
    return _SAYS.get((switch or "").lower(), _by_itself())


def _by_itself() -> bool:
    facts = Path("/proc/cpuinfo")
    if sys.platform != "linux" or not facts.exists():
        return False
    flags = next((line for line in facts.read_text().splitlines() if line.startswith("flags")), "")
    return not _FEATURES.isdisjoint(flags.split())
