"""A person's own text reaches the settings as it is, whatever signs it holds; what cannot be read says how to quote."""

import re
from dataclasses import asdict, fields
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import example, given
from hypothesis import strategies as st
from omegaconf import DictConfig, OmegaConf

from fullconv.config.composition import composition_of
from fullconv.config.layout import conf_folder
from fullconv.config.literal import as_yaml
from fullconv.config.load import compose_settings, settings_from
from fullconv.config.overrides import assigned, overrides_of
from fullconv.config.schema import DatasetConfig, ExperimentConfig
from fullconv.config.takes import Takes, taken_by
from fullconv.errors import InputError

KEYS = ("image", "out", "data.path", "classifier.path", "dataset.images", "tracking.uri", "weights", "synset")
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1).filter(
    lambda text: text not in ("null", "???") and not re.fullmatch(r"""\s*(['"]).*\1\s*""", text, re.DOTALL)
)
EVERYDAY = [
    "epoch=05 (1).keras", "größe/m.keras", "set (1)", "#", "猫", "a,b.jpg", "[1].png", "{x}", "~/dog.jpg", "it's.jpg",
    'a "b".jpg', "C:\\x\\", "1", "1e5", "true", "on", "NULL", "nan", "a: b", "$HOME", "${", "${x", "${x}", "\\${x}",
    "$${y}", " a ", "50%", "registry:fullconv@champion", "-m", "--help", "a\tb", "0x1", "1_000", "choice(a,b)",
    "a&b|c;d", "x*?", "\\", "\\\\", "a\\'b", "=", ":", "@", "!", "",
]  # fmt: skip


def _one_of_a_list(text: str) -> bool:
    return bool(text) and "," not in text and text[0] not in "'\""


@cache
def whole() -> DictConfig:
    return composition_of(conf_folder())


def arrived(key: str, words: list[str]) -> Any:
    """Return the value of a key as Hydra and OmegaConf would, without composing `conf/` anew."""
    (override,) = OverridesParser.create().parse_overrides(overrides_of(words))
    composition = whole().copy()
    OmegaConf.update(composition, override.key_or_group, override.value(), merge=True)
    value = OmegaConf.select(composition, key)
    return list(value) if OmegaConf.is_list(value) else value


@given(st.sampled_from(KEYS), TEXTS)
def test_any_text_arrives_as_typed(key: str, text: str) -> None:
    assert arrived(key, [f"{key}={text}"]) == text


@pytest.mark.parametrize("text", EVERYDAY)
def test_names_of_files_are_texts(text: str) -> None:
    assert arrived("classifier.path", [f"classifier.path={text}"]) == text
    assert arrived("classifier", [f"classifier={text}"]) == text


def test_a_whole_composition_of_awkward_texts() -> None:
    texts = {"image": "${x} (1).png", "out": "größe, 猫", "data.path": "it's [1]=#.npz", "classifier.path": "5 (1).h5"}
    words = [f"{key}={text}" for key, text in texts.items()]
    made = compose_settings(*words, "++classifiers.located.convert.head=cell")
    assert (made.image, made.out, made.data.path, made.classifier.path) == tuple(texts.values())
    assert made.classifiers["located"].convert.head == "cell"
    again = settings_from(OmegaConf.create(as_yaml(asdict(made))))
    assert again == made


@given(st.lists(TEXTS.map(str.strip).filter(_one_of_a_list), min_size=1))
@example(["a\\", "\\"])
@example(["Speed limit (20km/h)", "null", "1e5", "on", "a/b", "it's", "o'clock", "[x", "{y}", "${z}"])
def test_names_in_a_list_arrive_as_typed(names: list[str]) -> None:
    assert arrived("data.classes", [f"data.classes=[{', '.join(names)}]"]) == names


@pytest.mark.parametrize("value", ["a (1), b", "[a (1), b]", "a (1),b", " [ a (1) , b ] "])
def test_brackets_of_a_list_may_be_left_out(value: str) -> None:
    assert arrived("data.classes", [f"data.classes={value}"]) == ["a (1)", "b"]


def test_a_list_of_another_key() -> None:
    assert arrived("data.classes", ["data.classes=${names}"]) == list(whole().names)


@pytest.mark.parametrize(
    "name", ["'a'", "'a, b.jpg'", '"x"', "${data.name}", "${x}", "{path: b}", "[1]", "a,b", "a=b (1)", "猫"]
)
def test_what_exists_under_just_that_name_is_meant(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / name).write_text("")
    monkeypatch.chdir(tmp_path)
    for key in ("image", "classifier.path", "classifier"):
        assert arrived(key, [f"{key}={name}"]) == name
        in_a_sweep = OverridesParser.create().parse_override(overrides_of(["-m", f"{key}={name}"])[1])
        assert not in_a_sweep.is_sweep_override()
    made = compose_settings(f"image={name}", f"classifier={name}")
    assert (made.image, made.classifier.name) == (name, name)


def test_what_exists_and_needs_no_quotes_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "plain").mkdir()
    monkeypatch.chdir(tmp_path)
    assert overrides_of(["classifier=plain", "out=plain"]) == ["classifier=plain", "out=plain"]


def test_what_stands_in_braces() -> None:
    given = {"{path: epoch=05 (1).keras}": "epoch=05 (1).keras", "{path: 1e5, name: a}": "1e5", "{name: located}": None}
    for word, path in given.items():
        assert compose_settings(f"classifier={word}").classifier.path == path
    assert arrived("classifier", ["classifier={a: b}"]) == "{a: b}"
    assert compose_settings("classifier={path: x.keras, classes: [a, b]}").classifier.classes == ["a", "b"]


@pytest.mark.parametrize("key", ["hydra.run.dir", "hydra.sweep.dir", "hydra.sweep.subdir", "hydra.job.name"])
def test_paths_and_names_that_hydra_reads(key: str) -> None:
    (made,) = OverridesParser.create().parse_overrides(overrides_of([f"{key}=größe (1), #2"]))
    assert made.value() == "größe (1), #2"
    kept = overrides_of([f"{key}=a (1)/${{now:%Y}}/${{hydra.job.num}}"])[0]
    assert kept == f"{key}='a (1)/${{now:%Y}}/${{hydra.job.num}}'"


def test_a_comma_in_a_name_stands_in_quotes() -> None:
    assert arrived("data.classes", ["""data.classes=["a, b", 'c]', d]"""]) == ["a, b", "c]", "d"]
    assert arrived("data.classes", ["data.classes=[]"]) == []


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("{one: 1, Katze: cat}", {"one": 1, "Katze": "cat"}),
        ("{猫: cat, #1: (x), null: on}", {"猫": "cat", "#1": "(x)", "null": "on"}),
        ("""{"a, b": c, 'd: e': "f, g", h: ${i}}""", {"a, b": "c", "d: e": "f, g", "h": "${i}"}),
        ("{}", {}),
    ],
)
def test_a_mapping_of_names(value: str, names: dict[str, Any]) -> None:
    assert compose_settings(f"dataset.names={value}").dataset.names == names


@pytest.mark.parametrize("value", ["{猫}", "{猫: a, 猫: b}", "{: a (1)}", "zero (1)"])
def test_a_mapping_that_is_none_is_refused(value: str) -> None:
    with pytest.raises(InputError, match=r"^dataset\.names: received"):
        compose_settings(f"dataset.names={value}")


@pytest.mark.parametrize(
    "word",
    [
        "image='a.jpg'", 'out="b c"', "image=null", "synset=", "model=lenet", "--help", "-m", "seed=3",
        "~classifier.path", "train.epochs=3", "experiment=smoke", "mosaic@mosaics.small=sizes", "hydra.run.dir=a b",
        "hydra/sweeper=search", "classifier={name: plain, path: my.keras}",
        "data.classes=[cat,dog]", "convert.head=cell",
    ],
)  # fmt: skip
def test_what_needs_no_quotes_stays(word: str) -> None:
    assert overrides_of([word]) == [word]


@pytest.mark.parametrize("word", ["image=a (1).jpg", "data.classes=[a (1), b]", "dataset.names={猫: cat}"])
def test_a_second_time_changes_nothing(word: str) -> None:
    assert overrides_of(overrides_of([word])) == overrides_of([word])


def test_an_interpolation_that_is_meant_stays_one() -> None:
    assert arrived("out", ["out=found (1)/${data.name}"]) == "found (1)/mnist"
    assert arrived("out", ["out=\\${data.name}"]) == "${data.name}"
    assert arrived("out", ["out='${data.name} ${x} \\${y}'"]) == "mnist ${x} ${y}"
    assert arrived("out", ["out=${oc.env:NO_SUCH_NAME,here}"]) == "here"


@pytest.mark.parametrize(
    ("word", "jobs"),
    [
        ("convert.head=window,cell", ["window", "cell"]),
        ("data.path=a (1).npz, null", ["a (1).npz", None]),
        ("data.path='a,b.npz',c", ["a,b.npz", "c"]),
        ("train.decay=choice(none,cosine)", ["none", "cosine"]),
        ("data.classes=[a],[b]", [["a"], ["b"]]),
        ("data.classes=[a (1), c] , [#b]", [["a (1)", "c"], ["#b"]]),
    ],
)
def test_a_comma_parts_the_jobs_of_a_sweep(word: str, jobs: list[Any]) -> None:
    flag, made = overrides_of(["-m", word])
    (override,) = OverridesParser.create().parse_overrides([made])
    assert flag == "-m"
    parser = OverridesParser.create()
    values = [parser.parse_override(f"x={one}").value() for one in override.sweep_string_iterator()]
    assert values == jobs


def test_one_text_of_a_sweep_is_one() -> None:
    assert overrides_of(["--multirun", "data.path='a, b'"])[1] == "data.path='a, b'"
    assert overrides_of(["hydra.mode=MULTIRUN", "data.path=a (1)"])[1] == "data.path='a (1)'"


def test_the_word_behind_a_flag_is_hydras() -> None:
    assert overrides_of(["--config-dir", "image=a (1)", "-cn", "x"]) == ["--config-dir", "image=a (1)", "-cn", "x"]


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("train.epochs=3)", "train.epochs=3): its value cannot be read."),
        ("train.epochs=3)", "If it is a text, put it in quotes: \"train.epochs='3)'\"."),
        ("seed=a=b", "\"seed='a=b'\""),
        ("größe=3", "größe=3: 'größe' is no key."),
        ("train epochs=3", "train epochs=3: 'train epochs' is no key."),
        ("dog (1).jpg", "dog (1).jpg: no KEY=VALUE."),
        ("image=???", "./???"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_shows_the_word_and_how_to_quote_it(word: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        overrides_of([word])
    assert said in str(caught.value)
    assert "mismatched" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "takes"),
    [
        ("image", Takes.TEXT), ("data.path", Takes.TEXT), ("classifier.path", Takes.TEXT), ("classifier", Takes.CHOICE),
        ("classifiers.any.inspect.layer", Takes.TEXT), ("data.sha256.x", Takes.TEXT), ("data.classes", Takes.TEXTS),
        ("classifier.classes", Takes.LIST),
        ("dataset.names", Takes.NAMES), ("dataset.names.x", Takes.TEXT), ("model", Takes.OTHER), ("seed", Takes.OTHER),
        ("experiment", Takes.OTHER), ("no.such.key", Takes.OTHER), ("image.x", Takes.OTHER), ("", Takes.OTHER),
    ],
)  # fmt: skip
def test_the_schema_says_what_a_key_takes(key: str, takes: Takes) -> None:
    assert taken_by(key) is takes


def test_a_key_that_is_added_to_the_schema_is_known_by_its_type() -> None:
    texts = {one.name for one in fields(ExperimentConfig) if one.type in (str, str | None)}
    assert texts >= {"image", "out", "weights", "run"}
    assert all(taken_by(name) is Takes.TEXT for name in texts)
    assert {taken_by(f"dataset.{one.name}") for one in fields(DatasetConfig)} == {Takes.TEXT, Takes.NAMES, Takes.OTHER}


def test_a_program_passes_any_text_on() -> None:
    (override,) = OverridesParser.create().parse_overrides([assigned("job.sweep", "a'b ${c}")])
    composition = OmegaConf.create({"job": {"sweep": override.value()}})
    assert composition.job.sweep == "a'b ${c}"
