"""The fewest nodes for the applications of TClab, a trace of a production cluster of Alibaba.

    python examples/real/tclab.py folder --node cpu=64,memory=128

What is read: what each application asks for, CPU and memory at 98 points of a day; how many instances it has; which
applications refuse one another; and, without `--node`, the kinds of machine. What is left out, by name or with its
number, on standard error: resources that the node does not name, applications without instances, limits above 0 (a
node that holds an instance of one application may hold at most k of another, where k = 0 is a refusal). Where the
instances run today is not looked at. The sources and the choices are in README.md beside.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable
from decimal import ROUND_FLOOR
from pathlib import Path

import tenantry
from amounts import sizes
from tclab_files import RESOURCES, Amounts, Files, Limit, read, thousandths

SHOWN = 20
"""Problems in the files that are printed; of the others the number."""


def node(text: str) -> dict[str, int]:
    """So much of each resource that counts, in thousandths; cpu and memory always do."""
    try:
        found = {resource: thousandths(amount, ROUND_FLOOR) for resource, amount in sizes(text).items()}
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    if not {"cpu", "memory"} <= set(found) <= set(RESOURCES):
        raise argparse.ArgumentTypeError(f"not cpu, memory and, as you like, disk, P, M and PM: {text}")
    return found


def words(offered: dict[str, int]) -> str:
    """``cpu=64,memory=128``."""
    return ",".join(f"{resource}={amount / 1000:g}" for resource, amount in offered.items())


def sizes_of(asked: Amounts, resources: Iterable[str], along_the_day: bool) -> list[int]:
    """What an instance takes: each point of the day apart, or the peak in whole units."""
    if along_the_day:
        return [value for resource in resources for value in asked[resource]]
    return [-(-max(asked[resource]) // 1000) * 1000 for resource in resources]


def refusals(limits: list[Limit], every: bool) -> set[tuple[str, str]]:
    """Pairs that share no node, in one order; an application that refuses itself has its instances apart."""
    return {(min(it[:2]), max(it[:2])) for it in limits if every or it.most == 0}


def pack(
    files: Files, offered: dict[str, int], apart: set[tuple[str, str]], along_the_day: bool, time_limit: float
) -> str:
    """How many nodes of this kind, in words."""
    names = [name for name in files.applications if name in files.instances]
    items = [sizes_of(files.applications[name], offered, along_the_day) for name in names]
    points = [len(files.applications[names[0]][it]) if along_the_day else 1 for it in offered]
    room = [amount for amount, times in zip(offered.values(), points, strict=True) for _ in range(times)]
    large = [
        name for name, size in zip(names, items, strict=True) if any(s > r for s, r in zip(size, room, strict=True))
    ]
    if large:
        return f"none: {len(large)} applications have instances that do not fit in one, {large[0]} among them"
    number = {name: place for place, name in enumerate(names)}
    packing = tenantry.pack(
        items,
        room,
        counts=[files.instances[name] for name in names],
        conflicts=[(number[a], number[b]) for a, b in sorted(apart) if a in number and b in number],
        time_limit=time_limit,
    )
    if packing.patterns is None:
        return f"none found, at least {packing.lower_bound}, {packing.status}"
    nodes = sum(count for _, count in packing.patterns)
    return f"{nodes}, at least {packing.lower_bound}, {packing.status}, {packing.proof}"


def left_out(files: Files, kinds: list[dict[str, int]], every: bool) -> list[str]:
    """What the answer takes no account of."""
    said = [f"{name}: no instances" for name in files.applications if name not in files.instances]
    said += [f"{it}: --node does not name it" for it in RESOURCES if it not in kinds[0]]
    above = sorted(Counter(it.most for it in files.limits if it.most).items())
    if above and not every:
        listed = ", ".join(f"{count} of {most}" for most, count in above)
        said.append(f"limits above 0: {listed}; with --limits all they count as refusals")
    return said


def main() -> None:
    """Print what was read, and a line for each kind of node."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--node", type=node, help="what a node has, instead of the kinds of machine in the folder")
    parser.add_argument("--along-the-day", action="store_true", help="all 98 points, instead of the peak rounded up")
    parser.add_argument("--limits", choices=["zero", "all"], default="zero", help="which limits count as refusals")
    parser.add_argument("--instances", type=Path, help="where the folder has several files of instances")
    parser.add_argument("--machines", type=Path, help="where the folder has several files of machines")
    parser.add_argument("--time-limit", type=float, default=60, help="seconds for each kind of node")
    options = parser.parse_args()
    files, problems = read(options.folder, options.instances, options.machines, options.node is not None)
    for problem in problems[:SHOWN]:
        print(problem, file=sys.stderr)
    if problems:
        sys.exit(f"{len(problems)} problems in the files")
    kinds = [options.node] if options.node else [dict(zip(RESOURCES, kind, strict=True)) for kind in files.machines]
    every = options.limits == "all"
    for line in left_out(files, kinds, every):
        print(f"left out: {line}", file=sys.stderr)
    apart = refusals(files.limits, every)
    own = sum(a == b for a, b in apart)
    total = sum(files.instances.values())
    print(
        f"{len(files.instances)} applications, {total} instances, {len(apart) - own} pairs apart, {own} from themselves"
    )
    for kind in kinds:
        there = f", of which there are {files.machines[tuple(kind.values())]}" if files.machines else ""
        found = pack(files, kind, apart, options.along_the_day, options.time_limit)
        print(f"nodes of {words(kind)}{there}: {found}", flush=True)


if __name__ == "__main__":
    main()
