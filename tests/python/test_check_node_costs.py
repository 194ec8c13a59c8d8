"""What clusters and nodes cost: random fleets of several templates through both checkers, and bounds too high."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from judged import answered, both
from tenantry.check.islands import Kind, next_sum
from tenantry.check.reading import Budget


def drawn(chance: random.Random) -> dict[str, Any]:
    """A small fleet whose nodes cost something."""
    tenants = [
        {"name": f"t{index}", "trust": chance.choice(["trusted", "untrusted"])} for index in range(chance.randint(1, 3))
    ]
    workloads: list[dict[str, Any]] = []
    for index in range(chance.randint(2, 7)):
        job: dict[str, Any] = {
            "name": f"w{index}",
            "tenant": f"t{chance.randrange(len(tenants))}",
            "replicas": chance.randint(1, 6),
            "requests": {"cpu": f"{chance.randint(200, 3000)}m", "memory": f"{chance.randint(0, 3)}Gi"},
        }
        kind = chance.random()
        job |= {"split": True} if kind < 0.15 else {"copies": 2} if kind < 0.3 else {}
        if "split" not in job and chance.random() < 0.2:
            job["fixedRequests"] = {"cpu": 1}
        workloads.append(job)
    templates: list[dict[str, Any]] = []
    for index in range(chance.randint(1, 3)):
        pools = [
            {
                "name": f"p{number}",
                "allocatable": {"cpu": chance.randint(3, 8), "memory": f"{chance.randint(3, 8)}Gi"},
                "min": int(chance.random() < 0.2),
                "max": chance.randint(3, 30),
            }
            for number in range(chance.randint(1, 2))
        ]
        cost = {"cluster": chance.choice([0, 1, 3, 10, 12.5]), "perNode": chance.choice([0.25, 1, 2, 5])}
        templates.append({"name": f"k{index}", "nodePools": pools, "cost": cost})
    objective = chance.choice([["cost"], ["clusters", "cost"], ["cost", "clusters"]])
    fleet: dict[str, Any] = {"schema": "tenantry/v1", "asOf": "2026-11-26", "objective": objective, "tenants": tenants}
    if chance.random() < 0.3:
        fleet["existingClusters"] = [{"name": "east", "template": "k0", "keep": chance.random() < 0.5}]
        fleet["defaults"] = {"runsIn": []}
    if chance.random() < 0.3:
        fleet["regions"] = [{"name": "north"}, {"name": "south", "costFactor": chance.choice([1.1, 1.125])}]
        fleet.setdefault("defaults", {})
        fleet["defaults"]["regions"] = "all"
        for cluster in fleet.get("existingClusters", []):
            cluster["region"] = "south"
    return fleet | {"workloads": workloads, "clusterTemplates": templates}


def raised(plan: dict[str, Any], by: float) -> list[dict[str, Any]]:
    """The plan with a higher bound on its cost, called the best or not."""
    found = []
    for status in ("optimal", "feasible"):
        other = json.loads(json.dumps(plan))
        level = next(it for it in other["levels"] if it["objective"] == "cost")
        level["bound"] = other["summary"]["costLowerBound"] = round(level["bound"] + by, 3)
        level["status"] = other["status"] = status
        found.append(other)
    return found


def test_both_checkers_add_up_the_same(tmp_path: Path) -> None:
    chance = random.Random(20_261_127)
    seen = spoilt = 0
    for _ in range(150):
        documents = answered(drawn(chance), tmp_path)
        if documents is None:
            continue
        plan = json.loads(documents[1])
        expected = "VERIFIED" if plan["proof"] == "certified" else "UNDECIDED"
        assert both(documents, tmp_path) == (expected, expected), documents[0]
        seen += 1
        if plan["summary"].get("costLowerBound") is None or spoilt > 60:
            continue
        for by in (0.001, 1):
            for other in raised(plan, by):
                spoilt += 1
                verdicts = both((documents[0], json.dumps(other), documents[2]), tmp_path)
                assert "VERIFIED" not in verdicts, (documents[0], other["levels"])
    assert seen > 100, seen
    assert spoilt > 60, spoilt


@pytest.mark.parametrize(
    ("least", "sum_"),
    # of 10 a cluster and 3 a node, one at least: 13, 16, 19, 22, 25, 26, 28, 29 ...
    [(0, 13), (13, 13), (14, 16), (16.75, 19), (17, 19), (23, 25), (26, 26), (27, 28)],
)
def test_sums_are_of_whole_clusters_and_nodes(least: float, sum_: int) -> None:
    kind = Kind(10_000, 3_000, 0, rounded=False, usable={}, pools=[])
    assert next_sum([kind], int(least * 1000), 0, pods=True, budget=Budget(10**6)) == sum_ * 1000
