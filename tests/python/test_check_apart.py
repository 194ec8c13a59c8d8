"""Who may not share a cluster: what the checker reads off whole sets at once is what it says of each two."""

from __future__ import annotations

import random
from typing import Any

from tenantry.check.apart import apart, of_pairs
from tenantry.check.fleet import Fleet, Workload
from tenantry.check.reading import Budget


def document(draw: random.Random) -> dict[str, Any]:
    """A fleet with every kind of reason but those that choose both sides."""
    tenants = [f"t{number}" for number in range(6)]
    sites = ["north", "south"]
    rows: list[dict[str, Any]] = []
    for name in tenants:
        row: dict[str, Any] = {"name": name, "trust": draw.choice(["trusted", "untrusted"])}
        others = [other for other in tenants if other != name and draw.random() < 0.2]
        if others and draw.random() < 0.5:
            row["distrusts"] = others
        rows.append(row)
    workloads: list[dict[str, Any]] = []
    for number in range(24):
        attributes = {"environment": draw.choice(["prod", "dev"]), "site": draw.choice(sites)}
        row = {"name": f"w{number}", "tenant": draw.choice(tenants), "requests": {"cpu": 1, "memory": 0}}
        workloads.append({**row, "attributes": attributes})
    known = [{"id": "pair", "by": "cluster", "members": ["w0", "w1", "w2"]}] if draw.random() < 0.5 else []
    policy = {
        "attributes": {"environment": ["prod", "dev"], "site": sites},
        "separate": [{"by": "environment"}],
        "apart": [{"by": "site"}, *known],
    }
    template = {"name": "k", "allocatable": {"cpu": 100, "memory": 0}}
    whole = {"schema": "tenantry/v1", "asOf": "2026-11-30", "policy": policy, "tenants": rows}
    return {**whole, "workloads": workloads, "clusterTemplates": [template]}


def test_sets_say_what_pairs_say() -> None:
    refusals = open_pairs = 0
    for seed in range(60):
        fleet = Fleet(document(random.Random(seed)), None)
        samples: dict[object, Workload] = {}
        for workload in fleet.placed:
            samples.setdefault(fleet.signature(workload), workload)
        each = list(samples.values())
        rows = apart(fleet, each, Budget(10_000_000))
        assert rows == of_pairs(fleet, each, Budget(10_000_000)), seed
        bits = sum(row.bit_count() for row in rows)
        refusals, open_pairs = refusals + bits, open_pairs + len(each) ** 2 - bits
    assert refusals > 5_000 and open_pairs > 1_000, (refusals, open_pairs)
