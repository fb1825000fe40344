"""A conversion that leaves with all it needs, and arrives by alias or version from the store alone."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fullconv.config.running import RegistryConfig, TrackingConfig
from fullconv.config.schema import LocateConfig
from fullconv.convert.conversion import Conversion, convolutionalize
from fullconv.convert.storage import save_conversion
from fullconv.errors import InputError
from fullconv.files import read_json, write_json
from fullconv.track.registry.logged_model import log_conversion
from fullconv.track.registry.models import existing_store, find_version, load_registered, log_reading
from fullconv.track.registry.promotion import promote
from fullconv.track.store.opening import Store, open_store

# MLflow's own models, when it is asked for any.
pytestmark = pytest.mark.filterwarnings("ignore:.*Any type hint is inferred as AnyType:UserWarning")

CLASSES = ["zero", "one"]
LOCATE = LocateConfig(
    floor=0.05, threshold=None, overlap=0.5, sizes=[12.0, 64.0], spacing=1.19, border=0.3, stride=None, engine="auto",
    fuse="max", box="window", probe=0, batch_size=16,
)  # fmt: skip


def tracking(folder: Path) -> TrackingConfig:
    return TrackingConfig(True, f"sqlite:///{folder}/mlflow.db", "fullconv", str(folder / "artifacts"))


def network() -> Conversion:
    import keras

    keras.utils.set_random_seed(3)
    layers = [
        keras.Input((8, 8, 1)), keras.layers.Conv2D(3, 3), keras.layers.ReLU(), keras.layers.Flatten(),
        keras.layers.Dense(3, "softmax"),
    ]  # fmt: skip
    return convolutionalize(keras.Sequential(layers))


def promoted(config: TrackingConfig, folder: Path) -> Conversion:
    """Make a small network fullconv@champion of a store; `folder` is for files that are gone then."""
    store = open_store(config)
    assert store is not None
    conversion, path = network(), folder / "conversion.keras"
    save_conversion(conversion, path)
    write_json(folder / "threshold.json", {"threshold": 0.625})
    client = store.client
    run_id = client.create_run(store.experiment_id, run_name="located").info.run_id
    client.log_param(run_id, "background.windows", 10)
    client.log_param(run_id, "convert.tolerance", 1e-5)
    client.log_metric(run_id, "validation/AP50", 0.5)
    client.log_metric(run_id, "certificate/max_difference", 1e-7)
    log_conversion(path, run_id, 1)
    log_reading(store, run_id, path, folder, CLASSES, LOCATE)
    client.set_terminated(run_id)
    promote(store, RegistryConfig(), None)
    path.unlink()  # from here on there is only the store
    return conversion


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Conversion]:
    """A folder with a store whose fullconv@champion is a small network, and that network."""
    folder = tmp_path_factory.mktemp("registered")
    return folder, promoted(tracking(folder), folder)


def test_a_logged_model_has_the_metrics_of_its_weights_and_none_of_an_epoch_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = open_store(tracking(tmp_path))
    assert store is not None
    save_conversion(network(), tmp_path / "conversion.keras")
    run_id = store.begin("located rate=0.5", {}, {})
    for step, value in enumerate((0.5, 0.25)):
        store.client.log_metric(run_id, "val_loss", value, step=step)
    model = log_conversion(tmp_path / "conversion.keras", run_id, 2)
    assert store.client.get_run(run_id).outputs.model_outputs[0].model_id == model
    assert store.client.get_logged_model(model).name == "located rate=0_5"
    assert not store.client.get_logged_model(model).metrics
    store.client.log_metric(run_id, "final/val_loss", 0.25, model_id=model)
    assert [(one.key, one.value) for one in store.client.get_logged_model(model).metrics] == [("final/val_loss", 0.25)]


@pytest.mark.parametrize("wanted", ["fullconv@champion", "fullconv/1"])
def test_what_arrives_is_what_left(registered: tuple[Path, Conversion], wanted: str) -> None:
    folder, conversion = registered
    found = load_registered(tracking(folder), wanted)
    images = np.random.default_rng(0).random((2, 13, 21, 1), np.float32)
    np.testing.assert_array_equal(found.conversion.model(images), conversion.model(images))
    assert found.conversion.geometry == conversion.geometry
    assert found.conversion.window == (8, 8)
    assert found.classes == ("zero", "one")
    assert found.locate == LocateConfig(**{**vars(LOCATE), "threshold": 0.625})
    assert found.sprites


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("nobody@champion", "no registered model 'nobody'.*Choose one of fullconv"),
        ("fullconv@best", "has no alias 'best'. Choose one of champion"),
        ("fullconv/7", "has no version 7. Choose one of 1"),
        ("fullconv", "registry:NAME@ALIAS or registry:NAME/VERSION"),
        ("fullconv@a@b", "registry:NAME@ALIAS"),
        ("fullconv/x", "registry:NAME@ALIAS"),
        ("x' or name = 'fullconv@champion", "registry:NAME@ALIAS"),
        ("", "registry:NAME@ALIAS"),
    ],
)
def test_what_is_not_there_is_named_with_what_is(registered: tuple[Path, Conversion], wanted: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        load_registered(tracking(registered[0]), wanted)


def test_a_version_that_fullconv_did_not_log_is_refused(registered: tuple[Path, Conversion], tmp_path: Path) -> None:
    store = open_store(tracking(copied(registered, tmp_path)))
    assert store is not None
    store.client.create_model_version("fullconv", source="file:///elsewhere")
    with pytest.raises(InputError, match="logged without its geometry"):
        load_registered(tracking(tmp_path), "fullconv/2")


def test_another_network_under_the_same_facts_is_refused(registered: tuple[Path, Conversion]) -> None:
    folder, _ = registered
    (kept,) = folder.rglob("fullconv/conversion.keras")
    whole = kept.read_bytes()
    (other,) = folder.rglob("data/model.keras")
    shutil.copyfile(other, kept)
    try:
        with pytest.raises(InputError, match="written for another file"):
            load_registered(tracking(folder), "fullconv@champion")
    finally:
        kept.write_bytes(whole)


def test_a_setting_that_this_version_does_not_know_is_refused(registered: tuple[Path, Conversion]) -> None:
    folder, _ = registered
    (kept,) = folder.rglob("reading.json")
    whole = kept.read_text()
    kept.write_text(whole.replace('"spacing"', '"spacings"'))
    try:
        with pytest.raises(InputError, match="spacings"):
            load_registered(tracking(folder), "fullconv@champion")
    finally:
        kept.write_text(whole)


@pytest.mark.slow
def test_what_learned_crops_says_so_and_what_says_nothing_learned_sprites(
    registered: tuple[Path, Conversion], tmp_path: Path
) -> None:
    folder = copied(registered, tmp_path)
    (kept,) = folder.rglob("reading.json")
    reading = read_json(kept)
    assert reading.pop("sprites") is True
    for said, learned in ((reading, True), ({**reading, "sprites": False}, False)):
        write_json(kept, said)
        assert load_registered(tracking(folder), "fullconv@champion").sprites is learned


def test_it_arrives_through_a_server(tracking_server: Callable[..., Any], tmp_path: Path) -> None:
    config = TrackingConfig(True, tracking_server().uri, "fullconv")
    conversion = promoted(config, tmp_path)
    images = np.random.default_rng(0).random((1, 13, 21, 1), np.float32)
    found = load_registered(config, "fullconv@champion")
    np.testing.assert_array_equal(found.conversion.model(images), conversion.model(images))
    with pytest.raises(InputError, match="Choose one of champion"):
        load_registered(config, "fullconv@best")


def copied(registered: tuple[Path, Conversion], target: Path) -> Path:
    for file in registered[0].glob("mlflow.db*"):
        shutil.copyfile(file, target / file.name)
    return target


def test_reading_makes_no_store(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no store at"):
        existing_store(tracking(tmp_path))
    assert not list(tmp_path.iterdir())
    with pytest.raises(InputError, match=r"tracking\.enabled"):
        existing_store(TrackingConfig(False, "", "fullconv"))


def test_a_model_that_was_not_logged_cannot_be_read(tmp_path: Path) -> None:
    store = open_store(tracking(tmp_path))
    assert isinstance(store, Store)
    run_id = store.client.create_run(store.experiment_id).info.run_id
    with pytest.raises(InputError, match="has logged no model"):
        log_reading(store, run_id, tmp_path / "conversion.keras", tmp_path, CLASSES, LOCATE)
    with pytest.raises(InputError, match=r"no registered model 'fullconv'.*fullconv promote"):
        find_version(store, "fullconv@champion")
