"""Two jobs are the same job when their numbers are; a job is called by what varies."""

import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullconv.config.load import compose_settings
from fullconv.sweeps import job_identity as module
from fullconv.sweeps.job_identity import code_digest, job_identity, short_names, varying_label


def identity(*overrides: str) -> str:
    return job_identity(compose_settings("data=digits", *overrides))


@pytest.fixture(scope="module")
def usual() -> str:
    """The identity of a job of which nothing is asked."""
    return identity()


def test_what_changes_no_number_changes_no_identity(usual: str) -> None:
    same = {
        usual,
        identity("job.threads=1"),
        identity("job.again=true"),
        identity("job.sweep=folder"),
        identity("tracking=none"),
        identity("classifiers.located.train.epochs=1"),
        identity("data.cache=elsewhere"),
    }
    assert len(same) == 1


@pytest.mark.parametrize(
    "override",
    ["seed=1", "train.epochs=1", "convert.head=cell", "objective=test.AP", "classifier=located", "mosaics.test.seed=9"],
)
def test_what_changes_a_number_changes_the_identity(override: str, usual: str) -> None:
    assert identity(override) != usual


def test_a_data_set_given_by_hand_is_known_by_its_files(tmp_path: Path, usual: str) -> None:
    file = tmp_path / "arrays.npz"
    file.write_bytes(b"1")
    before = identity(f"data.path={file}")
    file.write_bytes(b"22")
    assert len({usual, before, identity(f"data.path={file}")}) == 3


def test_code_that_computes_counts_and_code_that_logs_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "fullconv"
    shutil.copytree(Path(module.__file__).parents[1], package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(module, "__file__", str(package / "sweeps" / "job_identity.py"))
    before = code_digest()
    (package / "track" / "publish.py").write_text("# something else")
    assert code_digest() == before
    (package / "evaluate" / "meter.py").write_text("# something else")
    assert code_digest() != before


def test_numbers_of_onednn_are_not_those_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")
    without = identity()
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "1")
    assert identity() != without


def test_names_are_as_short_as_they_can_be() -> None:
    keys = ["variant@classifiers.plain", "classifiers.plain.train.learning_rate", "train.epochs", "augment.epochs"]
    assert list(short_names(keys).values()) == ["variant", "learning_rate", "train.epochs", "augment.epochs"]
    assert short_names(["+model/extra", "epochs"]) == {"+model/extra": "extra", "epochs": "epochs"}


@given(st.sets(st.from_regex(r"[ab](\.[ab]){0,3}", fullmatch=True), max_size=6))
def test_names_tell_keys_apart(keys: set[str]) -> None:
    names = short_names(keys)
    assert set(names) == keys
    assert all(key.endswith(name) for key, name in names.items())
    assert len(set(names.values())) == len(keys)


def test_a_label_holds_what_varies() -> None:
    overrides = ["data=digits", "variant@classifiers.plain=located", "classifiers.plain.train.learning_rate=0.1"]
    varies = ["variant@classifiers.plain", "classifiers.plain.train.learning_rate"]
    assert varying_label(overrides, varies) == "variant=located learning_rate=0.1"
    assert varying_label(overrides, []) == ""
