"""A claim proved case by case. ``docs/certificate.md`` says why that is sound.

One tree over the whole problem: branches on two items, as in a component's tree, and on how many bins there are of some
types. Every leaf has prices of its own, and says what a claim without cases says, of its case alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import gcd
from typing import Any

from .claim import Claim, bin_prices, taken_off
from .problem import Problem
from .reading import Budget, RefutedError, UnreadableError, integer, integers, is_object, record, sequence
from .tree import Case, Component, Tree
from .turns import Turn, check_named, check_tree, turned

NODES = {
    "prices": ("scale", "clusters", "cost", "moves", "shared", "limits", "kept", "path", "weights", "capacity"),
    "unplaceable": ("item",),
    "branch": ("a", "b", "together", "apart"),
    "count": ("bins", "most", "few", "many"),
}
SIGNED = ("clusters", "cost", "moves")
LISTS = ("shared", "limits", "kept", "path", "weights", "bins")


def read_cases(value: Any, place: str) -> list[dict[str, Any]]:
    """The nodes of a claim by cases; checks their shape, not what they say."""
    nodes = sequence(value, place)
    for index, node in enumerate(nodes):
        where = f"{place}[{index}]"
        kind = node.get("kind") if is_object(node) else None
        if not isinstance(kind, str) or kind not in NODES:
            raise UnreadableError(f"{where}: the kind of node is not known")
        record(node, where, "kind", *NODES[kind])
        for key in NODES[kind]:
            if key in LISTS:
                integers(node[key], where)
            elif key in SIGNED:
                integer(node[key], where, -(2**63), 2**63 - 1)
            elif key != "together" or node[key] is not None:
                integer(node[key], where)
    return nodes


def check_cases(problem: Problem, claim: Claim, earlier: list[Claim], place: str, budget: Budget) -> None:
    """Every case proves the claim. Of a merged one ``problem`` is that without charges."""
    prices = [*claim.prices.values(), *claim.shared, *claim.limits, *claim.kept]
    scale = 0 if claim.level == "infeasible" else 1
    if any(prices) or claim.own or claim.components or claim.scale != scale:
        raise RefutedError(place, "a claim by cases has its prices in its nodes, and scale 1 (0 for infeasible)")
    check_tree(claim.cases, ("together", "apart", "few", "many"), f"{place}.cases")
    Cases(problem, claim, earlier, place, budget, level_unit(problem, claim.level, budget)).check()


def level_unit(problem: Problem, level: str, budget: Budget) -> int:
    """What every value of the level is a multiple of."""
    if level == "cost":
        return gcd(*(bin.cost for index, bin in enumerate(problem.bins) if problem.exists(index))) or 1
    if level == "moves":
        budget.spend(sum(1 + len(other) for _, other in problem.terms.charges))
        return gcd(*(charge for base, other in problem.terms.charges for charge in (base, *other.values()))) or 1
    return 1


@dataclass
class Cases:
    """The tree of a claim, and what every leaf is to prove."""

    problem: Problem
    claim: Claim
    earlier: list[Claim]
    place: str
    budget: Budget
    unit: int

    def tree(self, prices: dict[int, int], factor: int) -> Tree:
        """The tree of one component with everything in it, at these prices."""
        everything = Component(list(range(len(self.problem.items))), 0, [])
        return Tree(self.problem, everything, prices, self.place, self.budget, factor, 1)

    def check(self) -> None:
        """Replays the tree: every leaf shows the claim for its own case."""
        claim = self.claim
        tree = self.tree({bin: 0 for bin in range(len(self.problem.bins)) if self.problem.exists(bin)}, 0)
        waiting: list[tuple[int, Case, list[Turn]]] = [(len(claim.cases) - 1, tree.root(), [])]
        while waiting:
            index, case, path = waiting.pop()
            node, place = claim.cases[index], f"{self.place}.cases[{index}]"
            self.budget.spend(1 + len(case.size))
            if node["kind"] == "unplaceable":
                tree.unplaceable(node["item"], case, place)
            elif node["kind"] == "branch":
                waiting.extend((child, below, path) for child, below in tree.branch(node, case, place))
            elif node["kind"] == "count":
                self.budget.spend(len(node["bins"]))
                check_named(self.problem, node["bins"], place)
                waiting.append((node["many"], case, [*path, Turn(node["bins"], node["most"], few=False)]))
                waiting.append((node["few"], case, [*path, Turn(node["bins"], node["most"], few=True)]))
            else:
                self.leaf(node, case, path, place)

    def leaf(self, node: dict[str, Any], case: Case, path: list[Turn], place: str) -> None:
        """The prices of a leaf show the bound for its case, or that there is no plan in it."""
        problem, claim, scale, unit = self.problem, self.claim, node["scale"], self.unit
        turns = sum(len(turn.bins) for turn in path)
        self.budget.spend(len(problem.bins) * (2 + len(problem.terms.limits)) + turns)
        if claim.level == "infeasible" and scale != 0:
            raise RefutedError(place, "where a claim is of infeasibility the scale of a case is 0")
        if len(node["path"]) != len(path):
            raise RefutedError(place, "one price a branch on numbers of bins is needed")
        shared = node["shared"] or [0] * len(problem.bins)
        prices = {level: node[level] for level in SIGNED}
        own = replace(claim, scale=scale, prices=prices, shared=shared, limits=node["limits"], kept=node["kept"])
        factor = (scale if claim.level == "moves" else 0) + prices["moves"]
        if claim.merged and factor != 0:
            raise RefutedError(place, "what only charges tell apart is not one where charges count")
        worth, more = turned(problem, path, node["path"])
        tree = self.tree(bin_prices(problem, own, place, more), factor)
        weights, capacity = node["weights"], node["capacity"]
        weigh = tree.weigh(weights, capacity, case, place)
        tree.not_too_heavy(weights, capacity, case, place)
        total = -(-weigh // capacity) + worth - taken_off(problem, own, self.earlier, place)
        proved = total > 0 if scale == 0 else claim.bound == 0 or -(-total // (scale * unit)) * unit >= claim.bound
        if not proved:
            raise RefutedError(place, f"the prices prove {total} over {scale}, less than the bound of {claim.bound}")
