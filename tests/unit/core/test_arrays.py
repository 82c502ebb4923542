from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pytest

from synthgrad.core.arrays import select


class Pair(NamedTuple):
    array: np.ndarray
    name: str


@dataclass(frozen=True)
class Tree:
    pair: Pair
    branches: list
    nothing: None = None
    later: np.ndarray = field(init=False)


@pytest.mark.parametrize(
    "replicas", [slice(1, 3), np.array([False, True, True]), np.array([1, 2])], ids=type
)
def test_arrays_are_picked_from_at_any_depth_and_all_else_is_shared(replicas):
    array = np.arange(6).reshape(3, 2)
    inner = Tree(Pair(array + 10, "inner"), [])
    tree = Tree(Pair(array, "outer"), [inner, "leaf", array + 20])
    chosen = select(tree, replicas)
    assert chosen.pair.array.tolist() == [[2, 3], [4, 5]]
    assert chosen.pair.name == "outer"
    assert chosen.branches[0].pair.array.tolist() == [[12, 13], [14, 15]]
    assert chosen.branches[1] is tree.branches[1]
    assert chosen.branches[2].tolist() == [[22, 23], [24, 25]]
    assert chosen.nothing is None
    # What is not there yet is not there either in what was picked.
    assert not hasattr(chosen, "later")
    assert tree.pair.array is array


def test_a_slice_gives_views_and_a_mask_copies():
    array = np.zeros(3)
    assert np.shares_memory(select([array], slice(0, 2))[0], array)
    assert not np.shares_memory(select([array], np.array([True, True, False]))[0], array)
