"""A person's own text reaches the settings as it is, whatever signs it holds."""

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st

from fullconv.command.arguments import as_text


def value(argument: str) -> object:
    (override,) = OverridesParser.create().parse_overrides([as_text(argument)])
    parsed = override.value()
    return getattr(parsed, "text", parsed)


@pytest.mark.parametrize(
    "text",
    [
        "dog (1).jpg",
        "a,b.jpg",
        "a=b.jpg",
        "[1].png",
        "{x}",
        "~/dog.jpg",
        "it's.jpg",
        'a "b".jpg',
        "C:\\x\\",
        "1",
        "true",
        "a: b",
    ],
)
def test_names_of_files_are_texts(text: str) -> None:
    assert value(f"image={text}") == text


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=3).map(lambda text: f"x{text}"))
def test_any_text(text: str) -> None:
    assert value(f"image={text}") == text


@pytest.mark.parametrize(
    "argument", ["image='a.jpg'", 'out="b c"', "image=null", "synset=", "model=lenet", "--help", "-m"]
)
def test_what_needs_no_quotes_stays(argument: str) -> None:
    assert as_text(argument) == argument
