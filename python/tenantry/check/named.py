"""Rules of named workloads between clusters: who is kept apart, and groups that stand in one region."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .reading import RefutedError, UnreadableError
from .words import distinct, identifier

if TYPE_CHECKING:
    from .fleet import Fleet, Workload
    from .migration import State


@dataclass
class KeptApart:
    """Workloads of which no two may be in one cluster, or in one region."""

    reason: str  # as the rows of a plan name it
    members: list[int]
    region: bool


def of_attributes(policy: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries that keep the values of an attribute apart."""
    return [rule for rule in policy.get("apart", []) if "id" not in rule and "members" not in rule]


def listed(fleet: Fleet, titles: list[str], place: str) -> list[int]:
    """The workloads of a list of names."""
    members = [fleet.find_workload(title, place) for title in titles]
    whole = len(set(members)) == len(members) >= 2
    if not whole or any(fleet.workloads[member].per_cluster for member in members):
        raise UnreadableError(f"{place}: two workloads at least, each once and none of every cluster")
    return members


def read_kept_apart(fleet: Fleet) -> list[KeptApart]:
    """The entries of ``policy.apart`` that name workloads."""
    attributes = {rule["by"] for rule in of_attributes(fleet.policy)}
    found: list[KeptApart] = []
    for rule in fleet.policy.get("apart", []):
        if "id" not in rule and "members" not in rule:
            continue
        if not {"id", "members"} <= set(rule) or "missing" in rule or rule["by"] not in ("cluster", "region"):
            raise UnreadableError("policy.apart: an id, members, and by: cluster or region are needed")
        place = f"apart {identifier(rule['id'], 'policy.apart')}"
        if rule["id"] in attributes or (rule["by"] == "region" and not fleet.regions):
            raise UnreadableError(f"{place}: an id that no attribute has; and regions, where it is by them")
        members = listed(fleet, rule["members"], place)
        found.append(KeptApart(f"apart:{rule['id']}", members, rule["by"] == "region"))
    list(distinct((rule.reason for rule in found), "policy.apart"))
    return found


def stands_in_one(fleet: Fleet, rule: dict[str, Any]) -> bool:
    """Whether the members of a group share a region, and not a cluster."""
    what = rule.get("in", "cluster")
    if what not in ("cluster", "region") or (what == "region" and not fleet.regions):
        raise UnreadableError(f"together {rule['id']}: in a cluster, or in a region where there are some")
    return bool(what == "region")


def sound(fleet: Fleet, units: list[list[Workload]]) -> None:
    """Nobody is held together and kept apart, and no copies that must be apart stand in one region."""
    held = [([workload.index for workload in unit], False) for unit in units if len(unit) > 1]
    for members, region in [*held, *((group, True) for group in fleet.in_region)]:
        for rule in fleet.kept_apart:
            if len(set(members) & set(rule.members)) > 1 and (rule.region or not region):
                raise UnreadableError(f"{rule.reason} keeps apart who must be together")
    for group in fleet.in_region:
        for workload in (fleet.workloads[member] for member in group):
            if workload.split:
                raise UnreadableError(f"{workload.identity}: a split stands in no one region")
            if workload.most is not None and workload.most < workload.copies:
                raise UnreadableError(f"{workload.identity}: copies of one region, and at most {workload.most} in one")


def kept(fleet: Fleet, plan: Any, where: dict[int, list[str]]) -> None:
    """A plan keeps apart whom it should, and groups of one region in one."""
    region = {cluster["name"]: cluster.get("region") for cluster in plan["clusters"]}
    for group in fleet.in_region:
        if len({region[name] for member in group for name in where.get(member, [])}) > 1:
            raise RefutedError("plan.assignments", f"{fleet.workloads[group[0]].identity} and its group: one region")
    for rule in fleet.kept_apart:
        places = [{region[name] if rule.region else name for name in where.get(it, [])} for it in rule.members]
        met = Counter(place for theirs in places for place in theirs)
        if any(count > 1 for count in met.values()):
            raise RefutedError("plan.assignments", f"{rule.reason}: two of them meet in {met.most_common(1)[0][0]}")


def apart_on_the_way(state: State, started: set[tuple[str, str]], before: dict[str, set[str]]) -> None:
    """With all starts of a batch nobody comes to a region where somebody is from whom it is kept apart."""
    fleet = state.fleet
    was, now = regions(state, before), regions(state, state.stands)
    for rule in (rule for rule in fleet.kept_apart if rule.region):
        names = [fleet.workloads[member].identity for member in rule.members]
        for who, at in ((who, state.region(cluster)) for who, cluster in started if who in names):
            for other in names:
                both = at in was.get(who, ()) and at in was.get(other, ())
                if other != who and at in now.get(other, ()) and not both:
                    state.refute(f"{who} comes to {at}, where {other} is: {rule.reason}")


def together_on_the_way(state: State, moved: set[str], before: dict[str, set[str]]) -> None:
    """After a batch a group is in one region, or in several in which some of its workloads were and still are."""
    was, now = regions(state, before), regions(state, state.stands)
    for group in state.fleet.in_region:
        names = [state.fleet.workloads[member].identity for member in group]
        if moved.isdisjoint(names):
            continue
        here = {at for who in names for at in now.get(who, ())}
        held = {at for who in names for at in now.get(who, set()) & was.get(who, set())}
        if len(here) > 1 and not here <= held:
            state.refute(f"{names[0]} and its group are in {' and '.join(sorted(here))}: one region is needed")


def regions(state: State, stands: dict[str, set[str]]) -> dict[str, set[str]]:
    """The regions where each workload stands."""
    found: dict[str, set[str]] = {}
    for cluster, here in stands.items():
        for who in here:
            found.setdefault(who, set()).add(state.region(cluster))
    return found


def forgotten(fleet: Fleet) -> list[str]:
    """The rules of regions that no bound knows of."""
    spread = any(
        it.most is not None and it.most < it.copies < it.most * len(it.regions) and not it.each for it in fleet.placed
    )
    rules = (
        ("apart.region", any(rule.region for rule in fleet.kept_apart)),
        ("copies.spread", spread),
        ("together.region", bool(fleet.in_region)),
    )
    return [name for name, matters in rules if matters]
