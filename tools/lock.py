"""Resolve pyproject.toml into the lock files; pins that a lock holds stay while they fit.

    python tools/lock.py               # make lock
    python tools/lock.py --upgrade     # all of them anew

`requirements.lock` has everything, `requirements.pipeline.lock` what `make repro` needs, in the same versions,
`requirements.uv.lock` the installer.
"""

import subprocess
import sys
from collections.abc import Sequence

from install import ROOT, environment_of, install_uv, pip_settings

ALL = "requirements.lock"
LOCKS = {
    ALL: ["pyproject.toml", "--extra=dev"],
    # No pins of its own to keep: those of everything hold.
    "requirements.pipeline.lock": [
        "pyproject.toml",
        "--extra=build",
        "--extra=imagenet",
        f"--constraints={ALL}",
        "--upgrade",
    ],
    "requirements.uv.lock": ["--group=installer"],
}
# One index alone: where the files of a version lie on several, uv would note the hashes of the first.
SEVERAL = ("extra-index-url", "find-links")


def resolve(words: Sequence[str]) -> None:
    """Write the lock files.

    Raises:
        subprocess.CalledProcessError: uv fails; it has said why.
    """
    environment = environment_of({name: value for name, value in pip_settings().items() if name not in SEVERAL})
    program = install_uv()
    how = ["pip", "compile", "--quiet", "--universal", "--generate-hashes", "--no-header", *words]
    for name, which in LOCKS.items():
        subprocess.run([program, *how, *which, f"--output-file={name}"], cwd=ROOT, env=environment, check=True)


if __name__ == "__main__":
    resolve(sys.argv[1:])
