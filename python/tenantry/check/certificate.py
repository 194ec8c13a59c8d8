"""Whether a certificate proves what it claims. ``docs/certificate.md`` says why these rules are sound."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from operator import le
from typing import Any

from .heaviest import Candidate, heavier
from .problem import Item, Problem, ones, read_problem
from .reading import (
    Budget,
    RefutedError,
    UndecidedError,
    UnreadableError,
    Verdict,
    fields,
    integer,
    integers,
    record,
    sequence,
)

SCHEMA = "tenantry-certificate/v1"
LEAST = -(2**127)  # of an offset; the largest is one below its opposite
DEFAULT_WORK = 2_000_000_000  # elementary steps, some hundred nanoseconds each


def check_certificate(document: Any, *, work: int = DEFAULT_WORK) -> Verdict:
    """Checks a whole certificate file, given as what ``parse`` returns. Raises UnreadableError where it is not one."""
    schema, problem_value, solution, claim_values = record(document, "", "schema", "problem", "solution", "claims")
    if schema != SCHEMA:
        raise UnreadableError(f"schema is {schema!r}, expected {SCHEMA!r}")
    problem = read_problem(problem_value)
    patterns = None if solution is None else read_solution(solution)
    claims = [read_claim(value, f"claims[{index}]") for index, value in enumerate(sequence(claim_values, "claims"))]
    try:
        return Verdict("VERIFIED", bounds=tuple(check_claims(problem, patterns, claims, Budget(work))))
    except RefutedError as refuted:
        return Verdict("REFUTED", place=refuted.place, why=refuted.why)
    except UndecidedError:
        return Verdict("UNDECIDED")


@dataclass
class Pattern:
    """The content of one bin, ``count`` times over."""

    bin: int
    items: list[tuple[int, int]]
    count: int


def read_solution(value: Any) -> list[Pattern]:
    """The patterns of a file."""
    patterns = []
    for index, entry in enumerate(sequence(value, "solution")):
        place = f"solution[{index}]"
        bin, items, count = record(entry, place, "bin", "items", "count")
        pairs = [integers(pair, place) for pair in sequence(items, place)]
        if any(len(pair) != 2 for pair in pairs):
            raise UnreadableError(f"{place}: pairs of item type and copies are needed")
        content = [(item, copies) for item, copies in pairs]
        patterns.append(Pattern(integer(bin, place), content, integer(count, place)))
    return patterns


@dataclass
class Component:
    """One component: its item types, what its tree proves, the tree."""

    items: list[int]
    bound: int
    nodes: list[dict[str, Any]]


@dataclass
class Claim:
    """One claim, as in the file."""

    level: str
    clusters: int | None
    bound: int
    scale: int
    shared: list[int]
    offset: int
    own: list[tuple[int, int]]  # scale and offset of each component, or empty
    components: list[Component]


NODES = {
    "weights": ("weights", "capacity"),
    "resources": ("weights", "capacity", "prices", "divisor"),
    "unplaceable": ("item",),
    "branch": ("a", "b", "together", "apart"),
    "exclude": ("weights", "capacity", "below"),
}


def read_claim(value: Any, place: str) -> Claim:
    """A claim of a file."""
    keys = ("level", "clusters", "bound", "scale", "shared", "offset", "components")
    given = fields(value, place, keys, ("own",))
    level, clusters, bound, scale, shared, offset, component_values = (given[key] for key in keys)
    if level not in ("clusters", "cost", "infeasible") or (level == "cost") != (clusters is not None):
        raise UnreadableError(f"{place}: a level, and a number of clusters at the level of cost only, are needed")
    own = []
    for entry in sequence(given.get("own", []), place):
        factor, own_offset = record(entry, f"{place}.own", "scale", "offset")
        own.append((integer(factor, place), integer(own_offset, place, LEAST, -LEAST - 1)))
    components = []
    for index, entry in enumerate(sequence(component_values, place)):
        where = f"{place}.components[{index}]"
        items, component_bound, nodes = record(entry, where, "items", "bound", "nodes")
        for number, node in enumerate(sequence(nodes, where)):
            read_node(node, f"{where}.nodes[{number}]")
        components.append(Component(integers(items, where), integer(component_bound, where), nodes))
    return Claim(
        level,
        None if clusters is None else integer(clusters, place),
        integer(bound, place),
        integer(scale, place),
        integers(shared, place),
        integer(offset, place, LEAST, -LEAST - 1),
        own,
        components,
    )


def read_node(node: Any, place: str) -> None:
    """Checks the shape of a node, not what it says."""
    kind = node.get("kind") if isinstance(node, dict) else None
    if not isinstance(kind, str) or kind not in NODES:
        raise UnreadableError(f"{place}: the kind of node is not known")
    record(node, place, "kind", *NODES[kind])
    for key in NODES[kind]:
        if key in ("weights", "prices"):
            integers(node[key], place)
        elif key != "together" or node[key] is not None:
            integer(node[key], place)


def check_claims(problem: Problem, solution: list[Pattern] | None, claims: list[Claim], budget: Budget) -> list[int]:
    """The proven bounds. The claims build on one another: clusters; cost with that many clusters."""
    shape = [claim.level for claim in claims]
    if shape not in (["clusters"], ["clusters", "cost"], ["infeasible"]):
        raise RefutedError("claims", "the claims must be clusters, clusters and cost, or infeasible")
    if shape == ["clusters", "cost"] and claims[1].clusters != claims[0].bound:
        raise RefutedError("claims[1]", "the cost is bounded for another number of clusters than the first bound")
    if shape == ["infeasible"] and solution is not None:
        raise RefutedError("claims[0]", "a plan is given for a problem claimed to have none")
    values = None if solution is None else check_solution(problem, solution, budget)
    for index, claim in enumerate(claims):
        place = f"claims[{index}]"
        check_claim(problem, claim, claims[index - 1] if index > 0 else None, place, budget)
        if values is None:
            continue
        if claim.level == "cost" and values[0] != claim.clusters:
            raise RefutedError(place, f"the cost is bounded for {claim.clusters} clusters, the plan has {values[0]}")
        if values[index] < claim.bound:
            raise RefutedError(place, f"the plan's value of {values[index]} is below the bound of {claim.bound}")
    return [claim.bound for claim in claims]


def check_solution(problem: Problem, solution: list[Pattern], budget: Budget) -> tuple[int, int]:  # noqa: PLR0912
    """The number of bins and the cost of a legal solution."""
    packed = [0] * len(problem.items)
    used = [0] * len(problem.bins)
    for index, pattern in enumerate(solution):
        place = f"solution[{index}]"
        budget.spend(len(pattern.items) * (len(pattern.items) + problem.dimensions) + 1)
        if pattern.bin >= len(used) or pattern.count < 1:
            raise RefutedError(place, "no such bin type, or a pattern used 0 times")
        last = -1
        for item, copies in pattern.items:
            if not last < item < len(packed) or copies < 1:
                raise RefutedError(place, "item types must be known and ascend, with at least one copy each")
            last = item
            if pattern.bin not in problem.items[item].eligible:
                raise RefutedError(place, f"item type {item} may not use bin type {pattern.bin}")
            for other, _ in pattern.items:
                if other <= item and (other != item or copies > 1) and problem.conflict(item, other):
                    raise RefutedError(place, f"item types {other} and {item} conflict")
            packed[item] += copies * pattern.count
        for q, capacity in enumerate(problem.bins[pattern.bin].capacity):
            load = sum(problem.items[item].size[q] * copies for item, copies in pattern.items)
            if load > capacity:
                raise RefutedError(place, f"holds {load} of {capacity} in dimension {q}")
        used[pattern.bin] += pattern.count
    for item, count in enumerate(packed):
        if count != problem.items[item].demand:
            raise RefutedError("solution", f"item type {item}: {count} of {problem.items[item].demand} copies packed")
    for bin, count in enumerate(used):
        most = problem.bins[bin].max_count
        if most is not None and count > most:
            raise RefutedError("solution", f"{count} bins of type {bin}, more than there may be")
    return sum(used), sum(count * bin.cost for count, bin in zip(used, problem.bins, strict=True))


def check_claim(problem: Problem, claim: Claim, before: Claim | None, place: str, budget: Budget) -> None:
    """Scale * value >= sum of what the components prove - sum of U_t * shared_t - offset * clusters."""
    infeasible = claim.level == "infeasible"
    if infeasible != (claim.scale == 0) or (infeasible and claim.bound != 0):
        raise RefutedError(place, "the scale is 0 where the claim is infeasibility, and nowhere else")
    if claim.offset != 0 and claim.level != "cost":
        raise RefutedError(place, "only a claim on the cost may have an offset")
    if len(claim.shared) != len(problem.bins):
        raise RefutedError(place, "one shared price a bin type is needed")
    prices: dict[int, int] = {}
    for index, (bin, shared) in enumerate(zip(problem.bins, claim.shared, strict=True)):
        if shared > 0 and bin.max_count is None:
            raise RefutedError(place, f"bin type {index} has a shared price but no maximum count")
        if bin.max_count != 0:  # a bin type of which there may be none does not exist
            cost = bin.cost if claim.level == "cost" else 1
            prices[index] = claim.scale * cost + shared + claim.offset
            if prices[index] < 0:
                raise RefutedError(place, f"the price of bin type {index} is negative")
    counts = known_counts(claim, before, place) if claim.own else None
    check_partition(problem, claim, sorted(prices), place, budget)
    total = 0
    for number, component in enumerate(claim.components):
        where = f"{place}.components[{number}]"
        if counts is None:
            Tree(problem, component, prices, where, budget).check()
            total += component.bound
        else:
            budget.spend(len(component.items) * len(prices) * (1 + problem.dimensions))
            (scale, offset), count = claim.own[number], counts[number]
            unit, dear = own_prices(problem, component, (scale, offset), prices, where)
            Tree(problem, component, dear, where, budget).check()
            # what a component of exactly `count` bins proves of sum n_t * prices_t, a multiple of the unit
            total += -((offset * count - component.bound) // scale) * unit
    total -= sum(shared * (bin.max_count or 0) for bin, shared in zip(problem.bins, claim.shared, strict=True))
    total -= claim.offset * (claim.clusters or 0)
    if infeasible and total <= 0:
        raise RefutedError(place, "the components together do not pass what the maximum counts allow")
    if not infeasible and claim.bound > 0 and claim.scale * (claim.bound - 1) >= total:
        raise RefutedError(place, f"the components prove {total} over {claim.scale}, less than {claim.bound}")


def known_counts(claim: Claim, before: Claim | None, place: str) -> list[int]:
    """How many bins each component has, exactly: what the first claim proves of each adds up to all there are."""
    if claim.level != "cost" or before is None:
        raise RefutedError(place, "only on the cost may components have scales and offsets of their own")
    if claim.offset != 0 or len(claim.own) != len(claim.components):
        raise RefutedError(place, "each component has an offset of its own, or the claim has one for all")
    same = [component.items for component in before.components] == [component.items for component in claim.components]
    if before.scale != 1 or any(before.shared) or not same:
        raise RefutedError(place, "the claim on the clusters does not count the bins of these components")
    counts = [component.bound for component in before.components]
    if sum(counts) != claim.clusters:
        raise RefutedError(place, "the components' numbers of bins do not add up to the number of clusters")
    return counts


def own_prices(
    problem: Problem, component: Component, own: tuple[int, int], prices: dict[int, int], place: str
) -> tuple[int, dict[int, int]]:
    """The greatest common divisor of the prices of the bin types that a component may use, and its own prices."""
    scale, offset = own
    if scale < 1:
        raise RefutedError(place, "the component's scale is 0")
    kinds = [problem.items[item] for item in component.items]
    dear: dict[int, int] = {}
    for bin, price in prices.items():
        capacity = problem.bins[bin].capacity
        # the component has no bin of a type that holds none of its items
        if any(bin in kind.eligible and all(map(le, kind.size, capacity)) for kind in kinds):
            dear[bin] = price
    unit = gcd(*dear.values()) or 1
    for bin, price in dear.items():
        dear[bin] = scale * (price // unit) + offset
        if dear[bin] < 0:
            raise RefutedError(place, f"the component's price of bin type {bin} is negative")
    return unit, dear


def check_partition(problem: Problem, claim: Claim, bins: list[int], place: str, budget: Budget) -> None:  # noqa: PLR0912
    """Every item type in exactly one component, and no pair that may share a bin in two."""
    owner: dict[int, int] = {}
    members: list[dict[int, list[int]]] = []  # component -> class -> item types
    for number, component in enumerate(claim.components):
        where = f"{place}.components[{number}].items"
        members.append({})
        if not component.items or sorted(set(component.items)) != component.items:
            raise RefutedError(where, "item types must ascend, and there must be one")
        for item in component.items:
            if item >= len(problem.items) or item in owner:
                raise RefutedError(where, "no such item type, or one of another component")
            owner[item] = number
            members[number].setdefault(problem.items[item].klass, []).append(item)
    if len(owner) != len(problem.items):
        raise RefutedError(f"{place}.components", "an item type is in no component")
    classes = [sum(1 << klass for klass in groups) for groups in members]
    later = 0  # classes of the components after this one
    homes: dict[int, list[int]] = {}  # class -> those of these components that it has item types in
    for number in reversed(range(len(members))):
        for klass, mine in members[number].items():
            budget.spend(1 + later.bit_length() // 64)
            for other in ones(later & ~problem.conflicts[klass]):
                for home in homes[other]:
                    for a in mine:
                        for b in members[home][other]:
                            budget.spend(1 + len(bins) * problem.dimensions)
                            if meet(problem, a, b, bins):
                                why = f"item types {a} and {b} may share a bin but are in two components"
                                raise RefutedError(f"{place}.components", why)
        later |= classes[number]
        for klass in members[number]:
            homes.setdefault(klass, []).append(number)


def meet(problem: Problem, a: int, b: int, bins: list[int]) -> bool:
    """Whether some bin holds both, apart from conflicts."""
    first, second = problem.items[a], problem.items[b]
    return any(
        bin in first.eligible
        and bin in second.eligible
        and all(x + y <= room for x, y, room in zip(first.size, second.size, problem.bins[bin].capacity, strict=True))
        for bin in bins
    )


@dataclass
class Exclusion:
    """A plan below the bound has no bin of type t that weighs less than ``least[t]`` in these weights."""

    weights: list[int]  # of the items of the case
    least: dict[int, int]


@dataclass
class Case:
    """What the nodes on the way from the root have made of a component.

    Items: first those of the component, then the merged ones. ``conflicts[i]`` is a bit set over the items; its own
    bit set means that two copies conflict.
    """

    size: list[list[int]]
    demand: list[int]
    eligible: list[frozenset[int]]
    conflicts: list[int]
    exclusions: list[Exclusion]

    def together(self, a: int, b: int) -> Case:
        """One copy of each becomes one item; it keeps away from whatever either keeps away from."""
        new = len(self.size)
        row = self.conflicts[a] | self.conflicts[b]
        demand = [*self.demand, 1]
        demand[a] -= 1
        demand[b] -= 1
        conflicts = [bits | ((row >> item & 1) << new) for item, bits in enumerate(self.conflicts)]
        size = [x + y for x, y in zip(self.size[a], self.size[b], strict=True)]
        eligible = [*self.eligible, self.eligible[a] & self.eligible[b]]
        exclusions = [
            Exclusion([*other.weights, other.weights[a] + other.weights[b]], other.least) for other in self.exclusions
        ]
        return Case([*self.size, size], demand, eligible, [*conflicts, row | 1 << new], exclusions)

    def apart(self, a: int, b: int) -> Case:
        """No bin holds a copy of each (a = b: two copies)."""
        conflicts = list(self.conflicts)
        conflicts[a] |= 1 << b
        conflicts[b] |= 1 << a
        return Case(self.size, self.demand, self.eligible, conflicts, self.exclusions)


@dataclass
class Tree:
    """A component's proof that sum n_t prices_t >= its bound: every leaf proves it for its own case."""

    problem: Problem
    component: Component
    prices: dict[int, int]  # of the bin types that exist
    place: str
    budget: Budget

    def check(self) -> None:
        """Replays the tree: every case that its leaves speak of."""
        nodes, items = self.component.nodes, self.component.items
        parents = [0] * len(nodes)
        for number, node in enumerate(nodes):
            for child in (node.get("together"), node.get("apart"), node.get("below")):
                if child is not None:
                    if child >= number:
                        raise RefutedError(f"{self.place}.nodes[{number}]", "a child must come before its parent")
                    parents[child] += 1
        if not nodes or parents[-1] != 0 or any(count != 1 for count in parents[:-1]):
            raise RefutedError(f"{self.place}.nodes", "each node but the last must have exactly one parent")
        kinds = [self.problem.items[item] for item in items]
        leaf_only = len(nodes) == 1 and nodes[0]["kind"] in ("resources", "unplaceable")
        conflicts = [0] * len(items) if leaf_only else self.conflicts(kinds)
        demand = [kind.demand for kind in kinds]
        root = Case([kind.size for kind in kinds], demand, [frozenset(kind.eligible) for kind in kinds], conflicts, [])
        stack = [(len(nodes) - 1, root)]
        while stack:
            number, case = stack.pop()
            self.budget.spend((1 + len(case.size)) * (1 + len(case.exclusions)))
            node, place = nodes[number], f"{self.place}.nodes[{number}]"
            if node["kind"] == "branch":
                stack.extend(self.branch(node, case, place))
            elif node["kind"] == "exclude":
                stack.append((node["below"], self.exclude(node, case, place)))
            elif node["kind"] == "unplaceable":
                item = node["item"]
                if item >= len(case.size) or case.demand[item] < 1 or not self.fits_nowhere(case, item):
                    raise RefutedError(place, "the item fits a bin, or no copy of it is left")
            else:
                self.leaf(node, case, place)

    def conflicts(self, kinds: list[Item]) -> list[int]:
        """The conflicts among the items of the component, as bit sets."""
        of_class: dict[int, int] = {}
        for index, kind in enumerate(kinds):
            of_class[kind.klass] = of_class.get(kind.klass, 0) | 1 << index
        rows = {}
        for klass in of_class:
            self.budget.spend(len(of_class))
            row = self.problem.conflicts[klass]
            rows[klass] = 0
            for other, members in of_class.items():
                if row >> other & 1:
                    rows[klass] |= members
        return [rows[kind.klass] for kind in kinds]

    def fits(self, case: Case, item: int, bin: int) -> bool:
        """Whether one copy stands alone in a bin of this type."""
        capacity = self.problem.bins[bin].capacity
        return bin in case.eligible[item] and all(x <= room for x, room in zip(case.size[item], capacity, strict=True))

    def fits_nowhere(self, case: Case, item: int) -> bool:
        """Whether no bin type takes one copy."""
        return not any(self.fits(case, item, bin) for bin in self.prices)

    def branch(self, node: dict[str, Any], case: Case, place: str) -> list[tuple[int, Case]]:
        """Either some bin holds a copy of a and a copy of b, or none does."""
        a, b = node["a"], node["b"]
        if max(a, b) >= len(case.size):
            raise RefutedError(place, "no such item")
        copies = case.demand[a] >= 2 if a == b else min(case.demand[a], case.demand[b]) >= 1
        cases = [(node["apart"], case.apart(a, b))]
        if node["together"] is not None:
            if not copies:
                raise RefutedError(place, "no copies left to put together")
            cases.append((node["together"], case.together(a, b)))
        elif copies and not case.conflicts[a] >> b & 1 and not self.fits_nowhere(case.together(a, b), len(case.size)):
            raise RefutedError(place, "the two fit a bin together")
        return cases

    def exclude(self, node: dict[str, Any], case: Case, place: str) -> Case:
        """In a plan below the bound no bin is so light that the others cannot make up for it."""
        weights, capacity = node["weights"], node["capacity"]
        total = self.weigh(weights, capacity, case, place)
        self.not_too_heavy(weights, capacity, case, place)
        below = self.component.bound - 1  # what such a plan costs at most; all of it but one bin weighs at most
        least = {bin: total - capacity * (below - price) for bin, price in self.prices.items()}
        exclusions = [*case.exclusions, Exclusion(weights, least)]
        return Case(case.size, case.demand, case.eligible, case.conflicts, exclusions)

    def weigh(self, weights: list[int], capacity: int, case: Case, place: str) -> int:
        """What all items weigh together; checks the shape of the weights."""
        if len(weights) != len(case.size) or capacity < 1:
            raise RefutedError(place, "one weight an item and a capacity of at least 1 are needed")
        return sum(weight * demand for weight, demand in zip(weights, case.demand, strict=True))

    def leaf(self, node: dict[str, Any], case: Case, place: str) -> None:
        """No bin of type t weighs more than capacity * prices_t, and the items weigh enough."""
        weights, capacity, bound = node["weights"], node["capacity"], self.component.bound
        total = self.weigh(weights, capacity, case, place)
        if bound > 0 and capacity * (bound - 1) >= total:
            raise RefutedError(place, f"the items weigh {total} over {capacity}, less than the bound of {bound}")
        if node["kind"] == "resources":
            self.resources(node, case, place)
        else:
            self.not_too_heavy(weights, capacity, case, place)

    def not_too_heavy(self, weights: list[int], capacity: int, case: Case, place: str) -> None:
        """No feasible bin of type t that is not excluded weighs more than capacity * prices_t."""
        for bin, price in self.prices.items():
            floors = [(other.weights, other.least[bin]) for other in case.exclusions if other.least[bin] > 0]
            # an item without a weight makes no bin too heavy, but it may keep one from being excluded
            inside = [
                item
                for item, weight in enumerate(weights)
                if case.demand[item] > 0 and (weight > 0 or floors) and self.fits(case, item, bin)
            ]
            candidates = [
                Candidate(
                    weights[item],
                    1 if case.conflicts[item] >> item & 1 else case.demand[item],
                    case.size[item],
                    case.conflicts[item],
                    item,
                    [other[item] for other, _ in floors],
                )
                for item in inside
            ]
            least = [floor for _, floor in floors]
            found = heavier(candidates, self.problem.bins[bin].capacity, capacity * price, self.budget, least)
            if found is not None:
                content = ", ".join(f"{copies} of item {item}" for item, copies in found)
                raise RefutedError(place, f"a bin of type {bin} may weigh more than {capacity * price}: {content}")

    def resources(self, node: dict[str, Any], case: Case, place: str) -> None:
        """No bin is too heavy: weights are below what sizes are worth, and so is a whole bin below its capacity."""
        prices, divisor = node["prices"], node["divisor"]
        if len(prices) != self.problem.dimensions or divisor < 1:
            raise RefutedError(place, "one price a dimension and a divisor of at least 1 are needed")
        heavy = [item for item, weight in enumerate(node["weights"]) if weight > 0 and case.demand[item] > 0]
        self.budget.spend(len(heavy) * (1 + len(prices)))
        for item in heavy:
            if divisor * node["weights"][item] > dot(prices, case.size[item]):
                raise RefutedError(place, f"item {item} weighs more than its sizes are worth")
        for bin, price in self.prices.items():
            worth = dot(prices, self.problem.bins[bin].capacity)
            # a bin type that none of them may use holds nothing heavy
            if worth > divisor * node["capacity"] * price and any(self.fits(case, item, bin) for item in heavy):
                raise RefutedError(place, f"the capacity of bin type {bin} is worth too much")


def dot(prices: list[int], vector: list[int]) -> int:
    """What a vector is worth at these prices."""
    return sum(price * entry for price, entry in zip(prices, vector, strict=True))
