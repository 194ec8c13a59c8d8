"""Existing clusters in regions, with purposes and needs: both checkers say the same of every plan."""

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
STAYS = ["none", "cluster", "region", *({"for": "region", "until": f"2026-11-{day}"} for day in (25, 26))]


def drawn(seed: int) -> dict[str, Any]:
    """A small fleet."""
    draw = random.Random(seed)
    regions = REGIONS[: draw.randrange(4)]

    def some(few: float) -> list[str]:
        return draw.sample(regions, draw.randrange(1, len(regions) + 1)) if draw.random() < few else regions

    templates: list[dict[str, Any]] = [
        {
            "name": f"k{index}",
            "allocatable": {"cpu": draw.randrange(4, 9), "memory": "8Gi"},
            "cost": draw.randrange(5, 9),
        }
        for index in range(2)
    ]
    templates[0]["provides"] = "gpu"
    if draw.random() < 0.3:
        templates[1]["admits"] = {"tenant": "t1"}
    existing: list[dict[str, Any]] = []
    for index in range(draw.randrange(1, 5)):
        own = {"allocatable": {"cpu": draw.randrange(3, 9), "memory": "8Gi"}, "cost": draw.randrange(3, 9)}
        cluster = {"name": f"e{index}", **(own if draw.random() < 0.5 else {"template": f"k{draw.randrange(2)}"})}
        cluster |= {"mode": draw.choice(["open", "open", "cordon", "drain"])} if draw.random() < 0.5 else {}
        cluster |= {"keep": True} if draw.random() < 0.2 else {}
        cluster |= {"provides": ["gpu", "disk"]} if draw.random() < 0.3 else {}
        cluster |= {"admits": {"tenant": {"not": "t0"}}} if draw.random() < 0.15 else {}
        existing.append(cluster)
    names = [cluster["name"] for cluster in existing]
    workloads: list[dict[str, Any]] = []
    for index in range(draw.randrange(1, 7)):
        row: dict[str, Any] = {"name": f"w{index}", "tenant": f"t{draw.randrange(2)}", "moveCost": draw.randrange(3)}
        row["requests"] = {"cpu": draw.randrange(1, 4), "memory": "1Gi"}
        row["runsIn"] = draw.choice(names) if draw.random() < 0.8 else []
        row |= {"needs": "gpu"} if draw.random() < 0.2 else {}
        row |= {"stateful": True} if draw.random() < 0.1 else {}
        if draw.random() < 0.4:
            row["stay"] = draw.choice(STAYS if regions else STAYS[:2])
        workloads.append(row)
    fleet: dict[str, Any] = {
        **{"schema": "tenantry/v1", "asOf": DAY},
        "tenants": [{"name": "t0", "trust": "trusted"}, {"name": "t1", "trust": draw.choice(["trusted", "untrusted"])}],
        "workloads": workloads,
        "clusterTemplates": templates,
        "existingClusters": existing,
        "objective": draw.choice(
            [["clusters"], ["clusters", "moves"], ["clusters", "cost"], ["clusters", "moves", "cost"]]
        ),
    }
    if regions:
        fleet["defaults"] = {"regions": "all"}
        fleet["regions"] = [{"name": name, "costFactor": draw.choice(["1", "1.12"])} for name in regions]
        for region in fleet["regions"]:
            if draw.random() < 0.3:
                region["maxClusters"] = draw.randrange(1, 4)
        for row in [*templates, *workloads]:
            row["regions"] = some(0.3)
        for cluster in existing:
            cluster["region"] = draw.choice(regions)
    return fleet


def program(folder: Path, *documents: Any) -> int:
    """The exit code of the program's own check."""
    files = [folder / name for name in ("fleet.json", "plan.json", "certificate.json")][: len(documents)]
    for file, document in zip(files, documents, strict=True):
        file.write_text(document if isinstance(document, str) else json.dumps(document))
    return run_program(["tenantry", "check", *map(str, files), "-o", str(folder / "verdict.txt"), "--as-of", DAY])


def test_plans_are_read_alike(tmp_path: Path) -> None:
    verified = changes = 0
    for seed in range(400):
        document = drawn(seed)
        fleet = tenantry.Fleet.from_dict(document)
        try:
            plan = tenantry.plan(fleet)
        except tenantry.FleetError:
            SecondReading(document, None)  # wishes that contradict one another make no document unreadable
            continue
        verdict = check_plan(document, plan.to_dict(), plan.certificate)
        assert verdict.word == ("VERIFIED" if plan.proof == "certified" else "UNDECIDED"), (seed, verdict, document)
        verified += verdict.word == "VERIFIED"
        changed = copy.deepcopy(plan.to_dict())
        new = [cluster for cluster in changed.get("clusters") or [] if cluster.get("existing") is None]
        for cluster in new[:1] or changed.get("clusters") or []:
            cluster["region"] = random.Random(seed).choice([*REGIONS, None])
        if changed != plan.to_dict():
            ours = program(tmp_path, document, changed)
            theirs = check_plan(document, changed)
            assert {"VERIFIED": 0, "REFUTED": 1, "UNDECIDED": 3}[theirs.word] == ours, (seed, theirs, document)
            changes += 1
    assert verified > 150
    assert changes > 100


def test_a_region_that_nothing_tells_from_another_is_as_good(tmp_path: Path) -> None:
    document: dict[str, Any] = {
        **{"schema": "tenantry/v1", "asOf": DAY, "defaults": {"regions": "all", "runsIn": []}},
        "regions": [{"name": "north"}, {"name": "south"}, {"name": "west", "costFactor": "1.5"}],
        "tenants": [{"name": "t", "trust": "trusted"}],
        "workloads": [{"name": "w", "tenant": "t", "requests": {"cpu": 1, "memory": "1Gi"}}],
        "clusterTemplates": [{"name": "k", "allocatable": {"cpu": 4, "memory": "8Gi"}, "cost": 1}],
        "existingClusters": [{"name": "e", "template": "k", "region": "south", "mode": "drain"}],
    }
    plan = tenantry.plan(tenantry.Fleet.from_dict(document)).to_dict()
    (cluster,) = plan["clusters"]
    for region, code in [("north", 0), ("south", 0), ("west", 1), ("east", 1)]:
        cluster["region"] = region
        assert program(tmp_path, document, plan) == code
        assert check_plan(document, plan).word == ("REFUTED" if code else "VERIFIED"), region


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("region", "all"),
        ("region", None),
        ("region", "east"),
        ("provides", []),
        ("admits", {}),
        ("admits", {"tenant": "t9"}),
    ],
)
def test_what_a_cluster_says_of_itself_is_read_alike(key: str, value: Any) -> None:
    document = drawn(0)
    document["existingClusters"][0] |= {key: value}
    if value is None:
        del document["existingClusters"][0][key]
    with pytest.raises(tenantry.FleetError):
        tenantry.Fleet.from_dict(document)
    with pytest.raises(UnreadableError):
        SecondReading(document, None)


def test_a_stay_is_never_wider_than_its_tenants() -> None:
    refused = 0
    words = [*STAYS, {"for": "cluster", "until": "2026-11-26"}, {"for": "region", "until": "2026-12-01"}]
    for theirs in words:
        for ours in words:
            document = drawn(0)
            document["tenants"][0]["stay"] = document["tenants"][1]["stay"] = theirs
            document["workloads"][0]["stay"] = ours
            for row in document["workloads"][1:]:
                row.pop("stay", None)
            try:
                tenantry.Fleet.from_dict(document)
            except tenantry.FleetError as error:
                assert {problem.code for problem in error.problems} == {"widened"}
                refused += 1
                with pytest.raises(UnreadableError):
                    SecondReading(document, None)
            else:
                SecondReading(document, None)
    assert refused > 10
