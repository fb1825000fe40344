"""Checks of where runs are logged."""

from urllib.parse import urlsplit

from fullconv.config.checks.requirement import require
from fullconv.config.running import TrackingConfig
from fullconv.errors import InputError

_SQLITE = "sqlite:///"


def check_tracking(config: TrackingConfig) -> None:
    """Check an address before anybody is asked at it.

    Raises:
        InputError: it is of no known kind, it holds a password, or a server is told where its artifacts lie.
    """
    if not config.enabled:
        return
    parts = urlsplit(config.uri)
    if "@" in parts.netloc:
        raise InputError(
            "tracking.uri",
            f"{parts.scheme}://… holds a user or a password",
            "Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD instead: an address lands in params.yaml, logs "
            "and git.",
        )
    file = config.uri.removeprefix(_SQLITE)
    require(
        (config.uri.startswith(_SQLITE) and bool(file) and "?" not in file)
        or (parts.scheme in ("http", "https") and bool(parts.hostname)),
        "tracking.uri",
        config.uri,
        "Give sqlite:///FILE or http(s)://HOST:PORT; a server reads its own database.",
    )
    require(config.timeout > 0, "tracking.timeout", config.timeout, "Give seconds.")
    require(
        config.artifacts is None or config.uri.startswith(_SQLITE),
        "tracking.artifacts",
        config.artifacts,
        "Give null: a server knows where its artifacts lie, and they go through it.",
    )
