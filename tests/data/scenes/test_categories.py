"""Categories and classes matched by name, and what is said where they differ."""

import shlex
from typing import Any

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import given
from hypothesis import strategies as st

from fullconv.config.overrides import overrides_of
from fullconv.config.texts import names_in
from fullconv.data.scenes.categories import category_of_class
from fullconv.errors import InputError

DIGITS = [str(number) for number in range(10)]
WORDS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]


def _coco(*names: str, annotated: list[int] | None = None) -> dict[str, Any]:
    """Categories with ids from 5, one annotation each unless told otherwise."""
    ids = range(5, 5 + len(names))
    return {
        "categories": [{"id": one, "name": name} for one, name in zip(ids, names, strict=True)],
        "annotations": [{"category_id": one} for one in (ids if annotated is None else annotated)],
    }


def _proposed(error: InputError) -> dict[str, str]:
    """The mapping that a message shows, as a program reads it behind a shell."""
    (word,) = shlex.split(error.mend[error.mend.index("dataset.names=") :])
    (override,) = OverridesParser.create().parse_overrides(overrides_of([word]))
    value: Any = override.value()
    return {str(key): str(one) for key, one in (names_in(value, "") if isinstance(value, str) else value).items()}


def test_names_decide_and_ids_do_not() -> None:
    assert category_of_class(_coco("hen", "cat"), ["cat", "dog", "hen"]) == {2: 5, 0: 6}


def test_a_mapping_stands_for_names() -> None:
    assert category_of_class(_coco("one", "zero"), DIGITS, {"one": "1", "zero": "0"}) == {1: 5, 0: 6}
    assert category_of_class(_coco("1", "2", "10"), DIGITS, {"10": "0"}) == {1: 5, 2: 6, 0: 7}
    assert category_of_class(_coco("1", "2"), DIGITS, {"1": "0", "2": "1"}) == {0: 5, 1: 6}
    # What a command line gives may be numbers.
    assert category_of_class(_coco("1", "2"), DIGITS, {1: 0, 2: 1}) == {0: 5, 1: 6}  # type: ignore[dict-item]


def test_a_category_without_class_is_told_with_both_lists() -> None:
    with pytest.raises(InputError, match="no class for hen: the dataset has hen, cat; the classifier has cat, dog"):
        category_of_class(_coco("hen", "cat"), ["cat", "dog"])


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (WORDS, dict(zip(WORDS, DIGITS, strict=True))),
        (["Zero", "NINE"], {"Zero": "0", "NINE": "9"}),
        (["digit_3", "digit 0", "number-07"], {"digit_3": "3", "digit 0": "0", "number-07": "7"}),
        ([*DIGITS[1:], "10"], {**{name: name for name in DIGITS[1:]}, "10": "?"}),
        (["a b", "part 1 or 2"], {"a b": "?", "part 1 or 2": "?"}),
        (["x:y,z", "y{5}=[5]"], {"x:y,z": "?", "y{5}=[5]": "5"}),
        (["round (0)"], {"round (0)": "0"}),
    ],
)
def test_the_message_shows_a_mapping_that_the_command_line_takes(names: list[str], expected: dict[str, str]) -> None:
    with pytest.raises(InputError) as caught:
        category_of_class(_coco(*names), DIGITS)
    assert _proposed(caught.value) == expected
    if "?" not in expected.values():
        found = category_of_class(_coco(*names), DIGITS, _proposed(caught.value))
        assert found == {int(expected[name]): 5 + place for place, name in enumerate(names)}


@given(st.text(min_size=1).map(str.strip).filter(lambda name: name and name not in DIGITS))
def test_any_name_is_shown_as_an_argument(name: str) -> None:
    with pytest.raises(InputError) as caught:
        category_of_class(_coco(name), DIGITS)
    assert list(_proposed(caught.value)) == [name]


def test_a_mapping_that_is_not_whole_is_shown_with_what_was_given() -> None:
    with pytest.raises(InputError) as caught:
        category_of_class(_coco("one", "two"), DIGITS, {"two": "3"})
    assert _proposed(caught.value) == {"one": "1", "two": "3"}
    assert "no class for one:" in caught.value.received


def test_classes_in_words_are_found_by_number() -> None:
    with pytest.raises(InputError) as caught:
        category_of_class(_coco("3", "0"), WORDS)
    assert _proposed(caught.value) == {"3": "three", "0": "zero"}


def test_strange_categories_without_annotations_are_left_out() -> None:
    assert category_of_class(_coco("digits", "3", annotated=[6]), DIGITS) == {3: 6}
    assert category_of_class(_coco("digits", "3", annotated=[]), DIGITS) == {3: 6}
    with pytest.raises(InputError, match="no class for digits"):
        category_of_class(_coco("digits", "3", annotated=[5]), DIGITS)


def test_a_dataset_without_any_class_is_refused_even_without_annotations() -> None:
    with pytest.raises(InputError, match="no class for zero, one") as caught:
        category_of_class(_coco("zero", "one", annotated=[]), DIGITS)
    assert _proposed(caught.value) == {"zero": "0", "one": "1"}


def test_two_categories_of_one_class_are_refused_unless_one_is_unused() -> None:
    with pytest.raises(InputError, match="'3' and 'three' are both the class '3'"):
        category_of_class(_coco("3", "three"), DIGITS, {"three": "3"})
    with pytest.raises(InputError, match="'3' and '3' are both the class '3'"):
        category_of_class(_coco("3", "3"), DIGITS)
    assert category_of_class(_coco("3", "3", annotated=[6]), DIGITS) == {3: 6}
    assert category_of_class(_coco("3", "3", annotated=[5]), DIGITS) == {3: 5}


@pytest.mark.parametrize(
    ("names", "says"),
    [
        ({"thre": "3"}, r"^dataset\.names: no category 'thre'\. The dataset has three, 5"),
        ({"three": "13"}, r"^dataset\.names: 'three' is to be '13', which is no class"),
        ({"three": "?"}, "no class"),
    ],
)
def test_a_mapping_of_what_is_not_there_is_refused(names: dict[str, str], says: str) -> None:
    with pytest.raises(InputError, match=says):
        category_of_class(_coco("three", "5"), DIGITS, names)


def test_classes_of_one_name_are_refused() -> None:
    with pytest.raises(InputError, match="classes: a name stands twice"):
        category_of_class(_coco("3"), ["3", "3"])


def test_long_lists_are_cut() -> None:
    with pytest.raises(InputError) as caught:
        category_of_class(_coco(*(f"kind{number}" for number in range(300))), DIGITS)
    assert "(300 in all)" in caught.value.received
    assert "kind25" not in caught.value.received
