"""Tables in and out: lists of dicts and DataFrames of any make."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from tenantry._options import called, of_type
from tenantry.errors import FleetError, Problem
from tenantry.values import single

if TYPE_CHECKING:
    from tenantry.fleet import Fleet


class PandasLike(Protocol):
    """As much of a pandas DataFrame as tells it from other things."""

    @property
    def columns(self) -> Any: ...  # noqa: D102
    @property
    def iloc(self) -> Any: ...  # noqa: D102
    def itertuples(self) -> Any: ...  # noqa: D102


class PolarsLike(Protocol):
    """As much of a polars DataFrame."""

    def get_columns(self) -> Any: ...  # noqa: D102
    def to_dicts(self) -> Any: ...  # noqa: D102


class ArrowLike(Protocol):
    """As much of a pyarrow Table or RecordBatch."""

    @property
    def column_names(self) -> Any: ...  # noqa: D102
    def to_pylist(self) -> Any: ...  # noqa: D102


class RelationLike(Protocol):
    """As much of a DuckDB relation."""

    @property
    def columns(self) -> Any: ...  # noqa: D102
    def fetchall(self) -> Any: ...  # noqa: D102


Table: TypeAlias = Iterable[Mapping[str, Any]] | PandasLike | PolarsLike | ArrowLike | RelationLike
"""A list of dicts, a DataFrame of pandas or polars, a pyarrow table or a DuckDB relation."""

_PARAMETER = {
    "workloads": "workloads",
    "tenants": "tenants",
    "clusterTemplates": "templates",
    "regions": "regions",
    "existingClusters": "existing",
}
"""Lists of the document, and the parameters that bring them as tables."""


class Columns:
    """A table as the engine takes it: columns, or rows of their own keys."""

    def __init__(self, key: str, table: Table) -> None:
        """Reads the table; `key` is its list in the document.

        Raises:
            TypeError: it is no table.
        """
        self.key = key
        self.problems: list[Problem] = []
        self.names: list[str] | None = None
        self.data: list[Any]
        named = _named_columns(table, _PARAMETER[key])
        if named is None:
            self.data = _rows(table, _PARAMETER[key])
            return
        self.names = [_column_name(name, _PARAMETER[key]) for name, _ in named]
        self.problems = [
            Problem("duplicate-key", key, f"{count} columns have this name", table=_PARAMETER[key], column_name=name)
            for name, count in Counter(self.names).items()
            if count > 1
        ]
        self.data = [column for _, column in named]

    def columns_of(self, row: int) -> Iterable[str]:
        """The names of the columns that a row has."""
        if self.names is not None:
            return self.names
        return self.data[row] if row < len(self.data) else ()


def _rows(table: Any, name: str) -> list[dict[str, Any]]:
    if isinstance(table, Iterable) and not isinstance(table, (str, bytes, Mapping)):
        found = list(table)
        if all(isinstance(row, Mapping) for row in found):
            return [row if isinstance(row, dict) else dict(row) for row in found]
        strange = next(row for row in found if not isinstance(row, Mapping))
        raise TypeError(f"`{name}` is a list of dicts or a DataFrame, not {called(table)} with {called(strange)} in it")
    hint = next((hint for method, hint in _HINTS if hasattr(table, method)), "")
    raise TypeError(f"`{name}` is a list of dicts or a DataFrame, not {called(table)}{hint}")


_HINTS = (
    ("collect", ": call its collect() first"),
    ("compute", ": call its compute() first"),
    ("to_frame", ": call its to_frame() first"),
    ("to_pandas", ": call its to_pandas() first"),
)


def _column_name(name: Any, table: str) -> str:
    if not isinstance(name, str):
        raise TypeError(f"`{table}`: the names of columns are strings, not {called(name)}: {name!r}")
    return name


def _named_columns(table: Any, name: str) -> list[tuple[Any, list[Any]]] | None:
    """The columns of a frame, each as a list; `None` for what is no frame."""
    if isinstance(table, type):
        return None
    if hasattr(table, "iloc") and hasattr(table, "columns"):  # pandas
        _no_data_in_the_index(table.index, name)
        columns = [table.iloc[:, place] for place in range(len(table.columns))]
        return [
            (label, _cells(column, str(column.dtype))) for label, column in zip(table.columns, columns, strict=True)
        ]
    if hasattr(table, "get_columns") and hasattr(table, "to_dicts"):  # polars
        return [(column.name, _cells(column, str(column.dtype))) for column in table.get_columns()]
    if hasattr(table, "column_names") and hasattr(table, "to_pylist"):  # pyarrow
        columns = [table.column(place) for place in range(len(table.column_names))]
        return [
            (label, _cells(column, str(column.type))) for label, column in zip(table.column_names, columns, strict=True)
        ]
    if hasattr(table, "fetchall") and hasattr(table, "columns"):  # duckdb
        labels, rows = list(table.columns), table.fetchall()
        types = [str(kind) for kind in getattr(table, "types", labels)]
        return [
            (label, _cells([row[place] for row in rows], kind))
            for place, (label, kind) in enumerate(zip(labels, types, strict=True))
        ]
    return None


def _no_data_in_the_index(index: Any, table: str) -> None:
    named = [label for label in index.names if label is not None]
    if named:
        raise TypeError(
            f"`{table}` has data in its index ({', '.join(map(str, named))}), which is not read: "
            "call reset_index(), or rename_axis(None) where it is none"
        )


_SINGLE = {"float32", "Float32", "float", "float[pyarrow]", "FLOAT"}
"""How the libraries call numbers of single precision, which come out of them as doubles with noise."""


def _cells(column: Any, kind: str) -> list[Any]:
    unwrap = next((name for name in ("to_pylist", "to_list", "tolist") if hasattr(column, name)), None)
    cells = list(column) if unwrap is None else list(getattr(column, unwrap)())
    if kind in _SINGLE:
        return [single(cell) if isinstance(cell, float) else cell for cell in cells]
    return cells


def in_the_table(error: FleetError, tables: Sequence[Columns]) -> FleetError:
    """The same problems, each with its table, row and column where it has them."""
    by_key = {table.key: table for table in tables}
    return FleetError(tuple(_placed(problem, by_key) for problem in error.problems), error.omitted)


_PLACE = re.compile(r"(\w+)\[(\d+)\](.*)", re.DOTALL)


def _placed(problem: Problem, tables: Mapping[str, Columns]) -> Problem:
    match = _PLACE.fullmatch(problem.path)
    table = tables.get(match[1]) if match else None
    if match is None or table is None:
        return problem
    column = _column_at(match[3], table.columns_of(int(match[2])))
    meant = _MEANT.get((table.key, column)) if problem.code == "unknown-key" else None
    return replace(
        problem,
        table=_PARAMETER[table.key],
        row=int(match[2]),
        column_name=column,
        suggestion=problem.suggestion or meant,
    )


_MEANT: dict[tuple[str, str | None], str] = {
    (key, name): f"{head}.{name}"
    for key, head in (
        ("workloads", "requests"),
        ("clusterTemplates", "allocatable"),
        ("existingClusters", "allocatable"),
    )
    for name in ("cpu", "memory", "pods")
    if (key, name) != ("workloads", "pods")
}
"""Columns that are often named without the key that they belong to."""


def _column_at(place: str, columns: Iterable[Any]) -> str | None:
    """The column that a place in a row came from; of a place that several columns made, none."""
    names = [name for name in columns if isinstance(name, str)]
    above = [name for name in names if _leads_to(place, _path(name))]
    if above:
        return max(above, key=len)
    below = [name for name in names if place and _leads_to(_path(name), place)]
    return below[0] if len(below) == 1 else None


def _leads_to(place: str, column: str) -> bool:
    return place == column or place.startswith((f"{column}.", f"{column}["))


def _path(column: str) -> str:
    """A column as the engine writes it in a path: ``.requests.cpu``, ``.labels["team/unit"]``."""
    head, dot, tail = column.partition(".")
    keys = (head, tail) if dot else (head,)
    return "".join(f".{key}" if re.fullmatch(r"[A-Za-z0-9_-]{1,63}", key) else f'["{key}"]' for key in keys)


def to_tables(fleet: Fleet) -> dict[str, list[dict[str, Any]]]:
    """A fleet as tables: ``workloads``, ``tenants``, ``templates``, ``regions`` and ``existing`` if it has any.

    Nested keys are written with a dot.

    Every row of a table has all of its columns, ``None`` where the document has no such key, and a column holds values
    of one type: amounts are whole numbers only where all of their column are, else they are texts; names and words
    are lists where a row of their column has a list. What a selector does not match (``{"not": ...}``) stays a dict.
    ``Fleet.from_tables(**tables, policy=fleet.to_dict().get("policy"))`` gives the fleet back, its name, day, defaults
    objective and limits aside, from the lists and from frames that are made of them.

    The rows come in the document's order, but for those that stand in front because no other of the first hundred has a
    value in some column: libraries look at so many rows to learn the columns' types. The order means nothing.

    Example:
        >>> import tenantry
        >>> fleet = tenantry.Fleet.load("examples/acme.yaml")
        >>> tables = tenantry.to_tables(fleet)
        >>> tables["templates"][0]["headroom"]
        '20%'
        >>> again = tenantry.Fleet.from_tables(**tables, policy=fleet.to_dict()["policy"])
        >>> len(again) == len(fleet)
        True
    """
    from tenantry.fleet import Fleet as FleetType  # it is made of tables: a circle at import time

    of_type(fleet, FleetType, "to_tables() takes a Fleet")
    # numbers with a point keep their digits: a frame would not
    document = json.loads(fleet.to_json(), parse_float=str)
    always = {"workloads", "tenants", "clusterTemplates"}
    return {name: _table(document.get(key, [])) for key, name in _PARAMETER.items() if key in always | set(document)}


_AMOUNTS = (
    *("requests.", "fixedRequests.", "allocatable.", "overhead."),
    *("occupied.cpu", "occupied.memory", "cost", "headroom", "costFactor"),
)
_EXACT = 1 << 53
"""Above it a column with a gap, which pandas makes one of floats, would not keep whole numbers."""


def _table(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    rows = [_flat(entry) for entry in entries]
    columns: dict[str, set[type]] = {}
    for row in rows:
        for name, cell in row.items():
            kind = str if isinstance(cell, int) and cell > _EXACT and name.startswith(_AMOUNTS) else type(cell)
            columns.setdefault(name, set()).add(kind)
    return [{name: _cell(row.get(name), types) for name, types in columns.items()} for row in _telling_first(rows)]


_LOOKED_AT = 100
"""Rows that polars looks at to learn the types of the columns."""


def _telling_first(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows, such that every column has a value in the first hundred of them if so many can show them all."""
    if len(rows) <= _LOOKED_AT:
        return rows
    seen: set[str] = set()
    front: list[dict[str, Any]] = []
    rest: list[dict[str, Any]] = []
    for place, row in enumerate(rows):
        telling = place >= _LOOKED_AT // 2 and not seen.issuperset(row)
        (front if telling else rest).append(row)
        seen.update(row)
    return front + rest


def _cell(value: Any, types: set[type]) -> Any:
    if value is None or str not in types or dict in types:
        return value
    if list in types:
        return value if isinstance(value, list) else [value]
    return str(value)


def _flat(entry: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in entry.items():
        if key == "nodePools":
            flat[key] = [pool | {"allocatable": {k: str(v) for k, v in pool["allocatable"].items()}} for pool in value]
        elif key in {"runsIn", "pin"} and isinstance(value, str):
            flat[key] = [value]
        elif isinstance(value, Mapping):
            inner = _flat(value) if key == "copies" else value
            flat.update({f"{key}.{name}": cell for name, cell in inner.items()})
        else:
            flat[key] = value
    return flat
