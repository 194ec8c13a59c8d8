"""Splits: both checkers say the same of every plan, and neither a yes to a changed one."""

from __future__ import annotations

import copy
import json
import random
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import tenantry
from tenantry._core import run_program
from tenantry.check import UnreadableError, check_plan, parse
from tenantry.check.fleet import Fleet as SecondReading

if TYPE_CHECKING:
    from collections.abc import Callable

DAY = "2026-11-26"
REGIONS = ["north", "south"]
CODES = {"VERIFIED": 0, "REFUTED": 1, "UNDECIDED": 3}


def drawn(seed: int) -> dict[str, Any]:
    """A small fleet."""
    draw = random.Random(seed)
    regions = REGIONS if draw.random() < 0.3 else []
    pools = {"nodePools": [{"name": "p", "allocatable": {"cpu": 4, "memory": "8Gi"}, "max": draw.randrange(1, 4)}]}
    dedicated = {"name": "d", "allocatable": {"cpu": 3, "memory": "8Gi"}, "max": 2, "dedicated": True}
    own_pool = draw.random() < 0.3
    if own_pool:
        pools["nodePools"].append(dedicated)
    whole = {"allocatable": {"cpu": draw.randrange(4, 10), "memory": "8Gi"}}
    template: dict[str, Any] = {"name": "k", **(whole if draw.random() < 0.6 and not own_pool else pools)}
    template["cost"] = draw.choice([5, 7, {"cluster": 2, "perNode": 1} if "nodePools" in template else 6])
    if draw.random() < 0.2:
        template["maximums"] = draw.choice([{"namespaces": 2}, {"tenants": 1}, {"pods": 9}])
    existing: list[dict[str, Any]] = []
    for index in range(draw.randrange(4)):
        own = {"allocatable": {"cpu": draw.randrange(4, 12), "memory": "8Gi"}, "cost": draw.randrange(3, 8)}
        cluster = {"name": f"e{index}", **(own if draw.random() < 0.5 else {"template": "k"})}
        cluster |= {"mode": draw.choice(["cordon", "cordon", "drain"])} if draw.random() < 0.4 else {}
        existing.append(cluster | ({"keep": True} if draw.random() < 0.2 else {}))
    names = [cluster["name"] for cluster in existing]
    workloads: list[dict[str, Any]] = []
    for index in range(draw.randrange(1, 5)):
        row: dict[str, Any] = {"name": f"w{index}", "tenant": f"t{draw.randrange(2)}", "replicas": draw.randrange(1, 7)}
        row["requests"] = {"cpu": draw.randrange(1, 4), "memory": "1Gi"}
        row["split"] = draw.choice([True, True, {"clusters": draw.randrange(1, 4)}, False])
        row |= {"sharing": "workload"} if draw.random() < 0.2 else {}
        row |= {"pool": "d"} if own_pool and draw.random() < 0.3 else {}
        row |= {"regions": draw.choice([*REGIONS, REGIONS])} if regions else {}
        row |= {"namespace": f"n{draw.randrange(2)}"} if draw.random() < 0.3 else {}
        if names:
            runs = draw.sample(names, draw.randrange(len(names) + 1))
            row["runsIn"] = {name: draw.randrange(1, 4) for name in runs} or []
            if not row["split"] or draw.random() < 0.2:
                row["runsIn"] = runs[:1]
            row["moveCost"] = draw.randrange(3)
            row |= {"pin": draw.choice(names)} if draw.random() < 0.1 else {}
            row |= {"stay": draw.choice(["cluster", *(["region"] if regions else [])])} if draw.random() < 0.1 else {}
        workloads.append(row)
    fleet: dict[str, Any] = {
        **{"schema": "tenantry/v1", "asOf": DAY},
        "tenants": [
            {"name": "t0", "trust": "trusted", "splitNamespaces": True},
            {"name": "t1", "trust": draw.choice(["trusted", "untrusted"])},
        ],
        "workloads": workloads,
        "clusterTemplates": [template],
        "objective": draw.choice([["clusters"], ["cost"], ["clusters", "cost"], ["clusters", "balance"]]),
    }
    if draw.random() < 0.2:
        fleet["tenants"][0]["overhead"] = {"cpu": 1}
    if existing:
        fleet["existingClusters"] = existing
        fleet["objective"] = draw.choice([fleet["objective"], ["moves", "clusters"], ["clusters", "moves", "cost"]])
    if regions:
        fleet["defaults"] = {"regions": "all"}
        fleet["regions"] = [{"name": name, "costFactor": draw.choice(["1", "1.12"])} for name in regions]
        for cluster in existing:
            cluster["region"] = draw.choice(regions)
    return fleet


def beside(seed: int) -> dict[str, Any]:
    """The same with copies, rules of named workloads, a third region, and splits of no replicas."""
    fleet = drawn(seed)
    draw = random.Random(-1 - seed)
    regions = fleet.get("regions", [])
    if regions and draw.random() < 0.5:
        regions.append({"name": "west"})
    rows = fleet["workloads"]
    for row in rows:
        if row["split"]:
            row["replicas"] *= draw.random() > 0.1
        elif "namespace" not in row and draw.random() < 0.6:
            row["copies"] = draw.choice([2, *([{"count": 2, "spread": "region"}] if regions else [])])
    if len(rows) > 1 and draw.random() < 0.8:
        members = [f"{row['tenant']}/{row['name']}" for row in draw.sample(rows, 2)]
        far = {"id": "far", "members": members, "by": "region" if regions and draw.random() < 0.7 else "cluster"}
        near = {"id": "near", "members": members, "in": "region"}
        fleet["policy"] = {"together": [near]} if regions and draw.random() < 0.3 else {"apart": [far]}
    return fleet


def program(folder: Path, *documents: Any) -> int:
    """The exit code of the program's own check."""
    files = [folder / name for name in ("fleet.json", "plan.json", "certificate.json")][: len(documents)]
    for file, document in zip(files, documents, strict=True):
        file.write_text(document if isinstance(document, str) else json.dumps(document))
    return run_program(["tenantry", "check", *map(str, files), "-o", str(folder / "verdict.txt"), "--as-of", DAY])


def name_of(row: dict[str, Any]) -> str:
    """Of a row its workload."""
    return str(row["workload"])


def changed(plan: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    """The plan with something that it says of splits changed."""
    result = copy.deepcopy(plan)
    rows: list[dict[str, Any]] = result["assignments"]
    row = draw.choice(rows)
    clusters = [cluster["name"] for cluster in result["clusters"]]
    kind = draw.randrange(8)
    if kind == 0:
        row["replicas"] += 1
    elif kind == 1:
        rows.remove(row)
    elif kind == 2:
        rows.append({**row, "cluster": draw.choice(clusters)})
    elif kind == 3:
        row["cluster"] = draw.choice(clusters)
    elif kind == 4:
        row["change"] = draw.choice(["new", "stay", "move"])
    elif kind == 5:  # from one part to another
        other = draw.choice([it for it in rows if it["workload"] == row["workload"]])
        row["replicas"], other["replicas"] = row["replicas"] - 1, other["replicas"] + 1
    elif kind == 6:
        level = draw.choice(result["levels"])
        level["forgot"] = level["forgot"][:-1] if level["forgot"] else ["split"]
    else:
        level = draw.choice(result["levels"])
        level["bound"] = (level.get("bound") or 0) + 1
    return result


@pytest.mark.parametrize("draws", [drawn, beside])
def test_plans_are_read_alike(
    draws: Callable[[int], dict[str, Any]], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    verified = refuted = parted = 0
    for seed in range(200):
        document = draws(seed)
        try:
            plan = tenantry.plan(tenantry.Fleet.from_dict(document))
        except tenantry.FleetError as error:
            assert all(problem.code != "not-supported-yet" for problem in error.problems), (seed, document)
            if any(problem.code == "contradiction" for problem in error.problems):
                with pytest.raises(UnreadableError):
                    SecondReading(document, None)
            continue
        stated, certificate = plan.to_dict(), plan.certificate
        verdict = check_plan(document, stated, certificate)
        # a level of which nothing is stated needs no proof
        good = verdict.word == "VERIFIED" or (verdict.word, plan.proof != "certified") == ("UNDECIDED", True)
        assert good, (seed, verdict, document)
        assert program(tmp_path, document, stated, certificate) == CODES[verdict.word], (seed, document)
        verified += verdict.word == "VERIFIED"
        if stated.get("clusters") is None:
            continue
        parts = Counter(map(name_of, stated["assignments"]))
        parted += any(row["split"] and parts[row["name"]] > 1 for row in document["workloads"])
        other = changed(stated, random.Random(seed)) if stated["assignments"] else stated
        if other == stated:
            continue
        theirs = check_plan(document, other, certificate)
        assert CODES[theirs.word] == program(tmp_path, document, other, certificate), (seed, theirs, document, other)
        assert theirs.word != "VERIFIED", (seed, document, other)
        refuted += 1
    capfd.readouterr()  # the program's words
    assert verified > 80, verified
    assert refuted > 70, refuted
    assert parted > 25, parted


def test_a_million_replicas_are_no_more_than_a_count() -> None:
    document: dict[str, Any] = {
        **{"schema": "tenantry/v1", "asOf": DAY, "tenants": [{"name": "t", "trust": "trusted"}]},
        "workloads": [
            {"name": "w", "tenant": "t", "replicas": 10**6, "split": True, "requests": {"cpu": 1, "memory": "1Gi"}}
        ],
        "clusterTemplates": [{"name": "k", "allocatable": {"cpu": 30_000, "memory": "unlimited"}}],
    }
    plan = tenantry.plan(tenantry.Fleet.from_dict(document))
    assert plan.numbers.clusters == plan.numbers.lower_bound == 34
    assert check_plan(document, plan.to_dict(), plan.certificate).word == "VERIFIED"
    document["workloads"][0]["split"] = {"clusters": 33}
    with pytest.raises(tenantry.FleetError, match="no 33 clusters have room for more than 990000") as error:
        tenantry.plan(tenantry.Fleet.from_dict(document))
    assert [problem.code for problem in error.value.problems] == ["too-many-replicas"]


def test_a_number_of_clusters_may_be_written_with_a_point() -> None:
    text = """{"schema": "tenantry/v1", "asOf": "2026-11-26", "tenants": [{"name": "a", "trust": "trusted"}],
        "workloads": [{"name": "w", "tenant": "a", "replicas": 4, "requests": {"cpu": 1, "memory": "1Gi"},
            "split": {"clusters": 2.0}}],
        "clusterTemplates": [{"name": "t", "allocatable": {"cpu": 2, "memory": "8Gi"}}]}"""
    plan = tenantry.plan(tenantry.Fleet.from_json(text))
    assert check_plan(parse(text.encode()), plan.to_dict(), plan.certificate).word == "VERIFIED"
