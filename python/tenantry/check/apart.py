"""Who may not share a cluster, of many workloads at once: what ``Fleet.raw`` says of each two of them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from .fleet import SHARING, Fleet, Workload
from .named import of_attributes
from .problem import ones

if TYPE_CHECKING:
    from .reading import Budget

Value = TypeVar("Value", bound=Hashable)


def apart(fleet: Fleet, workloads: list[Workload], budget: Budget) -> list[int]:
    """Of each of these workloads, of unlike signatures, those that it may not share a cluster with, as bits.

    Its own bit speaks of two that are like it. Waivers, and rules that choose their sides, are asked about each two.
    """
    if fleet.waivers or fleet.distrust:
        return of_pairs(fleet, workloads, budget)
    rows = [0] * len(workloads)
    for members, others in refusals(fleet, workloads):
        for number in ones(members) if others else []:
            budget.spend(1 + len(workloads) // 64)
            rows[number] |= others
    return rows


def of_pairs(fleet: Fleet, workloads: list[Workload], budget: Budget) -> list[int]:
    """The same, pair by pair."""
    rows = [0] * len(workloads)
    for a, first in enumerate(workloads):
        for b in range(a + 1):
            budget.spend(5 + len(fleet.distrust))
            if fleet.reasons(first, workloads[b]):
                rows[a] |= 1 << b
                rows[b] |= 1 << a
    return rows


def where(values: Iterable[Value]) -> dict[Value, int]:
    """Where each value stands among these, as bits."""
    found: dict[Value, int] = {}
    for number, value in enumerate(values):
        found[value] = found.get(value, 0) | 1 << number
    return found


def refusals(fleet: Fleet, workloads: list[Workload]) -> Iterator[tuple[int, int]]:
    """Sets of workloads, as bits, each with what it may not share a cluster with; of both sides each once."""
    everybody = (1 << len(workloads)) - 1
    sharing = where(SHARING[it.sharing] for it in workloads)
    yield everybody, sharing.get("workload", 0)
    yield sharing.get("workload", 0), everybody
    narrow, tenants = sharing.get("tenant", 0), where(it.tenant for it in workloads)
    distrusted: dict[str, int] = {}
    for tenant, own in tenants.items():
        yield own, narrow & ~own
        yield own & narrow, everybody & ~own
        for other in fleet.tenants[tenant].get("distrusts", []):
            yield own, tenants.get(other, 0)
            distrusted[other] = distrusted.get(other, 0) | own
    for tenant, by_whom in distrusted.items():
        yield tenants.get(tenant, 0), by_whom
    levels = where((it.trust, it.accepts) for it in workloads)
    for own in levels.values():
        one = workloads[(own & -own).bit_length() - 1]
        for others in levels.values():
            other = workloads[(others & -others).bit_length() - 1]
            if one.trust < other.accepts or other.trust < one.accepts:
                yield own, others
    for separated in {key for workload in workloads for key in workload.separation}:
        for own in where(it.separation[separated] for it in workloads).values():
            yield own, everybody & ~own
    for rule in fleet.kept_apart:
        members = frozenset(rule.members)
        own = where(it.index in members for it in workloads).get(True, 0)
        yield own, own
    for attribute in of_attributes(fleet.policy):
        values = where(it.classes.get(attribute["by"]) for it in workloads)
        some = everybody & ~values.pop(None, 0)
        for own in values.values():
            yield own, some & ~own
