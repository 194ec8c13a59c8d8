"""`tenantry.pack`: every form of input, known answers, and the certificate through the second checker."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import networkx as nx
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import rustworkx as rx
import scipy.sparse as sp
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


def forms(edges: list[tuple[int, int]], items: int) -> dict[str, Any]:
    """The same conflicts in every form that is read."""
    matrix = np.zeros((items, items), dtype=int)
    for a, b in edges:
        matrix[a, b] = 1
    graph = nx.Graph()
    graph.add_nodes_from(range(items))
    graph.add_edges_from(edges)
    other = rx.PyGraph()
    other.add_nodes_from(["a node's weight is no item"] * items)
    other.add_edges_from([(a, b, "nor is an edge's") for a, b in edges])
    columns = {"u": [a for a, _ in edges], "v": [b for _, b in edges]}
    return {
        "tuples": edges,
        "a set": set(edges),
        "frozensets": [frozenset(edge) for edge in edges],
        "an iterator": iter(edges),
        "array of pairs": np.array(edges),
        "pandas": pd.DataFrame(columns),
        "polars": pl.DataFrame(columns),
        "arrow": pa.table(columns),
        "networkx": graph,
        "directed": nx.DiGraph(graph),
        "multigraph": nx.MultiGraph(graph),
        "numpy nodes": nx.relabel_nodes(graph, {node: np.int64(node) for node in range(items)}),
        "rustworkx": other,
        "matrix": matrix,
        "symmetric": matrix | matrix.T,
        "bool": matrix.astype(bool),
        "float": matrix * 0.5,
        "matrix in a frame": pd.DataFrame(matrix),
        "coo": sp.coo_matrix(matrix),
        "csr": sp.csr_array(matrix),
        "csc with zeros": sp.csc_array(
            (np.array([1] * len(edges) + [0]), tuple(np.array([*edges, (0, 2)]).T)), (items,) * 2
        ),
    }


@pytest.mark.parametrize("form", forms([(0, 1)], 3))
def test_conflicts_are_read_in_every_form(form: str) -> None:
    cycle = [(i, (i + 1) % 5) for i in range(5)]
    edges = [(0, 1), (1, 2), (3, 4), (5, 6), (0, 6), (2, 6)]
    five = tenantry.pack([0] * 5, 1, conflicts=forms(cycle, 5)[form])
    assert five.lower_bound == 3
    packing = tenantry.pack([1] * 7, 3, conflicts=forms(edges, 7)[form])
    assert legal(packing, [[1]] * 7, [3], [1] * 7, edges)
    assert packing == tenantry.pack([1] * 7, 3, conflicts=edges)


def test_two_items_are_not_guessed_at() -> None:
    full = np.ones((2, 2), int)
    for both in (full, full.tolist(), pd.DataFrame(full), pl.DataFrame(full), np.array([[0, 1], [0, 0]])):
        with pytest.raises(tenantry.UsageError, match="two pairs or a matrix"):
            tenantry.pack([1, 1], 10, counts=[2, 2], conflicts=both)
    for clear in (full.astype(bool), sp.coo_array(full), [[True, True], [True, True]], [(0, 0), (0, 1), (1, 1)]):
        assert tenantry.pack([1, 1], 10, counts=[2, 2], conflicts=clear).lower_bound == 4
    for same in (np.array([[0, 1], [1, 0]]), [(0, 1), (1, 0)], np.array([[0, 1]])):
        assert tenantry.pack([1, 1], 10, counts=[2, 2], conflicts=same).lower_bound == 2


def other_graph(*nodes: Any) -> Any:
    graph = nx.Graph()
    graph.add_nodes_from(nodes)
    return graph


@pytest.mark.parametrize(
    ("conflicts", "says"),
    [
        (other_graph(1, 2, 3), "it has the node 3"),
        (other_graph(0, 1), "it has 2 nodes"),
        (other_graph(0, 1, 2, 3), "it has the node 3"),
        (other_graph("a", "b", "c"), "it has the node 'a'"),
        (other_graph(0, True, 2.0), "it has the node True"),
        (rx.generators.path_graph(4), "it has the node 3"),
        (sp.coo_matrix(([1], ([0], [1])), shape=(2, 2)), "is 2 x 2, and there are 3 items"),
        (sp.coo_matrix(([1], ([0], [1])), shape=(5, 5)), "is 5 x 5, and there are 3 items"),
        (np.ones((4, 4)), "has the shape (4, 4)"),
        (np.ones((2, 3)), "has the shape (2, 3)"),
        (np.ones(3), "not an array of shape (3,)"),
        (np.ones((3, 3, 3)), "not an array of shape (3, 3, 3)"),
        (np.array([[0, 1, np.nan]] * 3), "this is nan"),
        ({0: [1, 2]}, "not a dict"),
        ("01", "not a str"),
        ([{0: 1}], "a conflict is a pair of items"),
        (["01"], "a conflict is a pair of items"),
        ([1, 2], "a conflict is a pair of items"),
        ([(0, 1.0)], "an item is a whole number, not 1.0"),
        ([(0, True)], "an item is a whole number, not True"),
        ([(0, 3)], "item 3 of 3"),
        (pd.DataFrame({"u": [0], "v": [1], "why": ["x"]}), "has the shape (1, 3)"),
        (42, "not an int"),
    ],
)
def test_conflicts_that_are_none(conflicts: Any, says: str) -> None:
    with pytest.raises(tenantry.UsageError) as caught:
        tenantry.pack([1, 1, 1], 10, conflicts=conflicts)
    assert says in str(caught.value)


def test_frames_have_an_item_in_each_row() -> None:
    columns = {"cpu": [9, 9], "memory": [1, 1]}
    right = tenantry.pack([(9, 1), (9, 1)], [10, 10])
    assert right.lower_bound == 2
    for frame in (pd.DataFrame(columns), pl.DataFrame(columns), pa.table(columns), np.array([[9, 1], [9, 1]])):
        assert tenantry.pack(frame, [10, 10]) == right
        assert tenantry.pack(frame, pd.Series([10, 10]), counts=pl.Series([1, 1])) == right
    right = tenantry.pack([6, 5, 4, 3], 10)
    for column in (
        pd.Series([6, 5, 4, 3]),
        pl.Series([6, 5, 4, 3]),
        pa.array([6, 5, 4, 3]),
        pd.DataFrame([6, 5, 4, 3]),
    ):
        assert tenantry.pack(column, np.int32(10), counts=np.ones(4, int)) == right


@pytest.mark.parametrize(
    "sizes", [{0: 6, 1: 5}, "65", b"65", {6, 5}, sp.eye_array(3), nx.path_graph(3), np.int64(5), None]
)
def test_sizes_that_are_none(sizes: Any) -> None:
    with pytest.raises(tenantry.UsageError, match="a size"):
        tenantry.pack(sizes, 10)
    with pytest.raises(tenantry.UsageError, match="a count"):
        tenantry.pack([6, 5], 10, counts={6: 1, 5: 1})


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
        ({"sizes": [True], "capacity": 10}, "whole number, not True"),
        ({"sizes": [[[1]]], "capacity": 10}, "whole number"),
        ({"sizes": pd.DataFrame({"a": ["x"]}), "capacity": 10}, "whole number, not 'x'"),
        ({"sizes": pd.DataFrame({"a": [1, None]}), "capacity": 10}, "whole number, not 1.0"),
        ({"sizes": [1], "capacity": {"cpu": 10}}, "not a dict"),
        ({"sizes": [1], "capacity": "10"}, "not a str"),
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
