"""A component's tree, replayed: what each leaf proves. ``docs/certificate.md`` says why that is sound."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from .cover import Kind, affordable
from .fluid import Kind as FluidKind
from .fluid import heavier as heavier_classes
from .grouped import Rule, heavier_grouped
from .heaviest import Candidate, heavier
from .pool import Content, pool, weight
from .pool import apart as apart_in
from .pool import together as together_in
from .problem import Item, Problem
from .reading import Budget, RefutedError, UnreadableError, fields, integer, integers, is_object, record, sequence
from .turns import check_tree

NODES = {
    "weights": ("weights", "capacity"),
    "grouped": ("weights", "openings", "capacity"),  # in the second version only
    "resources": ("weights", "capacity", "prices", "divisor"),
    "cover": ("rows",),  # in the second version only
    "unplaceable": ("item",),
    "branch": ("a", "b", "together", "apart"),
    "exclude": ("weights", "capacity", "below"),
    "fluid": ("classes", "capacity"),  # in the second version only
    "presence": ("items", "most", "few", "many"),  # in the second version only
}
OPTIONAL = {"fluid": ("unions",)}
SECOND = ("cover", "grouped", "fluid", "presence")  # kinds of the second version only


@dataclass
class Component:
    """One component: its item types, what its tree proves, the tree."""

    items: list[int]
    bound: int
    nodes: list[dict[str, Any]]


def read_node(node: Any, place: str) -> None:
    """Checks the shape of a node, not what it says."""
    kind = node.get("kind") if is_object(node) else None
    if not isinstance(kind, str) or kind not in NODES:
        raise UnreadableError(f"{place}: the kind of node is not known")
    keys = [*NODES[kind], *(key for key in OPTIONAL.get(kind, ()) if key in node)]
    record(node, place, "kind", *keys)
    for key in keys:
        if key == "unions":
            for index, given in enumerate(sequence(node[key], place)):
                read_union(given, f"{place}.unions[{index}]")
        elif key == "rows":
            for row in sequence(node[key], place):
                integers(row, place)
        elif key == "classes":
            for index, given in enumerate(sequence(node[key], place)):
                read_class(given, f"{place}.classes[{index}]")
        elif key in ("weights", "openings", "prices", "items"):
            integers(node[key], place)
        elif key != "together" or node[key] is not None:
            integer(node[key], place)


def read_union(given: Any, place: str) -> None:
    """Checks the shape of a union of classes of a node."""
    given = fields(given, place, ("classes", "presence"))
    integers(given["classes"], place)
    integer(given["presence"], place, -(2**63), 2**63 - 1)


def read_class(given: Any, place: str) -> None:
    """Checks the shape of a class of a node."""
    given = fields(given, place, ("items", "prices", "presence"))
    integers(given["items"], place)
    integers(given["prices"], place)
    integer(given["presence"], place, -(2**63), 2**63 - 1)


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
    presences: list[tuple[frozenset[int], int, bool]]  # items, and at most so many bins that hold one, or else more
    left: dict[int, list[Content]] = field(default_factory=dict)  # of a bin type all bins not excluded, where few
    many: frozenset[int] = frozenset()  # bin types of which they are too many, and are not counted again

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
        left = {bin: together_in(bins, a, b, new, demand) for bin, bins in self.left.items()}
        return Case(
            [*self.size, size],
            demand,
            eligible,
            [*conflicts, row | 1 << new],
            exclusions,
            parts,
            self.presences,
            left,
            self.many,
        )

    def apart(self, a: int, b: int) -> Case:
        """No bin holds a copy of each (a = b: two copies)."""
        conflicts = list(self.conflicts)
        conflicts[a] |= 1 << b
        conflicts[b] |= 1 << a
        left = {bin: apart_in(bins, a, b) for bin, bins in self.left.items()}
        return replace(self, conflicts=conflicts, left=left)


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
        nodes = self.component.nodes
        check_tree(nodes, ("together", "apart", "below", "few", "many"), f"{self.place}.nodes")
        leaf_only = len(nodes) == 1 and nodes[0]["kind"] in ("resources", "unplaceable")
        stack = [(len(nodes) - 1, self.root(conflicts=not leaf_only))]
        while stack:
            number, case = stack.pop()
            known = sum(len(bins) for bins in case.left.values())
            self.budget.spend((1 + len(case.size)) * (1 + len(case.exclusions)) + known)
            node, place = nodes[number], f"{self.place}.nodes[{number}]"
            if node["kind"] == "branch":
                stack.extend(self.branch(node, case, place))
            elif node["kind"] == "exclude":
                stack.append((node["below"], self.exclude(node, case, place)))
            elif node["kind"] == "unplaceable":
                self.unplaceable(node["item"], case, place)
            elif node["kind"] == "cover":
                self.cover(node["rows"], case, place)
            elif node["kind"] == "grouped":
                self.grouped(node, case, place)
            elif node["kind"] == "fluid":
                self.fluid(node, case, place)
            elif node["kind"] == "presence":
                stack.extend(self.presence(node, case, place))
            else:
                self.leaf(node, case, place)

    def root(self, *, conflicts: bool = True) -> Case:
        """The case of the root; without conflicts, where nothing looks at them."""
        items = self.component.items
        kinds = [self.problem.items[item] for item in items]
        rows = self.conflicts(kinds) if conflicts else [0] * len(items)
        demand = [kind.demand for kind in kinds]
        eligible = [frozenset(kind.eligible) for kind in kinds]
        return Case([kind.size for kind in kinds], demand, eligible, rows, [], [[item] for item in items], [])

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

    def unplaceable(self, item: int, case: Case, place: str) -> None:
        """The item has a copy left and fits no bin."""
        if item >= len(case.size) or case.demand[item] < 1 or not self.fits_nowhere(case, item):
            raise RefutedError(place, "the item fits a bin, or no copy of it is left")

    def branch(self, node: dict[str, Any], case: Case, place: str) -> list[tuple[int, Case]]:
        """Either some bin holds a copy of a and a copy of b, or none does."""
        a: int = node["a"]
        b: int = node["b"]
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
        left = {
            bin: [content for content in bins if weight(content, weights) >= least[bin]]
            for bin, bins in case.left.items()
        }
        case = replace(case, exclusions=exclusions, left=left)
        for bin in self.prices:
            if bin not in left and bin not in case.many and least[bin] > 0:
                candidates, floors = self.candidates([0] * len(weights), capacity, case, bin)
                weighed = [replace(one, weight=one.others[0], others=one.others[1:]) for one in candidates]
                found = pool(weighed, self.problem.bins[bin].capacity, floors, self.budget)
                if found is not None:
                    left[bin] = found
                else:
                    case = replace(case, many=case.many | {bin})
        return case

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

    def presence(self, node: dict[str, Any], case: Case, place: str) -> list[tuple[int, Case]]:
        """Either at most so many bins hold one of some items, or more do."""
        items: list[int] = node["items"]
        if not items or not ascends(items) or items[-1] >= len(self.component.items):
            raise RefutedError(place, "item types of the component are needed, ascending, and at least one")
        known = frozenset(items)
        return [
            (node[side], replace(case, presences=[*case.presences, (known, node["most"], side == "few")]))
            for side in ("few", "many")
        ]

    def fluid(self, node: dict[str, Any], case: Case, place: str) -> None:
        """No bin of sand weighs more than capacity * prices_t, and all there is weighs enough."""
        classes, capacity, bound = node["classes"], node["capacity"], self.component.bound
        if self.factor != 0 or len(case.size) > len(self.component.items):
            raise RefutedError(place, "classes are fluid where nothing is charged and no items were merged")
        if capacity < 1:
            raise RefutedError(place, "a capacity of at least 1 is needed")
        dimensions = self.problem.dimensions
        seen: set[int] = set()
        for given in classes:
            items = given["items"]
            self.budget.spend(len(items) * dimensions * (1 + len(self.prices)))
            known = items and ascends(items) and items[-1] < len(case.size) and seen.isdisjoint(items)
            if not known or len(given["prices"]) != dimensions:
                raise RefutedError(place, "classes of item types of their own and one price a dimension are needed")
            seen.update(items)
        total = 0
        for given in classes:
            everything = self.sand(case, given["items"])
            total += dot(given["prices"], everything)
            if given["presence"] != 0:
                total += given["presence"] * self.holding(given["items"], given["presence"], case, place)
        unions = node.get("unions", [])
        for union in unions:
            of = union["classes"]
            self.budget.spend(len(of) * (1 + dimensions))
            if not of or not ascends(of) or of[-1] >= len(classes):
                raise RefutedError(place, "unions of classes of the node are needed, ascending")
            items = [item for index in of for item in classes[index]["items"]]
            self.budget.spend(len(items) * dimensions)
            total += union["presence"] * self.holding(items, union["presence"], case, place)
        if bound > 0 and capacity * (bound - 1) >= total:
            raise RefutedError(place, f"the classes weigh {total} over {capacity}, less than the bound of {bound}")
        friends = self.sharing([given["items"] for given in classes], case)
        for bin, price in self.prices.items():
            kinds = [
                FluidKind(
                    self.sand(case, given["items"], bin),
                    given["prices"],
                    given["presence"],
                    friends[index],
                    {at for at, union in enumerate(unions) if index in union["classes"]},
                )
                for index, given in enumerate(classes)
            ]
            presences = [union["presence"] for union in unions]
            found = heavier_classes(kinds, presences, self.problem.bins[bin].capacity, capacity * price, self.budget)
            if found is not None:
                names = ", ".join(map(str, found))
                raise RefutedError(
                    place, f"a bin of type {bin} may weigh more than {capacity * price}: classes {names}"
                )

    def sand(self, case: Case, items: list[int], bin: int | None = None) -> list[int]:
        """All copies of these items, or those that fit such a bin, in each dimension."""
        inside = [item for item in items if bin is None or self.fits(case, item, bin)]
        return [sum(case.size[item][q] * case.demand[item] for item in inside) for q in range(self.problem.dimensions)]

    def sharing(self, classes: list[list[int]], case: Case) -> list[set[int]]:
        """For each class the others of which some item may share a bin with one of its items."""
        masks = [sum(1 << item for item in items) for items in classes]
        self.budget.spend(sum(map(len, classes)) * len(classes))
        return [
            {
                other
                for other, mask in enumerate(masks)
                if other != index and any(mask & ~case.conflicts[item] for item in items)
            }
            for index, items in enumerate(classes)
        ]

    def holding(self, items_of: list[int], presence: int, case: Case, place: str) -> int:
        """How many bins hold one of these items: at least, where that counts for it, else at most."""
        own = set(items_of)
        if presence < 0:
            most = [number for items, number, few in case.presences if few and own <= items]
            if not most:
                raise RefutedError(place, "nothing says how many bins hold one of a class at most")
            return min(most)
        least = [number + 1 for items, number, few in case.presences if not few and items <= own]
        least.append(1 if any(case.demand[item] for item in own) else 0)
        for q, size in enumerate(self.sand(case, items_of)):
            widest = max((self.problem.bins[bin].capacity[q] for bin in self.prices), default=0)
            least.append(-(-size // max(widest, 1)))
        return max(least)

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
            room, limit = self.problem.bins[bin].capacity, capacity * price
            if bin in case.left:
                self.budget.spend(4 * len(case.left[bin]))
                heavy = next((content for content in case.left[bin] if weight(content, weights) > limit), None)
                self.refute(list(heavy.items()) if heavy else None, bin, limit, place)
                continue
            candidates, least = self.candidates(weights, capacity, case, bin)
            if self.problem.terms.groups and len(self.component.nodes) == 1:
                # what branches and exclusions say is of bins without groups; this leaf is the whole proof
                groups = [self.problem.group(self.component.items[one.item]) for one in candidates]
                once = {group: self.problem.overhead(group) for group in groups if group is not None}
                most = self.problem.most_groups(bin)
                found = heavier_grouped(candidates, Rule(groups, most, once, {}), room, limit, self.budget)
            else:
                found = heavier(candidates, room, limit, self.budget, least)
            self.refute(found, bin, limit, place)

    def refute(self, found: list[tuple[int, int]] | None, bin: int, limit: int, place: str) -> None:
        """Names a bin that is too heavy, if there is one."""
        if found is not None:
            content = ", ".join(f"{copies} of item {item}" for item, copies in found)
            raise RefutedError(place, f"a bin of type {bin} may weigh more than {limit}: {content}")

    def candidates(self, weights: list[int], capacity: int, case: Case, bin: int) -> tuple[list[Candidate], list[int]]:
        """What may stand in a bin of this type, with its weights, and the floors of the exclusions."""
        floors = [(other.weights, other.least[bin]) for other in case.exclusions if other.least[bin] > 0]
        heavy = [
            item
            for item, weight in enumerate(weights)
            if case.demand[item] > 0 and (weight > 0 or floors or self.factor < 0) and self.fits(case, item, bin)
        ]
        net = {item: self.net(case, item, bin, weights[item], capacity) for item in heavy}
        # an item without a weight makes no bin too heavy, but it may keep one from being excluded
        candidates = [
            Candidate(
                net[item],
                1 if case.conflicts[item] >> item & 1 else case.demand[item],
                case.size[item],
                case.conflicts[item],
                item,
                [other[item] for other, _ in floors],
            )
            for item in heavy
            if net[item] > 0 or floors
        ]
        return candidates, [floor for _, floor in floors]

    def grouped(self, node: dict[str, Any], case: Case, place: str) -> None:
        """No bin of type t weighs more than capacity * prices_t with its groups, and all together weigh enough."""
        weights, openings, capacity, bound = node["weights"], node["openings"], node["capacity"], self.component.bound
        if not self.problem.terms.groups or len(self.component.nodes) > 1 or self.factor != 0:
            raise RefutedError(place, "groups weigh only where the node is the only one and no item is charged")
        of = [self.problem.group(item) for item in self.component.items]
        if len(openings) <= max((group for group in of if group is not None), default=-1):
            raise RefutedError(place, "an opening for each group is needed")
        total = self.weigh(weights, capacity, case, place)
        total += sum(openings[group] * held for group, held in self.held(of, case).items())
        if bound > 0 and capacity * (bound - 1) >= total:
            raise RefutedError(place, f"items and groups weigh {total} over {capacity}, less than the bound of {bound}")
        for bin, price in self.prices.items():
            self.budget.spend(len(of))
            candidates = [
                Candidate(
                    weights[item],
                    1 if case.conflicts[item] >> item & 1 else case.demand[item],
                    case.size[item],
                    case.conflicts[item],
                    item,
                    [],
                )
                for item, group in enumerate(of)
                if (weights[item] > 0 or (group is not None and openings[group] > 0))
                and case.demand[item] > 0
                and self.fits(case, item, bin)
            ]
            groups = [of[one.item] for one in candidates]
            known = {group for group in groups if group is not None}
            once = {group: self.problem.overhead(group) for group in known}
            rule = Rule(groups, self.problem.most_groups(bin), once, {group: openings[group] for group in known})
            found = heavier_grouped(candidates, rule, self.problem.bins[bin].capacity, capacity * price, self.budget)
            if found is not None:
                raise RefutedError(place, f"a bin of type {bin} may weigh more than {capacity * price} with its groups")

    def held(self, of: list[int | None], case: Case) -> dict[int, int]:
        """How many bins hold an item of each group at least: what its items need over the room that is left to them."""
        members: dict[int, list[int]] = {}
        for item, group in enumerate(of):
            if group is not None and case.demand[item] > 0:
                members.setdefault(group, []).append(item)
        self.budget.spend((len(of) + len(members) * len(self.prices)) * (1 + self.problem.dimensions))
        found: dict[int, int] = {}
        for group, items in members.items():
            once = self.problem.overhead(group)
            found[group] = 1
            for q, size in enumerate(once):
                load = sum(case.size[item][q] * case.demand[item] for item in items)
                widest = max((self.problem.bins[bin].capacity[q] for bin in self.prices), default=0)
                found[group] = max(found[group], -(-load // max(widest - size, 1)))
        return found

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


def ascends(numbers: list[int]) -> bool:
    """Whether each is larger than the one before."""
    return all(a < b for a, b in pairwise(numbers))
