"""Arrays, frames and graphs as the plain lists that the engine takes. What can be read in two ways is refused."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable, Mapping
from collections.abc import Set as AnySet
from typing import Any

from tenantry._narrow import is_iterable, is_list, is_set
from tenantry._options import called, whole
from tenantry.errors import UsageError

BITS = 62
"""Sizes, counts and items are below 2^62: twice as much can still be added."""


def matrix(values: Any, what: str) -> list[list[int]]:
    """Rows of whole numbers; a list of numbers has rows of one.

    Raises:
        UsageError: it is no list, array or frame of whole numbers.
    """
    rows = _listed(values, what)
    return [vector(row, what) for row in rows]


def vector(values: Any, what: str) -> list[int]:
    """Whole numbers; a number is a vector of one.

    Raises:
        UsageError: there is something else in it.
    """
    if getattr(values, "ndim", None) == 0:
        values = values.item()
    entries = _listed(values, what) if _is_list(values) else [values]
    return [whole(entry, what, BITS) for entry in entries]


def pairs(conflicts: Any, items: int) -> list[tuple[int, int]]:
    """Pairs of items in conflict, each once and in order, whatever the form; see `tenantry.pack` for the forms.

    Raises:
        UsageError: it is none of them, is of another number of items, or can be read in two ways.
    """
    return sorted({(min(pair), max(pair)) for pair in _found(conflicts, items)})


def _found(conflicts: Any, items: int) -> list[tuple[int, int]]:
    if conflicts is None:
        return []
    if hasattr(conflicts, "tocoo"):
        return _of_sparse(conflicts, items)
    if hasattr(conflicts, "edge_list") and hasattr(conflicts, "node_indices"):  # rustworkx
        return _of_graph(conflicts.node_indices(), conflicts.edge_list(), items)
    if hasattr(conflicts, "edges") and hasattr(conflicts, "nodes"):  # networkx
        return _of_graph(conflicts.nodes, conflicts.edges, items)
    if hasattr(conflicts, "get_edgelist") and hasattr(conflicts, "vcount"):  # igraph
        return _of_graph(range(conflicts.vcount()), conflicts.get_edgelist(), items)
    array = getattr(conflicts, "ndim", None) is not None or hasattr(conflicts, "shape")
    shape: tuple[int, ...] = tuple(getattr(conflicts, "shape", ()))
    if array and len(shape) != 2 and shape != (0,):
        raise UsageError(f"conflicts are pairs, or a square matrix: not an array of shape {shape}")
    rows = _listed(conflicts, "conflicts")
    if array and shape == (items, items) and (items != 2 or "bool" in str(getattr(conflicts, "dtype", ""))):
        return _of_matrix(rows)
    if items == 2 and len(rows) == 2 and all(not isinstance(row, (tuple, AnySet)) for row in rows):
        return _of_two(rows)
    if array and shape[-1:] not in ((0,), (2,)):
        raise UsageError(
            f"a matrix of conflicts has a row and a column for each of the {items} items, and a list of pairs has two "
            f"columns: this has the shape {shape}"
        )
    return [_pair(row) for row in rows]


def _is_list(values: Any) -> bool:
    return isinstance(values, (Iterable, Mapping)) or hasattr(values, "__array__")


def _listed(values: Any, what: str) -> list[Any]:
    """The entries of a list, an array or a column, the rows of a frame or of a matrix."""
    if isinstance(values, (str, bytes, bytearray, Mapping)) or (is_set(values) and what != "conflicts"):
        raise UsageError(f"{what}: a list, an array or a frame is needed, not {called(values)}")
    if hasattr(values, "tocoo"):
        raise UsageError(f"{what}: a dense array is needed, not {called(values)}")
    if hasattr(values, "columns") or hasattr(values, "column_names"):
        return _rows_of_frame(values, what)
    for unwrap in ("tolist", "to_list", "to_pylist"):
        if hasattr(values, unwrap):
            listed = getattr(values, unwrap)()
            if is_list(listed):
                return listed
            raise UsageError(f"{what}: a list is needed, not the number {listed!r}")
    if not is_iterable(values) or hasattr(values, "nodes") or hasattr(values, "edge_list"):
        raise UsageError(f"{what}: a list, an array or a frame is needed, not {called(values)}")
    return list(values)


def _rows_of_frame(frame: Any, what: str) -> list[list[Any]]:
    """The rows of a DataFrame (pandas, polars, pyarrow), each a list of its cells in the order of the columns."""
    if hasattr(frame, "iloc"):
        columns = [frame.iloc[:, place].tolist() for place in range(len(frame.columns))]
    elif hasattr(frame, "get_columns"):
        columns = [column.to_list() for column in frame.get_columns()]
    elif hasattr(frame, "to_pylist"):
        columns = [column.to_pylist() for column in frame.columns]
    else:
        raise UsageError(f"{what}: a list, an array or a frame is needed, not {called(frame)}")
    return [list(row) for row in zip(*columns, strict=True)]


def _of_sparse(matrix: Any, items: int) -> list[tuple[int, int]]:
    shape = tuple(matrix.shape)
    if shape != (items, items):
        raise UsageError(f"the matrix of conflicts is {_by(shape)}, and there are {items} items")
    coo = matrix.tocoo()
    row, column = (coo.row, coo.col) if hasattr(coo, "row") else coo.coords
    cells = zip(row.tolist(), column.tolist(), coo.data.tolist(), strict=True)
    return [(a, b) for a, b, value in cells if _conflict(value)]


def _by(shape: tuple[int, ...]) -> str:
    return " x ".join(map(str, shape))


def _of_graph(nodes: Iterable[Any], edges: Iterable[Any], items: int) -> list[tuple[int, int]]:
    named = list(nodes)
    strange = [node for node in named if not _is_item(node, items)]
    if strange or len(named) != items:
        what = f"it has the node {strange[0]!r}" if strange else f"it has {len(named)} nodes"
        raise UsageError(
            f"a graph of conflicts has the nodes 0 to n - 1, one for each of the {items} items, also for those without "
            f"a conflict: {what}"
        )
    return [(int(edge[0]), int(edge[1])) for edge in edges]


def _is_item(node: Any, items: int) -> bool:
    try:
        return not isinstance(node, bool) and 0 <= operator.index(node) < items
    except TypeError:
        return False


def _of_matrix(rows: list[Any]) -> list[tuple[int, int]]:
    return [(a, b) for a, row in enumerate(rows) for b, value in enumerate(row) if _conflict(value)]


def _of_two(rows: list[Any]) -> list[tuple[int, int]]:
    """Of two items, two rows of two are two pairs or a matrix."""
    if all(isinstance(value, bool) for row in rows for value in row):
        return _of_matrix(rows)
    as_pairs = [_pair(row) for row in rows]
    as_matrix = _of_matrix(rows)
    if {frozenset(pair) for pair in as_pairs} != {frozenset(pair) for pair in as_matrix}:
        raise UsageError(
            "two rows of two numbers are two pairs or a matrix of two items, and mean different things: "
            "give the pairs as tuples, or the matrix as one of bool"
        )
    return as_pairs


def _conflict(value: Any) -> bool:
    """Whether an entry of a matrix says that there is a conflict.

    Raises:
        UsageError: it is missing or no number.
    """
    if not isinstance(value, (bool, int, float)) or math.isnan(value):
        raise UsageError(f"an entry of a matrix of conflicts is 0 or not, and this is {value!r}")
    return value != 0


def _pair(ends: Any) -> tuple[int, int]:
    if not is_iterable(ends, str, bytes, Mapping):
        raise UsageError(f"a conflict is a pair of items, not {ends!r}")
    both = list(ends)
    if len(both) != 2:
        raise UsageError(f"a conflict is a pair of items, not {ends!r}")
    return whole(both[0], "an item", BITS), whole(both[1], "an item", BITS)
