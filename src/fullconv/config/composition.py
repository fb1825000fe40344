"""The composition of `conf/` as text: what DVC tracks."""

from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from pathlib import Path

from hydra import compose, initialize_config_dir
from hydra.errors import HydraException, MissingConfigException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import ConfigAttributeError, ConfigKeyError, OmegaConfBaseException

from fullconv.config.layout import conf_folder
from fullconv.config.literal import as_yaml
from fullconv.config.overrides import overrides_of
from fullconv.config.schema import ExperimentConfig
from fullconv.errors import InputError
from fullconv.nearest import meant

EXTRAS = {"ray": "ray", "submitit_slurm": "slurm", "submitit_local": "slurm"}  # launchers that an extra brings

_LAUNCHERS = "hydra/launcher/"
_SEVERAL = "Give one; fullconv experiment -m runs a job for each of several; a list stands in brackets: [1,2]."


def composition_of(conf: Path, words: Sequence[str] = ()) -> DictConfig:
    """Return `conf/` composed with a person's KEY=VALUEs, not yet resolved or checked.

    Raises:
        InputError: a word or a file of `conf/` that Hydra or the schema refuses.
    """
    overrides = overrides_of(words)
    try:
        with initialize_config_dir(str(conf.resolve()), version_base="1.3"):
            return compose("config", overrides=overrides)
    except (HydraException, OmegaConfBaseException) as error:
        raise refused(error) from error


def composed(conf: Path, words: Sequence[str] = ()) -> str:
    """Return `conf/` composed and resolved, as YAML: what `dvc exp run` writes to params.yaml.

    Raises:
        InputError: a word or a file of `conf/` that Hydra or the schema refuses.
    """
    try:
        return as_yaml(OmegaConf.to_container(composition_of(conf, words), resolve=True))
    except OmegaConfBaseException as error:
        raise refused(error) from error


def refused(error: Exception) -> InputError:
    """Return what Hydra or OmegaConf says about a composition as one line."""
    if isinstance(error, MissingConfigException):
        path = error.missing_cfg_file or ""
        if path.startswith(_LAUNCHERS) and (name := path.removeprefix(_LAUNCHERS)) in EXTRAS:
            return _missing_launcher(name)
        if error.options:
            return _unknown_option(path, error.options)
    reasons = [str(one).splitlines()[0].rstrip(".") for one in (error, error.__cause__) if one is not None]
    mend = _SEVERAL if reasons[0].startswith("Ambiguous value") else "Keys and types: src/fullconv/config/schema.py."
    return InputError("configuration", ". ".join(reasons), meant_key(error.__cause__) + mend)


def meant_key(error: BaseException | None) -> str:
    """Return `Did you mean …? ` with the whole keys that are near one that there is none of; nothing for others."""
    if not isinstance(error, ConfigAttributeError | ConfigKeyError):
        return ""
    owner = error.object_type
    names = [field.name for field in fields(owner)] if is_dataclass(owner) else list(error.parent_node or ())
    if owner is ExperimentConfig:
        names += [folder.name for folder in conf_folder().iterdir() if folder.is_dir()]  # experiment=, sweep=
    return meant(str(error.key), dict.fromkeys(map(str, names)), 0.75, str(error.full_key).removesuffix(str(error.key)))


def _missing_launcher(name: str) -> InputError:
    """Return the refusal of a launcher that an extra brings: asked for by itself, or by one of ours."""
    mend = f"make setup brings it, or pip install -e '.[{EXTRAS[name]}]'."
    return InputError(_LAUNCHERS.rstrip("/"), f"{name} is not installed", mend)


def _unknown_option(path: str, options: Sequence[str]) -> InputError:
    """Return the refusal of `group/name`: the nearest options, and all of them."""
    group, _, name = path.rpartition("/")
    hint = meant(name, options, 0.5)
    return InputError(group, f"there is no {path}", f"{hint}Choose one of {', '.join(options)}.")
