"""The code that a run came from: git's commit, and what no commit holds of what computes."""

import hashlib
import os
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fullconv.config.onednn import onednn
from fullconv.track.identity import PREFIX

CODE = ("src", "pipelines", "conf", "dvc.yaml")  # what computes and its knobs; outputs, pages and tests are none of it


@dataclass(frozen=True)
class Changes:
    """What differs from the commit in `CODE`, new files among it: texts as a patch, the names of other files."""

    patch: bytes = b""
    binary: tuple[str, ...] = ()  # from the top of the repository

    @property
    def none(self) -> bool:
        """Whether the commit says all."""
        return not self.patch and not self.binary


def changes() -> Changes:
    """Return what no commit holds of the code in the working folder; none outside of git.

    Neither git's index nor its objects are touched: both are taken from a temporary folder.
    """
    try:
        common = Path(git("rev-parse", "--git-common-dir").decode().strip())
        with tempfile.TemporaryDirectory() as folder:
            apart = {
                "GIT_INDEX_FILE": f"{folder}/index",
                "GIT_OBJECT_DIRECTORY": folder,
                "GIT_ALTERNATE_OBJECT_DIRECTORIES": str((common / "objects").resolve()),
            }
            git("read-tree", "HEAD", environment=apart)
            git("add", "--update", "--", ".", environment=apart)
            for name in filter(os.path.exists, CODE):
                git("add", "--all", "--", name, environment=apart)
            # The plumbing: a person's own colours and prefixes of diffs stay out.
            told = ("diff-index", "--cached", "HEAD")
            counts = git(*told, "--numstat", "--no-renames", "-z", "--", *CODE, environment=apart).decode()
            lines = [line.split("\t", 2) for line in counts.split("\0") if line]
            binary = tuple(name for added, _, name in lines if added == "-")
            without = (f":(top,exclude,literal){name}" for name in binary)
            patch = git(*told, "--patch", "--", *CODE, *without, environment=apart)
    except (OSError, subprocess.CalledProcessError):
        return Changes()
    return Changes(patch, binary)


def provenance() -> dict[str, str]:
    """Return tags that lead from a run to the code, the DVC state and the kernels (oneDNN or not) it came from."""
    return {f"{PREFIX}{key}": value for key, value in _facts().items()}


def _facts() -> dict[str, str]:
    lock = Path("dvc.lock")
    facts = {
        "git.commit": _answer("rev-parse", "HEAD"),
        "git.branch": _answer("rev-parse", "--abbrev-ref", "HEAD"),
        "onednn": onednn(),
        "dvc.lock": hashlib.sha256(lock.read_bytes()).hexdigest() if lock.exists() else "",
    }
    if facts["git.commit"]:
        facts["git.clean"] = str(changes().none).lower()
    return {key: value for key, value in facts.items() if value}


def state_words() -> str:
    """Return commit, its date and DVC's state, for a page that is shown to others; nothing outside a repository."""
    facts = _facts()
    if "git.commit" not in facts:
        return ""
    changed = "" if facts["git.clean"] == "true" else ", with changes since"
    lock = f"; dvc.lock {facts['dvc.lock'][:12]}" if "dvc.lock" in facts else ""
    date = _answer("show", "-s", "--format=%cs", "HEAD")
    return f"Published from commit {facts['git.commit'][:12]} of {date}{changed}{lock}."


def _answer(*arguments: str) -> str:
    try:
        return git(*arguments).decode().strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def git(*arguments: str, folder: Path | None = None, environment: Mapping[str, str] | None = None) -> bytes:
    """Return what a git command prints.

    Raises:
        OSError: there is no git.
        subprocess.CalledProcessError: it failed; `stderr` says why.
    """
    surroundings = {**os.environ, **(environment or {})}
    return subprocess.run(["git", *arguments], capture_output=True, check=True, cwd=folder, env=surroundings).stdout
