"""Whether a certificate proves what it claims. ``docs/certificate.md`` says why these rules are sound."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from operator import le
from typing import Any

from .cover import Kind, affordable
from .heaviest import Candidate, heavier
from .problem import LEVELS, Item, Problem, ones, read_problem
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
from .savings import Savings, check_savings, read_savings
from .united import united

SCHEMAS = ("tenantry-certificate/v1", "tenantry-certificate/v2")
LEAST = -(2**127)  # of an offset; the largest is one below its opposite
DEFAULT_WORK = 2_000_000_000  # elementary steps, some hundred nanoseconds each


def check_certificate(document: Any, *, work: int = DEFAULT_WORK) -> Verdict:
    """Checks a whole certificate file, given as what ``parse`` returns. Raises UnreadableError where it is not one."""
    problem, patterns, claims = read_certificate(document, "")
    try:
        return Verdict("VERIFIED", bounds=tuple(check_claims(problem, patterns, claims, Budget(work))))
    except RefutedError as refuted:
        return Verdict("REFUTED", place=refuted.place, why=refuted.why)
    except UndecidedError:
        return Verdict("UNDECIDED")


def read_certificate(document: Any, place: str) -> tuple[Problem, list[Pattern] | None, list[Claim]]:
    """The problem, the solution and the claims of a file of either version."""
    schema, problem_value, solution, claim_values = record(document, place, "schema", "problem", "solution", "claims")
    if schema not in SCHEMAS:
        raise UnreadableError(f"{place}: schema is {schema!r}, expected one of {', '.join(SCHEMAS)}")
    second = schema == SCHEMAS[1]
    problem = read_problem(problem_value, second=second)
    patterns = None if solution is None else read_solution(solution)
    values = list(enumerate(sequence(claim_values, "claims")))
    if second:
        return problem, patterns, [read_claim(value, f"claims[{index}]") for index, value in values]
    claims: list[Claim] = []
    for index, value in values:
        claims.append(read_first_version(value, f"claims[{index}]", claims))
    return problem, patterns, claims


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
    bound: int
    value: int | None  # what later claims hold this level's value at
    scale: int
    prices: dict[str, int]  # of each level's value
    shared: list[int]
    limits: list[int]  # of each limit, or empty
    kept: list[int]  # of each bin type, or empty
    own: list[tuple[int, int]]  # scale and offset of each component, or empty
    components: list[Component]
    merged: bool  # item types that only charges tell apart are one
    savings: Savings | None


NODES = {
    "weights": ("weights", "capacity"),
    "resources": ("weights", "capacity", "prices", "divisor"),
    "cover": ("rows",),  # in the second version only
    "unplaceable": ("item",),
    "branch": ("a", "b", "together", "apart"),
    "exclude": ("weights", "capacity", "below"),
}


def read_first_version(value: Any, place: str, before: list[Claim]) -> Claim:
    """A claim of a file of the first version: clusters, and then the cost with exactly as many; or infeasible."""
    keys = ("level", "clusters", "bound", "scale", "shared", "offset", "components")
    given = dict(fields(value, place, keys, ("own",)))
    level, clusters, offset = given["level"], given.pop("clusters"), given.pop("offset")
    if level == "cost":
        fixed = integer(clusters, place)
        if len(before) != 1 or before[0].level != "clusters" or before[0].bound != fixed:
            raise UnreadableError(f"{place}: the cost with as many clusters as the only claim before says is needed")
        before[0].value = fixed
    elif before or clusters is not None or level not in ("clusters", "infeasible") or offset != 0:
        raise UnreadableError(f"{place}: clusters; clusters, and then cost; or infeasible, without an offset")
    given.update(value=None, limits=[], kept=[], prices={"clusters": offset, "cost": 0, "moves": 0})
    claim = read_claim(given, place)
    if any(node["kind"] == "cover" for component in claim.components for node in component.nodes):
        raise UnreadableError(f"{place}: a kind of node of the second version")
    return claim


def read_claim(value: Any, place: str) -> Claim:
    """A claim of a file."""
    keys = ("level", "bound", "value", "scale", "prices", "shared", "limits", "kept", "components")
    given = fields(value, place, keys, ("own", "merged", "savings"))
    level, bound, held, scale, price_values, shared, limits, kept, component_values = (given[key] for key in keys)
    if level not in (*LEVELS, "infeasible"):
        raise UnreadableError(f"{place}: the level is not known")
    prices = {}
    for name, price in zip(LEVELS, record(price_values, f"{place}.prices", *LEVELS), strict=True):
        prices[name] = integer(price, place, LEAST, -LEAST - 1)
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
    merged, savings = given.get("merged", False), None
    if not isinstance(merged, bool):
        raise UnreadableError(f"{place}.merged: true or false is needed")
    if "savings" in given:
        savings = read_savings(given["savings"], f"{place}.savings")
    return Claim(
        level,
        integer(bound, place),
        None if held is None else integer(held, place),
        integer(scale, place),
        prices,
        integers(shared, place),
        integers(limits, place),
        integers(kept, place),
        own,
        components,
        merged,
        savings,
    )


def read_node(node: Any, place: str) -> None:
    """Checks the shape of a node, not what it says."""
    kind = node.get("kind") if isinstance(node, dict) else None
    if not isinstance(kind, str) or kind not in NODES:
        raise UnreadableError(f"{place}: the kind of node is not known")
    record(node, place, "kind", *NODES[kind])
    for key in NODES[kind]:
        if key == "rows":
            for row in sequence(node[key], place):
                integers(row, place)
        elif key in ("weights", "prices"):
            integers(node[key], place)
        elif key != "together" or node[key] is not None:
            integer(node[key], place)


def check_claims(problem: Problem, solution: list[Pattern] | None, claims: list[Claim], budget: Budget) -> list[int]:
    """The proven bounds. A claim builds on those before it: on plans whose values there are at most those stated."""
    shape = [claim.level for claim in claims]
    if not shape or len(set(shape)) != len(shape) or ("infeasible" in shape and len(shape) > 1):
        raise RefutedError("claims", "the claims must be of different levels, or a single one of infeasibility")
    if shape == ["infeasible"] and solution is not None:
        raise RefutedError("claims[0]", "a plan is given for a problem claimed to have none")
    values = None if solution is None else check_solution(problem, solution, budget)
    for index, claim in enumerate(claims):
        place = f"claims[{index}]"
        check_claim(problem, claim, claims[:index], place, budget)
        if index + 1 < len(claims) and claim.value is None:
            raise RefutedError(place, "the claims after this one need a value of its level")
        if values is None:
            continue
        value = values[claim.level]
        if claim.value is not None and claim.value != value:
            raise RefutedError(place, f"the value is held at {claim.value}, the plan has {value}")
        if value < claim.bound:
            raise RefutedError(place, f"the plan's value of {value} is below the bound of {claim.bound}")
    return [claim.bound for claim in claims]


def check_solution(problem: Problem, solution: list[Pattern], budget: Budget) -> dict[str, int]:  # noqa: PLR0912
    """The values of a legal solution."""
    moves = 0
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
            moves += copies * pattern.count * problem.charge(item, pattern.bin)
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
        if count < problem.kept(bin):
            raise RefutedError("solution", f"{count} bins of type {bin}, {problem.kept(bin)} are kept")
    for index, (group, limit) in enumerate(problem.terms.limits):
        if sum(used[bin] for bin in group) > limit:
            raise RefutedError("solution", f"more bins under limit {index} than there may be")
    cost = sum(count * bin.cost for count, bin in zip(used, problem.bins, strict=True))
    values = {"clusters": sum(used), "cost": cost, "moves": moves}
    for level, most in problem.terms.most.items():
        if most is not None and values[level] > most:
            raise RefutedError("solution", f"a value of {values[level]} in {level}, more than there may be")
    return values


def check_claim(problem: Problem, claim: Claim, earlier: list[Claim], place: str, budget: Budget) -> None:
    """Scale * value >= what the components and the kept bins prove, less what limits and held values are worth."""
    infeasible = claim.level == "infeasible"
    if infeasible != (claim.scale == 0) or (infeasible and claim.bound != 0):
        raise RefutedError(place, "the scale is 0 where the claim is infeasibility, and nowhere else")
    factor = (claim.scale if claim.level == "moves" else 0) + claim.prices["moves"]
    if claim.savings is not None:
        return check_moves(problem, claim, claim.savings, earlier, place=place, budget=budget)
    if claim.merged:
        if factor != 0:
            raise RefutedError(place, "what only charges tell apart is not one where charges count")
        problem = united(problem, budget)
    total = -sum(price * held for price, held in held_values(problem, claim, earlier, place))
    prices = bin_prices(problem, claim, place)
    counts = known_counts(claim, earlier, place) if claim.own else None
    check_partition(problem, claim, sorted(prices), place, budget)
    for number, component in enumerate(claim.components):
        where = f"{place}.components[{number}]"
        if counts is None:
            Tree(problem, component, prices, where, budget, factor, 1).check()
            total += component.bound
        else:
            budget.spend(len(component.items) * len(prices) * (1 + problem.dimensions))
            (scale, offset), count = claim.own[number], counts[number]
            if scale < 1 or factor < 0:
                raise RefutedError(where, "the component's scale is 0, or charges have a negative price")
            unit, dear = own_prices(problem, component, (scale, offset), prices, factor)
            if min(dear.values(), default=0) < 0:
                raise RefutedError(where, "a price of the component is negative")
            Tree(problem, component, dear, where, budget, factor * scale, unit).check()
            # what a component of exactly `count` bins proves of its part of the value, a multiple of the unit
            total += -((offset * count - component.bound) // scale) * unit
    total -= sum(shared * (bin.max_count or 0) for bin, shared in zip(problem.bins, claim.shared, strict=True))
    total -= sum(price * most for price, (_, most) in zip(claim.limits, problem.terms.limits, strict=False))
    total += sum(price * problem.kept(bin) for bin, price in enumerate(claim.kept))
    if infeasible and total <= 0:
        raise RefutedError(place, "the components together do not pass what the maximum counts allow")
    if not infeasible and claim.bound > 0 and claim.scale * (claim.bound - 1) >= total:
        raise RefutedError(place, f"the components prove {total} over {claim.scale}, less than {claim.bound}")
    return None


def check_moves(
    problem: Problem, claim: Claim, savings: Savings, earlier: list[Claim], *, place: str, budget: Budget
) -> None:
    """A claim on the moves that stands on what bins save: it has no prices and components of its own."""
    prices = [*claim.prices.values(), *claim.shared, *claim.limits, *claim.kept]
    limit, bound = problem.terms.most["moves"], None
    if (claim.level, claim.scale) == ("moves", 1):
        bound = claim.bound
    elif claim.level == "infeasible" and limit is not None:
        bound = limit + 1  # more than there may be
    if bound is None or any(prices) or claim.own or claim.components or claim.merged:
        raise RefutedError(place, "savings are for a claim on the moves, of scale 1, without prices and components")
    held = {}
    for level, most in problem.terms.most.items():
        values = [most, *(other.value for other in earlier if other.level == level)]
        held[level] = min((value for value in values if value is not None), default=None)
    check_savings(problem, savings, bound, held=held, place=f"{place}.savings", budget=budget)


def held_values(problem: Problem, claim: Claim, earlier: list[Claim], place: str) -> list[tuple[int, int]]:
    """The prices of values that are held, each with what it is held at: at most, or for a negative price at least."""
    held = []
    for level, price in claim.prices.items():
        if price == 0:
            continue
        before = next((other for other in earlier if other.level == level), None)
        most = [problem.terms.most[level], before.value if before else None]
        highest = min((value for value in most if value is not None), default=None)
        if highest is None or level == claim.level:
            raise RefutedError(place, "a price on a value that is neither that of an earlier level nor limited")
        held.append((price, highest if price > 0 else before.bound if before else 0))
    return held


def bin_prices(problem: Problem, claim: Claim, place: str) -> dict[int, int]:
    """The prices of the bin types that exist."""
    lists = (claim.limits, len(problem.terms.limits)), (claim.kept, len(problem.bins))
    if len(claim.shared) != len(problem.bins) or any(len(entries) not in (0, wanted) for entries, wanted in lists):
        raise RefutedError(place, "one price a bin type and a limit is needed")
    weight = dict(claim.prices)
    if claim.level != "infeasible":
        weight[claim.level] += claim.scale
    prices = {}
    for index, (bin, shared) in enumerate(zip(problem.bins, claim.shared, strict=True)):
        kept = claim.kept[index] if claim.kept else 0
        if shared > 0 and bin.max_count is None:
            raise RefutedError(place, f"bin type {index} has a shared price but no maximum count")
        if kept > 0 and problem.kept(index) == 0:
            raise RefutedError(place, f"bin type {index} has a price for kept bins, but none is kept")
        if problem.exists(index):  # a bin type of which there may be none does not exist
            groups = zip(claim.limits, problem.terms.limits, strict=False)
            raised = shared + sum(price for price, (group, _) in groups if index in group)
            prices[index] = weight["clusters"] + weight["cost"] * bin.cost + raised - kept
            if prices[index] < 0:
                raise RefutedError(place, f"the price of bin type {index} is negative")
    return prices


def known_counts(claim: Claim, earlier: list[Claim], place: str) -> list[int]:
    """How many bins each component has, exactly: what the first claim proves of each adds up to all there are."""
    if not earlier or earlier[0].level != "clusters":
        raise RefutedError(place, "only after a claim on the clusters may components have scales and offsets")
    if any(claim.prices.values()) or any(claim.kept) or len(claim.own) != len(claim.components):
        raise RefutedError(place, "each component has an offset of its own, or the claim has prices for all")
    first = earlier[0]
    same = [component.items for component in first.components] == [component.items for component in claim.components]
    priced = any([*first.prices.values(), *first.shared, *first.limits, *first.kept])
    if first.scale != 1 or priced or not same or first.merged != claim.merged:
        raise RefutedError(place, "the claim on the clusters does not count the bins of these components")
    counts = [component.bound for component in first.components]
    if sum(counts) != first.value:
        raise RefutedError(place, "the components' numbers of bins do not add up to the number of clusters")
    return counts


def own_prices(
    problem: Problem, component: Component, own: tuple[int, int], prices: dict[int, int], factor: int
) -> tuple[int, dict[int, int]]:
    """The greatest common divisor of what a component's bins and items may be charged, and its own prices."""
    scale, offset = own
    dear: dict[int, int] = {}
    charged = []
    for bin, price in prices.items():
        capacity = problem.bins[bin].capacity
        # the component has no bin of a type that holds none of its items
        alone = [
            item
            for item in component.items
            if bin in problem.items[item].eligible and all(map(le, problem.items[item].size, capacity))
        ]
        if alone:
            dear[bin] = price
        if factor > 0:
            charged += [factor * problem.charge(item, bin) for item in alone]
    unit = gcd(*dear.values(), *charged) or 1
    return unit, {bin: scale * (price // unit) + offset for bin, price in dear.items()}


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
                            if problem.unit(a) is not None and problem.unit(a) == problem.unit(b):
                                continue
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
    parts: list[list[int]]  # item types of the problem that each is made of

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
        parts = [*self.parts, self.parts[a] + self.parts[b]]
        return Case([*self.size, size], demand, eligible, [*conflicts, row | 1 << new], exclusions, parts)

    def apart(self, a: int, b: int) -> Case:
        """No bin holds a copy of each (a = b: two copies)."""
        conflicts = list(self.conflicts)
        conflicts[a] |= 1 << b
        conflicts[b] |= 1 << a
        return Case(self.size, self.demand, self.eligible, conflicts, self.exclusions, self.parts)


@dataclass
class Tree:
    """A component's proof that sum n_t prices_t >= its bound: every leaf proves it for its own case."""

    problem: Problem
    component: Component
    prices: dict[int, int]  # of the bin types that exist
    place: str
    budget: Budget
    factor: int  # an item is charged so many times its charge,
    unit: int  # in units of this

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
        eligible = [frozenset(kind.eligible) for kind in kinds]
        root = Case([kind.size for kind in kinds], demand, eligible, conflicts, [], [[item] for item in items])
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
            elif node["kind"] == "cover":
                self.cover(node["rows"], case, place)
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
        if not self.problem.terms.units:
            return [rows[kind.klass] for kind in kinds]
        units: dict[int, int] = {}
        for index, item in enumerate(self.component.items):
            unit = self.problem.unit(item)
            if unit is not None:
                units[unit] = units.get(unit, 0) | 1 << index
        mine = [self.problem.unit(item) for item in self.component.items]
        return [rows[kind.klass] | (0 if unit is None else units[unit]) for kind, unit in zip(kinds, mine, strict=True)]

    def fits(self, case: Case, item: int, bin: int) -> bool:
        """Whether one copy stands alone in a bin of this type."""
        capacity = self.problem.bins[bin].capacity
        return bin in case.eligible[item] and all(x <= room for x, room in zip(case.size[item], capacity, strict=True))

    def net(self, case: Case, item: int, bin: int, weight: int, capacity: int) -> int:
        """What a copy weighs in a bin of a type: its weight less what it is charged there."""
        if self.factor == 0:
            return weight
        charged = sum(self.factor * self.problem.charge(part, bin) // self.unit for part in case.parts[item])
        return weight - capacity * charged

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
        if self.factor != 0:
            raise RefutedError(place, "bins are excluded where items are charged")
        weights, capacity = node["weights"], node["capacity"]
        total = self.weigh(weights, capacity, case, place)
        self.not_too_heavy(weights, capacity, case, place)
        below = self.component.bound - 1  # what such a plan costs at most; all of it but one bin weighs at most
        least = {bin: total - capacity * (below - price) for bin, price in self.prices.items()}
        exclusions = [*case.exclusions, Exclusion(weights, least)]
        return Case(case.size, case.demand, case.eligible, case.conflicts, exclusions, case.parts)

    def cover(self, rows: list[list[int]], case: Case, place: str) -> None:
        """Bins cost at least the bound: whatever whole bins cost less have too little room in one of the rows."""
        if not rows or any(len(row) != self.problem.dimensions for row in rows):
            raise RefutedError(place, "rows of one price a dimension are needed, and at least one")
        if self.factor < 0:
            raise RefutedError(place, "charges have a negative price")
        if self.component.bound == 0:
            return
        left = [item for item, demand in enumerate(case.demand) if demand > 0]
        self.budget.spend(len(left) * (1 + self.problem.dimensions) * (len(rows) + len(self.prices)))
        asked = [sum(case.demand[item] * dot(row, case.size[item]) for item in left) for row in rows]
        kinds = [
            Kind(price, self.problem.bins[bin].max_count, [dot(row, self.problem.bins[bin].capacity) for row in rows])
            for bin, price in self.prices.items()
            if any(self.fits(case, item, bin) for item in left)
        ]
        if affordable(kinds, asked, self.component.bound - 1, self.budget):
            raise RefutedError(place, f"so many bins have the room at {self.component.bound - 1}, less than the bound")

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
            heavy = [
                item
                for item, weight in enumerate(weights)
                if case.demand[item] > 0 and (weight > 0 or floors or self.factor < 0) and self.fits(case, item, bin)
            ]
            net = {item: self.net(case, item, bin, weights[item], capacity) for item in heavy}
            # an item without a weight makes no bin too heavy, but it may keep one from being excluded
            inside = [item for item in heavy if net[item] > 0 or floors]
            candidates = [
                Candidate(
                    net[item],
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
        if self.factor != 0:
            return self.charged_resources(node, case, place)
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

    def charged_resources(self, node: dict[str, Any], case: Case, place: str) -> None:
        """The same where items are charged, and weigh something else in each bin type."""
        prices, divisor, capacity = node["prices"], node["divisor"], node["capacity"]
        left = [item for item in range(len(case.size)) if case.demand[item] > 0]
        for bin, price in self.prices.items():
            self.budget.spend(len(left) * (1 + len(prices)) + 1)
            dear = dot(prices, self.problem.bins[bin].capacity) > divisor * capacity * price
            for item in left:
                if not self.fits(case, item, bin):
                    continue
                net = self.net(case, item, bin, node["weights"][item], capacity)
                if divisor * net > dot(prices, case.size[item]):
                    raise RefutedError(place, f"item {item} weighs more than its sizes are worth in bin type {bin}")
                if dear and net > 0:
                    raise RefutedError(place, f"the capacity of bin type {bin} is worth too much")


def dot(prices: list[int], vector: list[int]) -> int:
    """What a vector is worth at these prices."""
    return sum(price * entry for price, entry in zip(prices, vector, strict=True))
