"""Install what a lock file names into the environment of the Python that runs this, and fullconv itself, editable.

    .venv/bin/python tools/install.py requirements.lock

By uv, which is several times as fast as pip; by pip where uv is not to be had, fails, or pip has a setting that has no
equal there. `INSTALLER=pip` in the environment asks for pip. Both check every hash and compile every module.
"""

import ast
import os
import re
import subprocess
import sys
import sysconfig
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
UV_LOCK = ROOT / "requirements.uv.lock"
PIP = (sys.executable, "-m", "pip")
UNFINISHED = Path(sys.prefix) / ".unfinished"  # there while packages are being written

# pip's settings, and the variables that say the same to uv.
_SAME: Mapping[str, Callable[[str], dict[str, str]]] = {
    "index-url": lambda value: {"UV_DEFAULT_INDEX": value},
    "extra-index-url": lambda value: {"UV_INDEX": " ".join(value.split())},
    "find-links": lambda value: {"UV_FIND_LINKS": ",".join(value.split())},
    "trusted-host": lambda value: {"UV_INSECURE_HOST": " ".join(value.split())},
    "cert": lambda value: {"SSL_CERT_FILE": value},
    "proxy": lambda value: dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"), value),
    "timeout": lambda value: {"UV_HTTP_TIMEOUT": value},
    "default-timeout": lambda value: {"UV_HTTP_TIMEOUT": value},
    "retries": lambda value: {"UV_HTTP_RETRIES": value},
}
# Those that choose no file: how pip talks, what it keeps. Constraints have nothing to add: a lock pins everything.
_IDLE = {
    *("break-system-packages", "cache-dir", "constraint", "disable-pip-version-check", "no-cache-dir", "no-color"),
    *("no-input", "no-warn-script-location", "progress-bar", "quiet", "require-virtualenv", "root-user-action"),
    *("upgrade-strategy", "verbose"),
}


def settings_of(listed: str) -> dict[str, str]:
    """Return pip's settings for an installation from what `pip config list` prints: the strongest of each."""
    found: dict[str, str] = {}
    for section in ("global", "install", ":env:"):
        for line in listed.splitlines():
            name, equals, value = line.partition("=")
            if equals and name.startswith(f"{section}."):
                found[name.removeprefix(f"{section}.").replace("_", "-")] = str(ast.literal_eval(value))
    return found


def told(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that tell uv where pip looks for packages.

    Raises:
        KeyError: a setting that uv has no equal of.
    """
    # As pip does: the files of a version may lie on any of the indexes. The lock's hashes say which are meant.
    variables = {"UV_INDEX_STRATEGY": "unsafe-best-match"}
    for name, value in settings.items():
        if name not in _IDLE:
            variables |= _SAME[name](value)
    return variables


def environment_of(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the environment for uv: a person's own UV_… stay as they are."""
    kept = {name: value for name, value in os.environ.items() if name.startswith("UV_")}
    return {**os.environ, **told(settings), **kept}


def pip_settings() -> dict[str, str]:
    """Return this environment's settings of pip, from its files and from PIP_…."""
    listed = subprocess.run([*PIP, "config", "list"], capture_output=True, text=True, check=True)
    return settings_of(listed.stdout)


def install_uv() -> Path:
    """Return the program uv, installed into this environment as its lock says.

    Raises:
        subprocess.CalledProcessError: it is not to be had.
    """
    words = ("install", "--quiet", "--quiet", "--only-binary=:all:", "--require-hashes", "--requirement", UV_LOCK)
    subprocess.run([*PIP, *words], check=True, capture_output=True)
    return Path(sysconfig.get_path("scripts")) / "uv"


def by_uv(lock: Path, again: bool) -> None:
    """Install a lock by uv.

    Raises:
        KeyError: pip has a setting that uv has no equal of.
        OSError: uv cannot be started.
        subprocess.CalledProcessError: uv is not to be had, or fails.
    """
    environment = environment_of(pip_settings())
    words = ["pip", "install", "--quiet", "--python", sys.executable, "--require-hashes", "--compile-bytecode"]
    reinstall = ["--reinstall"] if again else []
    subprocess.run([str(install_uv()), *words, *reinstall, "--requirement", str(lock)], env=environment, check=True)


def by_pip(lock: Path, again: bool) -> None:
    """Install a lock by pip.

    Raises:
        subprocess.CalledProcessError: pip fails; it has said why.
    """
    reinstall = ["--force-reinstall"] if again else []
    # pip compiles on one core.
    words = ["install", "--quiet", "--no-compile", "--require-hashes", *reinstall, "--requirement", str(lock)]
    subprocess.run([*PIP, *words], check=True)
    compiling = [sys.executable, "-m", "compileall", "-q", "-j", "0", sysconfig.get_path("purelib")]
    # A package may bring files for another Python: they do not compile, and nobody imports them.
    subprocess.run(compiling, check=False, capture_output=True)


def reason(error: Exception) -> str:
    """Return in a few words why uv did not install."""
    if isinstance(error, KeyError):
        return f"pip's setting {error.args[0]} has no equal in uv"
    said = error.stderr if isinstance(error, subprocess.CalledProcessError) else None
    lines = (said or b"").decode(errors="replace").split("\n")
    return f"uv is not to be had or fails ({next((line for line in reversed(lines) if line.strip()), error)})"


def installed_by_uv(lock: Path, again: bool) -> bool:
    """Return whether uv installed a lock; say why if it did not."""
    try:
        by_uv(lock, again)
    except (KeyError, OSError, subprocess.CalledProcessError) as error:
        print(f"{reason(error)}; pip installs", flush=True)
        return False
    return True


def install(lock: Path, installer: str) -> None:
    """Install what a lock names, whole even where an earlier installation was cut off, and fullconv.

    Raises:
        subprocess.CalledProcessError: pip fails, too; it has said why.
    """
    count = len(re.findall(r"^[a-z0-9]", lock.read_text(), re.MULTILINE))
    print(f"{lock.name}: installing {count} packages, less those that are there", flush=True)
    again = UNFINISHED.exists()
    UNFINISHED.touch()
    if installer == "pip" or not installed_by_uv(lock, again):
        by_pip(lock, again)
    subprocess.run([*PIP, "install", "--quiet", "--no-deps", "--no-build-isolation", "--editable", ROOT], check=True)
    UNFINISHED.unlink()


def main(words: Sequence[str]) -> None:
    """Install the lock that the command line names."""
    try:
        install(Path(words[0]), os.environ.get("INSTALLER", "uv"))
    except subprocess.CalledProcessError as error:
        sys.exit(f"error: the installation of {words[0]} failed ({error.returncode}). What is wrong stands above.")


if __name__ == "__main__":
    main(sys.argv[1:])
