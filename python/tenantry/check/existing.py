"""Clusters that exist: what they offer, who runs there, who must be where, and what a plan moves."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from . import splits
from .places import MILLION, Site
from .reading import Figures, RefutedError, UnreadableError, is_list, is_object
from .shape import counted
from .words import day, distinct, free, name

if TYPE_CHECKING:
    from .fleet import Fleet, Workload

MOST = 10_000  # existing clusters, and pools of them
KEYS = ("runsIn", "pin", "stay", "stateful", "moveCost", "downtime")
SHAPE = ("allocatable", "nodePools", "nodePacking", "headroom", "maximums", "cost", "admits", "provides")
FORGOT = ["earlier levels", "reasons", "sums"]  # by the count of those who cannot stay


@dataclass
class Existing(Site):
    """A cluster that exists, as the place that it is."""

    name: str = ""
    of: str = ""  # its template
    mode: str = "open"
    keep: bool = False
    because: str | None = None  # why it is kept


@dataclass
class Whereabouts:
    """Where a workload runs, and what holds it."""

    runs_in: list[str]
    copies: int
    pins: set[str]
    stays: list[tuple[str, str | None]]  # in what it stays, and the last day
    stateful: bool
    cost: int
    downtime: bool
    regions: list[str]  # where it runs
    running: dict[str, int] = field(default_factory=dict)  # of a split, how many replicas run in each cluster

    @property
    def further(self) -> int:
        """Copies that are more than run today."""
        return max(0, self.copies - len(self.runs_in)) if self.runs_in and not self.running else 0

    def stays_in(self, as_of: str) -> set[str]:
        """In what it stays on a day: its cluster, its region."""
        return {word for word, last in self.stays if last is None or as_of <= last}

    def held(self, as_of: str) -> set[str]:
        """The clusters that it must be in on a day."""
        stays = "cluster" in self.stays_in(as_of)
        return self.pins | (set(self.runs_in) if stays else set())

    def away(self, as_of: str, site: Site) -> bool:
        """Whether it stays in its regions, and that is another one."""
        words = self.stays_in(as_of)
        stays = "region" in words and "cluster" not in words and bool(self.runs_in)
        return stays and not set(self.regions) & set(site.regions)

    def bound_elsewhere(self, as_of: str, title: str | None) -> bool:
        """Whether all of its copies must be in other clusters."""
        held = self.held(as_of)
        return bool(held) and len(held) >= self.copies and title not in held


def read_existing(fleet: Fleet, whole: dict[str, Any]) -> list[Existing]:
    """The clusters by name."""
    entries: list[dict[str, Any]] = whole.get("existingClusters", [])
    if max(len(entries), sum(len(entry.get("nodePools", [])) for entry in entries)) > MOST:
        raise UnreadableError(f"existingClusters: at most {MOST} clusters and pools")
    templates = {entry["name"]: entry for entry in whole.get("clusterTemplates", [])}
    for title in distinct((entry["name"] for entry in entries), "existingClusters"):
        name(title, "existingClusters", slash=False)
    found = [read_cluster(fleet, entry, templates, f"existingClusters[{n}]") for n, entry in enumerate(entries)]
    return sorted(found, key=lambda cluster: cluster.name)


def read_cluster(fleet: Fleet, own: dict[str, Any], templates: dict[str, Any], place: str) -> Existing:
    """One cluster: its own keys, and its template's where it has none."""
    base: dict[str, Any] = {}
    if "template" in own:
        if own["template"] not in templates:
            raise UnreadableError(f"{place}: no template {own['template']!r}")
        base = {key: value for key, value in templates[own["template"]].items() if key in SHAPE}
    if "allocatable" in own and "nodePools" in own:
        raise UnreadableError(f"{place}: allocatable or nodePools, not both")
    if "allocatable" in own:
        base.pop("nodePools", None)
        base.pop("nodePacking", None)
        if "maximums" in base:
            base["maximums"] = {key: value for key, value in base["maximums"].items() if key != "nodes"}
    if "nodePools" in own:
        base.pop("allocatable", None)
    shape = base | {key: value for key, value in own.items() if key in SHAPE}
    region = own.get("region")
    if (region is None) != (not fleet.regions) or (region is not None and region not in fleet.regions):
        raise UnreadableError(f"{place}: it is in one region where the fleet has some, and else in none")
    where = {} if region is None else {"regions": region}
    template = fleet.read_template({"name": own["name"], **shape, **where}, place)
    if fleet.cost_needed and template.cost is None:
        raise UnreadableError(f"{place}: the objective or a limit names the cost, and this cluster has none")
    for key, word in own.get("labels", {}).items():
        free(key, place, 317)
        free(word, place)
    taken = own.get("occupied")
    mode = own.get("mode", "open")
    if taken is not None:
        if not taken or mode == "drain":
            raise UnreadableError(f"{place}: others take something there, and nobody can move them")
        amounts = {key: fleet.amount_up(key, taken[key], place) for key in ("cpu", "memory") if key in taken}
        amounts["pods"] = counted(taken.get("pods", 0), place)
        usable = template.usable[None]
        carries = all(amounts.get(key, 0) <= most for key, most in usable.items())
        usable = {key: max(0, most - amounts.get(key, 0)) for key, most in usable.items()}
        less = {"pods": amounts["pods"], "namespaces": counted(taken.get("namespaces", 0), place)}
        maximums = {key: max(0, most - less.get(key, 0)) for key, most in template.maximums.items()}
        template = replace(
            template,
            usable=template.usable | {None: usable},
            maximums=maximums,
            carries=template.carries and carries,
        )
    keep = own.get("keep", False) or taken is not None
    regions, factor = ([], MILLION) if region is None else ([region], fleet.regions[region].factor)
    why = "keep" if own.get("keep", False) else "occupied" if keep else None
    return Existing(template, regions, factor, own["name"], own.get("template", ""), mode, keep, why)


def names_of(value: Any, known: set[str], place: str, most: int = MOST) -> list[str]:
    """The clusters of a word or a list."""
    listed = list(distinct(value if is_list(value) else [value], place))
    if len(listed) > most or not set(listed) <= known:
        raise UnreadableError(f"{place}: {listed} are not existing clusters, or too many")
    return listed


Said = tuple[list[str], str, str | None]
BREADTH = ["", "none", "region", "cluster"]  # of a stay, wide to narrow


def said(owner: dict[str, Any], known: set[str], place: str, *, regions: bool) -> Said:
    """What an owner says for itself: pins, and its stay with the last day."""
    pins = names_of(owner["pin"], known, f"{place}.pin") if "pin" in owner else []
    if "pin" in owner and not pins:
        raise UnreadableError(f"{place}.pin: a cluster is needed")
    stay = owner.get("stay")
    if stay is None:
        return pins, "", None
    word, last = (stay["for"], day(stay["until"], f"{place}.stay")) if is_object(stay) else (stay, None)
    words = ["cluster", *(["region"] if regions else []), *([] if last else ["none"])]
    if word not in words:
        raise UnreadableError(f"{place}.stay: one of {words} is needed")
    return pins, word, last


def runs(own: dict[str, Any], workload: Workload, known: set[str], place: str) -> tuple[list[str], dict[str, int]]:
    """The clusters where a workload runs, and of a split how many replicas in each."""
    given = own.get("runsIn", [])
    if not is_object(given):
        names = names_of(given, known, place, MOST if "copies" in own else 1)
        return names, dict.fromkeys(names, workload.replicas) if workload.split else {}
    counts = {title: counted(count, f"{place}.runsIn") for title, count in given.items()}
    if not counts or not workload.split or not all(counts.values()):
        raise UnreadableError(f"{place}: replicas in each cluster, of a split alone")
    return names_of(sorted(counts), known, place), counts


def read_whereabouts(fleet: Fleet, whole: dict[str, Any]) -> dict[tuple[str, str, str], Whereabouts]:
    """Where each workload runs, by tenant, namespace and name."""
    known = {cluster.name for cluster in fleet.existing}
    where = {cluster.name: next(iter(cluster.regions), None) for cluster in fleet.existing}
    default = whole.get("defaults", {}).get("runsIn")
    rows: list[dict[str, Any]] = whole.get("workloads", [])
    owners = [*whole.get("tenants", []), *rows]
    if not known:
        if default is not None or any(key in owner for owner in owners for key in KEYS):
            raise UnreadableError("runsIn and what goes with it mean nothing without existingClusters")
        return {}
    if default not in (None, []):
        raise UnreadableError("defaults.runsIn: [] is needed")
    some = bool(fleet.regions)
    tenants = {
        entry["name"]: said(entry, known, f"tenant {entry['name']}", regions=some) for entry in whole.get("tenants", [])
    }
    by_key = {(it.tenant, it.namespace, it.name): it for it in fleet.placed}
    found: dict[tuple[str, str, str], Whereabouts] = {}
    for index, own in enumerate(rows):
        place = f"workloads[{index}]"
        if own.get("perCluster", False) or own.get("perNode", False):
            if any(key in own for key in KEYS):
                raise UnreadableError(f"{place}: it runs in every cluster")
            continue
        if "runsIn" not in own and default is None:
            raise UnreadableError(f"{place}: runsIn is needed")
        key = (own["tenant"], own.get("namespace", f"{own['tenant']}-{own['name']}"), own["name"])
        copies = max(1, by_key[key].most_clusters)
        runs_in, running = runs(own, by_key[key], known, f"{place}.runsIn")
        pins, word, last = said(own, known, place, regions=some)
        theirs, their_word, their_last = tenants[own["tenant"]]
        if max(len(pins), len(theirs)) > copies:
            raise UnreadableError(f"{place}: pinned to more clusters than it has copies")
        shorter = last is not None and (their_last is None or last < their_last)
        wider = BREADTH.index(word) < BREADTH.index(their_word)
        lifted = their_word in ("cluster", "region") and word != "" and (wider or (word == their_word and shorter))
        if lifted or (pins and len({*pins, *theirs}) > max(len(pins), len(theirs), copies)):
            raise UnreadableError(f"{place}: its tenant holds it more")
        if own.get("downtime", "allowed") != "allowed":
            raise UnreadableError(f"{place}.downtime: allowed, or nothing")
        stateful = own.get("stateful", False)
        own_word = "cluster" if stateful and not word else word
        both = [(their_word, their_last), (own_word, last)]
        stays = [(what, day_) for what, day_ in both if what in ("cluster", "region")]
        cost = counted(own.get("moveCost", 1), place)
        regions = sorted({region for region in map(where.get, runs_in) if region is not None})
        held = {*pins, *theirs}
        found[key] = Whereabouts(runs_in, copies, held, stays, stateful, cost, "downtime" in own, regions, running)
    return found


def lets_in(fleet: Fleet, site: Site, workload: Workload) -> bool:
    """Whether modes, pins and stays let a workload be there, on the day judged."""
    if not fleet.whereabouts:
        return not isinstance(site, Existing)
    where = fleet.whereabouts.get((workload.tenant, workload.namespace, workload.name))
    title = site.name if isinstance(site, Existing) else None
    if where is None:
        return title is None
    if isinstance(site, Existing) and (site.mode == "drain" or (site.mode == "cordon" and title not in where.runs_in)):
        return False
    day_ = str(fleet.as_of)
    return not where.bound_elsewhere(day_, title) and not where.away(day_, site)


def shut_out(fleet: Fleet, unit: list[Workload], site: Existing) -> str | None:
    """Why a unit cannot be in an existing cluster, whoever else is there."""
    places = [fleet.whereabouts[w.tenant, w.namespace, w.name] for w in unit]
    if site.mode == "drain":
        return "drain"
    if site.mode == "cordon" and any(site.name not in where.runs_in for where in places):
        return "cordon"
    day_, copies = str(fleet.as_of), unit[0].most_clusters
    pins = {title for where in places for title in where.pins}
    if len(pins) >= copies and site.name not in pins:
        return "pin"
    held = {title for where in places for title in where.held(day_)}
    if (len(held) >= copies and site.name not in held) or any(where.away(day_, site) for where in places):
        return "stay"
    for why in (site.bars(workload) for workload in unit):
        if why is not None:
            return why
    return None if all(fleet.open(site, workload) for workload in unit) else "room"


def forced(fleet: Fleet) -> dict[int, tuple[int, dict[str, str]]]:
    """How many copies of each workload can stay where they run in no plan, and from where, and why."""
    by_name = {cluster.name: cluster for cluster in fleet.existing}
    found: dict[int, tuple[int, dict[str, str]]] = {}
    for unit in fleet.units if by_name else []:
        for workload in unit:
            runs_in = fleet.whereabouts[workload.tenant, workload.namespace, workload.name].runs_in
            reasons = {title: shut_out(fleet, unit, by_name[title]) for title in sorted(runs_in)}
            shut = {title: why for title, why in reasons.items() if why is not None}
            copies = min(workload.copies, len(runs_in)) - (len(runs_in) - len(shut))
            copies = splits.forced(fleet, workload, shut) if workload.split else copies
            if copies > 0:
                found[workload.index] = (copies, shut)
    return found


def forced_moves(fleet: Fleet) -> int:
    """What those count."""
    gone = forced(fleet)
    return sum(
        fleet.whereabouts[w.tenant, w.namespace, w.name].cost * gone[w.index][0]
        for w in fleet.placed
        if w.index in gone
    )


def charged_as_new(fleet: Fleet) -> int:
    """What the charges of copies count beyond the moves: those that are more than run today are new."""
    return sum(where.cost * where.further for where in fleet.whereabouts.values())


def charge(fleet: Fleet, unit: list[Workload], sites: tuple[int, ...]) -> tuple[int, dict[int, int]]:
    """What a copy of a unit is charged wherever it does not stay, and at sites open to it where some of it would."""
    # where nothing exists nobody runs anywhere
    known = (fleet.whereabouts.get((w.tenant, w.namespace, w.name)) for w in unit)
    places = [where for where in known if where is not None]
    base = sum(where.cost for where in places if where.runs_in)
    except_: dict[int, int] = {}
    for number in sites:
        site = fleet.sites[number]
        stay = sum(where.cost for where in places if isinstance(site, Existing) and site.name in where.runs_in)
        if stay:
            except_[number] = base - stay
    return base, except_


Row = tuple[str, "str | None", "str | None"]  # change, from, because


def rows_of(
    fleet: Fleet, workload: Workload, names: list[str], gone: tuple[int, dict[str, str]]
) -> tuple[list[Row], list[str]]:
    """What becomes of the copies in these clusters, in the order of the plan, and from where one is given up."""
    where = fleet.whereabouts.get((workload.tenant, workload.namespace, workload.name))
    if where is None:
        return [("new", None, None) for _ in names], []
    runs_in = where.runs_in
    elsewhere = sum(title not in runs_in for title in names)
    number = elsewhere - where.further if runs_in else 0
    left = sorted((title for title in runs_in if title not in names), key=lambda title: (title not in gone[1], title))
    rows: list[Row] = []
    at = 0
    for title in names:
        if title in runs_in:
            rows.append(("stay", None, None))
        elif at < number:
            because = gone[1][left[at]] if at < gone[0] else "chosen"
            rows.append(("move", left[at], because))
            at += 1
        else:
            rows.append(("new", None, None))
    return rows, left[at:]


def changes(fleet: Fleet, plan: Any, bins: list[tuple[int, list[Workload]]], figures: Figures) -> None:
    """What the plan says of moves, of each row and in all."""
    region = {cluster["name"]: cluster.get("region") for cluster in plan["clusters"]}
    of = {cluster.name: cluster.regions for cluster in fleet.existing}
    homes: dict[int, list[str]] = {workload.index: [] for workload in fleet.placed}
    for cluster, (number, workloads) in zip(plan["clusters"], bins, strict=True):
        site = fleet.sites[number]
        if isinstance(site, Existing) and site.name != cluster["name"]:
            raise RefutedError("plan.clusters", "a cluster that exists keeps its name")
        for workload in workloads:
            homes[workload.index].append(cluster["name"])
    gone = forced(fleet)
    rows: dict[tuple[str, str, str, str], tuple[Any, ...]] = {}
    count: dict[str, Counter[str]] = {"forced": Counter(), "chosen": Counter()}
    tenants: dict[str, Counter[str]] = {}
    leaving: list[dict[str, str]] = []
    for workload in fleet.placed:
        key, names = (workload.tenant, workload.namespace, workload.name), homes[workload.index]
        where = fleet.whereabouts.get(key)
        if workload.split:
            here = [(cluster, workloads) for cluster, (_, workloads) in zip(plan["clusters"], bins, strict=True)]
            into = (count["forced"], count["chosen"], tenants)
            rows |= splits.changes(fleet, workload, here, gone.get(workload.index, (0, {})), into)
            continue
        right, given_up = rows_of(fleet, workload, names, gone.get(workload.index, (0, {})))
        parts = dict(zip(("tenant", "namespace", "workload"), key, strict=True))
        leaving += [{**parts, "cluster": title} for title in given_up]
        for at, (title, row) in enumerate(zip(names, right, strict=True)):
            rows[*key, title] = (*row, at + 1 if workload.copies > 1 else None)
        moved = [(title, row) for title, row in zip(names, right, strict=True) if row[0] == "move"]
        for what, test in (("forced", False), ("chosen", True), ("", None)) if moved else ():
            ours = [(title, row) for title, row in moved if test is None or (row[2] == "chosen") == test]
            if not ours or where is None:
                continue
            counter = count[what] if what else tenants.setdefault(workload.tenant, Counter())
            counter.update(cost=where.cost * len(ours), workloads=1, pods=workload.replicas * len(ours))
            abroad = any(region[title] != next(iter(of[str(row[1])]), None) for title, row in ours)
            counter.update(stateful=int(where.stateful), regions=int(abroad))
    for index, row in enumerate(plan["assignments"]):
        wanted = rows.get((row["tenant"], row["namespace"], row["workload"], row["cluster"]))
        stated = (row["change"], row.get("from"), row.get("because"), row.get("copy"))
        if wanted is not None:
            figures.expect(stated, wanted, f"plan.assignments[{index}].change")
    figures.expect(plan.get("leaving", []), leaving, "plan.leaving")

    def whole(counter: Counter[str]) -> dict[str, int]:
        return {key: counter[key] for key in ("cost", "workloads", "pods", "stateful", "regions")}

    by_tenant = [{"tenant": title, **whole(tenants[title])} for title in sorted(tenants)]
    moves = {**{key: whole(counter) for key, counter in count.items()}, "byTenant": by_tenant}
    given = plan.get("moves")
    if given is not None:  # none that go to another region need not be counted
        plain = {key: {"regions": 0, **given[key]} for key in ("forced", "chosen")}
        given = {**plain, "byTenant": [{"regions": 0, **row} for row in given["byTenant"]]}
    figures.expect(given, moves if fleet.existing else None, "plan.moves")
    used = {site.name for number, _ in bins if isinstance(site := fleet.sites[number], Existing)}
    runs = {title for where in fleet.whereabouts.values() for title in where.runs_in}
    left = [cluster.name for cluster in fleet.existing if cluster.name not in used]
    figures.expect(plan.get("emptied", []), [title for title in left if title in runs], "plan.emptied")
    figures.expect(plan.get("unused", []), [title for title in left if title not in runs], "plan.unused")
