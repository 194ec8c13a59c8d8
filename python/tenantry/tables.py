"""Tables in and out: lists of dicts and DataFrames of any make, with NaN as missing."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from tenantry.fleet import Fleet

Table: TypeAlias = Any
"""A list of dicts, or a DataFrame that has ``to_dicts`` (polars) or ``to_dict`` (pandas)."""

_MISSING = object()


def rows(table: Table) -> list[Mapping[str, Any]]:
    """The rows of a table as dicts.

    Raises:
        TypeError: it is neither a list of dicts nor a DataFrame.
    """
    if hasattr(table, "to_dicts"):
        return list(table.to_dicts())
    if hasattr(table, "to_dict"):
        return list(table.to_dict("records"))
    if isinstance(table, Iterable) and not isinstance(table, (str, bytes, Mapping)):
        found = list(table)
        if all(isinstance(row, Mapping) for row in found):
            return found
    raise TypeError(f"a table is a list of dicts or a DataFrame, not {type(table).__name__}")


def plain(value: Any) -> Any:
    """`value` as plain Python: numpy scalars and arrays unwrapped, missing entries of maps left out.

    Raises:
        TypeError: a map has a key that is not a string, or a list has a missing entry.
    """
    found = _plain(value)
    return None if found is _MISSING else found


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (str, bool, int)):
        return _MISSING if value is None else value
    if isinstance(value, float):
        if math.isnan(value):
            return _MISSING
        # a column of whole numbers with a gap in it becomes one of floats
        return int(value) if value.is_integer() else value
    if isinstance(value, Mapping):
        pairs = {_key(key): _plain(entry) for key, entry in value.items()}
        return {key: entry for key, entry in pairs.items() if entry is not _MISSING}
    if type(value).__name__ in {"NAType", "NaTType"}:
        return _MISSING
    if hasattr(value, "tolist"):  # numpy scalars and arrays, polars series
        return _plain(value.tolist())
    if isinstance(value, (Sequence, set, frozenset)) and not isinstance(value, bytes):
        entries = [_plain(entry) for entry in (sorted(value) if isinstance(value, (set, frozenset)) else value)]
        if any(entry is _MISSING for entry in entries):
            raise TypeError("a list has a missing entry")
        return entries
    if hasattr(value, "isoformat"):
        return value.isoformat()[:10]
    raise TypeError(f"{type(value).__name__} has no place in a fleet document: {value!r}")


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"keys are strings, not {type(key).__name__}: {key!r}")
    return key


def _nested(row: Mapping[str, Any]) -> dict[str, Any]:
    """``{"requests.cpu": 1}`` as ``{"requests": {"cpu": 1}}``, missing entries left out."""
    document: dict[str, Any] = {}
    for column, cell in row.items():
        value = _plain(cell)
        if value is _MISSING:
            continue
        head, dot, tail = _key(column).partition(".")
        if not dot:
            known = document.setdefault(head, value)
            if known is not value:
                raise TypeError(f"column {column!r} stands beside columns {head + '.'!r}...: give one of the two")
            continue
        inner = document.setdefault(head, {})
        if not isinstance(inner, dict):
            raise TypeError(f"column {column!r} stands beside column {head!r}: give one of the two")
        inner[tail] = value
    return document


def document_from_tables(
    workloads: Table,
    tenants: Table,
    policy: Mapping[str, Any] | None,
    templates: Table | None,
    rest: Mapping[str, Any],
) -> dict[str, Any]:
    """The document of `Fleet.from_tables`."""
    document: dict[str, Any] = {"schema": "tenantry/v1", **rest}
    if "as_of" in document:
        document["asOf"] = document.pop("as_of")
    if policy is not None:
        document["policy"] = policy
    document["tenants"] = [_nested(row) for row in rows(tenants)]
    document["workloads"] = [_nested(row) for row in rows(workloads)]
    if templates is not None:
        document["clusterTemplates"] = [_nested(row) for row in rows(templates)]
    return document


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in row.items():
        if isinstance(value, Mapping):
            flat.update({f"{key}.{inner}": entry for inner, entry in value.items()})
        else:
            flat[key] = value
    return flat


def to_tables(fleet: Fleet) -> dict[str, list[dict[str, Any]]]:
    """A fleet as three tables: ``workloads``, ``tenants`` and ``templates``, nested keys written with a dot.

    ``Fleet.from_tables(**tables, policy=fleet.to_dict().get("policy"))`` gives the fleet back, its name
    and defaults aside.

    Example:
        >>> import pandas as pd
        >>> pd.DataFrame(tenantry.to_tables(fleet)["workloads"])  # doctest: +SKIP
    """
    document = fleet.to_dict()
    return {
        "workloads": [_flat(row) for row in document.get("workloads", [])],
        "tenants": [_flat(row) for row in document.get("tenants", [])],
        "templates": [_flat(row) for row in document.get("clusterTemplates", [])],
    }
