"""Tables in and out: lists of dicts and DataFrames of any make."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from tenantry import _frames, _mapping
from tenantry._narrow import is_list, is_map
from tenantry._options import of_type
from tenantry.errors import FleetError, Problem

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


class ArrowStream(Protocol):
    """As much of a table of any library that speaks the Arrow PyCapsule interface: narwhals, arro3, nanoarrow, ..."""

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any: ...


Frame: TypeAlias = PandasLike | PolarsLike | ArrowLike | RelationLike | ArrowStream
"""A frame of pandas, polars, pyarrow, DuckDB, narwhals, or of another library that hands its data over as Arrow."""
Table: TypeAlias = Iterable[Mapping[str, Any]] | Frame | str | os.PathLike[str]
"""A list of dicts, a frame, or the name of a file that ends in ``.csv`` or ``.parquet``."""

_PARAMETER = {
    "workloads": "workloads",
    "tenants": "tenants",
    "clusterTemplates": "templates",
    "regions": "regions",
    "existingClusters": "existing",
}
"""Lists of the document, and the parameters that bring them as tables."""


class Columns:
    """A table as the engine takes it: a frame, columns, or rows of their own keys."""

    def __init__(self, key: str, table: Table) -> None:
        """Reads the table; `key` is its list in the document.

        Raises:
            TypeError: it is no table.
        """
        self.key = key
        self.name: str = _PARAMETER[key]
        names, self._data = _frames.read(table, self.name)
        self._rows: list[dict[str, Any]] = list(self._data) if names is None and isinstance(self._data, list) else []
        self._framed = names is not None
        self._columns: list[tuple[str, str | None]] = [(name, name) for name in names or ()]
        self._suffixes: list[tuple[str, str]] = []

    def call(self, columns: Mapping[str, str | None], units: Mapping[str, str | None]) -> list[Problem]:
        """Says which keys the columns bring, and in which units their bare numbers are; what is wrong with that."""
        names = [name for name, _ in self._columns] if self._framed else _keys(self._rows) if columns or units else []
        named, problems = _mapping.renamed(names, columns, self.name, self.key)
        keys = [key for _, key in named if key is not None]
        self._columns = named if self._framed else [(name, key) for name, key in named if name != key]
        self._suffixes, more = _mapping.suffixes(units, keys, filter(None, columns.values()), self.name, self.key)
        return problems + more

    @property
    def given(self) -> _Given:
        """As the engine takes it."""
        return self.key, self._columns, self._data, not self._framed, self._suffixes

    def columns_of(self, row: int) -> dict[str, str]:
        """The keys that the columns of a row bring, each with the column."""
        if self._framed:
            return {key: name for name, key in self._columns if key is not None}
        other = dict(self._columns)
        names = self._rows[row] if row < len(self._rows) else ()
        brought = ((other.get(name, name), name) for name in names if isinstance(name, str))
        return {key: name for key, name in brought if key is not None}


_Given: TypeAlias = tuple[str, list[tuple[str, str | None]], _frames.Data, bool, list[tuple[str, str]]]


def _keys(rows: Iterable[Mapping[Any, Any]]) -> list[str]:
    """The keys of the rows, each once, as they come."""
    seen: dict[Any, None] = {}
    for row in rows:
        seen.update(dict.fromkeys(row))
    return [key for key in seen if isinstance(key, str)]


def called(
    tables: Sequence[Columns], columns: _mapping.ColumnNames | Table | None, units: _mapping.Units | Table | None
) -> Sequence[Columns]:
    """The tables, their columns called as `columns` and `units` say.

    Raises:
        FleetError: those speak of what is not there; everything that is wrong.
        UsageError: they are not what they should be.
    """
    names = [table.name for table in tables]
    keys = _mapping.by_table(columns, "columns", names)
    amounts = _mapping.by_table(units, "units", names)
    problems = [problem for table in tables for problem in table.call(keys[table.name], amounts[table.name])]
    if problems:
        raise FleetError(tuple(problems))
    return tables


def in_the_table(error: FleetError, tables: Sequence[Columns]) -> FleetError:
    """The same problems, each with its table, row and column where it has them."""
    by_key = {table.key: table for table in tables}
    return FleetError(tuple(_placed(problem, by_key) for problem in error.problems), error.omitted)


_PLACE = re.compile(r"(\w+)\[(\d*)\](.*)", re.DOTALL)
"""A place in a table; of no row in particular where only columns are there."""


def _placed(problem: Problem, tables: Mapping[str, Columns]) -> Problem:
    match = _PLACE.fullmatch(problem.path)
    table = tables.get(match[1]) if match else None
    if match is None or table is None:
        return problem
    row = int(match[2]) if match[2] else None
    columns = table.columns_of(row or 0)
    key = _column_at(match[3], columns)
    meant = _MEANT.get((table.key, key)) if problem.code == "unknown-key" else None
    return replace(
        problem,
        table=table.name,
        row=row,
        column_name=None if key is None else columns[key],
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


def _column_at(place: str, keys: Iterable[str]) -> str | None:
    """The key of the column that a place in a row came from; of a place that several columns made, none."""
    names = list(keys)
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
            columns.setdefault(name, set()).add(_kind(name, cell))
    return [{name: _cell(row.get(name), types) for name, types in columns.items()} for row in _telling_first(rows)]


def _kind(name: str, cell: object) -> type:
    return str if isinstance(cell, int) and cell > _EXACT and name.startswith(_AMOUNTS) else type(cell)


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
        return value if is_list(value) else [value]
    return str(value)


def _flat(entry: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in entry.items():
        if key == "nodePools":
            flat[key] = [pool | {"allocatable": {k: str(v) for k, v in pool["allocatable"].items()}} for pool in value]
        elif key in {"runsIn", "pin"} and isinstance(value, str):
            flat[key] = [value]
        elif is_map(value):
            inner = _flat(value) if key == "copies" else value
            flat.update({f"{key}.{name}": cell for name, cell in inner.items()})
        else:
            flat[key] = value
    return flat
