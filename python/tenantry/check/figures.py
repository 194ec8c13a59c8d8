"""The figures and rows of a plan that only inform: added up again, so that no checker passes what another refuses."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from functools import lru_cache
from typing import Any

from .fleet import Fleet, Template, Workload, words_of
from .named import of_attributes
from .problem import ones
from .reading import Budget, Figures, UnreadableError
from .shape import double
from .splits import part

MOST_KINDS = 600  # counts of pairs and islands are looked at up to so many kinds of workloads
SOON = timedelta(days=90)
SUFFIXES = [(1024, ("Ki", "Mi", "Gi", "Ti", "Pi", "Ei")), (1000, ("k", "M", "G", "T", "P", "E"))]
Kinds = list[list[Workload]]


@lru_cache(maxsize=1 << 16)
def shown(resource: str, amount: int) -> str:
    """An amount as plans write it: bytes with the shortest of the suffixes that lose nothing."""
    if resource == "cpu":
        return f"{amount}m" if amount % 1000 else str(amount // 1000)
    best = str(amount)
    if amount == 0 or not (
        resource == "memory" or resource.endswith(("storage", "/storage")) or resource.startswith("hugepages-")
    ):
        return best
    for base, suffixes in SUFFIXES:
        left = amount
        for suffix in suffixes:
            if left % base:
                break
            left //= base
            text = f"{left}{suffix}"
            if len(text) < len(best) or (len(text) == len(best) and base == 1024):
                best = text
    return best


def clusters(fleet: Fleet, plan: Any, bins: list[tuple[int, list[Workload]]], figures: Figures) -> None:
    """What each cluster holds of every resource, and whom a workload in it reaches."""
    for index, (cluster, (number, workloads)) in enumerate(zip(plan["clusters"], bins, strict=True)):
        place, template, once = f"plan.clusters[{index}]", fleet.sites[number].template, fleet.once(workloads)
        taken = {resource: shown(resource, load) for resource, load in once.items() if load}
        figures.expect(cluster.get("overhead", {}), taken, f"{place}.overhead")
        for group in fleet.groups:
            rows, at = cluster["resources"], place
            if group is not None:
                row = next((row for row in cluster.get("pools", []) if row["name"] == group), None)
                if row is None:
                    continue
                rows, at = row.get("resources", {}), f"{place}.pools"
            figures.expect(set(rows), set(fleet.resources), f"{at}.resources")
            for resource, stated in rows.items():
                if resource not in fleet.resources:
                    continue
                load = sum(workload.total[resource] for workload in workloads if workload.pool == group)
                load += once[resource] if group is None else 0
                use(template.usable[group].get(resource), resource, load, stated, at, figures=figures)
        for row in cluster.get("pools", []):
            if row["name"] not in fleet.groups:
                figures.expect(row.get("resources", {}), {}, f"{place}.pools")
        everything = [*workloads, *fleet.platform]
        pods = [pods_of(template, workload, cluster) for workload in everything]
        reach = {
            "tenants": max(len({workload.tenant for workload in everything}), 1) - 1,
            "workloads": max(len(everything), 1) - 1,
            "pods": sum(pods) - min(pods, default=0),
        }
        figures.expect(cluster["blastRadius"], reach, f"{place}.blastRadius")


def pods_of(template: Template, workload: Workload, cluster: Any) -> int:
    """The pods of a workload in a cluster: where it runs on every node, one on each in use (one, if none are known)."""
    if not workload.per_node:
        return workload.replicas
    nodes = [node["count"] for node in cluster.get("placement", []) if workload.pool in (None, node["pool"])]
    return sum(nodes) if template.packs else 1


def use(most: int | None, resource: str, load: int, stated: Any, place: str, *, figures: Figures) -> None:
    """Requested, usable, and the one over the other to four places, halves up."""
    place = f"{place}.resources.{resource}"
    figures.expect(stated["requested"], shown(resource, load), f"{place}.requested")
    figures.expect(stated["usable"], "unlimited" if most is None else shown(resource, most), f"{place}.usable")
    given = stated.get("utilisation")
    ratio = (load * 20_000 + most) // (2 * most) / 10_000 if most else None
    figures.expect(None if given is None else double(given, place), ratio, f"{place}.utilisation")


def assignments(fleet: Fleet, plan: Any, figures: Figures) -> None:
    """What the rows say of each workload."""
    for index, row in enumerate(plan["assignments"]):
        workload = fleet.by_key.get((row["tenant"], row["namespace"], row["workload"]))
        if workload is None:
            continue
        place = f"plan.assignments[{index}]"
        figures.expect(row.get("labels", {}), workload.labels, f"{place}.labels")
        workload = part(workload, row["replicas"]) if workload.split else workload
        requests = {resource: shown(resource, total) for resource, total in workload.total.items()}
        figures.expect(row["requests"], requests, f"{place}.requests")


def rules(fleet: Fleet, plan: Any, budget: Budget, figures: Figures) -> None:
    """The rows of separations and waivers, and the islands."""
    states(fleet, plan, figures)
    figures.expect(plan.get("otherValues", []), others(fleet), "plan.otherValues")
    samples(fleet, plan, figures)
    kinds = kinds_of(fleet)
    if len(kinds) > MOST_KINDS:
        return
    budget.spend(len(kinds) ** 2 * (5 + len(fleet.distrust) + len(fleet.waivers)))
    pairs: dict[str, list[int]] = {}
    trusted = [0] * len(kinds)  # of each kind those up to it, as bits, that trust lets share with it
    waived = [0] * len(fleet.waivers)
    for a, kind in enumerate(kinds):
        for b in range(a + 1):
            other = kinds[b]
            number = len(kind) * len(other) if a != b else len(kind) * (len(kind) - 1) // 2
            raw = fleet.raw(kind[0], other[-1]) if number else set[str]()
            applied = fleet.applied(kind[0], other[-1]) if raw else []
            standing = set(raw)
            for waiver in applied:
                waived[waiver] += number if raw & fleet.waivers[waiver][1] else 0
                standing -= fleet.waivers[waiver][1]
            if all(rule.startswith("apart:") for rule in standing):
                trusted[a] |= 1 << b
            for rule in standing:
                row = pairs.setdefault(rule, [0, 0])
                row[0] += number
                row[1] += number if len(standing) == 1 else 0
    islands(fleet, plan, kinds, trusted, figures)
    stated = sorted([row["rule"], row["pairs"], row["only"]] for row in plan["separations"])
    figures.expect(stated, sorted([rule, *row] for rule, row in pairs.items()), "plan.separations")
    figures.expect([row["pairs"] for row in plan["waivers"]], waived, "plan.waivers")


def states(fleet: Fleet, plan: Any, figures: Figures) -> None:
    """Each waiver of the fleet as it is written, and its state on the plan's day."""
    order = ["level", "sharing", *(f"separate:{rule['by']}" for rule in fleet.policy.get("separate", []))]
    order += [*(rule for rule, _, _ in fleet.distrust), "distrusts"]
    order += [f"apart:{rule['by']}" for rule in of_attributes(fleet.policy)]
    today = date.fromisoformat(plan["asOf"])
    stated = fleet.policy.get("waivers", [])
    figures.expect([row["id"] for row in plan["waivers"]], [waiver["id"] for waiver in stated], "plan.waivers")
    for index, (row, waiver) in enumerate(zip(plan["waivers"], stated, strict=False)):
        place, last = f"plan.waivers[{index}]", date.fromisoformat(waiver["expires"])
        for key in ("approvedBy", "reason", "expires"):
            figures.expect(row[key], waiver[key], f"{place}.{key}")
        figures.expect(row["waives"], [rule for rule in order if rule in waiver["waives"]], f"{place}.waives")
        soon = today <= date.max - SOON and last <= today + SOON
        state = "expired" if last < today else "expiring" if soon else "in force"
        figures.expect(row["state"], state, f"{place}.state")


def others(fleet: Fleet) -> list[dict[str, Any]]:
    """The values that each class with "*" took, and how many workloads have them."""
    rows: list[dict[str, Any]] = []
    for title, attribute in sorted((title, it) for title, it in fleet.attributes.items() if it.others):
        counts = Counter(w.values[title] for w in fleet.workloads if w.values.get(title) in attribute.others)
        values = [{"value": value, "workloads": count} for value, count in sorted(counts.items())]
        if values:
            rows.append({"attribute": title, "class": attribute.rest, "values": values})
    return rows


def samples(fleet: Fleet, plan: Any, figures: Figures) -> None:
    """The samples of every row are separated by its rule."""
    for index, row in enumerate(plan["separations"]):
        place = f"plan.separations[{index}]"
        figures.expect(row["trust"], not row["rule"].startswith("apart:"), f"{place}.trust")
        if not 1 <= len(row["samples"]) <= min(3, row["pairs"]):
            figures.add(f"{place}.samples", f"{len(row['samples'])} of {row['pairs']} pairs")
        for pair in row["samples"]:
            try:
                u, v = (fleet.workloads[fleet.find_workload(title, place)] for title in pair)
            except UnreadableError as unknown:
                figures.add(place, str(unknown))
                continue
            if u is v or row["rule"] not in fleet.reasons(u, v):
                figures.add(f"{place}.samples", f"{row['rule']} does not separate {pair}")


def kinds_of(fleet: Fleet) -> Kinds:
    """Workloads between which no rule can tell a difference: all that a rule may look at is equal."""
    selectors = [rule[side] for rule in fleet.policy.get("distrust", []) for side in ("subject", "neighbour")]
    selectors += [side for waiver in fleet.policy.get("waivers", []) for side in waiver["between"]]
    by_namespace = any("namespace" in selector for selector in selectors)
    named: set[int] = set()
    for selector in selectors:
        named.update(fleet.find_workload(title, "workload") for title in words_of(selector.get("workload", [])))
    named.update(member for rule in fleet.kept_apart for member in rule.members)
    kinds: dict[object, list[Workload]] = {}
    for w in fleet.placed:
        seen = tuple(sorted(w.classes.items())), tuple(sorted(w.separation.items()))
        own = (w.namespace if by_namespace else "", w.index if w.index in named else None)
        kinds.setdefault((w.tenant, w.trust, w.sharing, w.accepts, *seen, *own), []).append(w)
    return list(kinds.values())


def islands(fleet: Fleet, plan: Any, kinds: Kinds, trusted: list[int], figures: Figures) -> None:
    """Groups that share with no other group, as far as trust goes, numbered by their first workloads."""
    group = list(range(len(kinds)))
    for a, near in enumerate(trusted):
        for b in ones(near):
            if group[a] != group[b]:
                gone = group[a]
                group = [group[b] if it == gone else it for it in group]
    home: dict[int, tuple[int, int]] = {}
    for number, kind in enumerate(kinds):
        # a kind that trusts neither itself nor another is as many islands as workloads
        alone = group.count(group[number]) == 1 and len(kind) > 1 and not trusted[number] >> number & 1
        home |= {workload.index: (group[number], workload.index + 1 if alone else 0) for workload in kind}
    numbers: dict[tuple[int, int], int] = {}
    of = {index: numbers.setdefault(home[index], len(numbers) + 1) for index in sorted(home)}
    figures.expect(plan["summary"]["islands"], len(numbers), "plan.summary.islands")
    clusters: list[dict[str, Any]] = plan.get("clusters") or []
    stated = {cluster["name"]: cluster["island"] for cluster in clusters}
    for row in plan["assignments"]:
        workload = fleet.by_key.get((row["tenant"], row["namespace"], row["workload"]))
        if workload is not None:
            figures.expect(stated[row["cluster"]], of[workload.index], f"plan: the island of {row['cluster']}")
