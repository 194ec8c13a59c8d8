"""Branches on how many bins there are of some types, and the shape of a list of nodes that is a tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .problem import Problem
from .reading import RefutedError


@dataclass
class Turn:
    """A branch on the way: at most so many bins of these types, or more."""

    bins: list[int]
    most: int
    few: bool


def check_named(problem: Problem, bins: list[int], place: str) -> None:
    """Whether the bin types of a branch ascend, are known, and at least one."""
    if not bins or sorted(set(bins)) != bins or bins[-1] >= len(problem.bins):
        raise RefutedError(place, "ascending bin types are needed")


def turned(problem: Problem, path: list[Turn], prices: list[int]) -> tuple[int, list[int]]:
    """What prices on the branches of a path add to what is proved, and to the price of a bin of each type."""
    total, more = 0, [0] * len(problem.bins)
    for price, turn in zip(prices, path, strict=True):
        total += -price * turn.most if turn.few else price * (turn.most + 1)
        for bin in turn.bins:
            more[bin] += price if turn.few else -price
    return total, more


def check_tree(nodes: Sequence[dict[str, Any]], keys: tuple[str, ...], place: str) -> None:
    """Children before parents, every node the child of exactly one other but for the last, which is the root."""
    children = [[node[key] for key in keys if node.get(key) is not None] for node in nodes]
    late = any(child >= index for index, own in enumerate(children) for child in own)
    if not nodes or late or sorted(child for own in children for child in own) != list(range(len(nodes) - 1)):
        raise RefutedError(place, "children must come before their only parent, the last is the root")
