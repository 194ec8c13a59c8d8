"""Fleets for whole calls: ``python generate.py KIND WORKLOADS FILE``. The same arguments give the same bytes.

By what is in the clusters: menu (sizes from a menu), dense (tenants that refuse half of the others), gpus (three
resources), islands (untrusted tenants of ten workloads), tight (three templates with counts that bind), templates (20
of them, with costs). By what the policy says: rules (so many distrust rules), refusals (so many tenants, each of which
refuses another by a rule of its own), waivers (so many, with long selectors), untrusted (tenants of ten workloads, a
large template), customers (5,000 of them, separated), profiles (so many tenants that each distrust one), flood (a
document with so many errors in one line).

levers: a policy of 40 inputs that separate or limit, as an organisation of five units has it: stages, data classes,
rules that overlap, own lists, headroom, maximum counts. levers200: the same with 200 rules of distrust.

better10, better40: so many clusters that exist once each and are larger than the template, which nobody runs in yet;
betterislands: 40 of them, for 20 units that share with nobody.

brownfield: clusters that exist, 40 for 5,000 workloads and 900 for 50,000, with drift: stages that mix, tenants beside
those they refuse, clusters that hold too much or next to nothing, two that are drained, state, pins, a waiver.
"""

import json
import math
import random
import sys
from pathlib import Path
from typing import Any

PACKED = ("menu", "dense", "gpus", "islands", "tight", "templates")
BETTER = {"better10": (10, 1), "better40": (40, 1), "betterislands": (40, 20)}
POLICIES = ("rules", "refusals", "waivers", "untrusted", "customers", "profiles", "flood")


def workload(number: int, tenant: int, cpu: int, memory: int, replicas: int = 1, **more: Any) -> dict[str, Any]:
    requests = {"cpu": f"{cpu}m", "memory": f"{memory}Mi", **more}
    return {"name": f"w{number}", "tenant": f"t{tenant}", "replicas": replicas, "requests": requests}


def template(name: str, cpu: float, memory: float, pods: int = 20_000, **more: Any) -> dict[str, Any]:
    """A template of so many cores and GiB."""
    amounts = {"cpu": f"{int(cpu * 1000)}m", "memory": f"{int(memory * 1024)}Mi", "pods": pods}
    return {"name": name, "allocatable": amounts, **more}


def packed(kind: str, count: int, draw: random.Random) -> dict[str, Any]:
    """Many workloads, a policy as organisations have it."""
    tenants = {"islands": count // 10, "dense": min(200, count // 25)}.get(kind, min(2_000, count // 50))
    trust = "untrusted" if kind == "islands" else "trusted"
    owners: list[dict[str, Any]] = [{"name": f"t{it}", "trust": trust} for it in range(tenants)]
    share = {"islands": 0.0, "dense": 0.5}.get(kind, 0.02)
    for at, owner in enumerate(owners):
        refused = [f"t{it}" for it in range(at + 1, tenants) if share and draw.random() < share]
        if refused:
            owner["distrusts"] = refused
    items = []
    for number in range(count):
        tenant = min(int(draw.paretovariate(1.1)) - 1, tenants - 1) if kind != "islands" else draw.randrange(tenants)
        if kind == "menu":
            sizes = draw.choice((50, 100, 250, 500, 1000, 2000)), draw.choice((64, 128, 512, 1024, 4096))
        else:
            sizes = (
                min(8000, 10 + int(draw.lognormvariate(5.5, 1.0))),
                min(32_000, 16 + int(draw.lognormvariate(6.5, 1.0))),
            )
        item = workload(number, tenant, *sizes, replicas=draw.choice((1, 1, 2, 3, 5)))
        if kind == "gpus" and draw.random() < 0.2:
            item["requests"]["nvidia.com/gpu"] = draw.choice((1, 1, 2, 4))
        items.append({**item, "attributes": {"stage": draw.choice(("live", "live", "test"))}})
    cores = sum(int(it["requests"]["cpu"][:-1]) * it["replicas"] for it in items) / 1000
    templates = [template("standard", 64 if kind == "islands" else 400, 1600)]
    if kind == "gpus":
        templates[0]["allocatable"]["nvidia.com/gpu"] = 48
    if kind == "tight":
        sizes = (("large", 400, 0.4), ("middle", 240, 0.5), ("small", 140, 0.0))
        templates = [template(name, size, 4 * size) for name, size, _ in sizes]
        for it, (_, size, part) in zip(templates, sizes, strict=True):
            if part:
                it["maxCount"] = max(1, math.floor(cores * part / size))
    if kind == "templates":
        factors = [1.0, *(draw.uniform(0.35, 1) for _ in range(19))]
        templates = [
            template(f"m{at}", 400 * it, 1600 * it, cost=round(1000 * it * draw.uniform(0.8, 1.2)))
            for at, it in enumerate(factors)
        ]
    return {
        "objective": ["clusters", "cost"] if kind == "templates" else ["clusters"],
        "policy": {"attributes": {"stage": ["live", "test"]}, "separate": [{"by": "stage"}]},
        "tenants": owners,
        "workloads": items,
        "clusterTemplates": templates,
    }


def policies(kind: str, count: int, draw: random.Random) -> dict[str, Any]:
    """Few or plain workloads, a policy that costs."""
    big = [template("standard", 128, 512)]
    policy: dict[str, Any] = {}
    if kind in ("rules", "refusals"):
        tenants, number = (590, 600) if kind == "rules" else (count, count)
        sides = [[draw.randrange(tenants) for _ in range(2)] for _ in range(count)]
        policy["distrust"] = [
            {"id": f"d{at}", "subject": {"tenant": f"t{one}"}, "neighbour": {"tenant": f"t{other}"}}
            for at, (one, other) in enumerate(sides)
        ]
    elif kind == "waivers":
        tenants = number = 300
        policy["distrust"] = [{"id": "d", "subject": {"all": True}, "neighbour": {"tenant": "other"}}]
        everybody = [f"t{it}" for it in range(tenants)]
        between = [{"tenant": everybody}, {"tenant": {"not": everybody[::2]}}]
        terms = {"approvedBy": "a board", "expires": "2030-01-01", "reason": "as agreed"}
        policy["waivers"] = [
            {"id": f"w{at}", "between": between, "waives": ["distrust:d"], **terms} for at in range(count)
        ]
    else:
        number = 1 if kind == "profiles" else count
        tenants = {"untrusted": count // 10, "customers": 5_000, "profiles": count}[kind]
    owners: list[dict[str, Any]] = [
        {"name": f"t{it}", "trust": "untrusted" if kind == "untrusted" else "trusted"} for it in range(tenants)
    ]
    if kind == "customers":
        policy |= {"attributes": {"customer": "any"}, "separate": [{"by": "customer"}]}
        for at, owner in enumerate(owners):
            owner["attributes"] = {"customer": f"c{at}"}
    if kind == "profiles":
        for at, owner in enumerate(owners):
            owner["distrusts"] = [f"t{(at + 1) % tenants}"]
    items = [workload(it, it % tenants, draw.randint(50, 3000), draw.randint(16, 8000)) for it in range(number)]
    return {"policy": policy, "tenants": owners, "workloads": items, "clusterTemplates": big}


def levered(count: int, draw: random.Random, pairs: int = 16) -> dict[str, Any]:
    """A policy of 40 levers, the three levels' four among them; with more pairs of tenants of more."""
    tenants = max(24, count // 50)
    owners: list[dict[str, Any]] = []
    for at in range(tenants):
        attributes = {"unit": f"u{at % 5}", "data": "card" if at % 11 == 0 else "plain"}
        trust = "untrusted" if at % 12 == 7 else "trusted"
        owners.append({"name": f"t{at}", "trust": trust, "attributes": attributes})
    for at in range(10):  # ten lists of their own
        owners[at * 2]["distrusts"] = [f"t{(at * 7 + 5) % tenants}"]
    rules = [
        {"id": "card", "subject": {"data": "card"}, "neighbour": {"data": {"not": "card"}}},
        {"id": "trial", "subject": {"stage": "live"}, "neighbour": {"stage": "test"}},
    ]
    for at in range(pairs):
        one, other = draw.sample(range(tenants), 2)
        rules.append({"id": f"r{at}", "subject": {"tenant": f"t{one}"}, "neighbour": {"tenant": f"t{other}"}})
    items = []
    for number in range(count):
        size = draw.choice((50, 100, 250, 500, 1000)), draw.choice((64, 128, 512, 1024))
        item = workload(number, number % tenants, *size, replicas=draw.choice((1, 1, 2, 3)))
        items.append({**item, "attributes": {"stage": draw.choice(("live", "live", "test"))}})
    cores = sum(int(it["requests"]["cpu"][:-1]) * it["replicas"] for it in items) / 1000
    size = cores / 8
    return {
        "policy": {
            "attributes": {"stage": ["live", "test"], "unit": "any", "data": ["card", "plain"]},
            "separate": [{"by": "stage"}, {"by": "unit"}],
            "distrust": rules,
        },
        "tenants": owners,
        "workloads": items,
        "clusterTemplates": [
            template("large", size, 4 * size, headroom="10%", maxCount=count),
            template("small", 0.5 * size, 2 * size, headroom="20%", maxCount=40, maximums={"tenants": 60}),
        ],
    }


def better(count: int, number: int, units: int, draw: random.Random) -> dict[str, Any]:
    """Clusters of which there is one each, larger than the template, a cluster of which holds fourteen workloads."""
    tenants = max(100, units)
    items = []
    for it in range(count):
        sizes = min(8000, 10 + int(draw.lognormvariate(5.5, 1.0))), min(32_000, 16 + int(draw.lognormvariate(6.5, 1.1)))
        items.append(workload(it, draw.randrange(tenants), *sizes))
    sums = [sum(int(it["requests"][name][:-end]) for it in items) for name, end in (("cpu", 1), ("memory", 2))]
    cpu, memory = (max(least, 14 * whole // count) for whole, least in zip(sums, (9_000, 33_000), strict=True))
    existing = []
    for at in range(number):
        factors = draw.uniform(1.2, 3), draw.uniform(1.2, 3)
        body = template(f"c{at}", cpu * factors[0] / 1000, memory * factors[1] / 1024)
        existing.append(body)
    return {
        "defaults": {"runsIn": []},
        "policy": {"attributes": {"unit": "any"}, "separate": [{"by": "unit"}]},
        "tenants": [
            {"name": f"t{it}", "trust": "trusted", "attributes": {"unit": f"u{it % units}"}} for it in range(tenants)
        ],
        "workloads": items,
        "clusterTemplates": [template("small", cpu / 1000, memory / 1024)],
        "existingClusters": existing,
    }


def brownfield(count: int, draw: random.Random) -> dict[str, Any]:
    """What runs today, as it came about."""
    number = {5_000: 40, 50_000: 900}.get(count, max(2, count // 60))
    tenants = max(4, count // 25)
    owners: list[dict[str, Any]] = [{"name": f"t{it}", "trust": "trusted"} for it in range(tenants)]
    quarrels = set()
    for at in range(0, tenants - 1, 40):
        refused = draw.randrange(at + 1, tenants)
        owners[at]["distrusts"] = [f"t{refused}"]
        quarrels |= {at, refused}
    per_cluster = count / number
    cores = math.ceil(per_cluster * 1.1)  # a workload takes 0.7 cores on average
    pools = [{"name": "general", "allocatable": {"cpu": "15500m", "memory": "60Gi"}, "max": max(2, cores // 15)}]
    existing: list[dict[str, Any]] = []
    for at in range(number):
        cluster: dict[str, Any] = {"name": f"c{at:03}", "template": ("standard", "pooled")[at % 2]}
        if at % 7 == 3:
            cluster = {"name": f"c{at:03}", "nodePools": pools, "headroom": "15%"}
        if at % 50 == 20:
            cluster["occupied"] = {"cpu": 4, "memory": "8Gi", "pods": 40, "namespaces": 5}
        existing.append(cluster)
    for at in (1, number - 1):
        existing[at] = {"name": f"c{at:03}", "template": "standard", "mode": "drain"}
    live = [at for at in range(number) if at % 3]
    test = [at for at in range(number) if at % 3 == 0]
    popular = {at: 0.15 if draw.random() < 0.1 else draw.uniform(0.8, 1.2) for at in range(number)}
    items = []
    for it in range(count):
        stage = draw.choice(("live", "live", "test"))
        astray = draw.random() < 0.01
        home = test if (stage == "test") != astray else live
        cluster = draw.choices(home, [popular[at] for at in home])[0]
        size = draw.choice((100, 250, 250, 500, 1000)), draw.choice((128, 512, 1024, 2048))
        tenant = draw.randrange(tenants)
        item = workload(it, tenant, *size, replicas=draw.choice((1, 1, 2, 3)))
        item |= {"attributes": {"stage": stage}, "runsIn": existing[cluster]["name"]}
        kind, wanted = draw.random(), draw.choice(home)
        bound = wanted if kind > 0.99 else cluster
        if not astray and tenant not in quarrels and "mode" not in existing[bound] and bound % 5 < 2:
            if kind < 0.08:
                item["stateful"] = True
            elif kind > 0.99:
                item["pin"] = existing[bound]["name"]
        items.append(item)
    terms = {"approvedBy": "a board", "expires": "2026-12-31", "reason": "as agreed"}
    sides = [{"tenant": [f"t{it}" for it in range(0, tenants, 9)]}, {"stage": "test"}]
    return {
        "policy": {
            "attributes": {"stage": ["live", "test"]},
            "separate": [{"by": "stage"}],
            "waivers": [{"id": "w", "between": sides, "waives": ["separate:stage"], **terms}],
        },
        "tenants": owners,
        "workloads": items,
        "clusterTemplates": [
            template("standard", cores, 4 * cores, headroom="10%"),
            {"name": "pooled", "nodePools": pools, "maxCount": number},
        ],
        "existingClusters": existing,
    }


def main() -> None:
    kind, count, file = sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])
    if kind == "flood":
        file.write_text("schema: tenantry/v1\ntenants: [" + "~," * count + "]\n")
        return
    draw = random.Random(f"{kind}-{count}")
    if kind == "brownfield":
        body = brownfield(count, draw)
    elif kind in BETTER:
        body = better(count, *BETTER[kind], draw)
    elif kind in ("levers", "levers200"):
        body = levered(count, draw, pairs=16 if kind == "levers" else 198)
    else:
        body = packed(kind, count, draw) if kind in PACKED else policies(kind, count, draw)
    file.write_text(json.dumps({"schema": "tenantry/v1", "asOf": "2026-11-23", **body}, separators=(",", ":")))


if __name__ == "__main__":
    main()
