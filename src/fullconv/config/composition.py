"""The composition of `conf/` as text: what DVC tracks."""

from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

from hydra import compose, initialize_config_dir
from hydra.errors import HydraException, MissingConfigException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from fullconv.errors import InputError

EXTRAS = {"ray": "ray", "submitit_slurm": "slurm", "submitit_local": "slurm"}  # launchers that an extra brings


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
    if isinstance(error, MissingConfigException) and error.options:
        return _unknown_option(error.missing_cfg_file or "", error.options)
    reasons = [str(one).splitlines()[0] for one in (error, error.__cause__) if one is not None]
    return InputError("configuration", " ".join(reasons), "Keys and types: src/fullconv/config/schema.py.")


def _unknown_option(path: str, options: Sequence[str]) -> InputError:
    """Return the refusal of `group/name`: the nearest options, and all of them."""
    group, _, name = path.rpartition("/")
    if group == "hydra/launcher" and name in EXTRAS:
        return InputError(group, f"{name} is not installed", f"pip install -e '.[{EXTRAS[name]}]' brings it.")
    near = get_close_matches(name.lower(), options, cutoff=0.5)
    hint = f"Did you mean {' or '.join(near)}? " if near else ""
    return InputError(group, f"there is no {path}", f"{hint}Choose one of {', '.join(options)}.")
