"""Migrations gone through by both checkers: what one refutes, the other refutes."""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import tenantry
from tenantry.check import check_migration
from tenantry.check.__main__ import main

if TYPE_CHECKING:
    from collections.abc import Callable


def drawn(seed: int) -> dict[str, Any]:
    """A small fleet that runs against its rules: nodes, maximums, waivers, state, groups."""
    draw = random.Random(seed)
    clusters = []
    for number in range(draw.choice((2, 3))):
        row: dict[str, Any] = {"name": f"c{number}", "mode": draw.choice(("open", "open", "open", "cordon", "drain"))}
        if draw.random() < 0.3:
            row["template"] = "standard"
        elif draw.random() < 0.5:
            row["nodePools"] = [{"name": "p", "allocatable": {"cpu": 4, "memory": "8Gi"}, "max": 3}]
        else:
            row["allocatable"] = {"cpu": draw.randint(8, 14), "memory": "64Gi"}
        if draw.random() < 0.2:
            row["maximums"] = {"tenants": draw.choice((1, 2))}
        clusters.append(row)
    workloads = []
    for number in range(draw.randint(4, 8)):
        row = {
            "name": f"w{number}",
            "tenant": draw.choice("abc"),
            "namespace": f"n{draw.randint(0, 9)}",
            "replicas": draw.choice((1, 1, 2)),
            "requests": {"cpu": draw.choice((1, 1, 2, 3)), "memory": "1Gi"},
            "runsIn": draw.choice(["c0", "c0", "c1", []]),
        }
        row["namespace"] = f"{row['tenant']}{draw.randint(0, 3)}"
        if row["runsIn"] and draw.random() < 0.2:
            row |= {"stateful": True, "stay": "none"}
        if draw.random() < 0.2:
            row["downtime"] = "allowed"
        workloads.append(row)
    template = {"name": "standard", "allocatable": {"cpu": 12, "memory": "64Gi"}, "maxCount": draw.choice((2, 4))}
    sides = [{"tenant": "a"}, {"tenant": "b"}]
    waiver = {"id": "w", "between": sides, "waives": ["distrusts"], "approvedBy": "x", "reason": "r"}
    policy = {"waivers": [waiver | {"expires": "2026-12-01"}]} if draw.random() < 0.3 else {}
    tenants: list[dict[str, Any]] = [{"name": "a", "trust": "trusted", "distrusts": ["b"]}]
    tenants += [{"name": name, "trust": "trusted"} for name in "bc"]
    if draw.random() < 0.3:
        tenants[1]["overhead"] = {"cpu": 1}
    return {
        "schema": "tenantry/v1",
        "asOf": "2026-11-23",
        "tenants": tenants,
        "policy": policy,
        "workloads": workloads,
        "clusterTemplates": [template],
        "existingClusters": clusters,
    }


def copied(seed: int) -> dict[str, Any]:
    """The same with copies, some of which are new, and some given up."""
    fleet, draw = drawn(seed), random.Random(seed + 1)
    names = [cluster["name"] for cluster in fleet["existingClusters"]]
    regions = draw.random() < 0.5
    units: dict[str, dict[str, Any]] = {}
    for row in fleet["workloads"]:
        if row["namespace"] not in units:
            count = draw.choice((1, 2, 2))
            copies: Any = {"count": count, "survive": draw.randrange(count)}
            if regions and count == 2 and draw.random() < 0.4:
                copies = draw.choice(({"each": "region"}, {"count": 2, "spread": "region"}))
            runs = draw.sample(names, draw.randint(0, min(len(names), count + 1)))
            units[row["namespace"]] = {"copies": copies, "runsIn": runs}
        row.update(units[row["namespace"]])
    if regions:
        fleet |= {"regions": [{"name": "north"}, {"name": "south"}], "defaults": {"regions": "all"}}
        for cluster in fleet["existingClusters"]:
            cluster["region"] = draw.choice(("north", "south"))
    return fleet


def divided(seed: int) -> dict[str, Any]:
    """The same with splits, some of which grow or shrink."""
    fleet, draw = drawn(seed), random.Random(seed + 2)
    fleet["tenants"] = [row | {"splitNamespaces": True} for row in fleet["tenants"]]
    names = [cluster["name"] for cluster in fleet["existingClusters"]]
    for row in fleet["workloads"]:
        if draw.random() < 0.5:
            row |= {"split": draw.choice((True, True, {"clusters": 2})), "replicas": draw.randint(0, 4)}
            runs = draw.sample(names, draw.randint(0, min(2, len(names))))
            row["runsIn"] = {name: draw.randint(1, 3) for name in runs} or []
            if draw.random() < 0.1:
                row["pin"] = draw.choice(names)
    first, second = (f"{row['tenant']}/{row['name']}" for row in draw.sample(fleet["workloads"], 2))
    rule: dict[str, Any] = {"id": "far", "members": [first, second], "by": "cluster"}
    if draw.random() < 0.4:
        fleet |= {"regions": [{"name": "north"}, {"name": "south"}], "defaults": {"regions": "all"}}
        rule["by"] = "region"
        for cluster in fleet["existingClusters"]:
            cluster["region"] = draw.choice(("north", "south"))
    if draw.random() < 0.4:
        fleet["policy"]["apart"] = [rule]
    return fleet


def ruled(seed: int) -> dict[str, Any]:
    """Copies in three regions, with groups that stand in one, and members that are kept apart."""
    fleet, draw = copied(seed), random.Random(seed + 2)
    regions = ["north", "south", "west"]
    fleet |= {"regions": [{"name": name} for name in regions], "defaults": {"regions": "all"}}
    for cluster in fleet["existingClusters"]:
        cluster["region"] = draw.choice(regions)
    firsts = {row["namespace"]: f"{row['tenant']}/{row['namespace']}/{row['name']}" for row in fleet["workloads"]}
    names = draw.sample(sorted(firsts.values()), min(len(firsts), 3))
    for row in fleet["workloads"]:
        if isinstance(row["copies"], dict):
            row["copies"] = {key: it for key, it in row["copies"].items() if key in ("count", "survive")} or 2
    if len(names) > 2 and draw.random() < 0.5:
        fleet["policy"]["together"] = [{"id": "near", "members": names[:2], "in": "region", "reason": "r"}]
        names = names[1:]
    elif len(names) > 1 and draw.random() < 0.4:
        fleet["policy"]["together"] = [{"id": "near", "members": names, "in": "region", "reason": "r"}]
        return fleet
    if len(names) > 1:
        by = draw.choice(("region", "region", "cluster"))
        fleet["policy"]["apart"] = [{"id": "far", "members": names, "by": by, "reason": "r"}]
    return fleet


def mutants(document: dict[str, Any], draw: random.Random) -> list[dict[str, Any]]:
    """The same document with one thing changed in each."""
    found = []
    for batch, whole in enumerate(document["batches"]):
        for step in range(len(whole["steps"])):
            for change in range(7):
                mutant = copy.deepcopy(document)
                steps = mutant["batches"][batch]["steps"]
                if change == 0:
                    del steps[step]
                elif change == 1:
                    steps.insert(step, copy.deepcopy(steps[step]))
                elif change == 2:
                    steps[step]["cluster"] = draw.choice(("c0", "c1", "c2", "new"))
                elif change == 3:
                    steps[step]["temporary"] = not steps[step].get("temporary", False)
                elif change == 4:
                    steps[step]["givenUp"] = not steps[step].get("givenUp", False)
                elif change == 5:
                    steps[step]["replicas"] = steps[step].get("replicas", 0) + draw.choice((1, 2))
                elif batch:
                    mutant["batches"][batch - 1]["steps"].append(steps.pop(step))
                    order = ["create", "start", "switch", "stop", "release"]
                    mutant["batches"][batch - 1]["steps"].sort(key=lambda it: order.index(it["action"]))
                found.append(mutant)
    for key, value in (("status", "not-found"), ("until", "2026-12-31"), ("fleetDigest", "0" * 64)):
        found.append(document | {key: value})
    found.append(document | {"options": document["options"] | {"extraClusters": 0}})
    found.append(document | {"summary": document["summary"] | {"left": document["summary"]["left"] + 1}})
    return found


@pytest.mark.parametrize("draw", [drawn, copied, ruled, divided])
def test_both_say_the_same(draw: Callable[[int], dict[str, Any]]) -> None:
    words: Counter[str] = Counter()
    for seed in range(60):
        document = draw(seed)
        try:
            fleet = tenantry.Fleet.from_dict(document)
            plan = tenantry.plan(fleet)
        except tenantry.FleetError:
            continue
        if not plan.found:
            continue
        migration = fleet.migration(plan, allow_downtime=seed % 2 == 0, extra_clusters=int(seed % 3 == 0))
        read, planned = fleet.to_dict(), plan.to_dict()
        own = migration.to_dict()
        assert check_migration(read, planned, own).word == "VERIFIED", (seed, document, own)
        rest = mutants(own, random.Random(seed))
        for mutant in random.Random(seed).sample(rest, min(25, len(rest))):
            theirs = fleet.replay(plan, tenantry.Migration(json.dumps(mutant)))
            word = "REFUTED" if theirs.wrong else "UNDECIDED" if theirs.undecided else "VERIFIED"
            verdict = check_migration(read, planned, mutant)
            assert verdict.word == word, (seed, str(verdict), theirs, document, mutant)
            words[word] += 1
    assert words["REFUTED"] > 200
    assert words["VERIFIED"] > 20


def test_the_command_reads_a_migration(tmp_path: Path) -> None:
    fleet = tenantry.Fleet.load("examples/today/fleet.yaml")
    plan = tenantry.plan(fleet)
    migration = plan.migration()
    files = {"fleet": fleet.to_json(), "plan": plan.to_json(), "migration": migration.to_json()}
    paths = []
    for name, text in files.items():
        path = tmp_path / f"{name}.json"
        path.write_text(text)
        paths.append(str(path))
    assert main([*paths[:2], "--migration", paths[2]]) == 0
    wrong = migration.to_dict()
    wrong["batches"] = wrong["batches"][1:]
    (tmp_path / "migration.json").write_text(json.dumps(wrong))
    assert main([*paths[:2], "--migration", paths[2]]) == 1
    (tmp_path / "migration.json").write_text("{}")
    assert main([*paths[:2], "--migration", paths[2]]) == 2
