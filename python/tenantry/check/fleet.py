"""What a fleet document means: a second, naive reading of the same rules.

Nothing is inferred about what is missing: an unknown key, name or value makes the document unreadable. Whatever the
program refuses is refused here as well.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from .attributes import Attribute
from .copies import counted_copies, read_copies
from .existing import lets_in, read_existing, read_whereabouts
from .named import KeptApart, of_attributes, read_kept_apart, sound, stands_in_one
from .named import listed as listed_members
from .nodes import Pool, alone, few_enough, offered, read_pools
from .places import Site, listed, read_regions, sites, stated
from .reading import Budget, UnreadableError, Written, is_list, is_object, text
from .shape import FLEET, MOST, counted
from .splits import least, read_split
from .words import LABEL, RESOURCE, day, distinct, free, identifier, labels, meant, name, twins

if TYPE_CHECKING:
    from .existing import Existing, Whereabouts
    from .places import Region

LEVELS = [
    {"name": "hostile", "sharing": "workload", "accepts": "hostile"},
    {"name": "untrusted", "sharing": "tenant", "accepts": "untrusted"},
    {"name": "trusted", "sharing": "level", "accepts": "trusted"},
]
SHARING = ["level", "tenant", "workload"]  # from wide to narrow
SUFFIXES: dict[str, Fraction] = {
    "": Fraction(1),
    "n": Fraction(1, 10**9),
    "u": Fraction(1, 10**6),
    "m": Fraction(1, 1000),
    **{letter: Fraction(1000) ** (power + 1) for power, letter in enumerate("kMGTPE")},
    **{letter + "i": Fraction(1024) ** (power + 1) for power, letter in enumerate("KMGTPE")},
}
PRESETS: dict[str | None, dict[str, int]] = {
    None: {},
    "upstream": {"nodes": 5_000, "pods": 150_000, "namespaces": 10_000},
    "eks": {"nodes": 1_000, "pods": 50_000, "namespaces": 10_000},
    "aks": {"nodes": 5_000, "pods": 200_000, "namespaces": 10_000},
    "gke": {"nodes": 5_000, "pods": 200_000, "namespaces": 10_000},
}
MAX_DIMENSIONS = 256  # of the compact problem
DECIDING = ("clusters", "cost", "moves")  # those that decide whether a plan is the best
MAX_COST = 10**15  # of a whole plan, in thousandths: documents carry no larger costs exactly
MOST_RESOURCES, MOST_TEMPLATES = 256, 1_000
LONGEST = 400  # digits and all, of a quantity
QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:([numkMGTPE]|[KMGTPE]i)?|[eE]([+-]?[0-9]{1,3}))", re.ASCII)


def quantity(value: Any, place: str) -> Fraction:
    """A Kubernetes quantity, exactly: ``100m``, ``64Mi``, ``1e3``, 2."""
    if type(value) is int and value >= 0:
        return Fraction(value)
    found = written_quantity(str(value)) if isinstance(value, str) and len(value) <= LONGEST else None
    if found is None:
        raise UnreadableError(f"{place}: {value!r} is not a quantity")
    return found


def written_quantity(value: str) -> Fraction | None:
    """A quantity that is written as text; None: it is none."""
    match = QUANTITY.fullmatch(value.removeprefix("+"))
    if match is None:
        return None
    number, suffix, exponent = match.groups()
    before, _, after = number.partition(".")
    found = Fraction(int(before + after), 10 ** len(after)) * SUFFIXES[suffix or ""]
    return found * Fraction(10) ** int(exponent) if exponent else found


def amount(resource: str, value: Any, place: str, rounding: Callable[[Fraction], int]) -> int:
    """In the unit of the resource: thousandths for cpu, whole units for all else."""
    times = 1000 if resource == "cpu" else 1
    found = written_units(str(value), times, rounding) if isinstance(value, str) and len(value) <= LONGEST else None
    if found is None:
        found = rounding(quantity(value, place) * times)
    return found if 0 <= found <= MOST else counted(found, f"{place}.{resource}")


@lru_cache(maxsize=1 << 16)  # a fleet says the same few thousand amounts again and again
def written_units(value: str, times: int, rounding: Callable[[Fraction], int]) -> int | None:
    """So many times a quantity that is written as text, rounded; None: it is none."""
    found = written_quantity(value)
    return None if found is None else rounding(found * times)


@dataclass(slots=True)
class Workload:
    """Everything inherited, everything counted."""

    index: int
    name: str
    tenant: str
    namespace: str
    trust: int  # rank of the level
    sharing: int  # index into SHARING
    accepts: int  # rank of the lowest level accepted
    values: dict[str, str]  # of attributes, as written here or at the tenant
    classes: dict[str, str]  # of the attributes that have a value
    separation: dict[str, str]  # attribute separated by -> class
    replicas: int  # of one copy
    pod: dict[str, int]
    total: dict[str, int]
    per_cluster: bool  # in every cluster: once, or on every node
    labels: dict[str, str]
    regions: frozenset[str]  # where it may be
    needs: frozenset[str]
    per_node: bool = False
    pool: str | None = None
    identity: str = ""
    copies: int = 1
    most: int | None = None  # copies in a region at most
    each: bool = False  # one in every region
    wanted: int = 0  # pods that are left when what it survives is gone
    split: bool = False  # its replicas may lie in several clusters
    parts: int | None = None  # in so many at most

    @property
    def nothing(self) -> bool:
        """Whether it is a split of no replicas, which no plan has in a cluster."""
        return self.split and not self.replicas

    @property
    def most_clusters(self) -> int:
        """The most clusters that it can be in."""
        if not self.split:
            return self.copies
        return self.replicas if self.parts is None else min(self.parts, self.replicas)


@dataclass
class Template:
    """A shape of cluster. Amounts that are missing from ``usable`` are unlimited."""

    name: str
    usable: dict[str | None, dict[str, int]]  # by dedicated pool; None: the workloads that name no pool
    pools: list[Pool]
    packs: bool  # whether every pod must have its place on a node
    maximums: dict[str, int]
    max_count: int | None
    cost: int | None  # in thousandths, with the least number of nodes
    node_cost: int  # of each further node
    regions: frozenset[str]  # where its clusters can stand
    admits: Callable[[Workload, str], bool] | None
    provides: frozenset[str]
    carries: bool = True  # the workloads of the platform

    @property
    def further(self) -> int | None:
        """How many nodes there may be beyond the least number of each pool."""
        return self.maximums["nodes"] - sum(pool.least for pool in self.pools) if "nodes" in self.maximums else None

    def holds(self, pool: str | None, load: dict[str, int]) -> bool:
        """Whether the usable resources suffice for the workloads of a pool."""
        for resource, most in self.usable.get(pool, {}).items():
            if load[resource] > most:
                return False
        return pool in self.usable


Stance = tuple[int | None, int, int, int]  # trust, sharing, floor, floor that was said
Waiver = tuple[list[Callable[[Workload, str], bool]], set[str], str, str]  # sides, reasons, last day, id


Distrust = tuple[str, Callable[[Workload, str], bool], Callable[[Workload, str], bool]]  # id, subject, neighbour


class Fleet:
    """A fleet document, resolved against a day for its waivers: the one given, or the fleet's own."""

    ladder: list[str]
    moves_decide: bool
    kept_apart: list[KeptApart]
    in_region: list[list[int]]  # groups of one region

    def __init__(self, document: Any, as_of: str | None) -> None:
        refuse_open(document, "fleet")
        FLEET(document, "fleet")
        whole: dict[str, Any] = document
        free(whole.get("name", ""), "name", 253)
        self.rows: list[dict[str, Any]] = whole.get("workloads", [])  # as written
        self.own_day: str | None = day(whole["asOf"], "asOf") if "asOf" in whole else None
        self.as_of: str | None = as_of or self.own_day
        self.ladder, self.moves_decide = objective(whole)
        self.objective: list[str] = [level for level in self.ladder if level in DECIDING]
        self.highest: dict[str, int] = limits(whole)
        self.cost_needed: bool = "cost" in self.objective or "cost" in self.highest
        self.policy: dict[str, Any] = whole.get("policy", {})
        for kind in ("levels", "separate", "apart", "distrust", "together", "waivers"):
            for rule in self.policy.get(kind, []):
                free(rule.get("reason", ""), f"policy.{kind}")
        self.levels: list[dict[str, str]] = self.read_levels()
        self.ranks: dict[str, int] = {level["name"]: rank for rank, level in enumerate(self.levels)}
        owners = [*whole.get("tenants", []), *whole.get("workloads", [])]
        self.attributes: dict[str, Attribute] = self.declare(owners)
        self.resources: list[str] = resources(whole)
        self.groups: list[str | None] = self.read_groups(whole)
        self.missing_requests: dict[str, int] = self.defaults(whole.get("defaults", {}).get("missingRequests", "error"))
        self.regions: dict[str, Region] = read_regions(whole)
        self.all_regions: bool = "regions" in whole.get("defaults", {})  # those that state none
        self.provided: set[str] = {
            word
            for kind in ("clusterTemplates", "existingClusters")
            for entry in whole.get(kind, [])
            for word in words_of(entry.get("provides", []))
        }
        self.tenants: dict[str, dict[str, Any]] = self.read_tenants(whole)
        self.allowed: dict[str, frozenset[str] | None] = self.where_tenants_are(whole)
        self.overheads: dict[str, dict[str, int]] = {
            title: self.read_overhead(title, tenant) for title, tenant in self.tenants.items()
        }
        self.separations: dict[str, tuple[str | None, set[str]]] = self.read_separations()
        entries = enumerate(whole.get("workloads", []))
        self.workloads: list[Workload] = [self.read_workload(index, entry) for index, entry in entries]
        # in what order a document lists its rows means nothing: tenants, then namespaces, then names
        self.workloads.sort(key=lambda workload: (workload.tenant, workload.namespace, workload.name))
        for index, workload in enumerate(self.workloads):
            workload.index = index
        self.identify()
        self.placed: list[Workload] = [workload for workload in self.workloads if not workload.per_cluster]
        self.platform: list[Workload] = [workload for workload in self.workloads if workload.per_cluster]
        self.agents: list[Workload] = [workload for workload in self.platform if workload.per_node]
        self.everywhere: set[str] = {workload.tenant for workload in self.platform}
        for resource in self.resources:
            once = sum(row.get(resource, 0) for row in self.overheads.values())
            counted(sum(it.total[resource] * it.copies for it in self.workloads) + once, f"workloads: {resource}")
        self.namespaces: set[str] = {workload.namespace for workload in self.workloads}
        self.distrust: list[Distrust] = [self.read_distrust(rule) for rule in self.rules("distrust")]
        self.waivers: list[Waiver] = [self.read_waiver(rule) for rule in self.rules("waivers")]
        self.look_alikes(whole)
        self.units: list[list[Workload]] = self.unite()
        self.templates: list[Template] = self.read_templates(whole.get("clusterTemplates", []))
        self.existing: list[Existing] = read_existing(self, whole)
        self.whereabouts: dict[tuple[str, str, str], Whereabouts] = read_whereabouts(self, whole)
        self.sites: list[Site] = self.find_sites()
        self.fit()
        counted_copies(self)
        # who has no replicas that could stand anywhere waits for no place
        self.units = [unit for unit in self.units if not any(workload.nothing for workload in unit)]

    def find_sites(self) -> list[Site]:
        """Where clusters can stand. Regions where somebody stays, copies are spread, or a rule is of are told apart."""
        where = self.whereabouts.values()
        alone = {region for it in where if any(word == "region" for word, _ in it.stays) for region in it.regions}
        alone |= {region for it in self.placed if it.most is not None for region in it.regions}
        ruled = [*self.in_region, *(rule.members for rule in self.kept_apart if rule.region)]
        alone |= {region for members in ruled for member in members for region in self.workloads[member].regions}
        found = sites(self.templates, self.regions, self.placed, sorted(alone))
        return [*found, *self.existing]

    def rules(self, kind: str) -> list[dict[str, Any]]:
        """The rules of a kind, each with an id of its own."""
        rules: list[dict[str, Any]] = self.policy.get(kind, [])
        for word in distinct((rule["id"] for rule in rules), f"policy.{kind}"):
            identifier(word, f"policy.{kind}")
        return rules

    def read_levels(self) -> list[dict[str, str]]:
        """The trust levels, lowest first."""
        levels: list[dict[str, str]] = self.policy.get("levels", LEVELS)
        names = list(distinct((identifier(level["name"], "policy.levels") for level in levels), "policy.levels"))
        if not levels or any(level["accepts"] not in names for level in levels):
            raise UnreadableError("policy.levels: levels that accept one of them are needed")
        return levels

    def declare(self, owners: list[dict[str, Any]]) -> dict[str, Attribute]:
        """The attributes with the values that tenants and workloads have."""
        given: dict[str, list[str]] = {}
        for owner in owners:
            for attribute, value in owner.get("attributes", {}).items():
                given.setdefault(attribute, []).append(value)
        declared: dict[str, Any] = self.policy.get("attributes", {})
        if not set(given) <= set(declared):
            raise UnreadableError(f"attributes: not declared: {sorted(set(given) - set(declared))}")
        place = "policy.attributes"
        return {title: Attribute(title, kind, given.get(title, []), place) for title, kind in declared.items()}

    def attribute(self, title: str, place: str) -> Attribute:
        """A declared attribute."""
        if title not in self.attributes:
            raise UnreadableError(f"{place}: no attribute {title!r}")
        return self.attributes[title]

    # tenants and workloads

    def read_tenants(self, whole: dict[str, Any]) -> dict[str, dict[str, Any]]:
        """The tenants by name, as written."""
        entries: list[dict[str, Any]] = whole.get("tenants", [])
        tenants = {name(entry["name"], "tenants", slash=False): entry for entry in entries}
        if len(tenants) < len(entries) or "other" in tenants:
            raise UnreadableError("tenants: each has a name of its own, and none is called other")
        states: dict[str, list[bool]] = {}
        for workload in whole.get("workloads", []):
            states.setdefault(workload["tenant"], []).append("trust" in workload)
        for title, tenant in tenants.items():
            place = f"tenant {title}"
            self.stance(None, tenant, place)
            if "trust" not in tenant and not (title in states and all(states[title])):
                raise UnreadableError(f"{place}: it states its trust, or each of its workloads does")
            self.classes({}, tenant, place)
            for other in tenant.get("distrusts", []):
                if other not in tenants or other == title:
                    raise UnreadableError(f"{place}: distrusts {other!r}, which is no other tenant")
            labels(tenant, place)
        return tenants

    def read_overhead(self, title: str, tenant: dict[str, Any]) -> dict[str, int]:
        """What a tenant takes once in every cluster where it has a workload."""
        if "overhead" not in tenant:
            return {}
        place, own = f"tenant {title}: overhead", tenant["overhead"]
        if not own:
            raise UnreadableError(f"{place}: cpu, memory or pods is needed")
        row = {key: amount(key, own[key], place, math.ceil) for key in ("cpu", "memory") if key in own}
        return row | {"pods": counted(own.get("pods", 0), place)}

    @cached_property
    def nothing_once(self) -> bool:
        """Whether no tenant takes anything once in a cluster."""
        return not any(self.overheads.values())

    def once(self, workloads: list[Workload]) -> dict[str, int]:
        """What their tenants take once in a cluster of theirs, but for those that are in every cluster."""
        owners = {workload.tenant for workload in workloads} - self.everywhere
        return {key: sum(self.overheads[owner].get(key, 0) for owner in owners) for key in self.resources}

    def read_workload(self, index: int, own: dict[str, Any]) -> Workload:
        """A workload with all that it inherits."""
        place = f"workloads[{index}]"
        title, tenant_name = name(own["name"], place, slash=False), own["tenant"]
        if tenant_name not in self.tenants:
            raise UnreadableError(f"{place}: no tenant {tenant_name!r}")
        tenant = self.tenants[tenant_name]
        per_node, pool = own.get("perNode", False), own.get("pool")
        per_cluster = own.get("perCluster", False) or per_node
        if own.get("perCluster", False) and (per_node or pool is not None):
            raise UnreadableError(f"{place}: a workload of every cluster is not on every node and names no pool")
        if per_node and ("replicas" in own or own.get("fixedRequests")):
            raise UnreadableError(f"{place}: a workload of every node has one pod on each and nothing else")
        if pool is not None and pool not in self.groups:
            raise UnreadableError(f"{place}: no template has the dedicated pool {pool!r}")
        if per_cluster and not tenant.get("platform", False):
            raise UnreadableError(f"{place}: only a platform tenant owns workloads of every cluster")
        trust, sharing, accepts, _ = self.stance(self.stance(None, tenant, place), own, place)
        if trust is None:
            raise UnreadableError(f"{place}: a trust level is needed")
        classes = self.classes(tenant, own, place)
        separation = {} if per_cluster else self.separation(classes, tenant_name, place)
        stated = own.get("replicas", 1)
        low, high = (stated["min"], stated["max"]) if is_object(stated) else (stated, stated)
        replicas = counted(high, place)
        if counted(low, place) > replicas:
            raise UnreadableError(f"{place}: min is more than max")
        regions, needs = self.where(own, tenant_name, per_cluster, place)
        copies, most, left = read_copies(own, regions, place)
        split, parts = read_split(own, place)
        wanted, replicas = replicas, -(-replicas // left)
        pod = self.requests(own.get("requests", {}), place, missing=True)
        fixed = self.requests(own.get("fixedRequests", {}), place, missing=False)
        total = {
            key: 0 if per_node else counted(pod[key] * replicas + fixed[key], f"{place}: {key}")
            for key in self.resources
        }
        namespace = own.get("namespace", f"{tenant_name}-{title}")
        if not LABEL.fullmatch(namespace):
            raise UnreadableError(f"{place}: {namespace!r} is no namespace")
        labels(own, place)
        free_labels = tenant.get("labels", {}) | own.get("labels", {})
        values = tenant.get("attributes", {}) | own.get("attributes", {})
        return Workload(
            *(index, title, tenant_name, namespace, trust, sharing, accepts, values, classes, separation),
            *(replicas, pod, total, per_cluster, free_labels, regions, needs, per_node, pool),
            copies=copies,
            most=most,
            each=isinstance(own.get("copies"), dict) and "each" in own["copies"],
            wanted=wanted,
            split=split,
            parts=parts,
        )

    def where_tenants_are(self, whole: dict[str, Any]) -> dict[str, frozenset[str] | None]:
        """The regions that each tenant hands down; None where each of its workloads states its own."""
        rows: dict[str, list[dict[str, Any]]] = {title: [] for title in self.tenants}
        for row in whole.get("workloads", []):
            rows.get(row["tenant"], []).append(row)
        allowed: dict[str, frozenset[str] | None] = {}
        for title, tenant in self.tenants.items():
            place = f"tenant {title}"
            placed = [row for row in rows[title] if not row.get("perCluster", False) and not row.get("perNode", False)]
            if not placed and (rows[title] or tenant.get("platform", False)):
                self.needs(tenant, place, everywhere=True)
                allowed[title] = None
                continue
            self.needs(tenant, place)
            found = stated(self.regions, tenant, place)
            if found is None and self.all_regions:
                found = frozenset(self.regions)
            silent = [row for row in placed if "regions" not in row and "jurisdictions" not in row]
            if self.regions and found is None and (silent or not placed):
                raise UnreadableError(f"{place}: it states its regions, or each of its workloads does")
            allowed[title] = found
        return allowed

    def where_template_is(self, own: dict[str, Any], place: str) -> frozenset[str]:
        """The regions where the clusters of a template can stand."""
        found = stated(self.regions, own, place)
        if found is None and self.regions and not self.all_regions:
            raise UnreadableError(f"{place}: it states its regions")
        return frozenset(self.regions) if found is None else found

    def where(
        self, own: dict[str, Any], tenant: str, per_cluster: bool, place: str
    ) -> tuple[frozenset[str], frozenset[str]]:
        """The regions where a workload may be, and what it needs."""
        needs = self.needs(own, place, everywhere=per_cluster)
        if per_cluster:
            return frozenset(), frozenset()
        inherited = self.allowed[tenant]
        found = stated(self.regions, own, place, inherited)
        return found or inherited or frozenset(), needs | self.needs(self.tenants[tenant], place)

    def needs(self, owner: dict[str, Any], place: str, *, everywhere: bool = False) -> frozenset[str]:
        """What somebody needs, all of which some template provides; what runs in every cluster cannot choose."""
        if everywhere and {"regions", "jurisdictions", "needs"} & set(owner):
            raise UnreadableError(f"{place}: what runs in every cluster is wherever there is one")
        needs = listed(owner["needs"], f"{place}.needs") if "needs" in owner else []
        if not set(needs) <= self.provided:
            raise UnreadableError(f"{place}: nothing provides {sorted(set(needs) - self.provided)}")
        return frozenset(needs)

    def identify(self) -> None:
        """Gives every workload its identity: tenant/name where that is unique, else tenant/namespace/name."""
        owner: dict[str, str] = {}
        names: dict[tuple[str, str], list[Workload]] = {}
        for workload in self.workloads:
            if owner.setdefault(workload.namespace, workload.tenant) != workload.tenant:
                raise UnreadableError(f"workloads[{workload.index}]: the namespace is of another tenant")
            names.setdefault((workload.tenant, workload.name), []).append(workload)
        for (tenant, title), same in names.items():
            if len(same) > 1 and len({workload.namespace for workload in same}) < len(same):
                raise UnreadableError(f"{tenant}/{title} stands there twice")
            for workload in same:
                long = f"{tenant}/{workload.namespace}/{title}"
                workload.identity = f"{tenant}/{title}" if len(same) == 1 else long

    def rank(self, level: str, place: str) -> int:
        """The rank of a level, lowest trust first."""
        if level not in self.ranks:
            raise UnreadableError(f"{place}: no trust level {level!r}")
        return self.ranks[level]

    def stance(self, inherited: Stance | None, words: dict[str, Any], place: str) -> Stance:
        """Trust, sharing, floor, and the floor that was said: nothing may be wider than what is inherited.

        The floor of a level is that of the workload's own level: one of lower trust accepts its like.
        """
        trust, sharing, accepts, said = inherited or (None, 0, 0, 0)
        if "trust" in words:
            rank = self.rank(words["trust"], place)
            if trust is not None and rank > trust:
                raise UnreadableError(f"{place}: trusted more than its tenant")
            level = self.levels[rank]
            sharing = max(sharing, SHARING.index(level["sharing"]))
            trust, accepts = rank, max(said, self.ranks[level["accepts"]])
        if "sharing" in words:
            if words["sharing"] not in SHARING or SHARING.index(words["sharing"]) < sharing:
                raise UnreadableError(f"{place}: sharing wider than inherited, or unknown")
            sharing = SHARING.index(words["sharing"])
        if "accepts" in words:
            own = self.rank(words["accepts"], place)
            if own < accepts:
                raise UnreadableError(f"{place}: accepts lower levels than inherited")
            said = accepts = own
        return trust, sharing, accepts, said

    # attributes

    def classes(self, tenant: dict[str, Any], own: dict[str, Any], place: str) -> dict[str, str]:
        """The class of each attribute that has a value; a workload adds to its tenant's and changes none."""
        classes: dict[str, str] = {}
        theirs: dict[str, str] = tenant.get("attributes", {})
        for words in (theirs, own.get("attributes", {})):
            for title, value in words.items():
                attribute = self.attribute(title, place)
                found = attribute.class_of(value, place)
                other = found == attribute.rest and theirs.get(title, value) != value
                if classes.setdefault(title, found) != found or other:
                    raise UnreadableError(f"{place}: changes its tenant's {title}")
        return classes

    def read_separations(self) -> dict[str, tuple[str | None, set[str]]]:
        """For each attribute separated by, the class of a missing value and the tenants that may lack one."""
        result: dict[str, tuple[str | None, set[str]]] = {}
        for kind in ("separate", "apart"):
            rules = of_attributes(self.policy) if kind == "apart" else self.policy.get(kind, [])
            for title in distinct((rule["by"] for rule in rules), f"policy.{kind}"):
                self.attribute(title, f"policy.{kind}")
        for rule in self.policy.get("separate", []):
            place = f"policy.separate {rule['by']}"
            missing = rule.get("missing")
            if missing is None:
                result[rule["by"]] = (None, set())
                continue
            if not missing["tenants"] or not set(missing["tenants"]) <= set(self.tenants):
                raise UnreadableError(f"{place}: tenants that there are, and one at least, may lack the value")
            klass = self.attribute(rule["by"], place).missing(missing["class"], place)
            result[rule["by"]] = (klass, set(missing["tenants"]))
        return result

    def separation(self, classes: dict[str, str], tenant: str, place: str) -> dict[str, str]:
        """The class under every separation; a missing value only where the rule allows it."""
        result: dict[str, str] = {}
        for title, (missing, tenants) in self.separations.items():
            found = classes.get(title, missing if tenant in tenants else None)
            if found is None:
                raise UnreadableError(f"{place}: no {title}, which policy.separate needs")
            result[title] = found
        for rule in of_attributes(self.policy):
            if rule["by"] not in classes and "missing" not in rule:
                raise UnreadableError(f"{place}: no {rule['by']}, which policy.apart needs")
        return result

    # amounts

    def defaults(self, stated: Any) -> dict[str, int]:
        """What pods request that state nothing."""
        if not is_object(stated):
            return {}
        if not stated:
            raise UnreadableError("defaults.missingRequests: cpu or memory is needed")
        return {key: amount(key, value, "defaults.missingRequests", math.ceil) for key, value in stated.items()}

    def requests(self, given: dict[str, Any], place: str, *, missing: bool) -> dict[str, int]:
        """An amount of every resource; cpu and memory must be known."""
        row = dict.fromkeys(self.resources, 0)
        for resource, value in given.items():
            if resource == "pods":
                raise UnreadableError(f"{place}: pods are counted, never requested")
            row[resource] = amount(resource, value, place, math.ceil)
        if missing:
            row["pods"] = 1
            for resource in ("cpu", "memory"):
                if resource not in given and resource not in self.missing_requests:
                    raise UnreadableError(f"{place}: no request for {resource}")
                if resource not in given:
                    row[resource] = self.missing_requests[resource]
        return row

    def read_templates(self, entries: list[dict[str, Any]]) -> list[Template]:
        """The templates, each with a name of its own and costs that a plan can state."""
        pools = sum(len(entry.get("nodePools", [])) for entry in entries)
        if max(len(entries), pools) > MOST_TEMPLATES:
            raise UnreadableError(f"clusterTemplates: at most {MOST_TEMPLATES} templates and pools")
        for title in distinct((entry["name"] for entry in entries), "clusterTemplates"):
            name(title, "clusterTemplates", slash=False)
        templates = [self.read_template(entry, f"clusterTemplates[{n}]") for n, entry in enumerate(entries)]
        templates.sort(key=lambda template: template.name)
        if self.cost_needed and any(template.cost is None for template in templates):
            raise UnreadableError("clusterTemplates: the objective or a limit names the cost, and a template has none")
        everyone = sites(templates, self.regions, self.placed)
        dearest = max((site.times(dearest_cluster(site.template)) for site in everyone), default=0)
        if dearest * max(1, sum(it.copies for it in self.placed)) > MAX_COST:
            raise UnreadableError("clusterTemplates: a cluster for each workload would cost more than 10^12")
        return templates

    def read_groups(self, whole: dict[str, Any]) -> list[str | None]:
        """The dedicated pools that workloads name, ascending, after None: the workloads that name none."""
        named = {workload["pool"] for workload in whole.get("workloads", []) if "pool" in workload}
        shapes = [*whole.get("clusterTemplates", []), *whole.get("existingClusters", [])]
        pools = [pool for shape in shapes for pool in shape.get("nodePools", [])]
        dedicated = {pool["name"] for pool in pools if pool.get("dedicated", False)}
        if named & {pool["name"] for pool in pools if not pool.get("dedicated", False)}:
            raise UnreadableError("clusterTemplates: a pool that workloads name is dedicated wherever it exists")
        groups = sorted(named & dedicated, key=lambda title: title.encode())
        if len(self.resources) * (1 + len(groups)) > MAX_DIMENSIONS:
            raise UnreadableError("clusterTemplates: too many resources and dedicated pools")
        return [None, *groups]

    def read_template(self, own: dict[str, Any], place: str) -> Template:
        """A template with what is usable: after headroom and maximums, less what runs in every cluster."""
        stated: dict[str, Any] = own.get("maximums", {})
        maximums = {key: counted(value, place) for key, value in stated.items() if key != "preset"}
        if "allocatable" in own and "nodes" in maximums:
            raise UnreadableError(f"{place}: node pools are needed for what is said of nodes")
        maximums = PRESETS[stated.get("preset")] | maximums
        if "nodePools" not in own:
            maximums.pop("nodes", None)
        if any(maximums.get(key) == 0 for key in ("nodes", "namespaces", "tenants")):
            raise UnreadableError(f"{place}: a maximum of at least 1 is needed")
        if ("allocatable" in own) == ("nodePools" in own):
            raise UnreadableError(f"{place}: allocatable or nodePools is needed")
        if "allocatable" in own and ("nodePacking" in own or self.agents):
            raise UnreadableError(f"{place}: node pools are needed for what is said of nodes")
        pools, carries = (
            read_pools(
                own["nodePools"],
                lambda given: self.offer(given, 110, place),
                self.agents,
                maximums.get("nodes"),
                f"{place}.nodePools",
            )
            if "nodePools" in own
            else ([], True)
        )
        packs = bool(pools) and own.get("nodePacking", "nodes") == "nodes"
        cost, node_cost = (
            cost_of(own["cost"], pools, packs, maximums.get("nodes"), place) if "cost" in own else (None, 0)
        )
        max_count = None if "maxCount" not in own else counted(own["maxCount"], place)
        for word in own.get("labels", {}).values():
            free(word, place)
        regions = self.where_template_is(own, place)
        admits = self.selector(own["admits"], place) if "admits" in own else None
        provides = frozenset(listed(own["provides"], place)) if "provides" in own else frozenset[str]()
        nothing_yet: dict[str | None, dict[str, int]] = {}
        template = Template(
            *(own["name"], nothing_yet, pools, packs, maximums, max_count, cost, node_cost),
            *(regions, admits, provides, carries),
        )
        free_share = 1 - share(own.get("headroom", 0), place)
        for group in self.groups:
            if group is not None and not any(pool.takes(group) for pool in pools):
                continue
            if pools:
                whole = {resource: offered(template, group, resource) for resource in self.resources}
            else:
                whole = self.offer(own["allocatable"], 150_000, place)
            usable = {resource: math.floor(most * free_share) for resource, most in whole.items() if most is not None}
            if "pods" in maximums:
                usable["pods"] = min(usable.get("pods", maximums["pods"]), maximums["pods"])
            for resource, most in whole.items():
                counted(most or 0, f"{place}: {resource}")
            template.usable[group] = usable
        once = [workload for workload in self.platform if not workload.per_node]
        owners = [self.overheads[tenant] for tenant in self.everywhere]
        overhead = {
            resource: sum(it.total[resource] for it in once) + sum(row.get(resource, 0) for row in owners)
            for resource in self.resources
        }
        template.carries = carries and template.holds(None, overhead) and all(alone(template, it) for it in once)
        usable = template.usable[None]
        template.usable[None] = {resource: max(0, most - overhead[resource]) for resource, most in usable.items()}
        return template

    def open(self, site: Site, workload: Workload) -> bool:
        """Whether the workload, of a split one replica, may stand in a cluster there."""
        template = site.template
        workload = least(workload)
        allowed = site.allows(workload) and lets_in(self, site, workload)
        fits = allowed and template.carries and alone(template, workload)
        return fits and self.has_room(template, [workload]) and few_enough(self, template, [workload])

    def has_room(self, template: Template, workloads: list[Workload]) -> bool:
        """Whether the sums suffice: of each group, and in the general one with what tenants take once."""
        if len(workloads) == 1 and self.nothing_once:
            return template.holds(workloads[0].pool, workloads[0].total)
        once = self.once(workloads)
        general = {None} if any(once.values()) else set[str | None]()
        for pool in general | {workload.pool for workload in workloads}:
            ours = [workload for workload in workloads if workload.pool == pool]
            load = {key: sum(it.total[key] for it in ours) + (0 if pool else once[key]) for key in self.resources}
            if not template.holds(pool, load):
                return False
        return True

    def amount_up(self, resource: str, value: Any, place: str) -> int:
        """A quantity in the unit of the resource, rounded up."""
        return amount(resource, value, place, math.ceil)

    def offer(self, given: dict[str, Any], pods: int, place: str) -> dict[str, int | None]:
        """What is offered of every resource; None is unlimited."""
        row: dict[str, int | None] = dict.fromkeys(self.resources, 0)
        row["pods"] = pods
        for resource, value in given.items():
            row[resource] = None if value == "unlimited" else amount(resource, value, place, math.floor)
        return row

    def fit(self) -> None:
        """Every unit fits some template alone; where clusters exist, that is a wish among others: no plan keeps it."""
        if self.existing:
            return
        for unit in self.units:
            if not any(self.holds(site, unit) for site in self.sites):
                raise UnreadableError(f"{unit[0].identity} and what goes with it fit no template, or may be nowhere")

    def limits(self) -> list[tuple[list[int], int]]:
        """How many clusters there may be at which sites: by template, then by region."""
        found: list[tuple[list[int], int | None]] = []
        for template in self.templates:
            ours = [number for number, site in enumerate(self.sites) if site.template is template]
            found.append((ours, template.max_count))
        for region in self.regions.values():
            ours = [number for number, site in enumerate(self.sites) if region.name in site.regions]
            found.append((ours, region.most))
        return [(ours, most) for ours, most in found if ours and most is not None]

    def holds(self, site: Site, unit: list[Workload]) -> bool:
        """Whether a unit fits a site alone, by its sums and each workload's pods."""
        shape = site.template
        if not all(self.open(site, workload) for workload in unit):
            return False
        if len(unit) == 1:  # it was looked at alone
            return True
        if not few_enough(self, shape, unit):
            return False
        return self.has_room(shape, [least(workload) for workload in unit])

    # rules between two workloads

    @cached_property
    def by_key(self) -> dict[tuple[str, str, str], Workload]:
        """Whoever is placed, by tenant, namespace and name."""
        return {(workload.tenant, workload.namespace, workload.name): workload for workload in self.placed}

    @cached_property
    def by_name(self) -> dict[str, list[Workload]]:
        """The workloads of each name."""
        found: dict[str, list[Workload]] = {}
        for workload in self.workloads:
            found.setdefault(workload.name, []).append(workload)
        return found

    def find_workload(self, reference: Any, place: str) -> int:
        """The index of the one workload that a reference names."""
        parts = text(reference, place).split("/")
        found = [
            workload.index
            for workload in self.by_name.get(parts[-1], [])
            if parts in ([workload.name], [workload.tenant, workload.name])
            or parts == [workload.tenant, workload.namespace, workload.name]
        ]
        if len(found) != 1:
            raise UnreadableError(f"{place}: {reference!r} names {len(found)} workloads")
        return found[0]

    def selector(self, value: Any, place: str, *, neighbour: bool = False) -> Callable[[Workload, str], bool]:
        """Whether a workload matches, given the tenant on the other side."""
        if not value:
            raise UnreadableError(f"{place}: a selector is not empty")
        if "all" in value:
            if value != {"all": True} or value["all"] is not True:
                raise UnreadableError(f"{place}: all stands alone and is true")
            return lambda workload, tenant: True
        tests = [self.condition(key, wanted, place, neighbour) for key, wanted in value.items()]
        return lambda workload, tenant: all(test(workload, tenant) for test in tests)

    def condition(self, key: str, wanted: Any, place: str, neighbour: bool) -> Callable[[Workload, str], bool]:
        """One key of a selector."""
        negated = isinstance(wanted, dict)
        words = [text(word, place) for word in words_of(wanted)]
        if not words:
            raise UnreadableError(f"{place}: {key} names no value")
        if key == "tenant" and "other" in words:
            if negated or wanted != "other" or not neighbour:
                raise UnreadableError(f"{place}: tenant: other stands alone, in a neighbour")
            return lambda workload, tenant: workload.tenant != tenant
        values: set[Any]
        look: Callable[[Workload], Any]
        if key == "tenant":
            values, look = set(words), lambda workload: workload.tenant
            known = set(words) <= set(self.tenants)
        elif key == "namespace":
            values, look = set(words), lambda workload: workload.namespace
            known = set(words) <= self.namespaces
        elif key == "workload":
            values, look = {self.find_workload(word, place) for word in words}, lambda workload: workload.index
            known = True
        elif key == "trust":
            values, look = {self.rank(word, place) for word in words}, lambda workload: workload.trust
            known = True
        else:
            attribute = self.attribute(key, place)
            values = {attribute.class_of(word, place) for word in words}
            look, known = class_under(key), True
        if not known:
            raise UnreadableError(f"{place}: {key} names something that does not exist")
        return lambda workload, tenant: (look(workload) in values) != negated

    def look_alikes(self, whole: dict[str, Any]) -> None:
        """Raises where a name looks like another one and a rule speaks of one of the two."""
        named: dict[str, set[str]] = {"tenant": set(), "workload": set()}
        for tenant in self.tenants.values():
            named["tenant"].update(tenant.get("distrusts", []))
        selectors = [rule[side] for rule in self.policy.get("distrust", []) for side in ("subject", "neighbour")]
        selectors += [side for waiver in self.policy.get("waivers", []) for side in waiver["between"]]
        selectors += [rule["where"] for rule in self.policy.get("together", []) if "where" in rule]
        shapes = [*whole.get("clusterTemplates", []), *whole.get("existingClusters", [])]
        selectors += [entry["admits"] for entry in shapes if "admits" in entry]
        for selector in selectors:
            for key, words in named.items():
                words.update(words_of(selector.get(key, [])))
        for rule in [*self.policy.get("together", []), *self.policy.get("apart", [])]:
            named["workload"].update(rule.get("members", []))
        named["workload"] = {title.rpartition("/")[2] for title in named["workload"]}
        titles = {"tenant": list(self.tenants), "workload": [workload.name for workload in self.workloads]}
        for key, words in named.items():
            for one, other in twins(titles[key], key) if words else ():
                if one in words or other in words:
                    raise UnreadableError(f"{key}: {one!r} looks like {other!r}, and a rule names one of the two")

    def read_distrust(
        self, rule: dict[str, Any]
    ) -> tuple[str, Callable[[Workload, str], bool], Callable[[Workload, str], bool]]:
        """The reason id of a rule, and its two sides."""
        place = f"distrust {rule['id']}"
        subject = self.selector(rule["subject"], place)
        return f"distrust:{rule['id']}", subject, self.selector(rule["neighbour"], place, neighbour=True)

    def read_waiver(self, rule: dict[str, Any]) -> Waiver:
        """The two sides of a waiver, the reasons that it takes away, its last day."""
        place = f"waiver {rule['id']}"
        if not rule["approvedBy"].strip() or not rule["reason"].strip():
            raise UnreadableError(f"{place}: who approved it, and why?")
        free(rule["approvedBy"], place)
        sides = [self.selector(side, place) for side in rule["between"]]
        if not all(any(side(workload, "") for workload in self.placed) for side in sides):
            raise UnreadableError(f"{place}: a side matches no workload")
        known = {"level", "sharing", "distrusts"} | {title for title, _, _ in self.distrust}
        known |= {f"separate:{entry['by']}" for entry in self.policy.get("separate", [])}
        known |= {f"apart:{entry['by']}" for entry in of_attributes(self.policy)}
        waives = set(rule["waives"])
        if len(sides) != 2 or not waives or not waives <= known:
            raise UnreadableError(f"{place}: two sides, and reasons that exist, are needed")
        return sides, waives, day(rule["expires"], place), rule["id"]

    def in_force(self, as_of: str) -> list[str]:
        """The ids of the waivers in force on a day."""
        return [title for _, _, expires, title in self.waivers if as_of <= expires]

    @cached_property
    def distrusted(self) -> dict[str, frozenset[str]]:
        """The tenants that each tenant names as distrusted."""
        return {title: frozenset(tenant.get("distrusts", [])) for title, tenant in self.tenants.items()}

    @cached_property
    def apart_by(self) -> list[str]:
        """The attributes of which two values are kept apart."""
        return [rule["by"] for rule in of_attributes(self.policy)]

    def raw(self, u: Workload, v: Workload) -> set[str]:
        """Why two different workloads may not share a cluster, before waivers."""
        found: set[str] = set()
        if u.per_cluster or v.per_cluster:
            return found
        if u.trust < v.accepts or v.trust < u.accepts:
            found.add("level")
        narrower = SHARING[max(u.sharing, v.sharing)]
        if narrower == "workload" or (narrower == "tenant" and u.tenant != v.tenant):
            found.add("sharing")
        if v.tenant in self.distrusted[u.tenant] or u.tenant in self.distrusted[v.tenant]:
            found.add("distrusts")
        for title, subject, neighbour in self.distrust:
            if any(subject(one, other.tenant) and neighbour(other, one.tenant) for one, other in ((u, v), (v, u))):
                found.add(title)
        for by, klass in u.separation.items():
            if klass != v.separation[by]:
                found.add(f"separate:{by}")
        for rule in self.kept_apart:
            if u.index in rule.members and v.index in rule.members:
                found.add(rule.reason)
        for by in self.apart_by:
            if len({u.classes.get(by), v.classes.get(by)} - {None}) == 2:
                found.add(f"apart:{by}")
        return found

    def applied(self, u: Workload, v: Workload) -> list[int]:
        """The waivers in force whose sides are these two."""
        if self.waivers and self.as_of is None:
            raise UnreadableError("a day is needed for the waivers")
        return [
            index
            for index, (sides, _, expires, _) in enumerate(self.waivers)
            if str(self.as_of) <= expires
            and any(sides[0](one, other.tenant) and sides[1](other, one.tenant) for one, other in ((u, v), (v, u)))
        ]

    def reasons(self, u: Workload, v: Workload) -> set[str]:
        """Why two different workloads may not share a cluster; empty: they may."""
        found = self.raw(u, v)
        for waiver in self.applied(u, v) if found else []:
            found -= self.waivers[waiver][1]
        return found

    @cached_property
    def signatures(self) -> list[int]:
        """Of each workload a number for all that ``reasons`` sees of it."""
        known: dict[tuple[Any, ...], int] = {}
        return [known.setdefault(self.traits(workload), len(known)) for workload in self.workloads]

    def signature(self, workload: Workload) -> int:
        """Two workloads with the same signature are interchangeable in what ``reasons`` sees of them."""
        return self.signatures[workload.index]

    def traits(self, w: Workload) -> tuple[Any, ...]:
        """All that ``reasons`` sees of a workload."""
        # neighbour selectors are asked about another tenant here; the tenant itself is in the signature
        seen = [side(w, "") for _, subject, neighbour in self.distrust for side in (subject, neighbour)]
        seen += [side(w, "") for sides, _, _, _ in self.waivers for side in sides]
        seen += [w.index in rule.members for rule in self.kept_apart]
        classes, separation = tuple(sorted(w.classes.items())), tuple(sorted(w.separation.items()))
        return (w.tenant, w.trust, w.sharing, w.accepts, classes, separation, *seen)

    # what goes together

    def held_apart(self, budget: Budget) -> None:
        """Raises where a reason separates two workloads of one unit."""
        for unit in self.units:
            samples: dict[object, list[Workload]] = {}
            for workload in unit if len(unit) > 1 else ():
                samples.setdefault(self.signature(workload), []).append(workload)
            for a, first in enumerate(samples.values()):
                for second in [*samples.values()][: a + 1]:
                    budget.spend(5 + len(self.distrust))
                    u, v = first[0], second[-1]
                    if u is not v and self.reasons(u, v):
                        raise UnreadableError(f"{u.identity} and {v.identity} go together, and may not share a cluster")

    def unite(self) -> list[list[Workload]]:
        """Together groups and shared namespaces, overlapping ones merged; in the order of their first workloads."""
        self.kept_apart, self.in_region = read_kept_apart(self), []
        groups: list[list[int]] = []
        by_namespace: dict[tuple[str, str], list[int]] = {}
        for workload in self.placed:
            if not self.tenants[workload.tenant].get("splitNamespaces", False):
                by_namespace.setdefault((workload.tenant, workload.namespace), []).append(workload.index)
        groups.extend(by_namespace.values())
        for rule in self.rules("together"):
            place = f"together {rule['id']}"
            if "members" in rule and "by" not in rule and "where" not in rule:
                lists = [listed_members(self, rule["members"], place)]
            elif "members" not in rule and rule.get("by") == "tenant" and "where" in rule:
                selects = self.selector(rule["where"], place)
                lists = [[w.index for w in self.placed if w.tenant == it and selects(w, "")] for it in self.tenants]
            else:
                raise UnreadableError(f"{place}: members, or by: tenant and where, are needed")
            wide = stands_in_one(self, rule)
            (self.in_region if wide else groups).extend(members for members in lists if len(members) > 1)
        leader = list(range(len(self.workloads)))

        def lead(index: int) -> int:
            while leader[index] != index:
                index = leader[index]
            return index

        for group in groups:
            for other in group[1:]:
                a, b = lead(group[0]), lead(other)
                leader[max(a, b)] = min(a, b)
        units: dict[int, list[Workload]] = {}
        for workload in self.placed:
            units.setdefault(lead(workload.index), []).append(workload)
        united = [units[first] for first in sorted(units)]
        sound(self, united)
        return united


def objective(whole: dict[str, Any]) -> tuple[list[str], bool]:
    """The levels, and whether that of the moves decides the status: the objective names it, or there is none."""
    exists = bool(whole.get("existingClusters"))
    default = ["clusters", "moves"] if exists else ["clusters"]
    levels = list(distinct(whole.get("objective", default), "objective"))
    if not levels or ("moves" in levels and not exists):
        raise UnreadableError("objective: a level is needed, and moves need existingClusters")
    if not set(levels) & set(DECIDING):
        levels.append("clusters")  # else there would be one for everybody
    named = "moves" in levels
    return levels if named or not exists else [*levels, "moves"], named


def limits(whole: dict[str, Any]) -> dict[str, int]:
    """The highest values that a plan may have, the cost in thousandths."""
    if "limits" not in whole:
        return {}
    stated = whole["limits"]
    if not stated or ("moves" in stated and not whole.get("existingClusters")):
        raise UnreadableError("limits: a limit is needed, and moves need existingClusters")
    found = {key: counted(stated[key], f"limits.{key}") for key in ("clusters", "moves") if key in stated}
    if "cost" in stated:
        cost = decimal(stated["cost"], "limits.cost") * 1000
        if cost.denominator != 1:
            raise UnreadableError("limits.cost: a cost with at most 3 decimals is needed")
        found["cost"] = counted(int(cost), "limits.cost")
    return found


def class_under(key: str) -> Callable[[Workload], str | None]:
    """What gives the class of a workload under an attribute."""
    return lambda workload: workload.classes.get(key)


def words_of(wanted: Any) -> list[str]:
    """The values that one key of a selector names."""
    listed = wanted["not"] if is_object(wanted) else wanted
    return listed if is_list(listed) else [listed]


def refuse_open(value: Any, place: str) -> None:
    """A draft's ``TODO`` is no value, wherever it stands but in text for people."""
    if value == "TODO":
        raise UnreadableError(f"{place}: TODO, which is still to be filled in")
    if is_object(value):
        for key, part in value.items():
            if key not in {"labels", "reason"} and (part == "TODO" or is_object(part) or is_list(part)):
                refuse_open(part, f"{place}.{key}")
    elif is_list(value):
        for index, part in enumerate(value):
            refuse_open(part, f"{place}[{index}]")


def resources(whole: dict[str, Any]) -> list[str]:
    """cpu, memory, pods, then the others by name."""
    offered: set[str] = set()
    shapes = [*whole.get("clusterTemplates", []), *whole.get("existingClusters", [])]
    for template in shapes:
        for offer in [template, *template.get("nodePools", [])]:
            offered |= set(offer.get("allocatable", {}))
    asked: set[str] = set()
    for workload in whole.get("workloads", []):
        asked |= set(workload.get("requests", {})) | set(workload.get("fixedRequests", {}))
    first = ["cpu", "memory", "pods"]
    for title in offered | asked:
        if not RESOURCE.fullmatch(title):
            raise UnreadableError(f"{title!r} is no resource")
    for title in asked - offered - {"cpu", "memory"} if shapes else ():
        if meant(title, offered | {"cpu", "memory"}):
            raise UnreadableError(f"no template offers {title!r}, and one of nearly that name")
    names = first + sorted((offered | asked) - set(first), key=lambda title: title.encode())
    if len(names) > MOST_RESOURCES:
        raise UnreadableError(f"more than {MOST_RESOURCES} resources are named")
    return names


def decimal(value: Any, place: str) -> Fraction:
    """A decimal number that is not negative, exactly."""
    written = str(value) if type(value) in (int, str, Written) else ""
    if len(written) <= LONGEST and re.fullmatch(r"[0-9]+(\.[0-9]+)?", written, re.ASCII):
        return Fraction(written)
    raise UnreadableError(f"{place}: {value!r} is not a decimal number")


def share(value: Any, place: str) -> Fraction:
    """20% or 0.2, in whole millionths."""
    percent = isinstance(value, str) and value.endswith("%")
    result = decimal(value[:-1].rstrip(), place) / 100 if percent else decimal(value, place)
    if result >= 1 or (result * 10**6).denominator != 1:
        raise UnreadableError(f"{place}: a headroom below 1, in millionths, is needed")
    return result


def cost_of(value: Any, pools: list[Pool], packs: bool, most: int | None, place: str) -> tuple[int, int]:
    """Of a cluster with its least number of nodes, and of each further node, in thousandths."""

    def thousandths(part: Any) -> int:
        cost = decimal(part, place) * 1000
        if cost.denominator != 1:
            raise UnreadableError(f"{place}: a cost with at most 3 decimals is needed")
        return counted(int(cost), place)

    if not is_object(value):
        return thousandths(value), 0
    if not value or ("perNode" in value and not pools):
        raise UnreadableError(f"{place}: a cost of a cluster, or of each of its nodes, is needed")
    cluster, each = thousandths(value.get("cluster", 0)), thousandths(value.get("perNode", 0))
    nodes = sum(pool.most for pool in pools)
    dearest = counted(cluster + each * (nodes if most is None else min(nodes, most)), place)
    return (cluster + each * sum(pool.least for pool in pools), each) if packs else (dearest, 0)


def dearest_cluster(template: Template) -> int:
    """The most that a cluster can cost, in thousandths."""
    further = sum(pool.most - pool.least for pool in template.pools)
    if template.further is not None:
        further = min(further, template.further)
    return (template.cost or 0) + template.node_cost * further
