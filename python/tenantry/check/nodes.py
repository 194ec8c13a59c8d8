"""Node pools: what they offer, whether pods stand on them as a plan says, and what they cost at least."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import named, words
from .reading import Figures, RefutedError, UnreadableError
from .shape import counted
from .splits import shrinks
from .words import distinct

if TYPE_CHECKING:
    from .fleet import Fleet, Template, Workload
    from .places import Site

PARTS = 10**6  # shares of a node's cost are counted in millionths
INFINITE = 2**64 - 1


@dataclass
class Pool:
    """Nodes of one shape. Amounts that are None are unlimited; what runs on every node is off."""

    name: str
    node: dict[str, int | None]
    agents: int  # pods that run on every node
    least: int
    most: int
    dedicated: bool

    def takes(self, pool: str | None) -> bool:
        """Whether the workloads run here that name that pool, or none."""
        return pool == self.name if self.dedicated else pool is None

    def fit(self, pod: dict[str, int]) -> int:
        """How many such pods an empty node takes."""
        offers = [(self.node[name], size) for name, size in pod.items() if size]
        return min((offer // size for offer, size in offers if offer is not None), default=INFINITE)


def read_pools(
    value: Any, offer: Callable[[Any], dict[str, int | None]], agents: list[Workload], most: int | None, place: str
) -> tuple[list[Pool], bool]:
    """The pools of a template, and whether every node carries what runs on each."""
    pools: list[Pool] = []
    carries = True
    for title in distinct((pool["name"] for pool in value), place):
        words.name(title, place, slash=False)
    for pool in value:
        name, high, low = pool["name"], counted(pool["max"], place), counted(pool.get("min", 0), place)
        if not max(1, low) <= high:
            raise UnreadableError(f"{place}: a pool has a node at least, and not more at least than at most")
        dedicated = pool.get("dedicated", False)
        node = offer(pool["allocatable"])
        here = [agent for agent in agents if agent.pool is None or (dedicated and agent.pool == name)]
        for agent in here:
            for resource, size in agent.pod.items():
                left = node[resource]
                if left is not None:
                    carries = carries and left >= size
                    node[resource] = max(0, left - size)
        pools.append(Pool(name, node, len(here), low, high, dedicated))
    if not pools:
        raise UnreadableError(f"{place}: a pool at least is needed")
    if most is not None and most < sum(pool.least for pool in pools):
        raise UnreadableError(f"{place}: the pools have more nodes at least than the maximum")
    return sorted(pools, key=lambda pool: pool.name), carries


def most_of(offers: Iterable[tuple[int, Pool]], further: int | None) -> int:
    """The largest sum of an amount a node: every pool's least number of nodes, and ``further`` beyond."""
    total = 0
    for each, pool in sorted(offers, key=lambda offer: -offer[0]):
        more = pool.most - pool.least if further is None else min(pool.most - pool.least, further)
        further = None if further is None else further - more
        total += each * (pool.least + more)
    return total


def offered(template: Template, pool: str | None, resource: str) -> int | None:
    """What all nodes for the workloads of a pool offer together."""
    amounts = [(it.node[resource], it) for it in template.pools if it.takes(pool)]
    finite = [(amount, it) for amount, it in amounts if amount is not None]
    return most_of(finite, template.further) if len(finite) == len(amounts) else None


def alone(template: Template, workload: Workload) -> bool:
    """Whether the nodes of an empty cluster take all pods of a workload (one pod, where only sums count)."""
    if not template.pools or workload.replicas == 0:
        return True
    offers = [(it.fit(workload.pod), it) for it in template.pools if it.takes(workload.pool)]
    return most_of(offers, template.further) >= (workload.replicas if template.packs else 1)


def few_enough(fleet: Fleet, template: Template, workloads: list[Workload]) -> bool:
    """The maximums of namespaces and tenants: those of the platform count as namespaces alone."""
    most = template.maximums
    if "namespaces" not in most and "tenants" not in most:
        return True
    spaces = {workload.namespace for workload in [*workloads, *fleet.platform]}
    tenants = {workload.tenant for workload in workloads}
    return len(spaces) <= most.get("namespaces", len(spaces)) and len(tenants) <= most.get("tenants", len(tenants))


def counting(fleet: Fleet) -> dict[str, list[list[str]]]:
    """What counts once in a cluster, and of each unit those that it holds: namespaces but the platform's; tenants."""
    everywhere = {workload.namespace for workload in fleet.platform}
    return {
        "namespaces": [sorted({workload.namespace for workload in unit} - everywhere) for unit in fleet.units],
        "tenants": [sorted({workload.tenant for workload in unit}) for unit in fleet.units],
    }


def most_of_all(fleet: Fleet, template: Template, what: str) -> int | None:
    """How many of what the units hold may be in one cluster: of namespaces the platform has its own."""
    most = template.maximums.get(what)
    everywhere = len({workload.namespace for workload in fleet.platform}) if what == "namespaces" else 0
    return None if most is None else max(0, most - everywhere)


def counts_in_several(fleet: Fleet, what: str) -> bool:
    """Whether a maximum can be passed by what is in several units, or in replicas of a split."""
    most = [it for it in (most_of_all(fleet, site.template, what) for site in fleet.sites) if it is not None]
    if not most:
        return False
    several: Counter[str] = Counter()
    for unit, names in zip(fleet.units, counting(fleet)[what], strict=True):
        several.update(dict.fromkeys(names, 2 if unit[0].split and unit[0].replicas > 1 else 1))
    return min(most) < len(several) and max(several.values()) > 1


def pods_once(fleet: Fleet, workloads: list[Workload]) -> int:
    """The pods that tenants have once in a cluster, those of the platform too."""
    owners = {workload.tenant for workload in workloads} | fleet.everywhere
    return sum(fleet.overheads[owner].get("pods", 0) for owner in owners)


def in_several(fleet: Fleet) -> bool:
    """Whether a tenant that takes something once in a cluster has several units."""
    if fleet.nothing_once:
        return False
    owners = [owner for unit in fleet.units for owner in {it.tenant for it in unit} - fleet.everywhere]
    count = Counter(owner for owner in owners if any(fleet.overheads[owner].values()))
    splits = {unit[0].tenant for unit in fleet.units if unit[0].split} & set(count)
    return max(count.values(), default=0) > 1 or bool(splits)


def forgotten(fleet: Fleet) -> list[str]:
    """What the bounds do not know of."""
    shapes = [*fleet.templates, *(cluster.template for cluster in fleet.existing)]
    reached = [
        it for it in shapes if any(pool.agents or (pool.dedicated and pool.name in fleet.groups) for pool in it.pools)
    ]
    return [
        name
        for name, matters in (
            ("nodes", any(it.packs for it in shapes)),
            ("maximums.namespaces", counts_in_several(fleet, "namespaces")),
            ("maximums.pods", any("pods" in it.maximums for it in reached)),
            ("maximums.tenants", counts_in_several(fleet, "tenants")),
            ("overhead", in_several(fleet)),
            ("runsIn", shrinks(fleet)),
            ("split", any(it.split and it.most_clusters < it.replicas for it in fleet.placed)),
        )
        if matters
    ] + named.forgotten(fleet)


def needed(fleet: Fleet, template: Template, workloads: list[Workload]) -> int:
    """The fewest nodes: by each resource, by the pods of at least each size in it, and by the pods of each size."""
    once = [workload for workload in fleet.platform if not workload.per_node]
    total = 0
    for group in fleet.groups:
        ours = [workload for workload in [*workloads, *once] if workload.pool == group]
        pools = [pool for pool in template.pools if pool.takes(group)]
        least = 0
        for resource in fleet.resources:
            load = sum(workload.pod[resource] * workload.replicas for workload in ours)
            least = max(least, enough([(pool.node[resource], pool.most) for pool in pools], load))
            large = 0
            rows = sorted(((workload.pod[resource], workload.replicas) for workload in ours), reverse=True)
            for at, (each, replicas) in enumerate(rows):
                large += replicas
                if each and (at + 1 == len(rows) or rows[at + 1][0] < each):
                    offers = [(pool.node[resource], pool.most) for pool in pools]
                    places = [(None if offer is None else offer // each, most) for offer, most in offers]
                    least = max(least, enough(places, large))
        sizes: Counter[tuple[int, ...]] = Counter()
        samples: dict[tuple[int, ...], dict[str, int]] = {}
        for workload in ours:
            size = tuple(workload.pod[name] for name in fleet.resources)
            sizes[size] += workload.replicas
            samples[size] = workload.pod
        for size, count in sizes.items():
            least = max(least, enough([(pool.fit(samples[size]), pool.most) for pool in pools], count))
        total += least
    return total


def enough(offers: list[tuple[int | None, int]], load: int) -> int:
    """The fewest nodes that offer so much, the largest first: what one offers, and how many there are."""
    nodes = 0
    for amount, most in sorted(((INFINITE if each is None else each, most) for each, most in offers), reverse=True):
        taken = min(most, -(-load // amount)) if amount and load > 0 else 0
        load -= taken * amount
        nodes += taken
    return nodes


def placed(
    fleet: Fleet, site: Site, workloads: list[Workload], cluster: Any, place: str, *, figures: Figures
) -> int | None:
    """The cost of a cluster, once its pods are seen to stand on its nodes as it says."""
    template = site.template
    if not few_enough(fleet, template, workloads):
        raise RefutedError(place, "more namespaces or tenants than the maximum")
    rows: list[Any] = cluster.get("pools", [])
    stated = [(row["name"], row["dedicated"], row["max"]) for row in rows]
    figures.expect(stated, [(pool.name, pool.dedicated, pool.most) for pool in template.pools], f"{place}.pools")
    places = bool(cluster.get("placement")) or cluster.get("nodes") is not None
    if places != template.packs:
        what = "places no pods on nodes" if places else "places its pods on nodes"
        raise RefutedError(f"{place}.placement", f"template {template.name} {what}")
    if not template.packs:
        figures.expect(cluster.get("nodesLowerBound"), None, f"{place}.nodesLowerBound")
        for row in rows:
            figures.expect((row.get("nodes"), row.get("paid")), (None, None), f"{place}.pools")
        return site.cost(0)
    used, pods = stand(fleet, template, workloads, cluster, f"{place}.placement", figures=figures)
    paid = {pool.name: max(used[pool.name], pool.least) for pool in template.pools}
    agents = sum(pool.agents * used[pool.name] for pool in template.pools)
    for what, count, most in (
        *((f"nodes of pool {pool.name}", used[pool.name], pool.most) for pool in template.pools),
        ("nodes", sum(paid.values()), template.maximums.get("nodes")),
        ("pods", pods + agents + pods_once(fleet, workloads), template.maximums.get("pods")),
    ):
        if most is not None and count > most:
            raise RefutedError(f"{place}.placement", f"{count} {what}, at most {most} are allowed")
    for key, right in (("nodes", sum(used.values())), ("nodesLowerBound", needed(fleet, template, workloads))):
        figures.expect(cluster.get(key), right, f"{place}.{key}")
    for row, pool in zip(rows, template.pools, strict=False):
        figures.expect((row.get("nodes"), row.get("paid")), (used[pool.name], paid[pool.name]), f"{place}.pools")
    further = sum(paid.values()) - sum(pool.least for pool in template.pools)
    return site.cost(further)


def stand(
    fleet: Fleet, template: Template, workloads: list[Workload], cluster: Any, place: str, *, figures: Figures
) -> tuple[Counter[str], int]:
    """The nodes in use by pool, and the pods on them: every pod once, within what each node offers."""
    everyone = {it.identity: it for it in [*workloads, *fleet.platform] if not it.per_node}
    known = {it.identity for it in fleet.workloads}
    pools = {pool.name: pool for pool in template.pools}
    used: Counter[str] = Counter()
    pods: Counter[str] = Counter()
    for index, node in enumerate(cluster.get("placement", [])):
        here = f"{place}[{index}]"
        pool = pools.get(node["pool"])
        if pool is None:
            raise RefutedError(here, "a pool of the template is needed")
        if not node["count"] or not all(node["pods"].values()):
            raise RefutedError(here, "no nodes, or no pods, are counted")
        used[pool.name] += node["count"]
        ours = {identity: each for identity, each in node["pods"].items() if identity in known}
        for identity in sorted(set(node["pods"]) - known):
            figures.add(here, f"no workload {identity!r}")
        if not set(ours) <= set(everyone):
            raise RefutedError(here, "workloads of the cluster are needed")
        for identity, each in ours.items():
            pods[identity] += each * node["count"]
            if not pool.takes(everyone[identity].pool):
                raise RefutedError(here, f"{identity} may not run in pool {pool.name}")
        for resource in fleet.resources:
            load = sum(everyone[identity].pod[resource] * each for identity, each in ours.items())
            offer = pool.node[resource]
            if offer is not None and load > offer:
                raise RefutedError(here, f"{load} of {resource}, a node of pool {pool.name} has {offer} left")
    for identity, workload in everyone.items():
        if pods[identity] != workload.replicas:
            raise RefutedError(place, f"{pods[identity]} pods of {identity}, not {workload.replicas}")
    return used, sum(pods.values())


def nodes_cost(fleet: Fleet) -> bool:
    """Whether nodes add to what clusters cost."""
    return any(site.template.packs and site.node_cost for site in fleet.sites)


def counted_before_cost(fleet: Fleet, held: int) -> tuple[bool, int]:
    """Whether the number of clusters comes before the cost, and how many there are at least."""
    before = fleet.objective[: fleet.objective.index("cost")] if "cost" in fleet.objective else fleet.objective
    counted = "clusters" in before
    return counted, held if counted else min(1, len(fleet.units))


def least_apart(fleet: Fleet, prices: int, held: int) -> int:
    """The least cost of a plan, in thousandths, given the least sum of its clusters' prices, least nodes included.

    Where the number of clusters comes before the cost, it is the one held; else there may be any number of them.

    A node costs the same however it is filled: each pod is charged the share that it takes of a resource there, or half
    the share of each of two, where that is cheapest.
    """
    if not any(site.template.packs and site.template.node_cost for site in fleet.sites):
        return prices
    where = {
        it.index: [
            (number, [pool for pool in site.template.pools if pool.takes(it.pool) and pool.fit(it.pod)])
            for number, site in enumerate(fleet.sites)
            if fleet.open(site, it)
        ]
        for it in fleet.placed
    }
    shapes = [fleet.sites[number] for number in sorted({number for found in where.values() for number, _ in found})]
    each = [it.node_cost if it.template.packs else 0 for it in shapes]
    if not any(each):
        return prices
    counted, fewest = counted_before_cost(fleet, held)
    nodes = 0
    for group in fleet.groups:
        ours = [workload for workload in fleet.placed if workload.pool == group and workload.replicas]
        best = 0
        for number, first in enumerate(fleet.resources):
            for second in fleet.resources[: number + 1]:
                best = max(best, sum(charge(fleet, it, where[it.index], first, second) for it in ours))
        nodes += best
    nodes = -(-nodes // PARTS)
    # a kept cluster may hold nobody
    kept = any(cluster.keep for cluster in fleet.existing)
    if not kept and all(any(workload.replicas for workload in unit) for unit in fleet.units):
        nodes = max(nodes, min(each) * fewest)
    if min(each) == max(each):
        nodes = -(-nodes // each[0]) * each[0]
    least = [sum(pool.least for pool in it.template.pools) for it in shapes]
    paid = max(price * number for price, number in zip(each, least, strict=True))
    if paid and not counted:
        return prices  # of enough clusters the minimums of their pools pay for all nodes
    paid *= held
    return prices + max(0, nodes - paid)


def charge(fleet: Fleet, workload: Workload, where: list[tuple[int, list[Pool]]], first: str, second: str) -> int:
    """What the pods of a workload are charged where that is cheapest, in millionths of thousandths."""
    found: list[int] = []
    for number, pools in where:
        site = fleet.sites[number]
        shares = [share(pool, workload, first) + share(pool, workload, second) for pool in pools]
        found.append(min(shares, default=0) * site.node_cost // 2 if site.template.packs else 0)
    return min(found, default=0) * workload.replicas * workload.copies


def share(pool: Pool, workload: Workload, resource: str) -> int:
    """The share of a node that a pod takes, in millionths."""
    node = pool.node[resource]
    return workload.pod[resource] * PARTS // node if node else 0
