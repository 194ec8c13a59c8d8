"""What fleets and plans look like: which keys there are, and of what kind their values. What they mean comes after."""

from __future__ import annotations

import re
from collections.abc import Callable
from math import isfinite
from typing import Any

from .reading import UnreadableError, Written, fields, integer, is_object, sequence, text

MOST = 2**63 - 1  # of what is counted in a fleet

Kind = Callable[[Any, str], object]  # raises UnreadableError for a value of another kind


def whole(value: Any, place: str) -> None:
    """An integer from 0 to 2^64 - 1."""
    integer(value, place)


def counted(value: Any, place: str) -> int:
    """A whole number that a fleet counts to; ``3.0`` is one too."""
    if type(value) is Written and re.fullmatch(r"[0-9]+\.0+", value, re.ASCII):
        value = int(value.partition(".")[0])
    return integer(value, place, 0, MOST)


def signed(value: Any, place: str) -> None:
    """An integer of 64 bits, of any sign."""
    integer(value, place, -(2**63), 2**63 - 1)


def double(value: Any, place: str) -> float:
    """A number with or without a point, as the nearest binary floating point number."""
    number = None
    if type(value) in (int, Written):
        try:
            number = float(value)
        except OverflowError:
            number = None
    if number is None or not isfinite(number):
        raise UnreadableError(f"{place}: a number is needed")
    return number


def amount(value: Any, place: str) -> None:
    """A quantity, a share or a cost: a number, or a string that its reader looks into."""
    if not isinstance(value, str):
        integer(value, place)


def flag(value: Any, place: str) -> None:
    """True or false."""
    if not isinstance(value, bool):
        raise UnreadableError(f"{place}: true or false is needed")


def seen(kind: Kind, value: Any) -> bool:
    """Whether it is plain to see that a value is of a kind: most of a document is text."""
    return kind is text and type(value) is str


def word(*known: str) -> Kind:
    """One of these words."""

    def kind(value: Any, place: str) -> None:
        if value not in known:
            raise UnreadableError(f"{place}: one of {', '.join(known)} is needed")

    return kind


def maybe(kind: Kind) -> Kind:
    """Null, or of that kind."""
    return lambda value, place: value is None or kind(value, place)


def some(kind: Kind, count: int | None = None) -> Kind:
    """A list of that kind, perhaps of a certain length."""

    def check(value: Any, place: str) -> None:
        if count not in (None, len(sequence(value, place))):
            raise UnreadableError(f"{place}: {count} entries are needed")
        for index, entry in enumerate(value):
            if not seen(kind, entry):
                kind(entry, f"{place}[{index}]")

    return check


def named(kind: Kind) -> Kind:
    """An object of any keys with values of that kind."""

    def check(value: Any, place: str) -> None:
        if not is_object(value):
            raise UnreadableError(f"{place}: an object is needed")
        for key, entry in value.items():
            if not seen(kind, entry):
                kind(entry, f"{place}.{key}")

    return check


def table(required: dict[str, Kind], optional: dict[str, Kind] | None = None) -> Kind:
    """An object of these keys."""
    kinds = required | (optional or {})
    needed, known = set(required), set(kinds)

    def check(value: Any, place: str) -> None:
        if not is_object(value) or not needed <= value.keys() <= known:
            fields(value, place, required, optional or ())  # says what is wrong
        for key, entry in value.items():
            if not seen(kinds[key], entry):
                kinds[key](entry, f"{place}.{key}")

    return check


def one(**kinds: Kind) -> Kind:
    """An object (``dict``), a list (``list``), or anything else (``other``)."""

    def check(value: Any, place: str) -> None:
        name = type(value).__name__
        kinds[name if name in kinds else "other"](value, place)

    return check


TEXTS, LABELS, AMOUNTS = some(text), named(text), named(amount)
WORDS = one(list=TEXTS, other=text)
SELECTOR = named(one(dict=table({"not": WORDS}), list=TEXTS, bool=flag, other=text))
STANCE: dict[str, Kind] = {"trust": text, "sharing": text, "accepts": text}
PLACES: dict[str, Kind] = {"regions": WORDS, "jurisdictions": WORDS}
OWNER: dict[str, Kind] = {
    **STANCE,
    **PLACES,
    "needs": WORDS,
    "attributes": LABELS,
    "labels": LABELS,
    "mitigations": TEXTS,
}

POLICY = table(
    {},
    {
        "attributes": named(one(dict=named(WORDS), list=TEXTS, other=word("any"))),
        "levels": some(
            table({"name": text, "sharing": word("level", "tenant", "workload"), "accepts": text}, {"reason": text})
        ),
        "separate": some(table({"by": text}, {"missing": table({"class": text, "tenants": TEXTS}), "reason": text})),
        "apart": some(table({"by": text}, {"missing": word("any"), "id": text, "members": TEXTS, "reason": text})),
        "distrust": some(table({"id": text, "subject": SELECTOR, "neighbour": SELECTOR}, {"reason": text})),
        "together": some(
            table({"id": text}, {"members": TEXTS, "by": text, "where": SELECTOR, "in": text, "reason": text})
        ),
        "waivers": some(
            table(
                {"id": text, "between": some(SELECTOR, 2), "waives": TEXTS}
                | {"approvedBy": text, "expires": text, "reason": text}
            )
        ),
    },
)
COPIES = one(
    dict=table(
        {},
        {
            "count": counted,
            "each": text,
            "spread": one(dict=table({"perRegion": counted}), other=text),
            "survive": one(dict=table({"regions": counted}), other=counted),
        },
    ),
    other=counted,
)
SPLIT = one(dict=table({"clusters": counted}), other=flag)
STAY = one(dict=table({"for": text, "until": text}), other=text)
POOL = table({"name": text, "allocatable": AMOUNTS, "max": counted}, {"min": counted, "dedicated": flag})
MAXIMUMS = table(
    {},
    {
        "preset": word("upstream", "eks", "aks", "gke"),
        **dict.fromkeys(("nodes", "pods", "namespaces", "tenants"), counted),
    },
)
LEVELS = word("clusters", "cost", "moves", "exposure", "balance")
COST = one(dict=table({}, {"cluster": amount, "perNode": amount}), other=amount)
TEMPLATE = table(
    {"name": text},
    {
        **PLACES,
        "admits": SELECTOR,
        "provides": WORDS,
        "allocatable": AMOUNTS,
        "nodePools": some(POOL),
        "nodePacking": word("nodes", "sums"),
        "headroom": amount,
        "maxCount": counted,
        "maximums": MAXIMUMS,
        "cost": COST,
        "labels": LABELS,
    },
)
REGION = table({"name": text}, {"jurisdictions": WORDS, "maxClusters": counted, "costFactor": amount})
OVERHEAD = table({}, {"cpu": amount, "memory": amount, "pods": counted})
EXISTING = table(
    {"name": text},
    {
        "template": text,
        "region": text,
        "admits": SELECTOR,
        "provides": WORDS,
        "mode": word("open", "cordon", "drain"),
        "keep": flag,
        "occupied": table({}, {"cpu": amount, "memory": amount, "pods": counted, "namespaces": counted}),
        "allocatable": AMOUNTS,
        "nodePools": some(POOL),
        "nodePacking": word("nodes", "sums"),
        "headroom": amount,
        "maximums": MAXIMUMS,
        "cost": COST,
        "labels": LABELS,
    },
)
FLEET = table(
    {"schema": word("tenantry/v1")},
    {
        "name": text,
        "asOf": text,
        "policy": POLICY,
        "regions": some(REGION),
        "tenants": some(
            table(
                {"name": text},
                {
                    **OWNER,
                    "distrusts": TEXTS,
                    "platform": flag,
                    "splitNamespaces": flag,
                    "overhead": OVERHEAD,
                    "pin": WORDS,
                    "stay": STAY,
                },
            )
        ),
        "workloads": some(
            table(
                {"name": text, "tenant": text},
                {
                    **OWNER,
                    "namespace": text,
                    "replicas": one(dict=table({"min": counted, "max": counted}), other=counted),
                    "copies": COPIES,
                    "split": SPLIT,
                    "requests": AMOUNTS,
                    "fixedRequests": AMOUNTS,
                    "perCluster": flag,
                    "perNode": flag,
                    "pool": text,
                    "runsIn": one(dict=named(counted), list=TEXTS, other=text),
                    "pin": WORDS,
                    "stay": STAY,
                    "stateful": flag,
                    "moveCost": counted,
                    "downtime": text,
                },
            )
        ),
        "clusterTemplates": some(TEMPLATE),
        "defaults": table(
            {},
            {
                "regions": word("all"),
                "runsIn": WORDS,
                "missingRequests": one(dict=table({}, {"cpu": amount, "memory": amount}), other=word("error")),
            },
        ),
        "objective": some(LEVELS),
        "limits": table({}, {"clusters": counted, "cost": amount, "moves": counted}),
        "existingClusters": some(EXISTING),
    },
)

USES = named(table({"requested": text, "usable": text}, {"utilisation": maybe(double)}))
POOL_USE = table(
    {"name": text, "dedicated": flag, "max": whole},
    {**dict.fromkeys(("nodes", "paid"), maybe(whole)), "resources": USES},
)
CLUSTER = table(
    {
        **dict.fromkeys(("name", "template"), text),
        **dict.fromkeys(("tenants", "namespaces", "workloads", "platform"), TEXTS),
        "island": whole,
        "resources": USES,
        "blastRadius": table(dict.fromkeys(("tenants", "workloads", "pods"), whole)),
    },
    {
        "cost": maybe(double),
        "region": maybe(text),
        "existing": maybe(
            table({"mode": word("open", "cordon", "drain"), "kept": flag}, {"because": maybe(word("keep", "occupied"))})
        ),
        **dict.fromkeys(("nodes", "nodesLowerBound"), maybe(whole)),
        "overhead": LABELS,
        "pools": some(POOL_USE),
        "placement": some(table({"pool": text, "count": whole, "pods": named(whole)})),
    },
)
SUMMARY = table(
    {
        "lowerBoundReason": text,
        **dict.fromkeys(("lowerBound", "tenants", "workloads", "pods", "islands", "trustClasses"), whole),
        "treatedAsNotFitting": whole,
    },
    {
        **dict.fromkeys(("clusters", "gap", "clustersWithoutWaivers"), maybe(whole)),
        **dict.fromkeys(("cost", "costLowerBound"), maybe(double)),
        "isolationPremium": maybe(signed),
    },
)
LEVEL = table(
    {
        "objective": LEVELS,
        "status": word("optimal", "feasible", "unknown"),
        "proof": word("certified", "claimed", "none"),
    },
    {"value": maybe(double), "bound": maybe(double), "forgot": TEXTS},
)
ROW = table(
    {
        **dict.fromkeys(("tenant", "workload", "namespace", "cluster"), text),
        "change": word("new", "stay", "move"),
        "replicas": whole,
        "requests": LABELS,
    },
    {"labels": LABELS, "from": maybe(text), "because": maybe(text), "copy": maybe(whole)},
)
RULE = table(
    {"rule": text, "trust": flag, "description": text, "pairs": whole, "only": whole, "samples": some(some(text, 2))}
)
WAIVER = table(
    {
        **dict.fromkeys(("id", "expires", "approvedBy", "reason"), text),
        "state": word("in force", "expiring", "expired"),
        "waives": TEXTS,
        "pairs": whole,
    }
)
LEFT_OUT = table(
    {
        "figure": word("isolationPremium", "clustersWithoutWaivers"),
        "because": word("time", "work", "cancelled", "contradiction", "objective", "limits"),
    }
)
COUNTS: dict[str, Kind] = dict.fromkeys(("cost", "workloads", "pods", "stateful"), whole)
ABROAD: dict[str, Kind] = {"regions": whole}
PLAN = table(
    {
        "schema": word("tenantry-plan/v1"),
        **dict.fromkeys(("version", "name", "fleetDigest", "asOf"), text),
        "seed": whole,
        "status": word("optimal", "feasible", "infeasible", "unknown"),
        "proof": word("certified", "claimed", "none"),
        "summary": SUMMARY,
        "levels": some(LEVEL),
        "assignments": some(ROW),
        "separations": some(RULE),
        "waivers": some(WAIVER),
        "warnings": some(table({"code": text, "message": text})),
        "notCovered": TEXTS,
    },
    {
        "clusters": maybe(some(CLUSTER)),
        "objective": maybe(some(LEVELS)),
        "limits": maybe(table({}, {"clusters": maybe(whole), "cost": maybe(double), "moves": maybe(whole)})),
        **dict.fromkeys(("emptied", "unused"), TEXTS),
        "leaving": some(table(dict.fromkeys(("tenant", "workload", "namespace", "cluster"), text))),
        "moves": maybe(
            table(
                {
                    "forced": table(COUNTS, ABROAD),
                    "chosen": table(COUNTS, ABROAD),
                    "byTenant": some(table({"tenant": text, **COUNTS}, ABROAD)),
                }
            )
        ),
        "leftOut": some(LEFT_OUT),
        "losses": some(
            table(
                {"cluster": text, "samples": TEXTS, **dict.fromkeys(("workloads", "pods", "tenants"), whole)},
                {"left": whole},
            )
        ),
        "lossesOfRegions": some(
            table(
                {
                    "region": text,
                    "samples": TEXTS,
                    **dict.fromkeys(("clusters", "workloads", "pods", "tenants"), whole),
                },
                {"left": whole},
            )
        ),
        **{"stopped": maybe(word("time", "work", "cancelled")), "contradictions": TEXTS},
        "otherValues": some(
            table({"attribute": text, "class": text, "values": some(table({"value": text, "workloads": whole}))})
        ),
    },
)
