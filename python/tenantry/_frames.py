"""Frames of any make as the engine takes them: through the Arrow PyCapsule interface, or column by column."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from tenantry import _core, _files
from tenantry._narrow import is_iterable, is_path, is_whole_text
from tenantry._options import called
from tenantry.errors import UsageError
from tenantry.values import single

Data: TypeAlias = _core.Csv | _core.Frame | list[Any]
"""A CSV file, a frame, a list a column, or a list of rows."""


def read(table: Any, name: str) -> tuple[list[str] | None, Data]:
    """The names of the columns and the data; of a list of rows there are no names.

    Raises:
        OSError: a file cannot be read.
        TypeError: it is no table; it is the one called `name`.
        UsageError: its data is broken.
        ImportError: a file needs a library that is not installed.
    """
    if is_path(table):
        table = _files.table(table, name)
        if isinstance(table, _core.Csv):
            return table.names, table
    if not isinstance(table, type) and hasattr(table, "__narwhals_dataframe__"):
        table = table.to_native()
    named = None if isinstance(table, type) else _columns(table, name)
    if named is not None:
        return named
    return None, _rows(table, name)


def _rows(table: Any, name: str) -> list[dict[str, Any]]:
    if is_iterable(table, str, bytes, Mapping):
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


def _columns(table: Any, name: str) -> tuple[list[str], Data] | None:
    """The columns of a frame; `None` for what is no frame."""
    if hasattr(table, "iloc") and hasattr(table, "columns"):  # pandas
        names = _names(table.columns, name)
        _no_data_in_the_index(table.index, name)
        return names, _of_pandas(table) or _listed([table.iloc[:, place] for place in range(len(names))], "dtype")
    if hasattr(table, "get_columns") and hasattr(table, "to_dicts"):  # polars
        names = _names(table.columns, name)
        plain = "Object" not in map(str, table.dtypes)  # whose addresses would come across, and nothing else
        return names, (_frame(table) if plain else None) or _listed(table.get_columns(), "dtype")
    if hasattr(table, "column_names") and hasattr(table, "to_pylist"):  # pyarrow
        names = _names(table.column_names, name)
        return names, _frame(table) or _listed([table.column(place) for place in range(len(names))], "type")
    if hasattr(table, "fetchall") and hasattr(table, "columns"):  # duckdb
        return _names(table.columns, name), _frame(table) or _of_rows(table)
    if _streams(table):
        try:
            frame = _core.Frame(table)
        except UsageError:
            raise
        except Exception as error:
            raise TypeError(f"`{name}` cannot be read, {called(table)}: {error}") from error
        return frame.names, frame
    return None


def _names(names: Iterable[Any], table: str) -> list[str]:
    listed = list(names)
    for name in listed:
        if not isinstance(name, str):
            raise TypeError(f"`{table}`: the names of columns are strings, not {called(name)}: {name!r}")
        if not is_whole_text(name):
            raise TypeError(f"`{table}`: half of a surrogate pair is no character: the column {name!r}")
    return listed


def _no_data_in_the_index(index: Any, table: str) -> None:
    named = [label for label in index.names if label is not None]
    if named:
        raise TypeError(
            f"`{table}` has data in its index ({', '.join(map(str, named))}), which is not read: "
            "call reset_index(), or rename_axis(None) where it is none"
        )


def _streams(table: Any) -> bool:
    """Whether it has columns and hands them over: a column alone does the latter too."""
    capsules = hasattr(table, "__arrow_c_stream__") or hasattr(table, "__arrow_c_array__")
    return capsules and any(hasattr(table, name) for name in ("columns", "column_names", "schema"))


def _frame(table: Any) -> _core.Frame | None:
    """The frame in one piece; `None` where its library cannot hand it over, and its columns are read one by one."""
    if not _streams(table):
        return None
    try:
        return _core.Frame(table)
    except UsageError:
        raise
    except Exception:  # which one is the library's affair: pandas without pyarrow, numbers of 128 bits, mixed columns
        return None


_ALIKE = {"string", "boolean", "integer", "empty"}
"""Columns of Python objects that come across as what they are, as pandas calls what is in them."""


def _of_pandas(table: Any) -> _core.Frame | None:
    kinds = [str(kind) for kind in table.dtypes]
    if "object" in kinds:
        infer = getattr(sys.modules.get("pandas"), "api", None)
        objects = (table.iloc[:, place] for place, kind in enumerate(kinds) if kind == "object")
        if infer is None or any(infer.types.infer_dtype(column, skipna=True) not in _ALIKE for column in objects):
            return None
    if type(table.index).__name__ != "RangeIndex":  # any other index would be a column
        table = table.reset_index(drop=True)
    return _frame(table)


_SINGLE = {"float32", "Float32", "float", "float[pyarrow]", "FLOAT"}
"""How the libraries call numbers of single precision, which come out of them as doubles with noise."""


def _listed(columns: Iterable[Any], kind: str) -> list[list[Any]]:
    return [_cells(column, str(getattr(column, kind))) for column in columns]


def _of_rows(relation: Any) -> list[list[Any]]:
    rows, names = relation.fetchall(), list(relation.columns)
    kinds = [str(kind) for kind in getattr(relation, "types", names)]
    return [_cells([row[place] for row in rows], kind) for place, kind in enumerate(kinds)]


def _cells(column: Any, kind: str) -> list[Any]:
    unwrap = next((name for name in ("to_pylist", "to_list", "tolist") if hasattr(column, name)), None)
    cells = list(column) if unwrap is None else list(getattr(column, unwrap)())
    if kind in _SINGLE:
        return [single(cell) if isinstance(cell, float) else cell for cell in cells]
    return cells
