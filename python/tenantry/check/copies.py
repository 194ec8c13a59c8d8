"""Copies: how many, how far apart, and where each of a unit may be."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from .existing import Existing
from .reading import Figures, RefutedError, UnreadableError, is_object
from .shape import counted

if TYPE_CHECKING:
    from .fleet import Fleet, Workload

MOST = 10_000  # copies of one workload


def read_copies(own: dict[str, Any], regions: frozenset[str], place: str) -> tuple[int, int | None, int]:
    """How many there are, how many at most in a region, and how many are left when what they survive is gone."""
    place = f"{place}.copies"
    stated = own.get("copies", 1)
    said = stated if is_object(stated) else {"count": stated}
    if "copies" in own and (own.get("perCluster", False) or own.get("perNode", False)):
        raise UnreadableError(f"{place}: it runs in every cluster")
    if "each" in said:
        if len(said) > 1 or said["each"] != "region" or not regions:
            raise UnreadableError(f"{place}: each stands alone, in regions")
        return len(regions), 1, 1
    if "count" not in said:
        raise UnreadableError(f"{place}: a count is needed")
    count, most = counted(said["count"], place), most_of(said.get("spread", "cluster"), place)
    if not 1 <= count <= MOST or most == 0:
        raise UnreadableError(f"{place}: from 1 to {MOST} copies, and one in a region at least")
    if most is not None and (not regions or count > most * len(regions)):
        raise UnreadableError(f"{place}: {count} copies, at most {most} in each of {len(regions)} regions")
    gone = said.get("survive", count - 1)
    if is_object(gone):
        if most is None:
            raise UnreadableError(f"{place}.survive: it is not spread by region")
        gone = counted(gone["regions"], f"{place}.survive") * most
    gone = counted(gone, f"{place}.survive")
    if not 0 <= gone < count:
        raise UnreadableError(f"{place}.survive: a copy at least is left")
    return count, most, count - gone


def most_of(spread: Any, place: str) -> int | None:
    """How many copies may be in a region, where that is limited."""
    if isinstance(spread, dict):
        return counted(spread["perRegion"], f"{place}.spread")
    if spread not in ("cluster", "region"):
        raise UnreadableError(f"{place}.spread: {spread!r}")
    return 1 if spread == "region" else None


def counted_copies(fleet: Fleet) -> None:
    """Who must be together has the same copies, and one in each region has a place in every one."""
    for unit in fleet.units:
        if len(unit) > 1 and any(workload.split for workload in unit):
            raise UnreadableError(f"{unit[0].identity}: a split goes with nobody")
        if len({(workload.copies, workload.most, workload.each) for workload in unit}) > 1:
            raise UnreadableError(f"{unit[0].identity} and what goes with it have other copies")
        if unit[0].each:
            regions = {region for site in may_be(fleet, unit) for region in fleet.sites[site].regions}
            if not unit[0].regions <= regions:
                raise UnreadableError(f"{unit[0].identity}: no place for a copy in {min(unit[0].regions - regions)}")


def may_be(fleet: Fleet, unit: list[Workload]) -> tuple[int, ...]:
    """The sites that are open to a unit."""
    return tuple(n for n, site in enumerate(fleet.sites) if all(fleet.open(site, workload) for workload in unit))


def must_be(fleet: Fleet, unit: list[Workload]) -> list[int]:
    """The sites of existing clusters where a unit must be."""
    places = [fleet.whereabouts.get((w.tenant, w.namespace, w.name)) for w in unit]
    held: set[str] = set()
    for where in places:
        held |= set() if where is None else where.held(str(fleet.as_of))
    return [n for n, site in enumerate(fleet.sites) if isinstance(site, Existing) and site.name in held]


def rooms(fleet: Fleet, unit: list[Workload], everywhere: tuple[int, ...]) -> list[tuple[tuple[int, ...], int]]:
    """Lists of sites, and how many copies of a unit may be at those of each.

    One in each cluster where it must be; in each region as many as the others leave over; the rest wherever it may be.
    """
    copies, most = unit[0].copies, unit[0].most
    if copies == 1:
        return [(everywhere, 1)]
    pins = must_be(fleet, unit)
    found: list[tuple[tuple[int, ...], int]] = [((site,) if site in everywhere else (), 1) for site in pins]
    left = max(0, copies - len(pins))
    if most is not None and left:
        by_region: dict[str, list[int]] = {}
        for site in everywhere:
            for region in fleet.sites[site].regions:
                by_region.setdefault(region, []).append(site)
        least = max(0, copies - most * max(0, len(by_region) - 1))
        for _, here in sorted(by_region.items()):
            number = min(left, max(0, min(least, most) - sum(site in here for site in pins)))
            left -= number
            found += [(tuple(here), number)] if number else []
        if least > most and left:
            found.append(((), left))
            left = 0
    return found + ([(everywhere, left)] if left else [])


def apart(fleet: Fleet, plan: Any, where: dict[int, list[str]]) -> None:
    """Copies are as many as there should be, each in a cluster of its own, and as far apart as they must be."""
    region = {cluster["name"]: cluster.get("region") for cluster in plan["clusters"]}
    for workload in fleet.placed:
        names = where.get(workload.index, [])
        if not workload.split and len(names) != workload.copies:
            raise RefutedError("plan.assignments", f"{workload.identity} has {workload.copies} copies")
        spread = workload.most is not None or workload.each
        here = Counter([region[name] for name in names] if spread else [])
        if workload.most is not None and max(here.values()) > workload.most:
            raise RefutedError("plan.assignments", f"{workload.identity}: at most {workload.most} in a region")
        if workload.each and frozenset(here) != workload.regions:
            raise RefutedError("plan.assignments", f"{workload.identity}: one in every region")
        at = fleet.whereabouts.get((workload.tenant, workload.namespace, workload.name))
        if at is not None and not at.held(str(fleet.as_of)) <= set(names):
            raise RefutedError("plan.assignments", f"{workload.identity} is not where it must be")


def losses(fleet: Fleet, plan: Any, bins: list[tuple[int, list[Workload]]], figures: Figures) -> None:
    """What the loss of each cluster, and of each region, takes, where several are in use."""
    clusters: list[dict[str, Any]] = plan.get("clusters") or []
    known = {workload.index: workload for workload in fleet.placed}
    several = any("copies" in row or row.get("split", False) for row in fleet.rows)
    several = several or bool(fleet.kept_apart or fleet.in_region)

    def lost(places: list[tuple[str, list[int]]], of: str, key: str) -> None:
        found: list[tuple[dict[str, Any], int]] = []
        for name, here in places:
            gone: Counter[int] = Counter()
            for number in here:
                gone.update({workload.index: workload.replicas for workload in bins[number][1]})
            hit = [known[index] for index in sorted(gone) if index in known and gone[index]]
            left = {w.index: w.copies * w.replicas - gone[w.index] for w in hit}
            short = [w for w in hit if left[w.index] < w.wanted]
            row: dict[str, Any] = {of: name, "workloads": len(short), "pods": sum(gone.values())}
            row["left"] = sum(left[w.index] for w in short) if several else None
            row["tenants"] = len({w.tenant for w in short})
            found += [({**row, "samples": [w.identity for w in short[:3]]}, len(here))] if left else []
        found.sort(key=lambda it: -it[0]["workloads"])  # stable
        stated = [{"left": None, **row} for row in plan.get(key, [])]
        rows = [row if of == "cluster" else {**row, "clusters": number} for row, number in found]
        figures.expect(stated, rows if len(rows) > 1 else [], f"plan.{key}")

    each = [(cluster["name"], [number]) for number, cluster in enumerate(clusters)]
    lost(each if several or fleet.existing else [], "cluster", "losses")
    regions = [(n, [i for i, it in enumerate(clusters) if it.get("region") == n]) for n in sorted(fleet.regions)]
    lost(regions, "region", "lossesOfRegions")
