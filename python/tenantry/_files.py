"""Tables in files: CSV, which the engine reads, and Parquet, which pyarrow or polars reads."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

from tenantry import _core
from tenantry.errors import UsageError

BYTES = 1 << 30
"""A longer file is refused: 1 GiB."""
ROWS = 2_000_000
"""More rows are refused: of a Parquet file, a small one can say that it has billions."""


def table(path: str | os.PathLike[str], name: str) -> Any:
    """The table in a file: its columns by `_core.Csv`, or a frame.

    Raises:
        OSError: the file cannot be read.
        TypeError: its name does not say what it is.
        UsageError: it is too large, or broken.
        ImportError: it is Parquet, and neither pyarrow nor polars is installed.
    """
    file = Path(path)
    ending = file.suffix.lower()
    if ending not in {".csv", ".parquet"}:
        raise TypeError(
            f"`{name}` is a list of dicts, a DataFrame, or a file whose name ends in .csv or .parquet: {file}"
        )
    size = file.stat().st_size
    if size > BYTES:
        raise UsageError(f"{file}: {size} bytes, and more than {BYTES} are not read")
    return _core.Csv(str(file), file.read_bytes()) if ending == ".csv" else _parquet(file)


def _parquet(file: Path) -> Any:
    for library, read in (("pyarrow.parquet", _by_pyarrow), ("polars", _by_polars)):
        try:
            module = importlib.import_module(library)
        except ImportError:
            continue
        with file.open("rb"):  # what cannot be read is an OSError, whoever reads
            pass
        try:
            return read(module, file)
        except UsageError:
            raise
        except Exception as error:
            raise UsageError(f"{file}: this is no Parquet file that can be read: {error}") from error
    raise ImportError(f"{file}: to read Parquet the package `pyarrow` or `polars` is needed", name="pyarrow")


def _by_pyarrow(module: Any, file: Path) -> Any:
    with module.ParquetFile(file) as parquet:
        _few(parquet.metadata.num_rows, file)
        return parquet.read()


def _by_polars(module: Any, file: Path) -> Any:
    lazy = module.scan_parquet(file, glob=False)
    _few(lazy.select(module.len()).collect().item(), file)
    return lazy.collect()


def _few(rows: int, file: Path) -> None:
    if rows > ROWS:
        raise UsageError(f"{file}: {rows} rows, and more than {ROWS} are not read")
