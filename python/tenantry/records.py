"""Records as tables: for pyarrow, pandas, polars, DuckDB and whoever else reads Arrow."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    Generic,
    Literal,
    SupportsIndex,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
    overload,
)

from tenantry import _core

T = TypeVar("T")


class Tabular:
    """What can be handed over as an Arrow table, a column a field: lists as lists, maps as maps, records as structs.

    It has ``__arrow_c_stream__``, so that ``pyarrow.table(it)`` and whoever else speaks the Arrow PyCapsule interface
    take it. A library is imported when it is asked for.
    """

    def _table(self) -> Any:
        """The table, in the engine's hands."""
        raise NotImplementedError

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        """The table for any library, as the Arrow PyCapsule interface has it."""
        return self._table().__arrow_c_stream__(requested_schema)

    def to_arrow(self) -> Any:
        """A ``pyarrow.Table``.

        Raises:
            ImportError: pyarrow is not installed.

        Example:
            >>> import tenantry
            >>> plan = tenantry.plan(tenantry.Fleet.load("examples/shop.yaml"))
            >>> plan.assignments.to_arrow().column("replicas").type
            DataType(int64)
        """
        return _library("pyarrow", "to_arrow").table(self._table())

    def to_pandas(self) -> Any:
        """A ``pandas.DataFrame``, made by pyarrow; a map is a dict in its cell, and ``None`` where it is empty.

        A column of empty dicts is one that pandas cannot write to Parquet.

        Raises:
            ImportError: pandas or pyarrow is not installed.

        Example:
            >>> import tenantry
            >>> plan = tenantry.plan(tenantry.Fleet.load("examples/shop.yaml"))
            >>> len(plan.assignments.to_pandas()) == len(plan.assignments)
            True
        """
        pandas, arrow = _library("pandas", "to_pandas"), _library("pyarrow", "to_pandas")
        table = arrow.table(self._table())
        frame = table.to_pandas(maps_as_pydicts="strict")
        for field in table.schema:
            if mend := _without_empty_maps(field.type, arrow.types):
                frame[field.name] = pandas.Series(map(mend, frame[field.name]), frame.index, dtype=object)
        return frame

    def to_polars(self) -> Any:
        """A ``polars.DataFrame``; a map is one, or before polars 2 a list of keys with their values.

        Raises:
            ImportError: polars is not installed.

        Example:
            >>> import tenantry
            >>> plan = tenantry.plan(tenantry.Fleet.load("examples/shop.yaml"))
            >>> plan.assignments.to_polars().height == len(plan.assignments)
            True
        """
        return _library("polars", "to_polars").DataFrame(self._table())


def _without_empty_maps(kind: Any, types: Any) -> Callable[[Any], Any] | None:
    """What makes `None` of the empty maps in a cell of that Arrow type; `None` where it holds no map."""
    if types.is_map(kind):
        inner = _without_empty_maps(kind.item_type, types)
        if inner is None:
            return lambda cell: cell or None
        return lambda cell: {key: inner(value) for key, value in cell.items()} if cell else None
    if types.is_struct(kind):
        named = {field.name: mend for field in kind if (mend := _without_empty_maps(field.type, types))}

        def each(cell: Any) -> Any:
            return cell and {**cell, **{name: mend(cell[name]) for name, mend in named.items()}}

        return each if named else None
    if types.is_large_list(kind):
        entry = _without_empty_maps(kind.value_type, types)

        if entry is None:
            return None

        def all_of(cell: Any) -> Any:
            if cell is not None:  # an array of objects
                cell[:] = [entry(it) for it in cell]
            return cell

        return all_of
    return None


def _library(name: str, method: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise ImportError(
            f"{method}() needs the package `{name}`, which cannot be imported: {error}", name=name
        ) from error


if TYPE_CHECKING:  # whoever checks types may take it for a sequence, whose methods it has

    class _Sequence(Sequence[T]): ...
else:

    class _Sequence(Generic[T]):
        """Nothing of its own."""


class Records(Tabular, _Sequence[T]):
    """Records of one kind, in order: a table that can be gone through, indexed and compared as the tuple of them.

    It is no `tuple`, nor a `collections.abc.Sequence`: of those DuckDB, polars and pyarrow look at each entry, where of
    this they take the table, with its columns and their types also where there are no rows. ``tuple(it)`` is one.

    Example:
        >>> import tenantry
        >>> plan = tenantry.plan(tenantry.Fleet.load("examples/shop.yaml"))
        >>> plan.clusters[0].tenants, plan.clusters.to_arrow().column("tenants").to_pylist()
        (('shop',), [['shop']])
    """

    def __init__(self, rows: Iterable[T], kind: type[T]) -> None:
        """The rows, which are of that kind."""
        self._kind = kind
        self._known: tuple[T, ...] | None = tuple(rows)

    @property
    def _rows(self) -> tuple[T, ...]:
        return self._known or ()

    def _all(self) -> tuple[object, ...]:
        return self._rows

    def _table(self) -> Any:
        columns: list[tuple[str, Any, list[Any]]] = []
        for name, kind in _columns(self._kind):
            cells = [getattr(row, name) for row in self]
            # what is of any kind is a text, as it would be printed
            columns.append((name, kind or "text", cells if kind else [None if it is None else str(it) for it in cells]))
        return _core.record_table(columns)

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, place: SupportsIndex) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[T, ...]: ...
    def __getitem__(self, place: SupportsIndex | slice) -> T | tuple[T, ...]:
        return self._rows[place]

    def __iter__(self) -> Iterator[T]:
        return iter(self._rows)

    def __reversed__(self) -> Iterator[T]:
        return reversed(self._rows)

    def __contains__(self, record: object) -> bool:
        return record in self._rows

    def index(self, record: T, start: int = 0, stop: int = sys.maxsize) -> int:
        """Where a record stands first.

        Raises:
            ValueError: it does not.

        Example:
            >>> import tenantry
            >>> clusters = tenantry.plan(tenantry.Fleet.load("examples/shop.yaml")).clusters
            >>> clusters.index(clusters[0])
            0
        """
        return self._rows.index(record, start, stop)

    def count(self, record: T) -> int:
        """How often a record stands here.

        Example:
            >>> import tenantry
            >>> clusters = tenantry.plan(tenantry.Fleet.load("examples/shop.yaml")).clusters
            >>> clusters.count(clusters[0])
            1
        """
        return self._rows.count(record)

    def __add__(self, other: Iterable[T]) -> tuple[T, ...]:
        return self._rows + tuple(other)

    def __radd__(self, other: Iterable[T]) -> tuple[T, ...]:
        return tuple(other) + self._rows

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        rows = other._all() if isinstance(other, Records) else other
        return self._rows == rows if isinstance(rows, tuple) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._rows)

    def __repr__(self) -> str:
        return repr(self._rows)

    def __reduce__(self) -> tuple[Any, ...]:
        return (Records, (self._rows, self._kind))


class LazyRecords(Records[T]):
    """Records that are made when somebody looks at one; as a table there is no need to."""

    def __init__(self, count: int, table: Any, rows: Any, kind: type[T]) -> None:
        """So many rows: `table` gives them as a table, `rows` as records of that kind."""
        self._kind = kind
        self._known = None
        self._count = count
        self._made_table = table
        self._made_rows = rows

    @property
    def _rows(self) -> tuple[T, ...]:
        if self._known is None:
            self._known = tuple(self._made_rows())
        return self._known

    def _table(self) -> Any:
        return self._made_table()

    def __len__(self) -> int:
        return self._count


def _columns(kind: type) -> tuple[tuple[str, Any], ...]:
    """The fields of records and what they hold, as the engine calls it; of one that holds anything that is `None`."""
    hints = get_type_hints(kind)
    # what does not tell two of them apart, such as the time it took, is no column
    named = (field.name for field in fields(cast("Any", kind)) if field.compare)
    return tuple((name, None if hints[name] is Any else _holds(hints[name])) for name in named)


_PLAIN = {str: "text", int: "whole", float: "number", bool: "truth"}


def _holds(hint: Any) -> Any:
    if hint in _PLAIN:
        return _PLAIN[hint]
    origin, inner = get_origin(hint), get_args(hint)
    if origin in (Union, UnionType):
        (some,) = (it for it in inner if it is not NoneType)
        return _holds(some)
    if origin is Literal:
        return "text"
    if origin is tuple:
        (entry,) = {it for it in inner if it is not ...}
        return "list", _holds(entry)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return "map", _holds(inner[1])
    if is_dataclass(hint):
        return "record", list(_columns(cast("type", hint)))
    raise TypeError(f"no column holds {hint}")
