"""Whether a plan is legal for a fleet, and whether it is the plan that a certificate speaks of."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from typing import Any

from .certificate import SCHEMA, check_claims, read_claim, read_solution
from .encode import Encoded, compare, encode
from .fleet import Fleet, Workload, decimal
from .problem import read_problem
from .reading import Budget, RefutedError, UndecidedError, UnreadableError, Verdict, integer, record, sequence

DEFAULT_WORK = 2_000_000_000


def check_plan(fleet: Any, plan: Any, certificate: Any = None, *, work: int = DEFAULT_WORK) -> Verdict:
    """Checks a plan against its fleet, and both against a certificate. All are given as ``parse`` returns them.

    Without a certificate VERIFIED says that the plan is legal, and nothing of its bound. Raises UnreadableError.
    """
    try:
        return checked(fleet, plan, certificate, Budget(work))
    except RefutedError as refuted:
        return Verdict("REFUTED", place=refuted.place, why=refuted.why)
    except UndecidedError as undecided:
        return Verdict("UNDECIDED", note=str(undecided))


def checked(fleet_document: Any, plan: Any, certificate: Any, budget: Budget) -> Verdict:
    """The verdict, or an exception that says it."""
    for key in ("schema", "asOf", "status", "summary", "clusters", "assignments"):
        if not isinstance(plan, dict) or key not in plan:
            raise UnreadableError(f"plan: no {key}")
    if plan["schema"] != "tenantry-plan/v1" or not isinstance(plan["summary"], dict):
        raise UnreadableError("plan: schema tenantry-plan/v1 is needed")
    fleet = Fleet(fleet_document, plan["asOf"])
    status, summary, clusters = plan["status"], plan["summary"], plan["clusters"]
    if status not in ("optimal", "feasible", "infeasible", "unknown"):
        raise UnreadableError(f"plan.status: {status!r}")
    if (clusters is None) != (status in ("infeasible", "unknown")):
        raise RefutedError("plan.clusters", f"the status is {status}")
    bins = None if clusters is None else legal(fleet, plan, budget)
    lower = integer(summary.get("lowerBound"), "plan.summary.lowerBound")
    if clusters is not None and (summary.get("clusters") != len(clusters) or lower > len(clusters)):
        raise RefutedError("plan.summary", f"{len(clusters)} clusters are listed")
    if status == "optimal" and lower != len(clusters or []):
        raise RefutedError("plan.summary.lowerBound", "an optimal plan's bound is its number of clusters")
    cost, least = summary.get("cost"), summary.get("costLowerBound")
    if least is not None and cost is not None and decimal(least, "plan.summary") > decimal(cost, "plan.summary"):
        raise RefutedError("plan.summary.costLowerBound", f"the cost is {cost}")
    if status == "optimal" and (least is not None or "cost" in fleet.objective):
        stated = cost is not None and least is not None
        if not stated or decimal(least, "plan.summary") != decimal(cost, "plan.summary"):
            raise RefutedError("plan.summary.costLowerBound", "an optimal plan's least cost is its cost")
    if certificate is None:
        if clusters is None:
            raise UndecidedError("there is no plan, and no certificate says why")
        return Verdict("VERIFIED", note="the plan is legal; its bound needs a certificate")
    return certified(fleet, plan, bins, certificate, budget)


def certified(fleet: Fleet, plan: Any, bins: list[Bins] | None, certificate: Any, budget: Budget) -> Verdict:
    """The certificate is about this fleet and this plan, and proves what the plan says."""
    schema, problem_value, solution, claim_values = record(
        certificate, "certificate", "schema", "problem", "solution", "claims"
    )
    if schema != SCHEMA:
        raise UnreadableError(f"certificate: schema is {schema!r}, expected {SCHEMA!r}")
    problem = read_problem(problem_value)
    patterns = None if solution is None else read_solution(solution)
    claims = [read_claim(value, f"claims[{index}]") for index, value in enumerate(sequence(claim_values, "claims"))]
    encoded = encode(fleet, budget)
    compare(encoded.problem, problem)
    if (patterns is None) != (bins is None):
        raise RefutedError("solution", "either the plan or the certificate has no clusters")
    if bins is not None and patterns is not None:
        theirs: Counter[tuple[int, tuple[tuple[int, int], ...]]] = Counter()
        for pattern in patterns:
            theirs[pattern.bin, tuple(pattern.items)] += pattern.count
        if theirs != Counter(contents(encoded, bins)):
            raise RefutedError("solution", "the certificate's clusters are not the plan's")
    if not claims:
        less(plan, "claims", "the certificate claims nothing")
    bounds = check_claims(problem, patterns, claims, budget)
    if (claims[0].level == "infeasible") != (plan["status"] == "infeasible"):
        raise RefutedError("claims[0]", f"the plan's status is {plan['status']}")
    if claims[0].level == "clusters" and plan["summary"]["lowerBound"] > bounds[0]:
        less(plan, "plan.summary.lowerBound", f"the certificate proves {bounds[0]}")
    cost = plan["summary"].get("costLowerBound")
    if cost is not None and (len(bounds) < 2 or decimal(cost, "plan.summary") * 1000 > bounds[1]):
        less(plan, "plan.summary.costLowerBound", "the certificate proves less, or nothing")
    return Verdict("VERIFIED", bounds=tuple(bounds))


def less(plan: Any, place: str, why: str) -> None:
    """What is true but less than the plan states: fatal only where the plan calls itself certified."""
    if plan.get("proof") == "certified":
        raise RefutedError(place, why)
    raise UndecidedError(f"{place}: {why}")


Bins = tuple[int, list[Workload]]


def contents(encoded: Encoded, bins: list[Bins]) -> list[tuple[int, tuple[tuple[int, int], ...]]]:
    """Each cluster as a bin type with counted item types."""
    result = []
    for template, workloads in bins:
        units = {encoded.unit_of[workload.index]: encoded.item_of[workload.index] for workload in workloads}
        result.append((template, tuple(sorted(Counter(units.values()).items()))))
    return result


def legal(fleet: Fleet, plan: Any, budget: Budget) -> list[Bins]:
    """The clusters of the plan with their workloads: everything placed once, in whole, where it may be."""
    names = {template.name: index for index, template in enumerate(fleet.templates)}
    platform = sorted(workload.identity for workload in fleet.platform)
    clusters: dict[str, Bins] = {}
    for index, cluster in enumerate(sequence(plan["clusters"], "plan.clusters")):
        place = f"plan.clusters[{index}]"
        if not isinstance(cluster, dict) or not isinstance(cluster.get("name"), str) or cluster["name"] in clusters:
            raise UnreadableError(f"{place}: a name of its own is needed")
        if cluster.get("template") not in names:
            raise RefutedError(place, f"no template {cluster.get('template')!r}")
        if sorted(cluster.get("platform", [])) != platform:
            raise RefutedError(f"{place}.platform", f"every cluster carries {platform}")
        clusters[cluster["name"]] = (names[cluster["template"]], [])
    assign(fleet, plan, clusters)
    for index, (cluster, (name, (template, workloads))) in enumerate(
        zip(plan["clusters"], clusters.items(), strict=True)
    ):
        place = f"plan.clusters[{index}]"
        if not workloads:
            raise RefutedError(place, f"{name} is empty")
        if sorted(cluster.get("workloads", [])) != sorted(workload.identity for workload in workloads):
            raise RefutedError(f"{place}.workloads", "not what the assignments say")
        fill(fleet, template, workloads, place)
        apart(fleet, workloads, place, budget)
    used = Counter(template for template, _ in clusters.values())
    for number, kind in enumerate(fleet.templates):
        if kind.max_count is not None and used[number] > kind.max_count:
            raise RefutedError("plan.clusters", f"{used[number]} of template {kind.name}")
    costs(fleet, plan, used)
    return list(clusters.values())


def assign(fleet: Fleet, plan: Any, clusters: dict[str, Bins]) -> None:
    """Puts every workload where the plan says: each once, with all its replicas, beside those that it goes with."""
    by_key = {(workload.tenant, workload.namespace, workload.name): workload for workload in fleet.placed}
    where: dict[int, str] = {}
    for index, row in enumerate(sequence(plan["assignments"], "plan.assignments")):
        place = f"plan.assignments[{index}]"
        if not isinstance(row, dict):
            raise UnreadableError(f"{place}: an object is needed")
        workload = by_key.get((row.get("tenant"), row.get("namespace"), row.get("workload")))  # type: ignore[arg-type]
        if workload is None:
            raise RefutedError(place, "no such workload")
        if workload.index in where:
            raise RefutedError(place, f"{workload.identity} is placed twice")
        if row.get("replicas") != workload.replicas:
            raise RefutedError(place, f"{workload.identity} has {workload.replicas} replicas")
        if row.get("cluster") not in clusters:
            raise RefutedError(place, f"no cluster {row.get('cluster')!r}")
        where[workload.index] = row["cluster"]
        clusters[row["cluster"]][1].append(workload)
    for workload in fleet.placed:
        if workload.index not in where:
            raise RefutedError("plan.assignments", f"{workload.identity} is placed nowhere")
    for unit in fleet.units:
        for workload in unit:
            if where[workload.index] != where[unit[0].index]:
                raise RefutedError("plan.assignments", f"{unit[0].identity} and {workload.identity} go together")


def fill(fleet: Fleet, number: int, workloads: list[Workload], place: str) -> None:
    """The template takes each workload, and all of them."""
    template = fleet.templates[number]
    for workload in workloads:
        if not template.open_to(workload):
            raise RefutedError(place, f"{workload.identity} does not fit template {template.name}")
    for resource in fleet.resources:
        load = sum(workload.total[resource] for workload in workloads)
        if load > template.usable.get(resource, load):
            raise RefutedError(place, f"{load} of {resource}, {template.usable[resource]} are usable")


def apart(fleet: Fleet, workloads: list[Workload], place: str, budget: Budget) -> None:
    """No reason separates two of them. Workloads of the same signature are compared once."""
    kinds: dict[object, list[Workload]] = {}
    for workload in workloads:
        kinds.setdefault(fleet.signature(workload), []).append(workload)
    samples = list(kinds.values())
    for a, first in enumerate(samples):
        for b in range(a + 1):
            budget.spend(5 + len(fleet.distrust))
            u, v = first[0], samples[b][-1]
            if u is not v and (reasons := fleet.reasons(u, v)):
                raise RefutedError(place, f"{u.identity} and {v.identity} may not share: {', '.join(sorted(reasons))}")


def costs(fleet: Fleet, plan: Any, used: Counter[int]) -> None:
    """The cost of the plan, where it names one."""
    stated = plan["summary"].get("cost")
    cost = sum(fleet.templates[index].cost * count for index, count in used.items())
    if stated is not None and decimal(stated, "plan.summary.cost") != Fraction(cost, 1000):
        raise RefutedError("plan.summary.cost", f"{stated}, the clusters cost {cost} thousandths")
