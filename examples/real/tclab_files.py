"""What the files of TClab say, for `tclab.py` beside, and the path and line of all that is wrong in them."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation
from pathlib import Path
from typing import NamedTuple

POINTS = 98
"""Points of a day at which CPU and memory are given, a quarter of an hour apart."""
RESOURCES = ("cpu", "memory", "disk", "P", "M", "PM")
MOST = 10**9
"""No amount is larger; a longer number is a mistake, not a machine."""

Amounts = dict[str, tuple[int, ...]]
"""By resource, in thousandths: the points of a day, or one."""


class Limit(NamedTuple):
    """Where there is an instance of `first`, there are at most `most` of `second`."""

    first: str
    second: str
    most: int


class Files(NamedTuple):
    """What was read: applications and kinds of machine by what they ask for and have, and how many there are."""

    applications: dict[str, Amounts]
    instances: dict[str, int]
    limits: list[Limit]
    machines: dict[tuple[int, ...], int]


def lines(path: Path, names: str, problems: list[str]) -> Iterator[tuple[str, list[str]]]:
    """The place and the fields of each line that has those of these names; the files have no line of names."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        problems.append(f"{path}: {error.strerror}")
        return
    except UnicodeDecodeError as error:
        before = error.object[: error.start].count(b"\n")
        problems.append(f"{path}:{before + 1}: not UTF-8")
        return
    if not text.strip():
        problems.append(f"{path}: nothing in it")
        return
    wanted = names.count(",") + 1
    for number, line in enumerate(text.removesuffix("\n").split("\n"), 1):
        fields = [field.strip() for field in line.split(",")]
        if len(fields) == wanted:
            yield f"{path}:{number}", fields
        else:
            problems.append(f"{path}:{number}: {len(fields)} fields, not the {wanted} of {names}")


def thousandths(text: str, rounding: str) -> int:
    """An amount: what is asked for is rounded up, what a machine has down.

    Raises:
        ValueError: it is none.
    """
    try:
        value = Decimal(text)
        if 0 <= value <= MOST:
            return int((value * 1000).to_integral_value(rounding))
    except InvalidOperation:
        pass
    raise ValueError(f"not an amount from 0 to {MOST}: {text or 'nothing'}")


def amounts(fields: list[str], points: int, rounding: str) -> Amounts:
    """The six resources of a line, CPU and memory with so many points.

    Raises:
        ValueError: something is no amount, or there are more or fewer points.
    """
    found = {}
    for resource, field in zip(RESOURCES, fields, strict=True):
        values = field.split("|")
        wanted = points if resource in {"cpu", "memory"} else 1
        if len(values) != wanted:
            raise ValueError(f"{resource}: {len(values)} values, not {wanted}")
        try:
            found[resource] = tuple(thousandths(value, rounding) for value in values)
        except ValueError as error:
            raise ValueError(f"{resource}: {error}") from None
    return found


def applications(path: Path, problems: list[str]) -> dict[str, Amounts]:
    """What an instance of each application asks for."""
    found: dict[str, Amounts] = {}
    for place, (name, *rest) in lines(path, "application,cpu,memory,disk,P,M,PM", problems):
        try:
            asked = amounts(rest, POINTS, ROUND_CEILING)
        except ValueError as error:
            # known, so that whoever names it is not wrong as well
            found.setdefault(name, {})
            problems.append(f"{place}: {error}")
            continue
        if name in found:
            problems.append(f"{place}: the application {name} a second time")
        found[name] = asked
    return found


def instances(path: Path, known: dict[str, Amounts], problems: list[str]) -> dict[str, int]:
    """How many instances each application has; where they run today is not looked at."""
    counts: dict[str, int] = {}
    seen: set[str] = set()
    for place, (name, application, _) in lines(path, "instance,application,machine", problems):
        if name in seen:
            problems.append(f"{place}: the instance {name} a second time")
        elif application not in known:
            problems.append(f"{place}: no application {application}")
        seen.add(name)
        counts[application] = counts.get(application, 0) + 1
    return counts


def limits(path: Path, known: dict[str, Amounts], problems: list[str]) -> list[Limit]:
    """Which application bears how many of which beside it."""
    found = []
    for place, (first, second, most) in lines(path, "application,application,most", problems):
        problems.extend(f"{place}: no application {name}" for name in (first, second) if name not in known)
        if most.isdecimal() and most.isascii():
            found.append(Limit(first, second, int(most)))
        else:
            problems.append(f"{place}: not a number of instances: {most or 'nothing'}")
    return found


def machines(path: Path, problems: list[str]) -> dict[tuple[int, ...], int]:
    """How many machines there are of each kind."""
    counts: dict[tuple[int, ...], int] = {}
    seen: set[str] = set()
    for place, (name, *rest) in lines(path, "machine,cpu,memory,disk,P,M,PM", problems):
        if name in seen:
            problems.append(f"{place}: the machine {name} a second time")
        seen.add(name)
        try:
            kind = tuple(value for values in amounts(rest, 1, ROUND_FLOOR).values() for value in values)
            counts[kind] = counts.get(kind, 0) + 1
        except ValueError as error:
            problems.append(f"{place}: {error}")
    return counts


def read(folder: Path, instances_of: Path | None, machines_of: Path | None, own_node: bool) -> tuple[Files, list[str]]:
    """All files of a folder, and what is wrong; the machines are not read where the node is stated."""
    problems: list[str] = []

    def one(pattern: str, given: Path | None = None) -> Path | None:
        found = [given] if given else sorted(folder.glob(f"*{pattern}*.csv"))
        if len(found) == 1:
            return found[0]
        listed = ": " + ", ".join(path.name for path in found) if found else ""
        problems.append(f"{folder}: {len(found)} files *{pattern}*.csv, not one{listed}")
        return None

    path = one("app_resources")
    asked = applications(path, problems) if path else {}
    # what names applications is not looked at where they are missing: all of it would be wrong
    path = one("instance_deploy", instances_of)
    counts = instances(path, asked, problems) if path and asked else {}
    path = one("app_interference")
    told = limits(path, asked, problems) if path and asked else []
    path = None if own_node else one("machine_resources", machines_of)
    kinds = machines(path, problems) if path else {}
    return Files(asked, counts, told, kinds), problems
