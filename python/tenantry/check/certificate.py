"""Whether a certificate proves what it claims. ``docs/certificate.md`` says why these rules are sound."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from operator import le
from typing import Any

from .cases import check_cases, read_cases
from .claim import Claim, bin_prices, taken_off
from .problem import LEVELS, Problem, ones, read_problem
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
from .tree import SECOND, Component, Tree, read_node
from .united import united

SCHEMAS = ("tenantry-certificate/v1", "tenantry-certificate/v2")
LEAST = -(2**127)  # of an offset; the largest is one below its opposite
DEFAULT_WORK = 2_000_000_000  # elementary steps, some hundred nanoseconds each


OF_PRICES = "(cost: of prices alone, in thousandths; what nodes add to them is known with the fleet and the plan)"
"""Said of a certificate without a fleet."""


def check_certificate(document: Any, *, work: int = DEFAULT_WORK) -> Verdict:
    """Checks a whole certificate file, given as what ``parse`` returns. Raises UnreadableError where it is not one.

    Nothing is known of the fleet here: a bound of the cost is one of prices, to which nodes may add.
    """
    problem, patterns, claims = read_certificate(document, "")
    try:
        bounds = tuple(check_claims(problem, patterns, claims, Budget(work)))
        prices = any(claim.level == "cost" for claim in claims)
        return Verdict("VERIFIED", bounds=bounds, note=OF_PRICES if prices else "")
    except RefutedError as refuted:
        return Verdict("REFUTED", place=refuted.place, why=refuted.why)
    except UndecidedError as undecided:
        return Verdict("UNDECIDED", note=str(undecided))


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


@dataclass(slots=True)
class Pattern:
    """The content of one bin, ``count`` times over."""

    bin: int
    items: list[tuple[int, int]]
    count: int


def read_solution(value: Any) -> list[Pattern]:
    """The patterns of a file."""
    patterns: list[Pattern] = []
    for index, entry in enumerate(sequence(value, "solution")):
        place = f"solution[{index}]"
        bin, items, count = record(entry, place, "bin", "items", "count")
        pairs = [integers(pair, place) for pair in sequence(items, place)]
        if any(len(pair) != 2 for pair in pairs):
            raise UnreadableError(f"{place}: pairs of item type and copies are needed")
        content = [(item, copies) for item, copies in pairs]
        patterns.append(Pattern(integer(bin, place), content, integer(count, place)))
    return patterns


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
    if any(node["kind"] in SECOND for component in claim.components for node in component.nodes):
        raise UnreadableError(f"{place}: a kind of node of the second version")
    return claim


def read_claim(value: Any, place: str) -> Claim:
    """A claim of a file."""
    keys = ("level", "bound", "value", "scale", "prices", "shared", "limits", "kept", "components")
    given = fields(value, place, keys, ("own", "merged", "savings", "cases"))
    level, bound, held, scale, price_values, shared, limits, kept, component_values = (given[key] for key in keys)
    if level not in (*LEVELS, "infeasible"):
        raise UnreadableError(f"{place}: the level is not known")
    prices: dict[str, int] = {}
    for name, price in zip(LEVELS, record(price_values, f"{place}.prices", *LEVELS), strict=True):
        prices[name] = integer(price, place, LEAST, -LEAST - 1)
    own: list[tuple[int, int]] = []
    for entry in sequence(given.get("own", []), place):
        factor, own_offset = record(entry, f"{place}.own", "scale", "offset")
        own.append((integer(factor, place), integer(own_offset, place, LEAST, -LEAST - 1)))
    components: list[Component] = []
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
        read_cases(given.get("cases", []), f"{place}.cases"),
    )


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
        budget.spend(len(pattern.items) * (2 + len(problem.conflicts) // 64 + problem.dimensions) + 1)
        if pattern.bin >= len(used) or pattern.count < 1:
            raise RefutedError(place, "no such bin type, or a pattern used 0 times")
        last, classes = -1, 0
        units: set[int | None] = set()
        for item, copies in pattern.items:
            if not last < item < len(packed) or copies < 1:
                raise RefutedError(place, "item types must be known and ascend, with at least one copy each")
            last = item
            if pattern.bin not in problem.items[item].eligible:
                raise RefutedError(place, f"item type {item} may not use bin type {pattern.bin}")
            refused, unit = problem.conflicts[problem.items[item].klass], problem.unit(item)
            alone = unit is not None or refused >> problem.items[item].klass & 1
            if refused & classes or unit in units or (alone and copies > 1):
                other = next(it for it, _ in pattern.items if problem.conflict(item, it))
                raise RefutedError(place, f"item types {other} and {item} conflict")
            classes |= 1 << problem.items[item].klass
            units |= {unit} - {None}
            packed[item] += copies * pattern.count
            moves += copies * pattern.count * problem.charge(item, pattern.bin)
        groups = {problem.group(item) for item, _ in pattern.items} - {None}
        most_groups = problem.most_groups(pattern.bin)
        if most_groups is not None and len(groups) > most_groups:
            raise RefutedError(place, f"holds items of {len(groups)} groups, more than it may")
        once = [problem.overhead(group) for group in groups if group is not None]
        for q, capacity in enumerate(problem.bins[pattern.bin].capacity):
            load = sum(problem.items[item].size[q] * copies for item, copies in pattern.items)
            load += sum(size[q] for size in once)
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
    if claim.cases:
        return check_cases(problem, claim, earlier, place, budget)
    prices = bin_prices(problem, claim, place, [0] * len(problem.bins))
    total = -taken_off(problem, claim, earlier, place)
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
    if bound is None or any(prices) or claim.own or claim.components or claim.merged or claim.cases:
        raise RefutedError(place, "savings are for a claim on the moves, of scale 1, without prices and components")
    held: dict[str, int | None] = {}
    for level, most in problem.terms.most.items():
        values = [most, *(other.value for other in earlier if other.level == level)]
        held[level] = min((value for value in values if value is not None), default=None)
    check_savings(problem, savings, bound, held=held, place=f"{place}.savings", budget=budget)


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
    charged: list[int] = []
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
    one, other = problem.group(a), problem.group(b)
    if one is not None and other is not None and one != other:
        bins = [bin for bin in bins if (most := problem.most_groups(bin)) is None or most > 1]
    return any(
        bin in first.eligible
        and bin in second.eligible
        and all(x + y <= room for x, y, room in zip(first.size, second.size, problem.bins[bin].capacity, strict=True))
        for bin in bins
    )
