"""What tests of any folder need."""

import gc
import importlib
import importlib.util
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import OverrideType
from hypothesis import settings
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from fullconv.config.composition import composition_of
from fullconv.config.layout import conf_folder
from fullconv.config.load import compose_settings, settings_from
from fullconv.config.overrides import overrides_of
from fullconv.config.schema import ExperimentConfig

# An example takes as long as the machine needs: no test fails by the clock alone.
settings.register_profile("fullconv", deadline=None)
settings.load_profile("fullconv")

ROOT = Path(__file__).resolve().parents[1]


pytest_plugins = ["call_limit"]  # tests/plugins


def pytest_configure() -> None:
    gc.disable()


def pytest_collection_finish() -> None:
    # What was imported stays; Python's collector need not look through a million objects again and again.
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def benchmark_module() -> Iterator[Callable[[str], ModuleType]]:
    """Yield what imports a module of benchmarks/ by its name there, as `python -m` does from the root."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT)
        yield lambda name: importlib.import_module(f"benchmarks.{name}")


@pytest.fixture(scope="session")
def whole() -> DictConfig:
    """The composition of `conf/`."""
    return composition_of(conf_folder())


@pytest.fixture(scope="session")
def settings_with(whole: DictConfig) -> Callable[..., ExperimentConfig]:
    """Return what gives the settings of `compose_settings`, without composing `conf/` anew for values of known keys."""

    def changed(*words: str) -> ExperimentConfig:
        composition = whole.copy()
        for override in OverridesParser.create().parse_overrides(overrides_of(words)):
            key, chosen = override.key_or_group, (conf_folder() / override.key_or_group).is_dir()
            if override.type is not OverrideType.CHANGE or chosen or OmegaConf.select(whole, key, default=key) is key:
                return compose_settings(*words)
            try:
                OmegaConf.update(composition, key, override.value(), merge=True)
            except OmegaConfBaseException:
                return compose_settings(*words)  # which says it as a person reads it
        return settings_from(composition, overrides_of(words))

    return changed


@pytest.fixture(scope="session")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], None]:
    """Return what puts an mlflow.db with MLflow's tables and nothing else into a folder; making one takes seconds."""
    from mlflow.tracking import MlflowClient

    made = tmp_path_factory.mktemp("tables")
    MlflowClient(f"sqlite:///{made}/mlflow.db").search_experiments()

    def copy(folder: Path) -> None:
        for file in made.glob("mlflow.db*"):
            shutil.copyfile(file, folder / file.name)

    return copy


@pytest.fixture(scope="session")
def harness() -> Iterator[ModuleType]:
    """Yield tools/kills.py, which kills stages of a clone."""
    spec = importlib.util.spec_from_file_location("kills", ROOT / "tools" / "kills.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "kills", module)  # its dataclasses look for their module there
        spec.loader.exec_module(module)
        yield module


CHROMIUM = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture
def page() -> Iterator[Any]:
    """Yield a page of a real headless browser."""
    from playwright.sync_api import sync_playwright

    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert found, "this test needs Debian's package chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=CHROMIUM)
        opened = browser.new_page(viewport={"width": 1500, "height": 1100})
        opened.set_default_timeout(60_000)
        yield opened
        browser.close()
