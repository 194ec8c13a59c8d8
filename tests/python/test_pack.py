"""`tenantry.pack`: every form of input, known answers, and the certificate through the second checker."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import networkx as nx
import numpy as np
import pytest
import tenantry
from tenantry.check import check_certificate


def legal(packing: tenantry.Packing, sizes: Any, capacity: Any, counts: list[int], edges: Any) -> bool:
    assert packing.bins is not None
    flat = [item for content in packing.bins for item in content]
    edges = {frozenset(edge) for edge in edges}
    return (
        all(flat.count(item) == count for item, count in enumerate(counts))
        and all((np.sum([sizes[item] for item in content], axis=0) <= capacity).all() for content in packing.bins)
        and not any(frozenset(pair) in edges for content in packing.bins for pair in combinations(content, 2))
    )


def test_one_dimension_as_lists() -> None:
    packing = tenantry.pack([6, 5, 4, 3], 10, conflicts=[(0, 2)])
    assert packing.status == "optimal"
    assert packing.proof == "certified"
    assert packing.lower_bound == 2
    assert legal(packing, [[6], [5], [4], [3]], [10], [1] * 4, [(0, 2)])
    assert check_certificate(packing.certificate).word == "VERIFIED"


def test_arrays_and_graphs() -> None:
    random = np.random.default_rng(7)
    sizes = random.integers(5, 40, size=(40, 2))
    graph = nx.gnp_random_graph(40, 0.3, seed=7)
    packing = tenantry.pack(sizes, np.array([100, 100]), conflicts=graph)
    assert packing.status == "optimal"
    assert legal(packing, sizes, [100, 100], [1] * 40, graph.edges)
    assert tenantry.pack(sizes, [100, 100], conflicts=list(graph.edges)) == packing
    assert check_certificate(packing.certificate).word == "VERIFIED"


class Sparse:
    """As much of a scipy sparse matrix as is used."""

    def __init__(self, edges: list[tuple[int, int]]) -> None:
        self.row = np.array([a for a, _ in edges])
        self.col = np.array([b for _, b in edges])

    def tocoo(self) -> Sparse:
        return self


def test_a_sparse_matrix_of_a_five_cycle_takes_three() -> None:
    edges = [(i, (i + 1) % 5) for i in range(5)]
    assert tenantry.pack([0] * 5, 1, conflicts=Sparse(edges)).lower_bound == 3


def test_counts_stay_counted() -> None:
    # 250 full bins of 3 + 3 + 2 + 2 take all twos; the 500 threes left go three to a bin
    packing = tenantry.pack([[3], [2]], [10], counts=[1_000, 500])
    assert packing.bins is not None
    assert len(packing.bins) == packing.lower_bound == 417
    copies_apart = tenantry.pack([1], 10, counts=[4], conflicts=[(0, 0)])
    assert copies_apart.lower_bound == 4


def test_billions_of_copies_are_counted_and_not_listed() -> None:
    for count in (3, 10**9, 10**12):
        # 34 + 34 + 40 = 108 of 110, and then two of 40 a bin
        packing = tenantry.pack([34, 40], 110, counts=[2 * count, 2 * count], work_limit=10**8)
        assert packing.patterns is not None
        assert len(packing.patterns) < 10
        for item in range(2):
            packed = sum(copies * times for items, times in packing.patterns for own, copies in items if own == item)
            assert packed == 2 * count
    small = tenantry.pack([34, 40], 110, counts=[4, 4])
    assert small.bins is not None
    assert small.patterns is not None
    assert len(small.bins) == sum(times for _, times in small.patterns) == 3


def test_nothing_to_pack() -> None:
    assert tenantry.pack([], [10]).bins == ()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"sizes": [1.5], "capacity": 10}, "whole number"),
        ({"sizes": [-1], "capacity": 10}, "between 0"),
        ({"sizes": [11], "capacity": 10}, "larger than a bin"),
        ({"sizes": [[1, 2]], "capacity": 10}, "2 sizes"),
        ({"sizes": [1], "capacity": 10, "counts": [1, 2]}, "2 counts"),
        ({"sizes": [1], "capacity": 10, "counts": [0]}, "at least 1"),
        ({"sizes": [1], "capacity": 10, "conflicts": [(0, 1)]}, "item 1 of 1"),
        ({"sizes": [1], "capacity": 10, "conflicts": [(0, 0, 0)]}, "pair"),
        ({"sizes": [1 << 62], "capacity": 10}, r"between 0 and 2\^62 - 1"),
        ({"sizes": [1], "capacity": 10, "time_limit": -1}, "`time_limit` is a number of seconds"),
        ({"sizes": [1], "capacity": 10, "time_limit": "1"}, "`time_limit` is a number of seconds"),
        ({"sizes": [1], "capacity": 10, "time_limit": float("nan")}, "`time_limit` is a number of seconds"),
        ({"sizes": [1], "capacity": 10, "work_limit": -1}, "`work_limit` is between 0"),
        ({"sizes": [1], "capacity": 10, "work_limit": 1.5}, "`work_limit` is a whole number"),
        ({"sizes": [1], "capacity": 10, "seed": -1}, "`seed` is between 0"),
        ({"sizes": [1], "capacity": 10, "seed": 1 << 64}, "`seed` is between 0"),
        ({"sizes": [1], "capacity": 10, "threads": -1}, "`threads` is between 0"),
        ({"sizes": [1], "capacity": 10, "threads": 0}, "`threads` is at least 1"),
        ({"sizes": 5, "capacity": 10}, "list"),
    ],
)
def test_what_is_wrong_is_said(arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(tenantry.UsageError, match=says):
        tenantry.pack(**arguments)
