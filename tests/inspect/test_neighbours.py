"""Nearest neighbours and agreement against brute force and by hand."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from fullconv.errors import InputError
from fullconv.inspect.neighbours import agreement, chance_agreement, class_agreement, nearest, queries

# Whole numbers: their squares and sums are exact, so that what is equally far is so in every order of adding.
VECTORS = st.tuples(st.integers(3, 12), st.integers(1, 3)).flatmap(
    lambda shape: arrays(np.float32, shape, elements=st.integers(-2, 2).map(float))
)


def brute(vectors: Any, count: int) -> list[list[int]]:
    found = []
    for one, mine in enumerate(vectors):
        others = [(float(((mine - other) ** 2).sum()), index) for index, other in enumerate(vectors) if index != one]
        found.append([index for _, index in sorted(others)[:count]])
    return found


@settings(max_examples=80)
@given(vectors=VECTORS, data=st.data())
def test_nearest_is_brute_force_ties_by_index(vectors: Any, data: Any) -> None:
    count = data.draw(st.integers(1, len(vectors) - 1))
    assert nearest(vectors, count).tolist() == brute(vectors, count)


def test_many_equal_vectors_are_neighbours_in_the_order_of_their_indices() -> None:
    vectors = np.zeros((200, 5))
    vectors[150:] = 1
    found = nearest(vectors, 4)
    assert found[100].tolist() == [0, 1, 2, 3]
    assert found[2].tolist() == [0, 1, 3, 4]
    assert found[199].tolist() == [150, 151, 152, 153]


def test_larger_than_a_leaf_of_the_tree() -> None:
    vectors = np.random.default_rng(4).normal(size=(300, 20))
    assert nearest(vectors, 4).tolist() == brute(vectors, 4)


def test_agreement_by_hand() -> None:
    """The example of docs/metrics.md: places 0, 1, 2, 10, 11 of classes a, a, b, b, b; two neighbours each.

    0: 1, 2 → a, b: one of two. 1: 0, 2 → one. 2: 1, 0 → none. 10: 11, 2 → both. 11: 10, 2 → both. In all 6 of 10.
    Class a: 2 of 4; class b: 4 of 6. By chance: (2·1 + 3·2) / (5·4).
    """
    labels = np.array([0, 0, 1, 1, 1])
    found = nearest(np.array([[0.0], [1.0], [2.0], [10.0], [11.0]]), 2)
    assert found.tolist() == [[1, 2], [0, 2], [1, 0], [4, 2], [3, 2]]
    assert agreement(labels, found) == 0.6
    assert class_agreement(labels, found, 3) == [0.5, pytest.approx(4 / 6), None]
    assert chance_agreement(labels) == 0.4


@settings(max_examples=50)
@given(labels=st.lists(st.integers(0, 3), min_size=2, max_size=20), seed=st.integers(0, 99))
def test_agreement_is_brute_force_and_by_chance_that_of_all_others(labels: list[int], seed: int) -> None:
    others = [[other for other in range(len(labels)) if other != one] for one in range(len(labels))]
    every = np.array(others)
    pairs = [labels[one] == labels[other] for one, row in enumerate(others) for other in row]
    assert chance_agreement(np.array(labels)) == pytest.approx(sum(pairs) / len(pairs))
    assert agreement(np.array(labels), every) == pytest.approx(sum(pairs) / len(pairs))
    some = np.random.default_rng(seed).permuted(every, axis=1)[:, :1]
    shares = class_agreement(np.array(labels), some, 4)
    for label, share in enumerate(shares):
        mine = [labels[some[one, 0]] == label for one in range(len(labels)) if labels[one] == label]
        assert share == (pytest.approx(sum(mine) / len(mine)) if mine else None)


@pytest.mark.parametrize("count", [0, 3, 9])
def test_fewer_images_than_neighbours_are_refused(count: int) -> None:
    with pytest.raises(InputError, match=rf"^inspect\.neighbours: {count} neighbours among 3 images"):
        nearest(np.eye(3), count)


def test_numbers_that_are_none_are_refused() -> None:
    with pytest.raises(InputError, match="NaN"):
        nearest(np.array([[0.0], [np.nan], [1.0]]), 1)


def test_queries_take_each_class_in_turn() -> None:
    labels = np.array([2, 2, 0, 2, 0, 1])
    assert queries(labels, 10) == [2, 5, 0, 4, 1, 3]
    assert queries(labels, 2) == [2, 5]
