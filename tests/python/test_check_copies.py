"""Workloads in several clusters: both checkers say the same of every plan, and neither a yes to a changed one."""

from __future__ import annotations

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest
import tenantry
from tenantry._core import run_program
from tenantry.check import UnreadableError, check_plan
from tenantry.check.fleet import Fleet as SecondReading

DAY = "2026-11-26"
REGIONS = ["north", "south", "west"]
CODES = {"VERIFIED": 0, "REFUTED": 1, "UNDECIDED": 3}


def drawn(seed: int) -> dict[str, Any]:
    """A small fleet."""
    draw = random.Random(seed)
    regions = REGIONS[: draw.choice([0, 0, 2, 3])]

    def some() -> list[str]:
        few = bool(regions) and draw.random() < 0.4
        return draw.sample(regions, draw.randrange(1, len(regions) + 1)) if few else regions

    pools = {"nodePools": [{"name": "p", "allocatable": {"cpu": 4, "memory": "8Gi"}, "max": draw.randrange(1, 4)}]}
    whole = {"allocatable": {"cpu": draw.randrange(4, 10), "memory": "8Gi"}}
    templates: list[dict[str, Any]] = [
        {"name": "k", **(whole if draw.random() < 0.7 else pools), "cost": draw.choice([5, 7])}
    ]
    existing: list[dict[str, Any]] = []
    for index in range(draw.randrange(5)):
        own = {"allocatable": {"cpu": draw.randrange(4, 12), "memory": "8Gi"}, "cost": draw.randrange(3, 8)}
        cluster = {"name": f"e{index}", **(own if draw.random() < 0.6 else {"template": "k"})}
        cluster |= {"mode": draw.choice(["open", "cordon", "drain"])} if draw.random() < 0.3 else {}
        existing.append(cluster | ({"keep": True} if draw.random() < 0.2 else {}))
    names = [cluster["name"] for cluster in existing]
    workloads: list[dict[str, Any]] = []
    for index in range(draw.randrange(1, 5)):
        row: dict[str, Any] = {"name": f"w{index}", "tenant": f"t{draw.randrange(2)}", "replicas": draw.randrange(1, 4)}
        row["requests"] = {"cpu": draw.randrange(1, 4), "memory": "1Gi"}
        allowed = some()
        count = draw.randrange(1, 4)
        copies: Any = draw.choice([count, {"count": count, "survive": draw.randrange(count)}])
        if regions and draw.random() < 0.4:
            each = {"count": len(allowed), "spread": "region"}
            copies = draw.choice([{"each": "region"}, each, each | {"survive": {"regions": len(allowed) - 1}}])
        row |= {"copies": copies, "regions": allowed} if regions else {"copies": copies}
        if names:
            row["runsIn"] = draw.sample(names, draw.randrange(min(len(names), count + 1) + 1))
            row["moveCost"] = draw.randrange(3)
            row |= {"pin": draw.choice(names)} if draw.random() < 0.1 else {}
            row |= {"stay": draw.choice(["cluster", *(["region"] if regions else [])])} if draw.random() < 0.2 else {}
        workloads.append(row)
    fleet: dict[str, Any] = {
        **{"schema": "tenantry/v1", "asOf": DAY},
        "tenants": [{"name": "t0", "trust": "trusted"}, {"name": "t1", "trust": draw.choice(["trusted", "untrusted"])}],
        "workloads": workloads,
        "clusterTemplates": templates,
        "objective": draw.choice([["clusters"], ["cost"], ["clusters", "cost"], ["clusters", "exposure"]]),
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


def program(folder: Path, *documents: Any) -> int:
    """The exit code of the program's own check."""
    files = [folder / name for name in ("fleet.json", "plan.json", "certificate.json")][: len(documents)]
    for file, document in zip(files, documents, strict=True):
        file.write_text(document if isinstance(document, str) else json.dumps(document))
    return run_program(["tenantry", "check", *map(str, files), "-o", str(folder / "verdict.txt"), "--as-of", DAY])


def changed(plan: dict[str, Any], draw: random.Random) -> dict[str, Any]:
    """The plan with something that it says of copies changed."""
    result = copy.deepcopy(plan)
    rows: list[dict[str, Any]] = result["assignments"]
    row = draw.choice(rows)
    clusters = [cluster["name"] for cluster in result["clusters"]]
    kind = draw.randrange(7)
    if kind == 0:
        row["copy"] = (row.get("copy") or 0) + 1
    elif kind == 1:
        rows.remove(row)
    elif kind == 2:
        rows.append({**row, "cluster": draw.choice(clusters)})
    elif kind == 3:
        row["cluster"] = draw.choice(clusters)
    elif kind == 4:
        row["change"] = draw.choice(["new", "stay", "move"])
    elif kind == 5 and result.get("leaving"):
        result["leaving"].pop()
    else:
        level = draw.choice(result["levels"])
        level["bound"] = (level.get("bound") or 0) + 1
    return result


def test_plans_are_read_alike(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    verified = refuted = 0
    for seed in range(300):
        document = drawn(seed)
        try:
            plan = tenantry.plan(tenantry.Fleet.from_dict(document))
        except tenantry.FleetError as error:
            if any(problem.code == "not-supported-yet" for problem in error.problems):
                with pytest.raises(UnreadableError):
                    SecondReading(document, None)
            continue
        stated, certificate = plan.to_dict(), plan.certificate
        verdict = check_plan(document, stated, certificate)
        assert verdict.word == ("VERIFIED" if plan.proof == "certified" else "UNDECIDED"), (seed, verdict, document)
        assert program(tmp_path, document, stated, certificate) == CODES[verdict.word], (seed, document)
        verified += verdict.word == "VERIFIED"
        if stated.get("clusters") is None:
            continue
        other = changed(stated, random.Random(seed))
        if other == stated:
            continue
        theirs = check_plan(document, other, certificate)
        assert CODES[theirs.word] == program(tmp_path, document, other, certificate), (seed, theirs, document, other)
        assert theirs.word != "VERIFIED", (seed, document, other)
        refuted += 1
    capfd.readouterr()  # the program's words
    assert verified > 150
    assert refuted > 120


def test_a_certificate_of_copies_that_forgets_their_unit_is_refuted(tmp_path: Path) -> None:
    document = {
        **{"schema": "tenantry/v1", "asOf": DAY, "tenants": [{"name": "t", "trust": "trusted"}]},
        "workloads": [{"name": "w", "tenant": "t", "copies": 3, "requests": {"cpu": 1, "memory": "1Gi"}}],
        "clusterTemplates": [{"name": "k", "allocatable": {"cpu": 4, "memory": "8Gi"}}],
    }
    plan = tenantry.plan(tenantry.Fleet.from_dict(document))
    assert plan.numbers.clusters == plan.numbers.lower_bound == 3
    assert plan.certificate is not None
    certificate = copy.deepcopy(plan.certificate)
    assert certificate["problem"]["terms"]["units"] == [0]
    assert check_plan(document, plan.to_dict(), certificate).word == "VERIFIED"
    for units in ([None], [], [1]):
        other = copy.deepcopy(certificate)
        other["problem"]["terms"]["units"] = units
        assert check_plan(document, plan.to_dict(), other).word == "REFUTED", units
        assert program(tmp_path, document, plan.to_dict(), other) == 1, units


@pytest.mark.parametrize(
    "copies",
    [
        *(0, 10_001, {"each": "cluster"}, {"each": "region", "count": 2}, {"spread": "region"}),
        *({"count": 2, "spread": "zone"}, {"count": 2, "survive": 2}, {"count": 2, "survive": {"regions": 1}}),
        *({"count": 4, "spread": "region"}, {"count": 3, "spread": {"perRegion": 0}}),
        {"count": 4, "spread": {"perRegion": 2}, "survive": {"regions": 2}},
    ],
)
def test_copies_that_make_no_sense_are_unreadable(copies: Any) -> None:
    document: dict[str, Any] = {
        **{"schema": "tenantry/v1", "asOf": DAY, "defaults": {"regions": "all"}},
        "regions": [{"name": name} for name in REGIONS],
        "tenants": [{"name": "t", "trust": "trusted"}],
        "workloads": [{"name": "w", "tenant": "t", "copies": copies, "requests": {"cpu": 1, "memory": "1Gi"}}],
        "clusterTemplates": [{"name": "k", "allocatable": {"cpu": 4, "memory": "8Gi"}}],
    }
    with pytest.raises(tenantry.FleetError):
        tenantry.Fleet.from_dict(document)
    with pytest.raises(UnreadableError):
        SecondReading(document, None)
