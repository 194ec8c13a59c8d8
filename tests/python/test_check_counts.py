"""Maximums of namespaces and tenants: random fleets through both checkers, and certificates that forge a count."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

from judged import answered, both

DAY = "2026-11-26"


def drawn(chance: random.Random) -> dict[str, Any]:
    """A small fleet whose clusters hold few namespaces or tenants."""
    tenants: list[dict[str, Any]] = [
        {
            "name": f"t{index}",
            "trust": "trusted" if chance.random() < 0.8 else "untrusted",
            "splitNamespaces": chance.random() < 0.5,
        }
        for index in range(chance.randint(2, 4))
    ]
    workloads: list[dict[str, Any]] = []
    for index in range(chance.randint(3, 9)):
        tenant = chance.randrange(len(tenants))
        shared = chance.random() < 0.4
        job: dict[str, Any] = {
            "name": f"w{index}",
            "tenant": f"t{tenant}",
            "namespace": f"t{tenant}-shared" if shared else f"t{tenant}-w{index}",
            "replicas": chance.randint(1, 3),
            "requests": {"cpu": chance.randint(1, 2), "memory": 0},
        }
        if not shared and chance.random() < 0.3:
            job |= {"split": True} if chance.random() < 0.5 else {"copies": 2}
        workloads.append(job)
    if chance.random() < 0.4:
        tenants.append({"name": "base", "trust": "trusted", "platform": True})
        workloads += [
            {"name": "dns", "tenant": "base", "perCluster": True, "requests": {"cpu": 1, "memory": 0}},
            {"name": "tool", "tenant": "base", "namespace": "base-dns", "requests": {"cpu": 1, "memory": 0}},
        ]
    templates: list[dict[str, Any]] = []
    for index in range(chance.randint(1, 2)):
        template: dict[str, Any] = {"name": f"k{index}", "allocatable": {"cpu": chance.randint(8, 30), "memory": "1Gi"}}
        maximums = {
            what: chance.randint(*most)
            for what, most in (("namespaces", (2, 5)), ("tenants", (1, 3)))
            if chance.random() < 0.6
        }
        templates.append(template | ({"maximums": maximums} if maximums else {}))
    fleet: dict[str, Any] = {"schema": "tenantry/v1", "asOf": DAY, "tenants": tenants, "workloads": workloads}
    if chance.random() < 0.4:
        for name, occupied in (("east", 0), ("west", chance.randint(0, 2))):
            cluster: dict[str, Any] = {"name": name, "template": "k0"}
            fleet.setdefault("existingClusters", []).append(
                cluster | ({"occupied": {"namespaces": occupied}} if occupied else {})
            )
        fleet["defaults"] = {"runsIn": []}
    return fleet | {"clusterTemplates": templates}


def test_both_checkers_verify_what_is_counted(tmp_path: Path) -> None:
    chance = random.Random(20_261_127)
    seen = counted = 0
    for _ in range(120):
        documents = answered(drawn(chance), tmp_path)
        if documents is None:
            continue
        fleet, plan, certificate = map(json.loads, documents)
        expected = "VERIFIED" if plan["proof"] == "certified" else "UNDECIDED"
        assert both(documents, tmp_path) == (expected, expected), fleet
        seen += 1
        counted += certificate["problem"]["dimensions"] > 3
    assert seen > 80, seen
    assert counted > 40, counted


def test_a_count_that_is_not_the_fleets_is_refuted(tmp_path: Path) -> None:
    chance = random.Random(7)
    found = 0
    while found < 12:
        documents = answered(drawn(chance), tmp_path)
        if documents is None:
            continue
        certificate = json.loads(documents[2])
        if certificate["problem"]["dimensions"] == 3 or not certificate["claims"]:
            continue
        found += 1
        mutants = []
        for key, list_ in (("size", "items"), ("capacity", "bins")):
            other = copy.deepcopy(certificate)
            row = chance.choice(other["problem"][list_])[key]
            row[3] += 1 if row[3] == 0 or chance.random() < 0.5 else -1
            mutants.append(other)
        # a dimension less, a bound more
        other = copy.deepcopy(certificate)
        other["problem"]["dimensions"] -= 1
        for row in [it["size"] for it in other["problem"]["items"]] + [
            it["capacity"] for it in other["problem"]["bins"]
        ]:
            row.pop()
        mutants.append(other)
        other = copy.deepcopy(certificate)
        other["claims"][0]["bound"] += 1
        mutants.append(other)
        for mutant in mutants:
            spoilt = (*documents[:2], json.dumps(mutant))
            assert "VERIFIED" not in both(spoilt, tmp_path), spoilt
