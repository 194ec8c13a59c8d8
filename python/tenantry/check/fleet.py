"""What a fleet document means: a second, naive reading of the same rules.

Nothing is inferred about what is missing: an unknown key, name or value makes the document unreadable.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from .nodes import MAXIMUMS, Pool, alone, few_enough, offered, read_pools
from .reading import UnreadableError, Written, fields, integer, sequence, text
from .shape import FLEET

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
}
SUFFIXES |= {letter: Fraction(1000) ** (power + 1) for power, letter in enumerate("kMGTPE")}
SUFFIXES |= {letter + "i": Fraction(1024) ** (power + 1) for power, letter in enumerate("KMGTPE")}
MAX_DIMENSIONS = 256  # of the compact problem
MAX_COST = 10**15  # of a whole plan, in thousandths: documents carry no larger costs exactly
QUANTITY = re.compile(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:([numkMGTPE]|[KMGTPE]i)?|[eE]([+-]?[0-9]{1,3}))", re.ASCII)


def quantity(value: Any, place: str) -> Fraction:
    """A Kubernetes quantity, exactly: ``100m``, ``64Mi``, ``1e3``, 2."""
    if type(value) is int and value >= 0:
        return Fraction(value)
    match = QUANTITY.fullmatch(str(value).removeprefix("+")) if isinstance(value, str) else None
    if match is None:
        raise UnreadableError(f"{place}: {value!r} is not a quantity")
    number, suffix, exponent = match.groups()
    return Fraction(number.rstrip(".")) * SUFFIXES[suffix or ""] * Fraction(10) ** int(exponent or 0)


def amount(resource: str, value: Any, place: str, rounding: Callable[[Fraction], int]) -> int:
    """In the unit of the resource: thousandths for cpu, whole units for all else."""
    return rounding(quantity(value, place) * (1000 if resource == "cpu" else 1))


@dataclass
class Workload:
    """Everything inherited, everything counted."""

    index: int
    name: str
    tenant: str
    namespace: str
    trust: int  # rank of the level
    sharing: int  # index into SHARING
    accepts: int  # rank of the lowest level accepted
    classes: dict[str, str]  # of the attributes that have a value
    separation: dict[str, str]  # attribute separated by -> class
    replicas: int
    pod: dict[str, int]
    total: dict[str, int]
    per_cluster: bool  # in every cluster: once, or on every node
    per_node: bool = False
    pool: str | None = None
    identity: str = ""


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
    carries: bool = True  # the workloads of the platform

    @property
    def further(self) -> int | None:
        """How many nodes there may be beyond the least number of each pool."""
        return self.maximums["nodes"] - sum(pool.least for pool in self.pools) if "nodes" in self.maximums else None

    def holds(self, pool: str | None, load: dict[str, int]) -> bool:
        """Whether the usable resources suffice for the workloads of a pool."""
        return pool in self.usable and all(load[resource] <= most for resource, most in self.usable[pool].items())


class Fleet:
    """A fleet document, resolved against a day for its waivers."""

    def __init__(self, document: Any, as_of: str | None) -> None:
        refuse_open(document, "fleet")
        FLEET(document, "fleet")
        whole: dict[str, Any] = document
        self.as_of = as_of or whole.get("asOf")
        self.objective = sequence(whole.get("objective", ["clusters"]), "objective")
        rules = ("attributes", "levels", "separate", "apart", "distrust", "together", "waivers")
        self.policy = fields(whole.get("policy", {}), "policy", (), rules)
        for rule in [*self.policy.get("separate", []), *self.policy.get("apart", [])]:
            if rule["by"] not in self.policy.get("attributes", {}):
                raise UnreadableError(f"policy: no attribute {rule['by']!r}")
        levels = self.policy.get("levels", LEVELS)
        self.levels = [fields(level, "policy.levels", ("name", "sharing", "accepts")) for level in levels]
        self.ranks = {text(level["name"], "policy.levels"): rank for rank, level in enumerate(self.levels)}
        self.tenants = self.read_tenants(whole.get("tenants", []))
        self.resources = resources(whole)
        self.groups = self.read_groups(whole)
        self.missing_requests = whole.get("defaults", {}).get("missingRequests", "error")
        entries = enumerate(sequence(whole.get("workloads", []), "workloads"))
        self.workloads = [self.read_workload(index, entry) for index, entry in entries]
        # in what order a document lists its rows means nothing: tenants, then namespaces, then names
        self.workloads.sort(key=lambda workload: (workload.tenant, workload.namespace, workload.name))
        for index, workload in enumerate(self.workloads):
            workload.index = index
        self.identify()
        self.placed = [workload for workload in self.workloads if not workload.per_cluster]
        self.platform = [workload for workload in self.workloads if workload.per_cluster]
        self.agents = [workload for workload in self.platform if workload.per_node]
        templates = sequence(whole.get("clusterTemplates", []), "clusterTemplates")
        self.templates = [self.read_template(entry, f"clusterTemplates[{n}]") for n, entry in enumerate(templates)]
        self.templates.sort(key=lambda template: template.name)
        dearest = max((dearest_cluster(template) for template in self.templates), default=0)
        if dearest * max(1, len(self.placed)) > MAX_COST:
            raise UnreadableError("clusterTemplates: a cluster for each workload would cost more than 10^12")
        self.distrust = [self.read_distrust(rule) for rule in self.policy.get("distrust", [])]
        self.waivers = [self.read_waiver(rule) for rule in self.policy.get("waivers", [])]
        self.units = self.unite()

    # tenants and workloads

    def read_tenants(self, entries: Any) -> dict[str, dict[str, Any]]:
        """The tenants by name, as written."""
        optional = ("trust", "sharing", "accepts", "attributes", "distrusts", "platform", "splitNamespaces")
        tenants: dict[str, dict[str, Any]] = {}
        for index, entry in enumerate(sequence(entries, "tenants")):
            tenant = fields(entry, f"tenants[{index}]", ("name",), (*optional, "labels", "mitigations"))
            name = text(tenant["name"], f"tenants[{index}].name")
            if name in tenants or name == "other":
                raise UnreadableError(f"tenants[{index}]: a name of its own is needed")
            tenants[name] = tenant
        for tenant in tenants.values():
            for other in tenant.get("distrusts", []):
                if other not in tenants or other == tenant["name"]:
                    raise UnreadableError(f"tenant {tenant['name']}: distrusts {other!r}, which is no other tenant")
        return tenants

    def read_workload(self, index: int, entry: Any) -> Workload:
        """A workload with all that it inherits."""
        place = f"workloads[{index}]"
        optional = ("namespace", "trust", "sharing", "accepts", "attributes", "replicas", "requests", "fixedRequests")
        places = ("perCluster", "perNode", "pool")
        own = fields(entry, place, ("name", "tenant"), (*optional, *places, "labels", "mitigations"))
        name, tenant_name = text(own["name"], place), text(own["tenant"], place)
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
        trust, sharing, accepts = self.stance(tenant, own, place)
        classes = self.classes(tenant, own, place)
        separation = {} if per_cluster else self.separation(classes, tenant_name, place)
        replicas = own.get("replicas", 1)
        if isinstance(replicas, dict):
            low, high = (integer(fields(replicas, place, ("min", "max"))[key], place) for key in ("min", "max"))
            if low > high:
                raise UnreadableError(f"{place}: min is more than max")
            replicas = high
        replicas = integer(replicas, place)
        pod = self.requests(own.get("requests", {}), place, missing=True)
        fixed = self.requests(own.get("fixedRequests", {}), place, missing=False)
        total = {name: 0 if per_node else pod[name] * replicas + fixed[name] for name in self.resources}
        namespace = text(own["namespace"], place) if "namespace" in own else f"{tenant_name}-{name}"
        numbers = (trust, sharing, accepts)
        return Workload(
            index,
            name,
            tenant_name,
            namespace,
            *numbers,
            classes,
            separation,
            replicas,
            pod,
            total,
            per_cluster,
            per_node,
            pool,
        )

    def identify(self) -> None:
        """Gives every workload its identity: tenant/name where that is unique, else tenant/namespace/name."""
        owner: dict[str, str] = {}
        names: dict[tuple[str, str], list[Workload]] = {}
        for workload in self.workloads:
            if owner.setdefault(workload.namespace, workload.tenant) != workload.tenant:
                raise UnreadableError(f"workloads[{workload.index}]: the namespace is of another tenant")
            names.setdefault((workload.tenant, workload.name), []).append(workload)
        for (tenant, name), same in names.items():
            if len({workload.namespace for workload in same}) < len(same):
                raise UnreadableError(f"{tenant}/{name} stands there twice")
            for workload in same:
                long = f"{tenant}/{workload.namespace}/{name}"
                workload.identity = f"{tenant}/{name}" if len(same) == 1 else long

    def rank(self, level: Any, place: str) -> int:
        """The rank of a level, lowest trust first."""
        if not isinstance(level, str) or level not in self.ranks:
            raise UnreadableError(f"{place}: no trust level {level!r}")
        return self.ranks[level]

    def stance(self, tenant: dict[str, Any], own: dict[str, Any], place: str) -> tuple[int, int, int]:
        """Trust, sharing and floor: a workload may only narrow what its tenant says."""
        stated = [self.rank(words["trust"], place) for words in (tenant, own) if "trust" in words]
        if not stated or stated[-1] > stated[0]:
            raise UnreadableError(f"{place}: a trust level, and not above the tenant's, is needed")
        sharing, said = 0, 0  # `said`: the floor that the tenant states itself, on top of its level's
        for words in (tenant, own):
            accepts = said
            if "trust" in words:
                level = self.levels[self.rank(words["trust"], place)]
                sharing = max(sharing, SHARING.index(level["sharing"]))
            # the floor of a level is that of the workload's own level: one of lower trust accepts its like
            if "trust" in (tenant | words):
                level = self.levels[self.rank((tenant | words)["trust"], place)]
                accepts = max(said, self.rank(level["accepts"], place))
            if "sharing" in words:
                if words["sharing"] not in SHARING or SHARING.index(words["sharing"]) < sharing:
                    raise UnreadableError(f"{place}: sharing wider than inherited, or unknown")
                sharing = SHARING.index(words["sharing"])
            if "accepts" in words:
                if self.rank(words["accepts"], place) < accepts:
                    raise UnreadableError(f"{place}: accepts lower levels than inherited")
                said = accepts = self.rank(words["accepts"], place)
        return stated[-1], sharing, accepts

    # attributes

    def value_class(self, attribute: str, value: Any, place: str) -> str:
        """The class of a value: itself, the class that lists it, or the class that has "*"."""
        declared = self.policy.get("attributes", {})
        word = text(value, place)
        if attribute not in declared:
            raise UnreadableError(f"{place}: no attribute {attribute!r}")
        kind = declared[attribute]
        if kind == "any" or (isinstance(kind, list) and word in kind):
            return word
        rest = None
        if isinstance(kind, dict):
            for name, aliases in kind.items():
                listed = aliases if isinstance(aliases, list) else [aliases]
                if word == name or (word in listed and word != "*"):
                    return str(name)
                rest = name if "*" in listed else rest
        if rest is None:
            raise UnreadableError(f"{place}: {word!r} is not a value of {attribute}")
        return str(rest)

    def classes(self, tenant: dict[str, Any], own: dict[str, Any], place: str) -> dict[str, str]:
        """The class of each attribute that has a value; a workload adds to its tenant's and changes none."""
        classes: dict[str, str] = {}
        for words in (tenant, own):
            for attribute, value in words.get("attributes", {}).items():
                found = self.value_class(attribute, value, f"{place}.attributes")
                if classes.setdefault(attribute, found) != found:
                    raise UnreadableError(f"{place}: changes its tenant's {attribute}")
        return classes

    def separation(self, classes: dict[str, str], tenant: str, place: str) -> dict[str, str]:
        """The class under every separation; a missing value only where the rule allows it."""
        result = {}
        for entry in self.policy.get("separate", []):
            rule = fields(entry, "policy.separate", ("by",), ("missing",))
            attribute = rule["by"]
            if attribute in classes:
                result[attribute] = classes[attribute]
                continue
            missing = fields(rule.get("missing", {}), "policy.separate", (), ("class", "tenants"))
            if tenant not in missing.get("tenants", []):
                raise UnreadableError(f"{place}: no {attribute}, which policy.separate needs")
            kind = self.policy["attributes"][attribute]
            word = text(missing["class"], "policy.separate")
            try:
                result[attribute] = word if kind == "any" else self.value_class(attribute, word, "policy.separate")
            except UnreadableError:
                result[attribute] = word  # a class that only those without a value are in
        for entry in self.policy.get("apart", []):
            rule = fields(entry, "policy.apart", ("by",), ("missing",))
            if rule["by"] not in classes and rule.get("missing") != "any":
                raise UnreadableError(f"{place}: no {rule['by']}, which policy.apart needs")
        return result

    # amounts

    def requests(self, given: Any, place: str, *, missing: bool) -> dict[str, int]:
        """An amount of every resource; cpu and memory must be known."""
        row = dict.fromkeys(self.resources, 0)
        for resource, value in fields(given, place, (), self.resources).items():
            if resource == "pods":
                raise UnreadableError(f"{place}: pods are counted, never requested")
            row[resource] = amount(resource, value, place, math.ceil)
        if missing:
            row["pods"] = 1
            for resource in ("cpu", "memory"):
                if resource not in given:
                    defaults = self.missing_requests
                    if not isinstance(defaults, dict) or resource not in defaults:
                        raise UnreadableError(f"{place}: no request for {resource}")
                    row[resource] = amount(resource, defaults[resource], place, math.ceil)
        return row

    def read_groups(self, whole: dict[str, Any]) -> list[str | None]:
        """The dedicated pools that workloads name, ascending, after None: the workloads that name none."""
        named = {workload["pool"] for workload in whole.get("workloads", []) if "pool" in workload}
        pools = [pool for template in whole.get("clusterTemplates", []) for pool in template.get("nodePools", [])]
        dedicated = {pool["name"] for pool in pools if pool.get("dedicated", False)}
        if named & {pool["name"] for pool in pools if not pool.get("dedicated", False)}:
            raise UnreadableError("clusterTemplates: a pool that workloads name is dedicated wherever it exists")
        groups = sorted(named & dedicated, key=lambda name: name.encode())
        if len(self.resources) * (1 + len(groups)) > MAX_DIMENSIONS:
            raise UnreadableError("clusterTemplates: too many resources and dedicated pools")
        return [None, *groups]

    def read_template(self, entry: Any, place: str) -> Template:
        """A template with what is usable: after headroom and maximums, less what runs in every cluster."""
        optional = ("allocatable", "nodePools", "nodePacking", "headroom", "maxCount", "maximums", "cost", "labels")
        own = fields(entry, place, ("name",), optional)
        maximums = fields(own.get("maximums", {}), place, (), MAXIMUMS)
        if any(maximums.get(key) == 0 for key in ("nodes", "namespaces", "tenants")):
            raise UnreadableError(f"{place}: a maximum of at least 1 is needed")
        if ("allocatable" in own) == ("nodePools" in own):
            raise UnreadableError(f"{place}: allocatable or nodePools is needed")
        if "allocatable" in own and ("nodePacking" in own or "nodes" in maximums or self.agents):
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
        max_count = None if "maxCount" not in own else integer(own["maxCount"], place)
        name = text(own["name"], place)
        template = Template(name, {}, pools, packs, maximums, max_count, cost, node_cost, carries)
        free = 1 - share(own.get("headroom", 0), place)
        for group in self.groups:
            if group is not None and not any(pool.takes(group) for pool in pools):
                continue
            if pools:
                whole = {resource: offered(template, group, resource) for resource in self.resources}
            else:
                whole = self.offer(own["allocatable"], 150_000, place)
            usable = {resource: math.floor(most * free) for resource, most in whole.items() if most is not None}
            if "pods" in maximums:
                usable["pods"] = min(usable.get("pods", maximums["pods"]), maximums["pods"])
            template.usable[group] = usable
        once = [workload for workload in self.platform if not workload.per_node]
        overhead = {resource: sum(workload.total[resource] for workload in once) for resource in self.resources}
        template.carries = carries and template.holds(None, overhead) and all(alone(template, it) for it in once)
        usable = template.usable[None]
        template.usable[None] = {resource: max(0, most - overhead[resource]) for resource, most in usable.items()}
        return template

    def open(self, template: Template, workload: Workload) -> bool:
        """Whether the workload may stand in a cluster of this shape."""
        fits = template.carries and alone(template, workload) and template.holds(workload.pool, workload.total)
        return fits and few_enough(self, template, [workload])

    def offer(self, given: Any, pods: int, place: str) -> dict[str, int | None]:
        """What is offered of every resource; None is unlimited."""
        row: dict[str, int | None] = dict.fromkeys(self.resources, 0)
        row["pods"] = pods
        for resource, value in fields(given, place, (), self.resources).items():
            row[resource] = None if value == "unlimited" else amount(resource, value, place, math.floor)
        return row

    # rules between two workloads

    def find_workload(self, reference: Any, place: str) -> int:
        """The index of the one workload that a reference names."""
        parts = text(reference, place).split("/")
        found = [
            workload.index
            for workload in self.workloads
            if parts in ([workload.name], [workload.tenant, workload.name])
            or parts == [workload.tenant, workload.namespace, workload.name]
        ]
        if len(found) != 1:
            raise UnreadableError(f"{place}: {reference!r} names {len(found)} workloads")
        return found[0]

    def selector(self, value: Any, place: str, *, neighbour: bool = False) -> Callable[[Workload, str], bool]:
        """Whether a workload matches, given the tenant on the other side."""
        if not isinstance(value, dict) or not value:
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
        listed = fields(wanted, place, ("not",))["not"] if negated else wanted
        words = [text(word, place) for word in (listed if isinstance(listed, list) else [listed])]
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
            known = set(words) <= {workload.namespace for workload in self.workloads}
        elif key == "workload":
            values, look = {self.find_workload(word, place) for word in words}, lambda workload: workload.index
            known = True
        elif key == "trust":
            values, look = {self.rank(word, place) for word in words}, lambda workload: workload.trust
            known = True
        else:
            values = {self.value_class(key, word, place) for word in words}
            look, known = lambda workload: workload.classes.get(key), True
        if not known:
            raise UnreadableError(f"{place}: {key} names something that does not exist")
        return lambda workload, tenant: (look(workload) in values) != negated

    def read_distrust(self, value: Any) -> tuple[str, Callable[[Workload, str], bool], Callable[[Workload, str], bool]]:
        """The reason id of a rule, and its two sides."""
        rule = fields(value, "policy.distrust", ("id", "subject", "neighbour"), ("reason",))
        place = f"distrust {rule['id']}"
        subject = self.selector(rule["subject"], place)
        return f"distrust:{rule['id']}", subject, self.selector(rule["neighbour"], place, neighbour=True)

    def read_waiver(self, value: Any) -> tuple[list[Callable[[Workload, str], bool]], set[str], str]:
        """The two sides of a waiver, the reasons that it takes away, its last day."""
        keys = ("id", "between", "waives", "approvedBy", "expires", "reason")
        rule = fields(value, "policy.waivers", keys)
        place = f"waiver {rule['id']}"
        sides = [self.selector(side, place) for side in sequence(rule["between"], place)]
        known = {"level", "sharing", "distrusts"} | {name for name, _, _ in self.distrust}
        known |= {f"separate:{entry['by']}" for entry in self.policy.get("separate", [])}
        known |= {f"apart:{entry['by']}" for entry in self.policy.get("apart", [])}
        waives = {text(reason, place) for reason in sequence(rule["waives"], place)}
        if len(sides) != 2 or not waives or not waives <= known:
            raise UnreadableError(f"{place}: two sides, and reasons that exist, are needed")
        return sides, waives, day(rule["expires"], place)

    def reasons(self, u: Workload, v: Workload) -> set[str]:  # noqa: PLR0912
        """Why two different workloads may not share a cluster; empty: they may."""
        if u.per_cluster or v.per_cluster:
            return set()
        found = set()
        if u.trust < v.accepts or v.trust < u.accepts:
            found.add("level")
        for one, other in ((u, v), (v, u)):
            if SHARING[one.sharing] == "workload" or (SHARING[one.sharing] == "tenant" and one.tenant != other.tenant):
                found.add("sharing")
            if other.tenant in self.tenants[one.tenant].get("distrusts", []):
                found.add("distrusts")
            for name, subject, neighbour in self.distrust:
                if subject(one, other.tenant) and neighbour(other, one.tenant):
                    found.add(name)
        found |= {f"separate:{by}" for by in u.separation if u.separation[by] != v.separation[by]}
        for rule in self.policy.get("apart", []):
            values = {workload.classes.get(rule["by"]) for workload in (u, v)} - {None}
            if len(values) == 2:
                found.add(f"apart:{rule['by']}")
        for sides, waives, expires in self.waivers if found else []:
            if self.as_of is None:
                raise UnreadableError("a day is needed for the waivers: asOf in the fleet or the plan")
            if day(self.as_of, "asOf") <= expires:
                for one, other in ((u, v), (v, u)):
                    if sides[0](one, other.tenant) and sides[1](other, one.tenant):
                        found -= waives
        return found

    def signature(self, workload: Workload) -> tuple[Any, ...]:
        """All that ``reasons`` sees of a workload: two workloads with the same signature are interchangeable there."""
        w = workload
        # neighbour selectors are asked about another tenant here; the tenant itself is in the signature
        seen = [side(w, "") for _, subject, neighbour in self.distrust for side in (subject, neighbour)]
        seen += [side(w, "") for sides, _, _ in self.waivers for side in sides]
        classes, separation = tuple(sorted(w.classes.items())), tuple(sorted(w.separation.items()))
        return (w.tenant, w.trust, w.sharing, w.accepts, classes, separation, *seen)

    # what goes together

    def unite(self) -> list[list[Workload]]:
        """Together groups and shared namespaces, overlapping ones merged; in the order of their first workloads."""
        groups: list[list[int]] = []
        by_namespace: dict[tuple[str, str], list[int]] = {}
        for workload in self.placed:
            if not self.tenants[workload.tenant].get("splitNamespaces", False):
                by_namespace.setdefault((workload.tenant, workload.namespace), []).append(workload.index)
        groups.extend(by_namespace.values())
        for value in self.policy.get("together", []):
            rule = fields(value, "policy.together", ("id",), ("members", "by", "where", "reason"))
            place = f"together {rule['id']}"
            if "members" in rule and "by" not in rule and "where" not in rule:
                groups.append([self.find_workload(name, place) for name in sequence(rule["members"], place)])
            elif "members" not in rule and rule.get("by") == "tenant" and "where" in rule:
                selects = self.selector(rule["where"], place)
                for tenant in self.tenants:
                    chosen = [w.index for w in self.placed if w.tenant == tenant and selects(w, "")]
                    groups.append(chosen)
            else:
                raise UnreadableError(f"{place}: members, or by: tenant and where, are needed")
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
        return [units[first] for first in sorted(units)]


def refuse_open(value: Any, place: str) -> None:
    """A draft's ``TODO`` is no value, wherever it stands but in text for people."""
    if value == "TODO":
        raise UnreadableError(f"{place}: TODO, which is still to be filled in")
    if isinstance(value, dict):
        for key, part in value.items():
            if key not in {"labels", "reason"}:
                refuse_open(part, f"{place}.{key}")
    elif isinstance(value, list):
        for index, part in enumerate(value):
            refuse_open(part, f"{place}[{index}]")


def resources(whole: dict[str, Any]) -> list[str]:
    """cpu, memory, pods, then the others by name."""
    named: set[str] = set()
    for template in whole.get("clusterTemplates", []):
        for part in [template, *template.get("nodePools", [])]:
            named |= set(part.get("allocatable", {}))
    for workload in whole.get("workloads", []):
        named |= set(workload.get("requests", {})) | set(workload.get("fixedRequests", {}))
    first = ["cpu", "memory", "pods"]
    return first + sorted(named - set(first), key=lambda name: name.encode())


def decimal(value: Any, place: str) -> Fraction:
    """A decimal number that is not negative, exactly."""
    if isinstance(value, int | Written | str) and re.fullmatch(r"[0-9]+(\.[0-9]+)?", str(value), re.ASCII):
        return Fraction(str(value))
    raise UnreadableError(f"{place}: {value!r} is not a decimal number")


def share(value: Any, place: str) -> Fraction:
    """20% or 0.2."""
    percent = isinstance(value, str) and value.endswith("%")
    result = decimal(value[:-1].rstrip(), place) / 100 if percent else decimal(value, place)
    if result >= 1:
        raise UnreadableError(f"{place}: a headroom below 1 is needed")
    return result


def cost_of(value: Any, pools: list[Pool], packs: bool, most: int | None, place: str) -> tuple[int, int]:
    """Of a cluster with its least number of nodes, and of each further node, in thousandths."""

    def thousandths(part: Any) -> int:
        cost = decimal(part, place) * 1000
        if cost.denominator != 1:
            raise UnreadableError(f"{place}: a cost with at most 3 decimals is needed")
        return int(cost)

    if not isinstance(value, dict):
        return thousandths(value), 0
    if not value or ("perNode" in value and not pools):
        raise UnreadableError(f"{place}: a cost of a cluster, or of each of its nodes, is needed")
    cluster, each = thousandths(value.get("cluster", 0)), thousandths(value.get("perNode", 0))
    if packs:
        return cluster + each * sum(pool.least for pool in pools), each
    nodes = sum(pool.most for pool in pools)
    return cluster + each * (nodes if most is None else min(nodes, most)), 0


def dearest_cluster(template: Template) -> int:
    """The most that a cluster can cost, in thousandths."""
    further = sum(pool.most - pool.least for pool in template.pools)
    if template.further is not None:
        further = min(further, template.further)
    return (template.cost or 0) + template.node_cost * further


def is_day(value: Any) -> bool:
    """Whether it is a day as YYYY-MM-DD."""
    try:
        return isinstance(value, str) and str(date.fromisoformat(value)) == value
    except ValueError:
        return False


def day(value: Any, place: str) -> str:
    """YYYY-MM-DD, which compares as a string."""
    if not is_day(value):
        raise UnreadableError(f"{place}: a day is written YYYY-MM-DD")
    return str(value)
