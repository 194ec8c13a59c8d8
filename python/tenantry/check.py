"""Checks a tenantry plan and its certificate, with the standard library only.

    python -m tenantry.check FLEET.json PLAN.json [CERTIFICATE.json]
    python -m tenantry.check --certificate-only CERTIFICATE.json

This file is meant to be read by somebody who does not believe the solver. It shares nothing with it but the documents:
``docs/certificate.md`` says what a certificate claims and why its rules are sound. Integers have no limit here, and no
floating-point number is used anywhere.

Exit codes: 0 verified, 1 refuted, 2 bad usage or unreadable file, 3 undecided (the work limit ended the check).
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SCHEMA = "tenantry-certificate/v1"
LARGEST = 2**64 - 1  # of any single number in a file
MAX_TOTAL = 2**62  # of the copies, of the sizes in a resource, of the costs
DEFAULT_WORK = 2_000_000_000  # elementary steps, some hundred nanoseconds each
DEEPEST = 150  # item types in a bin that the search builds one by one


class UnreadableError(Exception):
    """A document that is not what it should be."""


class RefutedError(Exception):
    """Something that does not hold, and where."""

    def __init__(self, place: str, why: str) -> None:
        super().__init__(f"{place}: {why}")
        self.place = place
        self.why = why


class UndecidedError(Exception):
    """The work limit ended the check."""


@dataclass(frozen=True)
class Verdict:
    """What a check found: ``word`` is VERIFIED, REFUTED or UNDECIDED."""

    word: str
    bounds: tuple[int, ...] = ()
    place: str = ""
    why: str = ""


@dataclass
class Budget:
    """An allowance of elementary steps."""

    left: int

    def spend(self, steps: int) -> None:
        self.left -= steps
        if self.left < 0:
            raise UndecidedError


# --- reading ---------------------------------------------------------------------------------------------------------


def parse(data: bytes) -> Any:
    """JSON without repeated keys and without numbers that are not finite; floats stay recognisable as floats."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        result = dict(pairs)
        if len(result) != len(pairs):
            raise UnreadableError("a key is repeated")
        return result

    def constant(text: str) -> Any:
        raise UnreadableError(f"{text} is not JSON")

    def integer(text: str) -> Any:
        return 0.0 if text == "-0" else int(text)  # -0 is not an integer, here as there

    try:
        return json.loads(data.decode("utf-8"), object_pairs_hook=unique, parse_constant=constant, parse_int=integer)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"not JSON: {error}") from error


def record(value: Any, place: str, *keys: str) -> list[Any]:
    """The values of an object that has exactly these keys."""
    if not isinstance(value, dict) or set(value) != set(keys):
        raise UnreadableError(f"{place}: an object with the keys {', '.join(keys)} is needed")
    return [value[key] for key in keys]


def sequence(value: Any, place: str) -> list[Any]:
    if not isinstance(value, list):
        raise UnreadableError(f"{place}: a list is needed")
    return value


def integer(value: Any, place: str, low: int = 0, high: int = LARGEST) -> int:
    if type(value) is not int or not low <= value <= high:
        raise UnreadableError(f"{place}: an integer from {low} to {high} is needed")
    return value


def integers(value: Any, place: str) -> list[int]:
    return [integer(entry, place) for entry in sequence(value, place)]


# --- the problem -----------------------------------------------------------------------------------------------------


@dataclass
class Bin:
    """A bin type: what it holds, what it costs, how many there may be (None: any number)."""

    capacity: list[int]
    cost: int
    max_count: int | None


@dataclass
class Item:
    """An item type: the size of a copy, how many copies, the class, the bin types that may hold it."""

    size: list[int]
    demand: int
    klass: int
    eligible: list[int]


@dataclass
class Problem:
    """Vector bin packing with conflicts. ``conflicts[c]`` has bit j set where classes c and j conflict (both ways)."""

    dimensions: int
    bins: list[Bin]
    items: list[Item]
    conflicts: list[int]

    def conflict(self, a: int, b: int) -> bool:
        """Whether a copy of item type a and a copy of item type b (another one, where a = b) may not share a bin."""
        return bool(self.conflicts[self.items[a].klass] >> self.items[b].klass & 1)


def read_problem(value: Any) -> Problem:
    dims, bins, items, rows = record(value, "problem", "dimensions", "bins", "items", "conflicts")
    dimensions = integer(dims, "problem.dimensions", high=256)
    problem = Problem(dimensions, [], [], [0] * len(sequence(rows, "problem.conflicts")))
    if len(rows) > 2**15:
        raise UnreadableError("problem.conflicts: too many classes")
    for index, row in enumerate(rows):
        place = f"problem.conflicts[{index}]"
        if not isinstance(row, str) or not row or set(row) - set("0123456789abcdef") or (row[0] == "0" and row != "0"):
            raise UnreadableError(f"{place}: a lower-case hexadecimal number without leading zeros is needed")
        bits = int(row, 16)
        if bits >> (index + 1):
            raise UnreadableError(f"{place}: a bit above the row's own class")
        problem.conflicts[index] |= bits
        for other in ones(bits):
            problem.conflicts[other] |= 1 << index
    for index, entry in enumerate(sequence(bins, "problem.bins")):
        place = f"problem.bins[{index}]"
        capacity, cost, most = record(entry, place, "capacity", "cost", "maxCount")
        max_count = None if most is None else integer(most, place)
        problem.bins.append(Bin(integers(capacity, place), integer(cost, place), max_count))
        if len(problem.bins[-1].capacity) != dimensions:
            raise UnreadableError(f"{place}: {dimensions} dimensions are needed")
    for index, entry in enumerate(sequence(items, "problem.items")):
        place = f"problem.items[{index}]"
        size, demand, klass, eligible = record(entry, place, "size", "demand", "class", "eligible")
        item = Item(integers(size, place), integer(demand, place, 1), integer(klass, place), integers(eligible, place))
        problem.items.append(item)
        if len(item.size) != dimensions or item.klass >= len(problem.conflicts):
            raise UnreadableError(f"{place}: a size of {dimensions} dimensions and a known class are needed")
        if sorted(set(item.eligible)) != item.eligible or any(bin >= len(problem.bins) for bin in item.eligible):
            raise UnreadableError(f"{place}.eligible: ascending indices of bin types are needed")
    copies = sum(item.demand for item in problem.items)
    totals = [sum(item.size[q] * item.demand for item in problem.items) for q in range(dimensions)]
    dearest = max((bin.cost for bin in problem.bins), default=0)
    if max([copies, dearest * copies, *totals]) > MAX_TOTAL:
        raise UnreadableError("problem: a sum passes 2^62")
    return problem


def ones(bits: int) -> list[int]:
    """The positions of the bits that are set, ascending."""
    found = []
    while bits:
        low = bits & -bits
        found.append(low.bit_length() - 1)
        bits ^= low
    return found


# --- the certificate -------------------------------------------------------------------------------------------------


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
    items: list[int]
    bound: int
    nodes: list[dict[str, Any]]


@dataclass
class Claim:
    level: str
    clusters: int | None
    bound: int
    scale: int
    shared: list[int]
    offset: int
    components: list[Component]


NODES = {
    "weights": ("weights", "capacity"),
    "resources": ("weights", "capacity", "prices", "divisor"),
    "unplaceable": ("item",),
    "branch": ("a", "b", "together", "apart"),
}


def read_claim(value: Any, place: str) -> Claim:
    keys = ("level", "clusters", "bound", "scale", "shared", "offset", "components")
    level, clusters, bound, scale, shared, offset, component_values = record(value, place, *keys)
    if level not in ("clusters", "cost", "infeasible") or (level == "cost") != (clusters is not None):
        raise UnreadableError(f"{place}: a level, and a number of clusters at the level of cost only, are needed")
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
        integer(offset, place, -(2**127), 2**127 - 1),
        components,
    )


def read_node(node: Any, place: str) -> None:
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
        check_claim(problem, claim, place, budget)
        if values is None:
            continue
        if claim.level == "cost" and values[0] != claim.clusters:
            raise RefutedError(place, f"the cost is bounded for {claim.clusters} clusters, the plan has {values[0]}")
        if values[index] < claim.bound:
            raise RefutedError(place, f"the plan's value of {values[index]} is below the bound of {claim.bound}")
    return [claim.bound for claim in claims]


def check_solution(problem: Problem, solution: list[Pattern], budget: Budget) -> tuple[int, int]:
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


def check_claim(problem: Problem, claim: Claim, place: str, budget: Budget) -> None:
    """scale * value >= sum of the components' bounds - sum of U_t * shared_t - offset * clusters."""
    infeasible = claim.level == "infeasible"
    if infeasible != (claim.scale == 0) or (infeasible and claim.bound != 0):
        raise RefutedError(place, "the scale is 0 where the claim is infeasibility, and nowhere else")
    if claim.offset != 0 and claim.level != "cost":
        raise RefutedError(place, "only a claim on the cost may have an offset")
    if len(claim.shared) != len(problem.bins):
        raise RefutedError(place, "one shared price a bin type is needed")
    prices: dict[int, int] = {}
    total = sum(component.bound for component in claim.components)
    for index, (bin, shared) in enumerate(zip(problem.bins, claim.shared, strict=True)):
        if shared > 0 and bin.max_count is None:
            raise RefutedError(place, f"bin type {index} has a shared price but no maximum count")
        total -= shared * (bin.max_count or 0)
        if bin.max_count != 0:  # a bin type of which there may be none does not exist
            cost = bin.cost if claim.level == "cost" else 1
            prices[index] = claim.scale * cost + shared + claim.offset
            if prices[index] < 0:
                raise RefutedError(place, f"the price of bin type {index} is negative")
    total -= claim.offset * (claim.clusters or 0)
    check_partition(problem, claim, sorted(prices), place, budget)
    for number, component in enumerate(claim.components):
        Tree(problem, component, prices, f"{place}.components[{number}]", budget).check()
    if infeasible and total <= 0:
        raise RefutedError(place, "the components together do not pass what the maximum counts allow")
    if not infeasible and claim.bound > 0 and claim.scale * (claim.bound - 1) >= total:
        raise RefutedError(place, f"the components prove {total} over {claim.scale}, less than {claim.bound}")


def check_partition(problem: Problem, claim: Claim, bins: list[int], place: str, budget: Budget) -> None:
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
class Case:
    """What the branches on the way from the root have made of a component.

    Items: first those of the component, then the merged ones. ``conflicts[i]`` is a bit set over the items; its own
    bit set means that two copies conflict.
    """

    size: list[list[int]]
    demand: list[int]
    eligible: list[frozenset[int]]
    conflicts: list[int]

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
        return Case([*self.size, size], demand, eligible, [*conflicts, row | 1 << new])

    def apart(self, a: int, b: int) -> Case:
        """No bin holds a copy of each (a = b: two copies)."""
        conflicts = list(self.conflicts)
        conflicts[a] |= 1 << b
        conflicts[b] |= 1 << a
        return Case(self.size, self.demand, self.eligible, conflicts)


@dataclass
class Tree:
    """A component's proof that sum n_t prices_t >= its bound: every leaf proves it for its own case."""

    problem: Problem
    component: Component
    prices: dict[int, int]  # of the bin types that exist
    place: str
    budget: Budget

    def check(self) -> None:
        nodes, items = self.component.nodes, self.component.items
        parents = [0] * len(nodes)
        for number, node in enumerate(nodes):
            for child in (node.get("together"), node.get("apart")):
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
        root = Case([kind.size for kind in kinds], demand, [frozenset(kind.eligible) for kind in kinds], conflicts)
        stack = [(len(nodes) - 1, root)]
        while stack:
            number, case = stack.pop()
            self.budget.spend(1 + len(case.size))
            node, place = nodes[number], f"{self.place}.nodes[{number}]"
            if node["kind"] == "branch":
                stack.extend(self.branch(node, case, place))
            elif node["kind"] == "unplaceable":
                item = node["item"]
                if item >= len(case.size) or case.demand[item] < 1 or not self.fits_nowhere(case, item):
                    raise RefutedError(place, "the item fits a bin, or no copy of it is left")
            else:
                self.leaf(node, case, place)

    def conflicts(self, kinds: list[Item]) -> list[int]:
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
        capacity = self.problem.bins[bin].capacity
        return bin in case.eligible[item] and all(x <= room for x, room in zip(case.size[item], capacity, strict=True))

    def fits_nowhere(self, case: Case, item: int) -> bool:
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
        elif copies and not case.conflicts[a] >> b & 1:
            if not self.fits_nowhere(case.together(a, b), len(case.size)):
                raise RefutedError(place, "the two fit a bin together")
        return cases

    def leaf(self, node: dict[str, Any], case: Case, place: str) -> None:
        """No bin of type t weighs more than capacity * prices_t, and the items weigh enough."""
        weights, capacity, bound = node["weights"], node["capacity"], self.component.bound
        if len(weights) != len(case.size) or capacity < 1:
            raise RefutedError(place, "one weight an item and a capacity of at least 1 are needed")
        total = sum(weight * demand for weight, demand in zip(weights, case.demand, strict=True))
        if bound > 0 and capacity * (bound - 1) >= total:
            raise RefutedError(place, f"the items weigh {total} over {capacity}, less than the bound of {bound}")
        heavy = [item for item, weight in enumerate(weights) if weight > 0 and case.demand[item] > 0]
        if node["kind"] == "resources":
            self.resources(node, case, heavy, place)
            return
        for bin, price in self.prices.items():
            inside = [item for item in heavy if self.fits(case, item, bin)]
            candidates = [
                Candidate(
                    weights[item],
                    1 if case.conflicts[item] >> item & 1 else case.demand[item],
                    case.size[item],
                    case.conflicts[item],
                    item,
                )
                for item in inside
            ]
            found = heavier(candidates, self.problem.bins[bin].capacity, capacity * price, self.budget)
            if found is not None:
                content = ", ".join(f"{copies} of item {item}" for item, copies in found)
                raise RefutedError(place, f"a bin of type {bin} may weigh more than {capacity * price}: {content}")

    def resources(self, node: dict[str, Any], case: Case, heavy: list[int], place: str) -> None:
        """The same, since weights are below what the sizes are worth, and so is a whole bin below its capacity."""
        prices, divisor = node["prices"], node["divisor"]
        if len(prices) != self.problem.dimensions or divisor < 1:
            raise RefutedError(place, "one price a dimension and a divisor of at least 1 are needed")
        self.budget.spend(len(heavy) * (1 + len(prices)))
        for item in heavy:
            if divisor * node["weights"][item] > dot(prices, case.size[item]):
                raise RefutedError(place, f"item {item} weighs more than its sizes are worth")
        for bin, price in self.prices.items():
            if dot(prices, self.problem.bins[bin].capacity) > divisor * node["capacity"] * price:
                if any(self.fits(case, item, bin) for item in heavy):
                    raise RefutedError(place, f"the capacity of bin type {bin} is worth too much")


def dot(prices: list[int], vector: list[int]) -> int:
    return sum(price * entry for price, entry in zip(prices, vector, strict=True))


# --- the heaviest bin ------------------------------------------------------------------------------------------------


@dataclass
class Candidate:
    """An item that may stand in the bin: it fits alone. ``conflicts`` is a bit set over the candidates' ``item``."""

    weight: int
    copies: int
    size: list[int]
    conflicts: int
    item: int


def heavier(candidates: list[Candidate], capacity: list[int], limit: int, budget: Budget) -> list[tuple[int, int]] | None:
    """The content of a feasible bin heavier than the limit as (item, copies); None if there is none."""
    return Search(limit, budget).solve(candidates, capacity, 0, 0)


def room_for(candidate: Candidate, residual: list[int]) -> int:
    return min([candidate.copies, *(room // size for size, room in zip(candidate.size, residual, strict=True) if size)])


@dataclass
class Table:
    """The most that cliques g, g+1, ... weigh within a load: a knapsack of which each clique fills at most one place."""

    resources: list[int]
    capacity: list[int]
    units: list[int]
    rows: list[list[int]] = field(default_factory=list)

    def load(self, amounts: list[int]) -> int:
        """Units, rounded down: what fits a residual also fits it in units."""
        return sum(
            amounts[q] * units // max(capacity, 1)
            for q, capacity, units in zip(self.resources, self.capacity, self.units, strict=True)
        )

    def fill(self, cliques: list[list[Candidate]], copies: dict[int, int], budget: Budget) -> None:
        width = sum(self.units)
        row = [0] * (width + 1)
        self.rows = [row]
        for clique in reversed(cliques):
            best = row
            for candidate in clique:
                size, most = self.load(candidate.size), copies[candidate.item]
                budget.spend(width + 1)
                if size == 0:
                    best = [max(x, y + most * candidate.weight) for x, y in zip(best, row, strict=True)]
                elif most <= 16:
                    for taken in range(1, min(most, width // size) + 1):
                        added, start = taken * candidate.weight, taken * size
                        best = best[:start] + [max(x, y + added) for x, y in zip(best[start:], row, strict=False)]
                else:  # as many copies as fit: more than there are, but never fewer
                    run = list(row)
                    for load in range(size, width + 1):
                        run[load] = max(run[load], run[load - size] + candidate.weight)
                    best = [max(x, y) for x, y in zip(best, run, strict=True)]
            row = best
            self.rows.append(row)
        self.rows.reverse()


@dataclass
class Stage:
    """Candidates in the order of their cliques, with what bounds the rest of a bin."""

    order: list[Candidate]
    group: list[int]
    copies: list[int]
    friends: list[int]  # of each position, a bit set over the later positions that it goes with
    tables: list[Table]
    patience: int

    def bound(self, position: int, residual: list[int]) -> int:
        return min(table.rows[self.group[position]][table.load(residual)] for table in self.tables)


class TooLongError(Exception):
    """A part of the search that deserves bounds of its own."""


class Search:
    """Branch and bound for "is there a bin heavier than the limit?"."""

    def __init__(self, limit: int, budget: Budget) -> None:
        self.limit = limit
        self.budget = budget
        self.steps = 0

    def solve(
        self, pool: list[Candidate], residual: list[int], value: int, depth: int
    ) -> list[tuple[int, int]] | None:
        """What to add to a bin that weighs ``value`` and leaves ``residual`` to pass the limit."""
        if value > self.limit:
            return []
        if depth > DEEPEST:
            raise UndecidedError
        self.budget.spend(len(pool) * (1 + len(residual)) + 1)
        copies = {candidate.item: room_for(candidate, residual) for candidate in pool}
        pool = [candidate for candidate in pool if copies[candidate.item] > 0]
        if value + sum(candidate.weight * copies[candidate.item] for candidate in pool) <= self.limit:
            return None
        stage = self.stage(pool, copies, residual)
        for position, candidate in enumerate(stage.order):
            if value + stage.bound(position, residual) <= self.limit:
                break
            for taken in range(stage.copies[position], 0, -1):
                rest = [room - size * taken for room, size in zip(residual, candidate.size, strict=True)]
                weight = value + candidate.weight * taken
                self.steps = stage.patience
                try:
                    found = self.descend(stage, stage.friends[position], rest, weight, depth + 1)
                except TooLongError:
                    friends = [stage.order[other] for other in ones(stage.friends[position])]
                    found = self.solve(friends, rest, weight, depth + 1)
                if found is not None:
                    return [(candidate.item, taken), *found]
        return None

    def descend(
        self, stage: Stage, allowed: int, residual: list[int], value: int, depth: int
    ) -> list[tuple[int, int]] | None:
        if value > self.limit:
            return []
        if depth > DEEPEST:
            raise UndecidedError
        while allowed:
            low = allowed & -allowed
            allowed ^= low
            position = low.bit_length() - 1
            self.budget.spend(1)
            if value + stage.bound(position, residual) <= self.limit:
                break
            candidate = stage.order[position]
            for taken in range(min(stage.copies[position], room_for(candidate, residual)), 0, -1):
                self.steps -= 1
                if self.steps < 0:
                    raise TooLongError
                rest = [room - size * taken for room, size in zip(residual, candidate.size, strict=True)]
                weight = value + candidate.weight * taken
                found = self.descend(stage, allowed & stage.friends[position], rest, weight, depth + 1)
                if found is not None:
                    return [(candidate.item, taken), *found]
        return None

    def stage(self, pool: list[Candidate], copies: dict[int, int], residual: list[int]) -> Stage:
        """Cliques by descending degree, first fit; then one table a resource that binds, and one for their sum."""
        self.budget.spend(len(pool) * len(pool) // 16 + 1)
        everyone = sum(1 << candidate.item for candidate in pool)
        cliques: list[list[Candidate]] = []
        common: list[int] = []
        for candidate in sorted(pool, key=lambda one: (-(one.conflicts & everyone).bit_count(), one.item)):
            for index, bits in enumerate(common):
                if bits >> candidate.item & 1:
                    common[index] &= candidate.conflicts
                    cliques[index].append(candidate)
                    break
            else:
                common.append(candidate.conflicts)
                cliques.append([candidate])
        order = [candidate for clique in cliques for candidate in clique]
        group = [index for index, clique in enumerate(cliques) for _ in clique]
        friends = [0] * len(order)
        for position, candidate in enumerate(order):
            for other in range(position + 1, len(order)):
                if not candidate.conflicts >> order[other].item & 1:
                    friends[position] |= 1 << other
        binding = [
            q
            for q, room in enumerate(residual)
            if sum(candidate.size[q] * copies[candidate.item] for candidate in order) > room
        ]
        tables, patience = [], 200
        for resources in [[q] for q in binding] + ([binding] if len(binding) != 1 else []):
            capacity = [residual[q] for q in resources]
            most = max(8, 2_000_000 // (len(cliques) + 1) // max(1, len(resources)))
            exact = len(resources) == 1 and capacity[0] <= 4096
            units = [min(most, room if exact else 1024 // len(resources)) for room in capacity]
            table = Table(resources, capacity, units)
            table.fill(cliques, copies, self.budget)
            tables.append(table)
            patience += len(order) * sum(units) // 64
        return Stage(order, group, [copies[candidate.item] for candidate in order], friends, tables, patience)


# --- the command -----------------------------------------------------------------------------------------------------


def load(path: str) -> Any:
    try:
        return parse(Path(path).read_bytes())
    except OSError as error:
        raise UnreadableError(f"{path}: {error}") from error


def main(arguments: list[str] | None = None) -> int:
    """Runs the command; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tenantry.check", description="Check a plan and its certificate.")
    parser.add_argument("files", nargs="+", metavar="FILE", help="FLEET.json PLAN.json [CERTIFICATE.json]")
    parser.add_argument("--certificate-only", action="store_true", help="the only FILE is a certificate")
    parser.add_argument("--work-limit", type=int, default=DEFAULT_WORK, help="elementary steps")
    options = parser.parse_args(arguments)
    try:
        if options.certificate_only and len(options.files) == 1:
            verdict = check_certificate(load(options.files[0]), work=options.work_limit)
        else:
            parser.error("one certificate with --certificate-only is needed")
    except UnreadableError as error:
        print(f"unreadable: {error}", file=sys.stderr)
        return 2
    place = f" {verdict.place}: {verdict.why}" if verdict.why else ""
    bounds = f" bounds {', '.join(map(str, verdict.bounds))}" if verdict.bounds else ""
    print(f"{verdict.word}{bounds}{place}")
    return {"VERIFIED": 0, "REFUTED": 1, "UNDECIDED": 3}[verdict.word]


if __name__ == "__main__":
    sys.exit(main())
