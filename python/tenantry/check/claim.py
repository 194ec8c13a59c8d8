"""The prices of a claim. ``docs/certificate.md`` says what they are worth, and why that is sound."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from .problem import Problem
from .reading import RefutedError
from .savings import Savings
from .tree import Component


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
    cases: list[dict[str, Any]]  # a tree with prices in its leaves instead of components, or empty


def held_values(problem: Problem, claim: Claim, earlier: list[Claim], place: str) -> list[tuple[int, int]]:
    """The prices of values that are held, each with what it is held at: at most, or for a negative price at least."""
    held: list[tuple[int, int]] = []
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


def in_every_plan(problem: Problem, claim: Claim) -> list[int]:
    """By bin type, how many bins are in every plan; not looked up where they have no price."""
    return problem.least() if any(claim.kept) else []


def taken_off(problem: Problem, claim: Claim, earlier: list[Claim], place: str) -> int:
    """What prices take off what is proved of the bins, less what kept bins add."""
    total = sum(price * held for price, held in held_values(problem, claim, earlier, place))
    total += sum(shared * (bin.max_count or 0) for bin, shared in zip(problem.bins, claim.shared, strict=True))
    total += sum(price * most for price, (_, most) in zip(claim.limits, problem.terms.limits, strict=False))
    return total - sum(price * count for price, count in zip(claim.kept, in_every_plan(problem, claim), strict=False))


def bin_prices(problem: Problem, claim: Claim, place: str, more: list[int]) -> dict[int, int]:
    """The prices of the bin types that exist; ``more`` is added to that of each."""
    lists = (claim.limits, len(problem.terms.limits)), (claim.kept, len(problem.bins))
    if len(claim.shared) != len(problem.bins) or any(len(entries) not in (0, wanted) for entries, wanted in lists):
        raise RefutedError(place, "one price a bin type and a limit is needed")
    weight = dict(claim.prices)
    if claim.level != "infeasible":
        weight[claim.level] += claim.scale
    prices: dict[int, int] = {}
    there = in_every_plan(problem, claim)
    for index, (bin, shared) in enumerate(zip(problem.bins, claim.shared, strict=True)):
        kept = claim.kept[index] if claim.kept else 0
        if shared > 0 and bin.max_count is None:
            raise RefutedError(place, f"bin type {index} has a shared price but no maximum count")
        if kept > 0 and there[index] == 0:
            raise RefutedError(place, f"bin type {index} has a price for bins that are in every plan, but none need be")
        if problem.exists(index):  # a bin type of which there may be none does not exist
            groups = zip(claim.limits, problem.terms.limits, strict=False)
            raised = shared + sum(price for price, (group, _) in groups if index in group) + more[index]
            prices[index] = weight["clusters"] + weight["cost"] * bin.cost + raised - kept
            if prices[index] < 0:
                raise RefutedError(place, f"the price of bin type {index} is negative")
    return prices
