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

ROOT = Path(__file__).resolve().parents[2]
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
            some_of_them = {
                "count": draw.randrange(1, len(allowed) + 1),
                "spread": draw.choice(["region", {"perRegion": 2}]),
            }
            last = each | {"survive": {"regions": len(allowed) - 1}}
            copies = draw.choice([{"each": "region"}, each, last, some_of_them])
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
    if len(workloads) > 1 and draw.random() < 0.5:
        members = [f"{row['tenant']}/{row['name']}" for row in draw.sample(workloads, 2)]
        wide = bool(regions) and draw.random() < 0.7
        far: dict[str, Any] = {"id": "far", "members": members, "by": "region" if wide else "cluster"}
        near: dict[str, Any] = {"id": "near", "members": members, "in": "region" if wide else "cluster"}
        fleet["policy"] = draw.choice([{"apart": [far]}, {"together": [near]}])
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
            assert all(problem.code != "not-supported-yet" for problem in error.problems), (seed, document)
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


def ruled(policy: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Two workloads in three regions, under rules."""
    row = {"tenant": "t", "requests": {"cpu": 1, "memory": "1Gi"}}
    return {
        **{"schema": "tenantry/v1", "asOf": DAY, "defaults": {"regions": "all"}, "policy": policy},
        "regions": [{"name": name} for name in REGIONS],
        "tenants": [{"name": "t", "trust": "trusted"}],
        "workloads": [{**row, "name": "a", **more}, {**row, "name": "b"}],
        "clusterTemplates": [{"name": "k", "allocatable": {"cpu": 4, "memory": "8Gi"}}],
    }


MEMBERS = ["t/a", "t/b"]
RULED = {
    "apart.region": ruled({"apart": [{"id": "far", "members": MEMBERS, "by": "region"}]}),
    "together.region": ruled(
        {
            "together": [{"id": "near", "members": MEMBERS, "in": "region"}],
            "apart": [{"id": "far", "members": MEMBERS, "by": "cluster"}],
        }
    ),
    "copies.spread": ruled({}, copies={"count": 2, "spread": "region"}),
}


@pytest.mark.parametrize("forgot", RULED)
def test_a_plan_in_other_regions_is_refuted(forgot: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    document = RULED[forgot]
    plan = tenantry.plan(tenantry.Fleet.from_dict(document))
    stated = plan.to_dict()
    assert stated["levels"][0]["forgot"] == [forgot]
    assert check_plan(document, stated, plan.certificate).word == "VERIFIED"
    clusters = stated["clusters"]
    assert len(clusters) == 2
    near = forgot != "together.region"
    other = copy.deepcopy(stated)
    # in the region of the first, or else in another
    here = clusters[0]["region"]
    other["clusters"][1]["region"] = here if near else next(name for name in REGIONS if name != here)
    assert check_plan(document, other, plan.certificate).word == "REFUTED"
    assert program(tmp_path, document, other, plan.certificate) == 1
    for change in ([], ["sums"]):
        other = copy.deepcopy(stated)
        other["levels"][0]["forgot"] = change
        assert check_plan(document, other, plan.certificate).word == "REFUTED", change
        assert program(tmp_path, document, other, plan.certificate) == 1, change
    capfd.readouterr()


@pytest.mark.parametrize(
    "policy",
    [
        *({"apart": [{"id": "far", "members": MEMBERS, "by": by}]} for by in ("zone", "stage")),
        *({"apart": [{"by": "region", **part}]} for part in ({"id": "far"}, {"members": MEMBERS})),
        *(
            {"apart": [{"id": "far", "by": "region", "members": members}]}
            for members in (["t/a"], ["t/a"] * 2, ["t/c"])
        ),
        {"apart": [{"id": "far", "members": MEMBERS, "by": "region", "missing": "any"}]},
        {"apart": [{"id": "far", "members": MEMBERS, "by": by} for by in ("cluster", "region")]},
        {"together": [{"id": "near", "members": MEMBERS, "in": "zone"}]},
        *(
            {
                "together": [{"id": "near", "members": MEMBERS, "in": near}],
                "apart": [{"id": "far", "members": MEMBERS, "by": far}],
            }
            for near, far in (("region", "region"), ("cluster", "cluster"), ("cluster", "region"))
        ),
    ],
)
def test_rules_that_make_no_sense_are_unreadable(policy: dict[str, Any]) -> None:
    document = ruled(policy)
    with pytest.raises(tenantry.FleetError):
        tenantry.Fleet.from_dict(document)
    with pytest.raises(UnreadableError):
        SecondReading(document, None)


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


def test_moves_are_bounded_as_the_plan_counts_them() -> None:
    """One copy more than run today is new wherever it is: the certificate counts it, and the plan does not."""
    fleet = tenantry.Fleet.load(ROOT / "examples" / "copies.yaml")
    plan = tenantry.plan(fleet)
    verdict = check_plan(json.loads(fleet.to_json()), plan.to_dict(), plan.certificate)
    assert (verdict.word, verdict.bounds) == ("VERIFIED", (4, 1))
