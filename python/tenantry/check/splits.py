"""Splits: how many replicas may be where, where each runs today, and what of them moves."""

from __future__ import annotations

import itertools
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .reading import RefutedError, UnreadableError
from .shape import counted

if TYPE_CHECKING:
    from .fleet import Fleet, Workload

# sites, how many replicas, and the clusters in one of which each runs today
Seats = tuple[tuple[int, ...], int, tuple[str, ...]]


def part(workload: Workload, replicas: int) -> Workload:
    """So many replicas of a split, as what stands in a cluster."""
    return replace(workload, replicas=replicas, total={key: size * replicas for key, size in workload.pod.items()})


def least(workload: Workload) -> Workload:
    """The least of a workload that can stand in a cluster: of a split one replica, if it has any."""
    return part(workload, min(1, workload.replicas)) if workload.split else workload


def numbers(fleet: Fleet) -> dict[str, int]:
    """The sites of the existing clusters: they come last."""
    first = len(fleet.sites) - len(fleet.existing)
    return {cluster.name: first + at for at, cluster in enumerate(fleet.existing)}


def seats(fleet: Fleet, workload: Workload, everywhere: tuple[int, ...]) -> list[Seats]:
    """The replicas: one in each cluster where some must be; of each where it runs those that run there; the new ones.

    Where fewer are left than run, any of them may have run in any of those clusters.
    """
    where = fleet.whereabouts.get((workload.tenant, workload.namespace, workload.name))
    if where is None:
        return [(everywhere, workload.replicas, ())]
    held, running = sorted(where.held(str(fleet.as_of))), dict(sorted(where.running.items()))
    number = numbers(fleet)
    left = workload.replicas
    new = max(0, left - sum(running.values()))
    found: list[Seats] = []
    for title in held[:left]:
        homes: tuple[str, ...] = (title,) if title in running else () if new else tuple(running)
        new -= title not in running and new > 0
        found.append(((number[title],) if number[title] in everywhere else (), 1, homes))
    left -= len(found)
    rest = {title: count - (title in held) for title, count in running.items() if count > (title in held)}
    closed = {number[it.name]: it.name for it in fleet.existing if it.mode == "cordon"}

    def among(titles: tuple[str, ...]) -> tuple[int, ...]:
        return tuple(site for site in everywhere if site not in closed or closed[site] in titles)

    if left < sum(rest.values()):
        return found + ([(among(tuple(rest)), left, tuple(rest))] if left else [])
    found += [(among((title,)), count, (title,)) for title, count in rest.items()]
    left -= sum(rest.values())
    return found + ([(among(()), left, ())] if left else [])


def charge(
    fleet: Fleet, workload: Workload, homes: tuple[str, ...], sites: tuple[int, ...]
) -> tuple[int, dict[int, int]]:
    """What a replica is charged wherever it does not run today, and at sites open to it where it does."""
    cost = fleet.whereabouts[workload.tenant, workload.namespace, workload.name].cost if homes else 0
    number = numbers(fleet)
    named = sorted({number[title] for title in homes} & set(sites))
    return cost, dict.fromkeys(named, 0) if cost else {}


def moved(fleet: Fleet, workload: Workload, here: dict[str, int]) -> int:
    """Replicas above today's in each cluster, but for those that are more than run today."""
    where = fleet.whereabouts.get((workload.tenant, workload.namespace, workload.name))
    if where is None or not where.running:
        return 0
    above = sum(max(0, count - where.running.get(title, 0)) for title, count in here.items())
    elsewhere = workload.replicas - sum(here.values())
    return max(0, above + elsewhere - max(0, workload.replicas - sum(where.running.values())))


def forced(fleet: Fleet, workload: Workload, shut: dict[str, str]) -> int:
    """Replicas that can stay where they run in no plan."""
    where = fleet.whereabouts[workload.tenant, workload.namespace, workload.name]
    running = {title: count for title, count in where.running.items() if title not in shut}
    stay = min(workload.replicas, sum(running.values()))
    return max(0, min(workload.replicas, sum(where.running.values())) - stay)


def shrinks(fleet: Fleet) -> bool:
    """Whether some split has fewer replicas than run of it."""
    where = fleet.whereabouts
    if not where:
        return False
    splits = [it for it in fleet.placed if it.split and it.replicas and (it.tenant, it.namespace, it.name) in where]
    return any(sum(where[it.tenant, it.namespace, it.name].running.values()) > it.replicas for it in splits)


def whole(fleet: Fleet, clusters: dict[str, list[Workload]]) -> None:
    """All replicas of each split are there, in few enough clusters, and no more in a cordoned one than run there."""
    parts: dict[int, list[tuple[str, int]]] = {}
    for title, workloads in clusters.items():
        for it in workloads:
            if it.split:
                parts.setdefault(it.index, []).append((title, it.replicas))
    closed = {cluster.name for cluster in fleet.existing if cluster.mode == "cordon"}
    for workload in (it for it in fleet.placed if it.split):
        ours, who = parts.get(workload.index, []), workload.identity
        if len(ours) > workload.most_clusters or sum(count for _, count in ours) != workload.replicas:
            raise RefutedError("plan.assignments", f"{who}: not all of it is there, or it is in too many clusters")
        where = fleet.whereabouts.get((workload.tenant, workload.namespace, workload.name))
        for title, count in ours:
            if title in closed and (where is None or count > where.running.get(title, 0)):
                raise RefutedError("plan.assignments", f"{who}: more in {title}, which is cordoned")


def rows_of(
    fleet: Fleet, workload: Workload, parts: list[tuple[str, int]], gone: tuple[int, dict[str, str]]
) -> tuple[list[tuple[str, str | None, str | None]], int]:
    """What becomes of the replicas in these clusters, in the order of the plan, and how many are moved."""
    where = fleet.whereabouts.get((workload.tenant, workload.namespace, workload.name))
    running = {} if where is None else where.running
    number = moved(fleet, workload, dict(parts))
    here = dict(parts)
    fewer = [(title, count - here.get(title, 0)) for title, count in running.items() if count > here.get(title, 0)]
    fewer.sort(key=lambda it: (it[0] not in gone[1], it[0]))
    rows: list[tuple[str, str | None, str | None]] = []
    before = 0
    for title, count in parts:
        if title in running:
            rows.append(("stay", None, None))
        elif before < number:
            sums = itertools.accumulate(less for _, less in fewer)
            source = fewer[sum(total <= before for total in sums)][0]
            rows.append(("move", source, gone[1].get(source, "chosen") if before < gone[0] else "chosen"))
            before += count
        else:
            rows.append(("new", None, None))
    return rows, number


def abroad(fleet: Fleet, workload: Workload, parts: list[tuple[str | None, int]]) -> bool:
    """Whether more are in some regions than run there today and are new."""
    where = fleet.whereabouts[workload.tenant, workload.namespace, workload.name]
    of = {cluster.name: next(iter(cluster.regions), None) for cluster in fleet.existing}
    today: Counter[str | None] = Counter()
    here: Counter[str | None] = Counter()
    for title, count in where.running.items():
        today[of[title]] += count
    for region, count in parts:
        here[region] += count
    above = sum(max(0, count - today[region]) for region, count in here.items())
    return above > max(0, workload.replicas - sum(today.values()))


def changes(
    fleet: Fleet,
    workload: Workload,
    clusters: list[tuple[Any, list[Workload]]],
    gone: tuple[int, dict[str, str]],
    into: tuple[Counter[str], Counter[str], dict[str, Counter[str]]],
) -> dict[tuple[str, str, str, str], tuple[Any, ...]]:
    """What becomes of a split, row by row; what it moves is counted as forced, as chosen, and for its tenant."""
    key = (workload.tenant, workload.namespace, workload.name)
    where = fleet.whereabouts.get(key)
    found = ((cluster, it) for cluster, workloads in clusters for it in workloads)
    here = [(cluster, it.replicas) for cluster, it in found if it.index == workload.index]
    parts = [(str(cluster["name"]), count) for cluster, count in here]
    replicas, number = rows_of(fleet, workload, parts, gone)
    least = min(number, gone[0])
    far = number > 0 and abroad(fleet, workload, [(cluster.get("region"), count) for cluster, count in here])
    forced_, chosen, tenants = into
    counters = [(forced_, least), (chosen, number - least)]
    counters += [(tenants.setdefault(workload.tenant, Counter()), number)] if number else []
    for counter, moves in counters:
        if moves and where is not None:
            counter.update(cost=where.cost * moves, workloads=1, pods=moves)
            counter.update(stateful=int(where.stateful), regions=int(far))
    return {(*key, title): (*row, None) for (title, _), row in zip(parts, replicas, strict=True)}


def read_split(own: dict[str, Any], place: str) -> tuple[bool, int | None]:
    """Whether replicas may lie in several clusters, and in how many at most."""
    said = own.get("split", False)
    if said is False:
        return False, None
    if own.get("perCluster", False) or own.get("perNode", False) or own.get("fixedRequests") or "copies" in own:
        raise UnreadableError(f"{place}.split: not of the platform, with copies, or with fixed requests")
    most = None if said is True else counted(said["clusters"], f"{place}.split.clusters")
    if most == 0:
        raise UnreadableError(f"{place}.split: one cluster at least")
    return True, most
