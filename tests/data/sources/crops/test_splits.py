"""Splits by the seed: a part of every class, the same at every call."""

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullconv.data.sources.crops.kept import kept_of, spread
from fullconv.data.sources.crops.places import OPEN, TEST, TRAIN, Place
from fullconv.data.sources.crops.splits import UNUSED, by_seed, part_named, roles
from fullconv.errors import InputError

LABELS = st.lists(st.sampled_from("abcd"), min_size=1, max_size=60)


@given(LABELS, st.floats(0.01, 0.99), st.integers(0, 9))
def test_a_share_of_every_class_is_tested(labels: list[str], share: float, seed: int) -> None:
    groups = [str(number) for number in range(len(labels))]
    splits = by_seed(labels, groups, share, seed)
    assert splits == by_seed(labels, groups, share, seed)
    for label, count in Counter(labels).items():
        tested = sum(split == TEST for split, one in zip(splits, labels, strict=True) if one == label)
        assert tested == (0 if count == 1 else min(max(1, round(share * count)), count - 1))


@given(LABELS, st.lists(st.integers(0, 8), min_size=60, max_size=60), st.floats(0.05, 0.9))
def test_no_group_is_torn_and_every_class_is_trained(labels: list[str], numbers: list[int], share: float) -> None:
    groups = [str(number) for number in numbers[: len(labels)]]
    splits = by_seed(labels, groups, share, 0)
    assert len(set(zip(groups, splits, strict=True))) == len(set(groups))
    trained = {label for label, split in zip(labels, splits, strict=True) if split == TRAIN}
    assert trained == set(labels)


def test_another_class_changes_nothing() -> None:
    alone = by_seed(["a"] * 20, [f"a{number}" for number in range(20)], 0.2, 3)
    both = by_seed(["a"] * 20 + ["b"] * 9, [f"{number}" for number in range(29)], 0.2, 3)
    assert both[:20] == alone
    assert by_seed(["a"] * 20, [f"a{number}" for number in range(20)], 0.2, 4) != alone


@pytest.mark.parametrize(
    ("parts", "used"),
    [
        (["train", "test"], {"train": TRAIN, "test": TEST}),
        (["train", "val"], {"train": TRAIN, "val": TEST}),
        (["train", "val", "test"], {"train": TRAIN, "val": TEST, "test": UNUSED}),
        (["test"], {"test": OPEN}),
        ([], {}),
    ],
)
def test_what_parts_are_used_for(parts: list[str], used: dict[str, str]) -> None:
    assert roles(parts) == used


def test_names_of_parts() -> None:
    assert [part_named(name) for name in ("TRAIN", "Validation", "testing", "trains")] == ["train", "val", "test", None]


@given(LABELS)
def test_any_stretch_of_the_test_holds_classes_in_proportion(labels: list[str]) -> None:
    order = spread(labels)
    assert sorted(order) == list(range(len(labels)))
    half = Counter(labels[number] for number in order[: len(order) // 2])
    for label, count in Counter(labels).items():
        assert abs(half[label] - count / 2) <= 1


def _places(*rows: tuple[str, str, str]) -> list[Place]:
    return [Place(Path(name), name, label, split) for name, label, split in rows]


def test_a_training_crop_that_is_tested_too_is_left_out() -> None:
    places = _places(("a", "x", TRAIN), ("b", "x", TRAIN), ("c", "x", TEST))
    kept = kept_of(places, ["1", "2", "2"], False, 0.2, 0, 0.05)
    assert (kept.train, kept.test) == ([0], [2])
    assert kept.told == ("1 training crops with the same pixels as one for testing (b and c)",)


def test_one_picture_under_two_names_is_left_out() -> None:
    places = _places(*((str(number), "xy"[number % 2], OPEN) for number in range(60)))
    kept = kept_of(places, ["0", "0", *map(str, range(2, 60))], False, 0.2, 0, 0.05)
    assert not {0, 1} & {*kept.train, *kept.test}
    assert kept.told == ("2 crops whose pixels stand under two classes (0 as x and 1 as y)",)
    with pytest.raises(InputError, match=r"2 crops whose pixels .*Leave each picture in one class"):
        kept_of(places, ["0", "0", *map(str, range(2, 60))], False, 0.2, 0, 0.03)


def test_copies_are_of_one_part() -> None:
    places = _places(*((str(number), "x", OPEN) for number in range(40)))
    kept = kept_of(places, [str(number // 4) for number in range(40)], False, 0.2, 0, 0.05)
    assert not {number // 4 for number in kept.train} & {number // 4 for number in kept.test}
    assert kept.told == ()


def test_nothing_but_copies_cannot_be_tested() -> None:
    with pytest.raises(InputError, match=r"no crop is left for testing"):
        kept_of(_places(("a", "x", OPEN), ("b", "x", OPEN)), ["1", "1"], False, 0.2, 0, 0.05)
