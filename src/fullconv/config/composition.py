"""The composition of `conf/` as text: what DVC tracks."""

from collections.abc import Sequence
from pathlib import Path

from hydra import compose, initialize_config_dir
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from fullconv.errors import InputError


def composed(conf: Path, overrides: Sequence[str] = ()) -> str:
    """Return `conf/` composed and resolved, as YAML: what `dvc exp run` writes to params.yaml.

    Raises:
        InputError: an override or a file of `conf/` that the schema refuses.
    """
    try:
        with initialize_config_dir(str(conf.resolve()), version_base="1.3"):
            composition = compose("config", overrides=list(overrides))
        OmegaConf.resolve(composition)
    except (HydraException, OmegaConfBaseException) as error:
        raise refused(error) from error
    return OmegaConf.to_yaml(composition)


def refused(error: Exception) -> InputError:
    """Return what Hydra or OmegaConf says about a composition as one line."""
    reasons = [str(one).splitlines()[0] for one in (error, error.__cause__) if one is not None]
    return InputError("configuration", " ".join(reasons), "Keys and types: src/fullconv/config/schema.py.")
