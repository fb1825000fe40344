"""The composition: its schema, its inheritance, and what DVC tracks."""

import subprocess
import sys
from collections.abc import Callable
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
import yaml
from hydra.errors import MissingConfigException
from omegaconf import OmegaConf

from fullconv.config.composition import composed, refused
from fullconv.config.load import chosen, chosen_name, settings_from
from fullconv.config.load import compose_settings as settings
from fullconv.config.schema import ChoiceConfig, ExperimentConfig
from fullconv.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
CONF = ROOT / "conf"
SECTIONS = ("model", "background", "augment", "train", "convert", "locate", "inspect")


def leaves(tree: dict[str, Any], prefix: str = "") -> set[str]:
    found: set[str] = set()
    for key, value in tree.items():
        found |= leaves(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}"}
    return found


def test_params_yaml_is_the_composition_of_conf() -> None:
    assert (ROOT / "params.yaml").read_text() == composed(CONF), "stale: run `make params`"


def test_params_yaml_holds_no_path_of_a_machine_and_no_time() -> None:
    text = composed(CONF)
    assert str(Path.home()) not in text
    assert str(ROOT) not in text


def options(group: str) -> list[str]:
    return sorted(path.stem for path in (CONF / group).glob("*.yaml"))


def rounds(*groups: str) -> list[tuple[str, ...]]:
    """Return compositions that take every option of every group once: groups have keys of their own."""
    columns = [[f"{group}={name}" for name in options(group)] for group in groups]
    return [tuple(filter(None, row)) for row in zip_longest(*columns)]


# What is laid over everything else is tried alone.
@pytest.mark.parametrize(
    "overrides", [*rounds("data", *SECTIONS, "tracking"), *rounds("experiment"), *rounds("sweep")], ids=" ".join
)
def test_every_option_of_every_group_composes_and_fits_the_schema(overrides: tuple[str, ...]) -> None:
    # The sweep's own keys live under hydra, which only a Hydra program composes.
    assert settings(*overrides).classifiers


def test_every_variant_makes_a_classifier() -> None:
    names = [name for name in options("variant") if name != "base"]
    made = settings(*(f"+variant@classifiers.extra_{name}={name}" for name in names))
    assert list(made.classifiers) == made.names
    assert {f"extra_{name}" for name in names} <= set(made.names)


@pytest.mark.parametrize(
    "words",
    [
        ("seed=0",),
        ("train.epochs=3",),
        ("classifier=my.keras", "out=a (1)"),
        ("data.classes=[a, b]",),
        ("model=lenet", "seed=1"),
    ],
    ids=" ".join,
)
def test_values_given_to_the_composition_are_those_composed(
    words: tuple[str, ...], settings_with: Callable[..., ExperimentConfig]
) -> None:
    # What many tests use, because composing takes most of their time.
    assert settings_with(*words) == settings(*words)


def test_base_variant_follows_every_knob_of_its_sections() -> None:
    base = yaml.safe_load((CONF / "variant" / "base.yaml").read_text())
    top = yaml.safe_load(composed(CONF))
    assert leaves(base) == leaves({section: top[section] for section in SECTIONS})
    for key in leaves(base):
        value = base
        for name in key.split("."):
            value = value[name]
        assert value == f"${{{key}}}"


def test_a_top_level_knob_reaches_every_classifier_that_does_not_set_it() -> None:
    made = settings("train.epochs=2", "+variant@classifiers.small=small")
    assert {name: one.train.epochs for name, one in made.classifiers.items()} == {
        "plain": 2,
        "background": 2,
        "augmented": 2,
        "located": 18,
        "small": 5,
    }


def test_a_knob_of_one_classifier_stays_its_own() -> None:
    made = settings("classifiers.background.train.epochs=3")
    assert [one.train.epochs for one in made.classifiers.values()] == [10, 3, 10, 18]


@pytest.mark.parametrize(
    ("override", "choice"),
    [
        ("seed=0", ChoiceConfig("plain")),
        ("classifier=augmented", ChoiceConfig("augmented")),
        ("classifier.name=augmented", ChoiceConfig("augmented")),
        ("classifier.path=my.keras", ChoiceConfig("plain", "my.keras")),
    ],
)
def test_a_classifier_is_chosen_by_name_or_by_path(override: str, choice: ChoiceConfig) -> None:
    assert settings(override).classifier == choice


def test_the_short_form_is_taken_from_params_yaml_too() -> None:
    # DVC runs a stage on params.yaml, which Hydra reads without the schema.
    tree = yaml.safe_load(composed(CONF)) | {"classifier": "background"}
    made = settings_from(OmegaConf.create(tree))
    assert chosen_name(made) == "background"
    assert chosen(made) is made.classifiers["background"]


def test_a_file_is_no_classifier_of_the_pipeline() -> None:
    with pytest.raises(InputError, match=r"^classifier: 'my\.keras' is a file.*plain, background, augmented"):
        chosen(settings("classifier.path=my.keras"))


def test_dvc_composes_the_same_without_importing_the_package(tmp_path: Path) -> None:
    # DVC composes with hydra_plugins only; a fresh interpreter shows that the schema arrives that way.
    code = (
        "from dvc.utils.hydra import compose_and_dump;"
        f"compose_and_dump({str(tmp_path / 'params.yaml')!r}, {str(CONF)!r}, None, 'config', {str(ROOT)!r}, [])"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=True)
    assert (tmp_path / "params.yaml").read_text() == composed(CONF)


@pytest.mark.parametrize(
    ("override", "named"),
    [
        ("train.epoch=3", "epoch"),
        ("train.epochs=many", "train.epochs"),
        ("model=alexnet", "model/alexnet"),
        ("+augment.angle=3", "angle"),
        ("classifier=null", "classifier"),
        ("classifier=[plain]", "classifier"),
        ("classifier.pth=my.keras", "classifier.pth"),
        ("classifier={name: plain, pth: my.keras}", "pth"),
    ],
)
def test_what_does_not_compose_is_one_error_that_names_its_key(override: str, named: str) -> None:
    with pytest.raises(InputError) as caught:
        settings(override)
    assert named in str(caught.value)


@pytest.mark.parametrize(
    ("override", "named"),
    [
        ("classifier=nobody", "classifier"),
        ("classifier=3", "classifier"),
        ("locate.read=peak", "locate.read"),
        ("train.epochs=-1", "classifiers.plain.train.epochs"),
        ("train.epochs=0", "classifiers.plain.train.epochs"),
        ("train.batch_size=0", "train.batch_size"),
        ("train.learning_rate=nan", "train.learning_rate"),
        ("train.learning_rate=-0.1", "train.learning_rate"),
        ("train.patience=-1", "train.patience"),
        ("train.shards=0", "train.shards"),
        ("convert.head=pixel", "convert.head"),
        ("convert.tolerance=0", "convert.tolerance"),
        ("locate.threshold=1.5", "locate.threshold"),
        ("locate.batch_size=0", "locate.batch_size"),
        ("mosaics.test.canvas=[-1,128]", "mosaics.test.canvas"),
        ("mosaics.test.canvas=[128]", "mosaics.test.canvas"),
        ("mosaics.test.images=0", "mosaics.test.images"),
        ("mosaics.test.split=train", "mosaics.test.split"),
        ("objective=accuracy", "objective"),
        ("objective=nowhere.AP50", "objective"),
        ("objective=test.F1", "objective"),
        ("data.validation_share=1", "data.validation_share"),
        ("names=[plain]", "names"),
    ],
)
def test_a_bad_value_is_one_error_that_names_its_key(
    override: str, named: str, settings_with: Callable[..., ExperimentConfig]
) -> None:
    with pytest.raises(InputError) as caught:
        settings_with(override)
    assert named in str(caught.value)


@pytest.mark.parametrize(
    "group", sorted(path.name for path in CONF.iterdir() if path.is_dir() and path.name != "hydra")
)
def test_a_name_that_no_group_has_is_an_error(group: str) -> None:
    # A variant stands below a name; what a recipe is is said by the data.
    key = {"variant": "variant@classifiers.plain", "mosaic": "mosaic@mosaics.test"}.get(group, group)
    with pytest.raises(InputError, match=r"nothing_such|^configuration: Could not override 'recipe'"):
        settings(f"{key}=nothing_such")


@pytest.mark.parametrize(
    ("word", "near"), [("experiment=smok", "smoke"), ("sweep=learning_rat", "learning_rate"), ("data=mnis", "mnist")]
)
def test_a_mistyped_option_names_the_one_that_is_near(word: str, near: str) -> None:
    with pytest.raises(InputError, match=rf"Did you mean {near}\? Choose one of .*{near}"):
        settings(word)


def test_params_of_a_stage_are_checked_against_the_schema_too() -> None:
    tree = yaml.safe_load(composed(CONF))
    tree["train"]["epoch"] = 3
    with pytest.raises(InputError, match=r"train\.epoch"):
        settings_from(OmegaConf.create(tree))


@pytest.mark.parametrize(
    ("launcher", "extra"), [("ray", "ray"), ("submitit_slurm", "slurm"), ("submitit_local", "slurm")]
)
@pytest.mark.parametrize("options", [["basic", "joblib"], None])  # of the command line; where one of ours needs it
def test_a_launcher_that_is_not_installed_names_its_extra(launcher: str, extra: str, options: list[str] | None) -> None:
    error = MissingConfigException("", f"hydra/launcher/{launcher}", options)
    said = str(refused(error))
    assert said == f"hydra/launcher: {launcher} is not installed. make setup brings it, or pip install -e '.[{extra}]'."
