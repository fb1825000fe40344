"""What a benchmark's figures depend on."""

import os
import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from fullconv.config.onednn import onednn


def machine() -> dict[str, Any]:
    """Return the processor, the versions of what computes, and whether oneDNN does."""
    x86 = platform.machine() == "x86_64"
    return {
        "cores": os.cpu_count(),
        "processor": processor(),
        "python": platform.python_version(),
        "tensorflow": version("tensorflow-cpu" if x86 and platform.system() == "Linux" else "tensorflow"),
        "keras": version("keras"),
        "onednn": onednn(),
    }


def processor() -> str:
    """Return the processor's name, with the widest vectors it has where the system tells."""
    facts = Path("/proc/cpuinfo")
    if not facts.exists():
        return platform.processor() or platform.machine()
    lines = dict(line.split(":", 1) for line in facts.read_text().splitlines() if ":" in line)
    fields = {key.strip(): value.strip() for key, value in lines.items()}
    widest = [name for name in ("amx_tile", "avx512f", "avx2") if name in fields.get("flags", "").split()]
    return " ".join([fields.get("model name", platform.machine()), *widest[:2]])
