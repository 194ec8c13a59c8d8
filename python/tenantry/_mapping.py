"""How the columns of tables are called, and in which units their bare numbers are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TypeAlias

from tenantry._narrow import is_map, is_whole_text
from tenantry._options import called
from tenantry.errors import Problem, UsageError

ColumnNames: TypeAlias = Mapping[str, str | Mapping[str, str | None] | None]
"""Columns and the keys that they bring, or ``None`` for one that is left out; those of other tables under its name."""
Units: TypeAlias = Mapping[str, str | Mapping[str, str]]
"""Resources and the units of their bare numbers; those of other tables under its name."""

_FIRST = "workloads"
"""The table that is meant where none is named."""
_CPU = {"cores": "", "millicores": "m"}
_OTHER = {
    **{"count": "", "bytes": ""},
    **{f"{letter}B": letter.replace("K", "k") for letter in "kMGTPE"},
    **{f"{letter}iB": f"{letter}i" for letter in "KMGTPE"},
}
_PLAIN = ("cpu", "memory", "pods", "ephemeral-storage")
"""Resources that are called so everywhere."""
_AMOUNTS = ("requests", "fixedRequests", "allocatable", "overhead", "occupied")
"""Keys that hold amounts by resource."""


def by_table(given: object, parameter: str, tables: Iterable[str]) -> dict[str, dict[str, str | None]]:
    """What is said of each table.

    Raises:
        UsageError: it is no mapping of names, or speaks of a table that is not given.
    """
    sorted_out: dict[str, dict[str, str | None]] = {table: {} for table in tables}
    if given is None:
        return sorted_out
    for name, said in _entries(given, parameter):
        if not is_map(said):
            sorted_out[_FIRST][name] = _text(said, parameter, name)
        elif name not in sorted_out:
            near = ", ".join(f"`{table}`" for table in sorted_out)
            raise UsageError(f"`{parameter}` speaks of the table {name!r}, and the tables given are {near}")
        else:
            entries = _entries(said, parameter)
            sorted_out[name] |= {inner: _text(value, parameter, inner) for inner, value in entries}
    return sorted_out


def _entries(given: object, parameter: str) -> list[tuple[str, object]]:
    if not is_map(given):
        raise UsageError(f"`{parameter}` is a dict, not {called(given)}")
    strange = next((name for name in given if not isinstance(name, str)), None)
    if strange is not None:
        raise UsageError(f"`{parameter}`: names are strings, not {called(strange)}: {strange!r}")
    return list(given.items())


def _text(value: object, parameter: str, name: str) -> str | None:
    if isinstance(value, str) and not is_whole_text(value):
        raise UsageError(
            f"`{parameter}`: half of a surrogate pair is no character: {value!r}, which stands for {name!r}"
        )
    if isinstance(value, str) or (value is None and parameter == "columns"):
        return value
    raise UsageError(f"`{parameter}`: what stands for {name!r} is a string, not {called(value)}")


def _near(name: str, names: Iterable[str]) -> list[str]:
    """The nearest of the names; none if none is near."""
    from difflib import get_close_matches  # for those who mistyped something

    return get_close_matches(name, list(names), 1)


def renamed(
    names: list[str], said: Mapping[str, str | None], table: str, key: str
) -> tuple[list[tuple[str, str | None]], list[Problem]]:
    """The columns, each with the key that it brings, and what is wrong with that."""
    columns = [(name, said.get(name, name)) for name in names]
    problems = [
        Problem(
            "unknown-column",
            key,
            f"`columns` speaks of a column that is not there: {name!r}",
            expected=f"one of {_few(names)}" if names else None,
            suggestion=next(iter(_near(name, names)), None),
            table=table,
        )
        for name in said
        if name not in set(names)
    ]
    for name, count in Counter(names).items():
        if count > 1:
            says = f"{count} columns have this name"
            problems.append(Problem("duplicate-key", key, says, table=table, column_name=name))
    bring = {name: brought for name, brought in columns if brought is not None}
    for brought, count in Counter(bring.values()).items():
        if count > 1:
            both = " and ".join(repr(name) for name, other in bring.items() if other == brought)
            says = f"{count} columns bring the key {brought}: {both}"
            problems.append(Problem("duplicate-key", key, says, table=table))
    return columns, problems


def suffixes(
    said: Mapping[str, str | None], keys: Iterable[str], meant: Iterable[str], table: str, key: str
) -> tuple[list[tuple[str, str]], list[Problem]]:
    """What is written behind bare numbers, by resource, and what is wrong with that.

    `keys`: those of the columns. `meant`: those that `columns` speaks of, be the column there or not.
    """
    problems: list[Problem] = []
    found: list[tuple[str, str]] = []
    known = set(keys)
    named = {tail for head, dot, tail in (name.partition(".") for name in known) if dot and head in _AMOUNTS}
    open_ended = not known or not known.isdisjoint({*_AMOUNTS, "nodePools"})
    # where such a key is wrong, that is said of the key
    spoken_of = {name.rpartition(".")[2] for name in known.union(meant)} | named
    for resource, unit in said.items():
        units = _CPU if resource == "cpu" else _OTHER
        if resource not in spoken_of and not open_ended:
            problems.append(_without_column(resource, known, named, table, key))
        if unit not in units:
            near = _near(str(unit).lower(), [name.lower() for name in units])
            problems.append(
                Problem(
                    "unknown-unit",
                    key,
                    f"{unit!r} is no unit of {resource}",
                    expected=f"one of {', '.join(f'`{name}`' for name in units)}",
                    suggestion=next((name for name in units if [name.lower()] == near), None),
                    table=table,
                )
            )
        else:
            found.append((resource, units[unit]))
    return found, problems


def _without_column(resource: str, keys: Iterable[str], named: set[str], table: str, key: str) -> Problem:
    """A resource of `units` that no column brings: either of the two may be mistyped, but no unit is of a typo."""
    near = next(iter(_near(resource, named)), None)
    if resource in _PLAIN and near is not None and near not in _PLAIN:
        (brought, *_) = (name for name in sorted(keys) if name.partition(".")[2] == near)
        says = f"`units` speaks of {resource}, and no column brings it: one brings {brought}"
        right = f"{brought.partition('.')[0]}.{resource}"
        return Problem("unknown-column", key, says, suggestion=right, table=table)
    return Problem(
        "unknown-column",
        key,
        f"`units` speaks of a resource that no column brings: {resource!r}",
        expected=f"one of {_few(sorted(named))}" if named else None,
        suggestion=near,
        table=table,
    )


_SHOWN = 8


def _few(names: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:_SHOWN])
    return shown + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
