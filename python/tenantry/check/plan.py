"""Whether a plan is legal for a fleet, and whether it is the plan that a certificate speaks of."""

from __future__ import annotations

from collections import Counter
from typing import Any

from . import figures as own
from . import fine
from .certificate import check_claims, read_certificate
from .copies import apart as far_apart
from .copies import losses
from .digest import digest
from .encode import Encoded, compare, encode
from .existing import FORGOT, Existing, changes, charged_as_new, forced_moves
from .fleet import Fleet, Workload
from .islands import islands, least_by_island
from .named import kept
from .nodes import counted_before_cost, forgotten, least_apart, nodes_cost, placed
from .reading import (
    Budget,
    Figures,
    RefutedError,
    UndecidedError,
    UnreadableError,
    Verdict,
    plain,
    today,
)
from .shape import PLAN, double
from .splits import part, whole
from .words import day, is_day

DEFAULT_WORK = 2_000_000_000


def check_plan(
    fleet: Any, plan: Any, certificate: Any = None, *, as_of: str | None = None, work: int = DEFAULT_WORK
) -> Verdict:
    """Checks a plan against its fleet, and both against a certificate.

    Documents are what ``parse`` returns, or plain dictionaries (``fleet.to_dict()``, ``plan.to_dict()``). Waivers are
    judged on the day ``as_of`` (``YYYY-MM-DD``), or else on the fleet's, or today (UTC): never on a day that only the
    plan names. Without a certificate VERIFIED says that the plan is legal, and nothing of its bound. Raises
    UnreadableError.
    """
    try:
        fleet, plan, certificate = plain(fleet), plain(plan), plain(certificate)
    except RecursionError as error:
        raise UnreadableError("nested too deep") from error
    return check_parsed(fleet, plan, certificate, as_of=as_of, work=work)


def check_parsed(fleet: Any, plan: Any, certificate: Any, *, as_of: str | None, work: int) -> Verdict:
    """The same of documents that ``parse`` returned."""
    try:
        return checked(fleet, plan, certificate, None if as_of is None else day(as_of, "as_of"), Budget(work))
    except RefutedError as refuted:
        return Verdict("REFUTED", place=refuted.place, why=refuted.why)
    except UndecidedError as undecided:
        return Verdict("UNDECIDED", note=str(undecided))


def checked(fleet_document: Any, plan: Any, certificate: Any, as_of: str | None, budget: Budget) -> Verdict:
    """The verdict, or an exception that says it."""
    PLAN(plan, "plan")
    if not isinstance(certificate, dict | None):
        raise UnreadableError("certificate: an object is needed")
    asked = plan.get("objective")
    try:
        fleet = Fleet(fleet_document if asked is None else fleet_document | {"objective": asked}, as_of)
    except UnreadableError as wrong:
        if asked is None:
            raise
        raise RefutedError("plan.objective", f"the fleet cannot be asked that, or is none: {wrong}") from wrong
    judged = fleet.as_of = fleet.as_of or today()
    fleet.held_apart(budget)
    if not is_day(plan["asOf"]):
        raise RefutedError("plan.asOf", f"{plan['asOf']!r} is no day")
    status, clusters = plan["status"], plan.get("clusters")
    if (clusters is None) != (status in ("infeasible", "unknown")):
        raise RefutedError("plan.clusters", f"the status is {status}")
    if clusters is None:
        nothing(plan)
    if status != "infeasible" and plan.get("contradictions"):
        raise RefutedError("plan.contradictions", f"the status is {status}")
    waived = fleet.in_force(judged) == fleet.in_force(plan["asOf"])
    figures = Figures(lambda: waived and plan["fleetDigest"] == digest(fleet_document))
    narrow(fleet, plan, figures)
    bins = None if clusters is None else legal(fleet, plan, budget, figures)
    summary(fleet, plan, figures)
    levels(fleet, plan, bins, figures)
    if not waived:
        raise UndecidedError(f"the plan is one for {plan['asOf']}, and other waivers are in force on {judged}")
    if bins is not None:
        changes(fleet, plan, bins, figures)
        within(fleet, plan)
        own.clusters(fleet, plan, bins, figures)
        own.assignments(fleet, plan, figures)
    losses(fleet, plan, bins or [], figures)
    own.rules(fleet, plan, budget, figures)
    if figures.wrong:
        raise UndecidedError(f"the plan is one for another version of the fleet: {figures.wrong[0]}")
    if certificate is None:
        if clusters is None:
            raise UndecidedError("there is no plan, and no certificate says why")
        return Verdict("VERIFIED", note="the plan is legal; its bound needs a certificate")
    return certified(fleet, plan, bins, certificate, budget)


def narrow(fleet: Fleet, plan: Any, figures: Figures) -> None:
    """The limits of the fleet and those of the call, of each the smaller, are those that the plan states."""
    limits: dict[str, Any] = plan.get("limits") or {}
    stated = {key: most for key, most in limits.items() if most is not None}
    if plan.get("limits") is not None and not stated:
        raise RefutedError("plan.limits", "they limit nothing")
    for key, most in stated.items():
        count = round(double(most, "plan.limits") * 1000) if key == "cost" else most
        fleet.highest[key] = min(count, fleet.highest.get(key, count))
    right = {key: most / 1000 if key == "cost" else most for key, most in fleet.highest.items()}
    for key in right | stated:
        given = stated.get(key)
        if given is None or double(given, "plan.limits") != right[key]:
            figures.add(f"plan.limits.{key}", f"{given}, the limit is {right[key]}")


def within(fleet: Fleet, plan: Any) -> None:
    """No value is above its limit."""
    costs = total([thousandths(cluster.get("cost")) for cluster in plan["clusters"]])
    moved = plan.get("moves")
    moves = 0 if moved is None else moved["forced"]["cost"] + moved["chosen"]["cost"]
    for key, value in (("clusters", len(plan["clusters"])), ("cost", costs), ("moves", moves)):
        if key in fleet.highest and (value is None or value > fleet.highest[key]):
            raise RefutedError(f"plan.limits.{key}", f"{value}, the limit is {fleet.highest[key]}")


def nothing(plan: Any) -> None:
    """A plan that places nothing states nothing of what it places, and no bound where no plan exists."""
    stated = plan["summary"]
    if plan["assignments"]:
        raise RefutedError("plan.assignments", "there are no clusters")
    if plan["status"] == "infeasible" and stated["lowerBound"] > 0:
        raise RefutedError("plan.summary.lowerBound", "no plan exists, and so no bound of any")
    if plan.get("moves") is not None or any(plan.get(key) for key in ("emptied", "unused", "leaving")):
        raise RefutedError("plan.moves", "there are no clusters")
    for key in ("isolationPremium", "clustersWithoutWaivers"):
        if stated.get(key) is not None:
            raise RefutedError(f"plan.summary.{key}", "there are no clusters to compare with")


def compared(fleet: Fleet, plan: Any, figures: Figures) -> None:
    """A figure of a comparison is there, or it is said that it was left out; without a plan nothing is compared."""
    stated, waived = plan["summary"], bool(fleet.in_force(plan["asOf"]))
    if not waived:
        figures.expect(stated.get("clustersWithoutWaivers"), None, "plan.summary.clustersWithoutWaivers")
    both = ["isolationPremium", *(["clustersWithoutWaivers"] if waived else [])]
    missing = [figure for figure in both if stated.get(figure) is None and plan.get("clusters") is not None]
    figures.expect([row["figure"] for row in plan.get("leftOut", [])], missing, "plan.leftOut")


def summary(fleet: Fleet, plan: Any, figures: Figures) -> None:
    """The plan's figures in short, and its status, agree with one another, its clusters and the fleet."""
    stated, optimal = plan["summary"], plan["status"] == "optimal"
    clusters, lower = plan.get("clusters"), stated["lowerBound"]
    number = None if clusters is None else len(clusters)
    spent = None if clusters is None else total([thousandths(cluster.get("cost")) for cluster in clusters])
    known = [level.get("bound") is not None for level in plan["levels"] if level["objective"] == "clusters"]
    for key, right in (
        ("clusters", number),
        # nothing is known of the fewest where their number is not minimised, or only after what is open still
        ("gap", number - lower if number is not None and any(known) else None),
        ("tenants", len({workload.tenant for workload in fleet.placed})),
        ("workloads", len(fleet.placed)),
        ("pods", sum(workload.replicas * workload.copies for workload in fleet.placed)),
    ):
        figures.expect(stated.get(key), right, f"plan.summary.{key}")
    if not forgotten(fleet):
        figures.expect(stated["treatedAsNotFitting"], 0, "plan.summary.treatedAsNotFitting")
    compared(fleet, plan, figures)
    agree(stated.get("cost"), spent, "plan.summary.cost", figures)
    if number is not None and lower > number:
        raise RefutedError("plan.summary.lowerBound", f"there are {number} clusters")
    if optimal and ((known and stated.get("gap") != 0) or plan["proof"] == "none"):
        raise RefutedError("plan.summary.lowerBound", "an optimal plan's bound is its number of clusters, and proved")
    cost, least = stated.get("cost"), stated.get("costLowerBound")
    if cost is not None and least is not None:
        value, bound = double(cost, "plan.summary.cost"), double(least, "plan.summary.costLowerBound")
        if bound > value or (optimal and bound != value):
            raise RefutedError("plan.summary.costLowerBound", f"the cost is {cost}, the status {plan['status']}")
    if optimal and least is None and "cost" in fleet.objective:
        raise RefutedError("plan.summary.costLowerBound", "an optimal plan's least cost is its cost")


def levels(fleet: Fleet, plan: Any, bins: list[Bins] | None, figures: Figures) -> None:
    """The ladder says what the summary says, and of each level what follows from its value and its bound."""
    stated, short = plan["levels"], plan["summary"]
    asked = [] if plan["status"] == "infeasible" else fleet.ladder
    figures.expect([level["objective"] for level in stated], asked, "plan.levels")
    if plan["status"] == "infeasible" or [level["objective"] for level in stated] != asked:
        return
    moved = plan.get("moves")
    least = forced_moves(fleet)
    known = [level.get("bound") for level in stated if level["objective"] == "moves"]
    above = [bound for bound in known if type(bound) is int and bound > least]
    of = {
        "clusters": (short.get("clusters"), short["lowerBound"]),
        "cost": (short.get("cost"), short.get("costLowerBound")),
        # who cannot stay is counted anew; what is more takes the certificate
        "moves": (
            None if moved is None else moved["forced"]["cost"] + moved["chosen"]["cost"],
            above[0] if above else least,
        ),
    }
    earlier = True
    for index, level in enumerate(stated):
        place = f"plan.levels[{index}]"
        if level["objective"] not in of:
            met = all(before["status"] == "optimal" for before in stated[:index])
            counted_level(fleet, level, bins, figures, place=place, met=met)
            continue
        right = of[level["objective"]]
        if level["objective"] == "clusters" and index and not right[1] and level.get("bound") is None:
            right = (right[0], None)  # after what is open still
        for key, figure in zip(("value", "bound"), right, strict=True):
            given = level.get(key)
            whole = level["objective"] == "cost" or type(given) in (int, type(None))
            same = given is figure is None or None not in (given, figure)
            if not whole or not same or (given is not None and double(given, place) != double(figure, place)):
                figures.add(f"{place}.{key}", f"{given}, the summary says {figure}")
        value, bound = (None if figure is None else double(figure, place) for figure in right)
        if not earlier and bound is not None and level["objective"] != "moves":
            raise RefutedError(f"{place}.bound", "a level before it is open")
        earlier = earlier and value is not None and value == bound
        status = "unknown" if value is None else "optimal" if earlier else "feasible"
        forgot = FORGOT if level["objective"] == "moves" and level.get("bound") == least else []
        figures.expect(level.get("forgot", []), forgotten(fleet) + forgot, f"{place}.forgot")
        if level["objective"] == "moves" and value is not None and bound is not None and bound > value:
            raise RefutedError(f"{place}.bound", "it is above the value")
        short = level["objective"] == "moves" and level["status"] != "optimal"
        if short and plan["status"] == "optimal" and fleet.moves_decide:
            raise RefutedError("plan.status", "the level moves is not optimal")
        figures.expect(level["status"], status, f"{place}.status")
        if level.get("bound") is None and level["proof"] != "none":
            raise RefutedError(f"{place}.proof", "there is no bound")
    words = ("certified", "claimed", "none")
    proofs = [
        words.index(level["proof"]) for level in stated if level.get("bound") is not None and level["objective"] in of
    ]
    figures.expect(plan["proof"], words[max(proofs, default=2)], "plan.proof")


def counted_level(
    fleet: Fleet, level: Any, bins: list[Bins] | None, figures: Figures, *, place: str, met: bool
) -> None:
    """A level whose value and bound are counted again: nothing of it takes a certificate."""
    value = None if bins is None else fine.value(fleet, level["objective"], bins)
    bound = fine.bound(fleet, level["objective"], fleet.ladder, bins)
    status = "unknown" if value is None else "optimal" if met and value == bound else "feasible"
    for key, right in (
        ("value", value),
        ("bound", bound),
        ("status", status),
        ("proof", "certified"),
        ("forgot", fine.FORGOT),
    ):
        figures.expect(level.get(key), right, f"{place}.{key}")


def thousandths(cost: Any) -> int | None:
    """A cost of a cluster that was compared with what it should be: so many thousandths."""
    return None if cost is None else round(double(cost, "plan.clusters") * 1000)


def total(costs: list[int | None]) -> int | None:
    """The sum, if all are known."""
    known = [cost for cost in costs if cost is not None]
    return sum(known) if len(known) == len(costs) else None


def agree(stated: Any, right: int | None, place: str, figures: Figures) -> None:
    """A cost as documents carry it is the number nearest to so many thousandths; null where there is none."""
    if (None if stated is None else double(stated, place)) != (None if right is None else right / 1000):
        figures.add(place, f"{stated}, not {right} thousandths")


def certified(fleet: Fleet, plan: Any, bins: list[Bins] | None, certificate: Any, budget: Budget) -> Verdict:
    """The certificate is about this fleet and this plan, and proves what the plan says."""
    problem, patterns, claims = read_certificate(certificate, "certificate")
    charged = bool(problem.terms.charges) or problem.terms.most["moves"] is not None
    encoded = encode(fleet, budget, charged=charged)
    island_of = islands(encoded.class_of, encoded.problem.conflicts) if nodes_cost(fleet) else []
    apart, share = (False, None) if bins is None else fine.held(fleet, bins)
    if encoded.problem != problem and (apart or share is not None):
        # what is proved of all plans holds for those that keep the first values; or it speaks of these alone
        encoded = encode(fine.tenants_apart(fleet) if apart else fleet, budget, charged=charged, share=share)
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
    named = [claim.level for claim in claims]
    if named != ["infeasible"] and named != fleet.objective[: len(named)]:
        raise RefutedError("claims", "the levels are not those of a plan")
    bounds = check_claims(problem, patterns, claims, budget)
    if (claims[0].level == "infeasible") != (plan["status"] == "infeasible"):
        raise RefutedError("claims[0]", f"the plan's status is {plan['status']}")
    of = dict(zip(named, bounds, strict=False))
    fewest = of.get("clusters", 0)
    # a claim after the cost speaks of the plans that cost no more, if it holds their prices
    counted = fewest if knows_the_cost(fleet, plan, "clusters", of, fewest) else 0
    if named != ["infeasible"] and plan["summary"]["lowerBound"] > counted:
        less(plan, "plan.summary.lowerBound", f"the certificate proves {counted}")
    if named != ["infeasible"] and bins is None and bounds[0] == 0:
        less(plan, "claims[0]", "that no plan has a value below 0 says nothing")
    cost = plan["summary"].get("costLowerBound")
    if cost is not None and (
        "cost" not in of
        or double(cost, "plan.summary") > least_cost(fleet, island_of, of["cost"], fewest, budget) / 1000
    ):
        less(plan, "plan.summary.costLowerBound", "the certificate proves less, or nothing")
    moved = of.get("moves", 0) if knows_the_cost(fleet, plan, "moves", of, fewest) else 0
    known = max(moved - charged_as_new(fleet), forced_moves(fleet))
    moves = [level.get("bound") for level in plan["levels"] if level["objective"] == "moves"]
    if any(bound is not None and bound > known for bound in moves):
        less(plan, "plan.levels", f"the certificate proves {known} moves")
    # in moves of the plan: what can only be new is no move
    bounds = [known if level == "moves" else bound for level, bound in zip(named, bounds, strict=False)]
    return Verdict("VERIFIED", bounds=tuple(bounds), note=proved(bins, bounds, claims[0].level))


def least_cost(fleet: Fleet, island_of: list[int], prices: int, held: int, budget: Budget) -> int:
    """The least cost of a plan: of prices and nodes apart, or of each island together, whatever is more."""
    apart = least_apart(fleet, prices, held)
    if not nodes_cost(fleet):
        return apart
    return max(apart, least_by_island(fleet, island_of, counted_before_cost(fleet, held)[1], budget))


def knows_the_cost(fleet: Fleet, plan: Any, level: str, of: dict[str, int], held: int) -> bool:
    """Whether a claim on a level after the cost is about plans that cost no more: it holds prices, not nodes.

    Those that cost what prices and nodes come to at least, apart, have these prices.
    """
    named = [it["objective"] for it in plan["levels"]]
    before = named[: named.index(level)] if level in named else []
    if not nodes_cost(fleet) or "cost" not in before:
        return True
    cost = plan["levels"][named.index("cost")]
    if cost["status"] != "optimal" or "cost" not in of:
        return False
    return double(cost["value"], "plan.levels") <= least_apart(fleet, of["cost"], held) / 1000


def proved(bins: list[Bins] | None, bounds: list[int], level: str) -> str:
    """What the first bound says, and no more."""
    if level == "infeasible":
        return "no plan exists"
    if level != "clusters":
        what = f"costs less than {bounds[0] / 1000:g}" if level == "cost" else f"counts fewer moves than {bounds[0]}"
        return f"no plan {what}" + ("; whether there is a plan is not known" if bins is None else "")
    rest = "whether there is a plan is not known" if bins is None else f"this one has {len(bins)}"
    return f"no plan has fewer than {bounds[0]} cluster{'' if bounds[0] == 1 else 's'}; {rest}"


def less(plan: Any, place: str, why: str) -> None:
    """What is true but less than the plan states: fatal only where the plan calls itself certified."""
    if plan.get("proof") == "certified":
        raise RefutedError(place, why)
    raise UndecidedError(f"{place}: {why}")


Bins = tuple[int, list[Workload]]


def contents(encoded: Encoded, bins: list[Bins]) -> list[tuple[int, tuple[tuple[int, int], ...]]]:
    """Each cluster as a bin type with counted item types."""
    left = {number: list(items) for number, items in encoded.items_of.items()}
    result: list[tuple[int, tuple[tuple[int, int], ...]]] = []
    # who comes first takes the place with the least choice: the order is that of sites and contents
    bins = sorted(bins, key=lambda it: (it[0], sorted(workload.index for workload in it[1])))
    for (site, workloads), held in zip(bins, seated(encoded, bins), strict=True):
        for number in sorted({encoded.unit_of[workload.index] for workload in workloads if not workload.split}):
            mine, here = left[number], encoded.bin_of[site]
            # a list of bin types lies in another or beside it: whoever has least choice goes first
            open_to = [item for item in mine if here in encoded.problem.items[item].eligible]
            item = open_to[0] if open_to else mine[0]
            mine.remove(item)
            held[item] += 1
        result.append((encoded.bin_of[site], tuple(sorted(held.items()))))
    return result


def seated(encoded: Encoded, bins: list[Bins]) -> list[Counter[int]]:
    """The replicas of splits in each cluster as item types: first where they run today or must be, then who is left.

    Clusters come by their bin types and by what they hold, whatever their order.
    """
    if not encoded.splits:
        return [Counter[int]() for _ in bins]
    left = {number: [count for _, count, _ in items] for number, items in encoded.splits.items()}
    held: list[Counter[int]] = [Counter() for _ in bins]
    waiting = [{it.index: it.replicas for it in workloads if it.split} for _, workloads in bins]
    whom = [sorted(it.index for it in workloads) for _, workloads in bins]
    order = sorted(range(len(bins)), key=lambda n: (encoded.bin_of[bins[n][0]], whom[n], sorted(waiting[n].items())))
    for at_home in (True, False):
        for n in order:
            (site, workloads), counts, wanted = bins[n], held[n], waiting[n]
            here = encoded.bin_of[site]
            for workload in workloads:
                number = encoded.unit_of[workload.index]
                for at, (item, _, homes) in enumerate(encoded.splits.get(number, [])):
                    may = here in encoded.problem.items[item].eligible and (not at_home or here in homes)
                    taken = min(left[number][at], wanted[workload.index]) if may else 0
                    if taken:
                        counts[item] += taken
                        left[number][at] -= taken
                        wanted[workload.index] -= taken
    return held


def legal(fleet: Fleet, plan: Any, budget: Budget, figures: Figures) -> list[Bins]:
    """The clusters of the plan with their workloads: everything placed once, in whole, where it may be."""
    platform = sorted(workload.identity for workload in fleet.platform)
    clusters: dict[str, Bins] = {}
    for index, cluster in enumerate(plan["clusters"]):
        place = f"plan.clusters[{index}]"
        if cluster["name"] in clusters:
            raise RefutedError(place, "the name is that of another cluster")
        figures.expect(cluster["platform"], platform, f"{place}.platform")
        clusters[cluster["name"]] = (stands(fleet, cluster, place), [])
    assign(fleet, plan, clusters, figures)
    for index, (cluster, (name, (number, workloads))) in enumerate(
        zip(plan["clusters"], clusters.items(), strict=True)
    ):
        place = f"plan.clusters[{index}]"
        here = fleet.sites[number]
        existing = (
            {"mode": here.mode, "kept": here.keep, "because": here.because} if isinstance(here, Existing) else None
        )
        stated = cluster.get("existing")
        figures.expect(None if stated is None else {"because": None, **stated}, existing, f"{place}.existing")
        if existing is None and name in {other.name for other in fleet.existing}:
            raise RefutedError(place, f"a new cluster has the name of the existing one {name}")
        if not workloads and not (existing and existing["kept"]):
            figures.add(place, f"{name} is empty")
        for key, right in (
            ("workloads", [workload.identity for workload in workloads]),
            ("tenants", {workload.tenant for workload in workloads}),
            ("namespaces", {workload.namespace for workload in workloads}),
        ):
            figures.expect(cluster[key], sorted(right), f"{place}.{key}")
        fill(fleet, number, workloads, place)
        cost = placed(fleet, fleet.sites[number], workloads, cluster, place, figures=figures)
        agree(cluster.get("cost"), cost, f"{place}.cost", figures)
        apart(fleet, workloads, place, budget)
    used = Counter(cluster["template"] for cluster in plan["clusters"])
    for kind in fleet.templates:
        if kind.max_count is not None and used[kind.name] > kind.max_count:
            raise RefutedError("plan.clusters", f"{used[kind.name]} of template {kind.name}")
    sites = [fleet.sites[number] for number, _ in clusters.values()]
    there = {site.name for site in sites if isinstance(site, Existing)}
    for other in fleet.existing:
        if other.keep and other.name not in there:
            raise RefutedError("plan.clusters", f"{other.name} is kept, and is not there")
    stand = Counter(cluster.get("region") for cluster in plan["clusters"])
    for region in fleet.regions.values():
        if region.most is not None and stand[region.name] > region.most:
            raise RefutedError("plan.clusters", f"{stand[region.name]} in region {region.name}")
    return list(clusters.values())


def stands(fleet: Fleet, cluster: Any, place: str) -> int:
    """The kind of place where a cluster stands: its template can stand in its region."""
    title, region = cluster["template"], cluster.get("region")
    if cluster.get("existing") is not None:
        for number, site in enumerate(fleet.sites):
            if isinstance(site, Existing) and (site.name, site.of) == (cluster["name"], title):
                if site.regions != ([] if region is None else [region]):
                    raise RefutedError(f"{place}.region", f"{site.name} does not exist there")
                return number
        raise RefutedError(place, f"no such cluster {cluster['name']!r} exists")
    if title not in {template.name for template in fleet.templates}:
        raise RefutedError(place, f"no template {title!r}")
    if (region is None) != (not fleet.regions):
        raise RefutedError(f"{place}.region", "a cluster stands in a region where the fleet has some, and else in none")
    for number, site in enumerate(fleet.sites):
        if (
            not isinstance(site, Existing)
            and site.template.name == title
            and (region is None or region in site.regions)
        ):
            return number
    raise RefutedError(f"{place}.region", f"template {title!r} does not stand in {region!r}")


def assign(fleet: Fleet, plan: Any, clusters: dict[str, Bins], figures: Figures) -> None:
    """Puts every copy where the plan says: each once, with all its replicas, beside those that it goes with."""
    platform = {(workload.tenant, workload.namespace, workload.name) for workload in fleet.platform}
    where: dict[int, list[str]] = {}
    for index, row in enumerate(plan["assignments"]):
        place = f"plan.assignments[{index}]"
        key = (row["tenant"], row["namespace"], row["workload"])
        if key in platform:
            raise RefutedError(place, "it runs in every cluster")
        workload = fleet.by_key.get(key)
        if workload is None:
            figures.add(place, "no such workload")
            continue
        names = where.setdefault(workload.index, [])
        if row["cluster"] in names or len(names) == workload.most_clusters:
            raise RefutedError(place, f"{workload.identity} is placed twice")
        if row["replicas"] != workload.replicas and not (workload.split and row["replicas"]):
            raise RefutedError(place, f"{workload.identity} has {workload.replicas} replicas")
        if row["cluster"] not in clusters:
            raise RefutedError(place, f"no cluster {row['cluster']!r}")
        names.append(row["cluster"])
        clusters[row["cluster"]][1].append(part(workload, row["replicas"]) if workload.split else workload)
    for workload in fleet.placed:
        if workload.index not in where and not workload.nothing:
            raise RefutedError("plan.assignments", f"{workload.identity} is placed nowhere")
    for unit in fleet.units:
        for workload in unit:
            if set(where[workload.index]) != set(where[unit[0].index]):
                raise RefutedError("plan.assignments", f"{unit[0].identity} and {workload.identity} go together")
    whole(fleet, {name: workloads for name, (_, workloads) in clusters.items()})
    far_apart(fleet, plan, where)
    kept(fleet, plan, where)


def fill(fleet: Fleet, number: int, workloads: list[Workload], place: str) -> None:
    """The cluster takes each workload, and all of them."""
    site, once = fleet.sites[number], fleet.once(workloads)
    template = site.template
    if not workloads and not template.carries:
        raise RefutedError(place, f"{template.name} is too small for the workloads of the platform alone")
    for workload in workloads:
        if not site.allows(workload):
            raise RefutedError(place, f"{workload.identity} may not be there")
        if not fleet.open(site, workload):
            raise RefutedError(place, f"{workload.identity} does not fit template {template.name}")
    for group in fleet.groups:
        usable = template.usable.get(group, dict.fromkeys(fleet.resources, 0))
        for resource in fleet.resources:
            load = sum(workload.total[resource] for workload in workloads if workload.pool == group)
            load += once[resource] if group is None else 0
            if load > usable.get(resource, load):
                raise RefutedError(place, f"{load} of {resource}, {usable[resource]} are usable")


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
