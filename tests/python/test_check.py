"""The second checker: against the Rust one, against enumeration, and on a fleet worked out by hand."""

from __future__ import annotations

import copy
import json
import os
import random
import subprocess
import sys
from decimal import ROUND_HALF_UP, Decimal
from itertools import combinations, product
from pathlib import Path
from typing import Any

import pytest
from tenantry import check
from tenantry.check.__main__ import main
from tenantry.check.covers import Covers, TooLongError
from tenantry.check.digest import digest
from tenantry.check.encode import encode
from tenantry.check.figures import shown
from tenantry.check.fits import Fits
from tenantry.check.fleet import Fleet
from tenantry.check.heaviest import Candidate, heavier
from tenantry.check.pool import apart, pool, together
from tenantry.check.reading import Budget

ROOT = Path(__file__).resolve().parents[2]


def certificate_word(data: bytes) -> str:
    try:
        return check.check_certificate(check.parse(data), work=5_000_000).word
    except check.UnreadableError:
        return "UNREADABLE"


@pytest.mark.parametrize("path", sorted((ROOT / "tests/certificates/good").glob("*.json")), ids=lambda path: path.stem)
def test_good_files(path: Path) -> None:
    assert certificate_word(path.read_bytes()) == "VERIFIED"


def test_without_a_fleet_a_cost_is_one_of_prices() -> None:
    folder = ROOT / "tests/certificates/good"
    said = {
        name: str(check.check_certificate(check.parse((folder / f"{name}.json").read_bytes())))
        for name in ("capacity-then-cost-by-offset", "two-components")
    }
    assert "prices alone" in said["capacity-then-cost-by-offset"]
    assert "prices" not in said["two-components"]


@pytest.mark.parametrize("path", sorted((ROOT / "tests/certificates/bad").glob("*.json")), ids=lambda path: path.stem)
def test_bad_files(path: Path) -> None:
    assert certificate_word(path.read_bytes()) in ("REFUTED", "UNREADABLE")


@pytest.mark.after_rust
@pytest.mark.parametrize(
    ("name", "tests", "least"),
    [
        ("certificates", "certificates", (100, 1000)),
        ("terms", "certificates", (100, 1000)),
        ("savings", "certificates", (50, 300)),
        ("merged", "certificates", (30, 30)),
        ("cases", "certificates", (50, 300)),
    ],
)
def test_agrees_with_the_rust_checker(name: str, tests: str, least: tuple[int, int]) -> None:
    """One process, thousands of mutated certificates: never VERIFIED on one side and REFUTED on the other."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    path = target / "tmp" / f"{name}.jsonl"
    if not path.exists():
        pytest.skip(f"{path} is not there: `cargo test --features cli --test {tests}` writes it")
    words = {"VERIFIED": 0, "REFUTED": 0}
    with path.open("rb") as lines:
        for line in lines:
            case = check.parse(line)
            verdict = check.check_certificate(case["file"], work=1_000_000)
            assert {verdict.word, case["verdict"]} != {"VERIFIED", "REFUTED"}, case
            words[verdict.word] = words.get(verdict.word, 0) + 1
    assert words["VERIFIED"] > least[0] and words["REFUTED"] > least[1]


def feasible(items: list[Candidate], capacity: list[int]) -> set[frozenset[tuple[int, int]]]:
    """Every bin with something in it, one by one."""
    bins = set()
    for copies in product(*(range(item.copies + 1) for item in items)):
        chosen = [item for item in items if copies[item.item]]
        alone = all(not a.conflicts >> b.item & 1 for a in chosen for b in chosen if a is not b)
        one = all(copies[item.item] < 2 or not item.conflicts >> item.item & 1 for item in chosen)
        loads = [sum(item.size[q] * copies[item.item] for item in items) for q in range(len(capacity))]
        if chosen and alone and one and all(load <= room for load, room in zip(loads, capacity, strict=True)):
            bins.add(frozenset((item.item, copies[item.item]) for item in chosen))
    return bins


def test_heaviest_bin_against_enumeration() -> None:
    chance = random.Random(1)
    reached = 0
    for turn in range(400):
        count, dimensions = chance.randint(1, 7), chance.randint(0, 3)
        unit = chance.choice([1, 1, 1000, 2**40])
        capacity = [chance.randint(8 * unit, 20 * unit) for _ in range(dimensions)]
        conflicts = [0] * count
        for a in range(count):
            for b in range(a):
                if chance.random() < 0.4:
                    conflicts[a] |= 1 << b
                    conflicts[b] |= 1 << a
        kinds = turn % 3  # of weights beside the one that is limited
        floors = [chance.randint(0, 15) for _ in range(kinds)]
        items = [
            Candidate(
                chance.randint(1, 9) if kinds == 0 else chance.choice([0, chance.randint(1, 9)]),
                chance.randint(1, 3),
                [chance.randint(0, 8 * unit) for _ in range(dimensions)],
                conflicts[item],
                item,
                [chance.randint(0, 6) for _ in range(kinds)],
            )
            for item in range(count)
        ]
        reaching = [
            content
            for content in {frozenset[tuple[int, int]](), *feasible(items, capacity)}
            if all(sum(items[i].others[kind] * n for i, n in content) >= floors[kind] for kind in range(kinds))
        ]
        # -1: no bin reaches the floors
        best = max((sum(items[i].weight * n for i, n in content) for content in reaching), default=-1)
        assert heavier(items, capacity, max(best, 0), Budget(10**7), floors) is None
        if best > 0:
            found = heavier(items, capacity, best - 1, Budget(10**7), floors)
            assert found is not None and sum(items[item].weight * taken for item, taken in found) == best
            for kind, floor in enumerate(floors):
                assert sum(items[item].others[kind] * taken for item, taken in found) >= floor
                reached += 1
    assert reached > 100


def covers_of(items: list[Candidate]) -> Covers:
    """Covers over the items in their order."""
    later = [
        sum(1 << other for other in range(it.item + 1, len(items)) if not it.conflicts >> other & 1) for it in items
    ]
    weights = [list(kind) for kind in zip(*(it.weights() for it in items), strict=True)]
    return Covers(later, [it.copies for it in items], [it.size for it in items], weights, Budget(10**9))


def test_covers_against_enumeration() -> None:
    chance = random.Random(3)
    reached = unreached = 0
    for turn in range(1000):
        count, dimensions, density = chance.randint(1, 7), chance.randint(0, 2), chance.random()
        capacity = [chance.randint(8, 20) for _ in range(dimensions)]
        conflicts = [0] * count
        for a in range(count):
            for b in range(a):
                if chance.random() < density:
                    conflicts[a] |= 1 << b
                    conflicts[b] |= 1 << a
        items = [
            Candidate(
                chance.randint(-1, 9),
                1 if density < 0.2 else chance.randint(1, 3),
                [chance.randint(0, 8) for _ in range(dimensions)],
                conflicts[item],
                item,
                [chance.randint(0, 6) for _ in range(turn % 3)],
            )
            for item in range(count)
        ]
        contents = [frozenset[tuple[int, int]](), *feasible(items, capacity)]
        missing = [chance.randint(0, 25) for _ in range(1 + turn % 3)]
        wanted = any(
            all(sum(items[i].weights()[kind] * n for i, n in content) >= lack for kind, lack in enumerate(missing))
            for content in contents
        )
        covers = covers_of(items)
        covers.steps = 10**6
        found = covers.extend((1 << count) - 1, capacity, missing, count)
        assert (found is not None) == wanted
        if found is not None:
            assert frozenset(found) in contents
            for kind, lack in enumerate(missing):
                assert sum(items[item].weights()[kind] * taken for item, taken in found) >= lack
        reached += bool(found)
        unreached += not wanted
    assert reached > 200 and unreached > 200, (reached, unreached)


def test_covers_decide_where_conflicts_rule() -> None:
    """Where half of all pairs conflict and nothing else limits a bin, tables alone take many times as much."""
    chance = random.Random(4)
    count = 150
    conflicts = [0] * count
    for a in range(count):
        for b in range(a):
            if chance.random() < 0.5:
                conflicts[a] |= 1 << b
                conflicts[b] |= 1 << a
    items = [Candidate(chance.randint(20, 29), 1, [], conflicts[item], item) for item in range(count)]
    limit = 0
    while found := heavier(items, [], limit, Budget(200_000)):
        limit = sum(items[item].weight * taken for item, taken in found)
        assert all(not items[a].conflicts >> b & 1 for a, _ in found for b, _ in found)
    assert limit > 200


def test_what_fits_against_enumeration() -> None:
    chance = random.Random(5)
    reached = unreached = 0
    for turn in range(800):
        count, dimensions, density = chance.randint(1, 7), chance.randint(5, 8), chance.random() / 2
        capacity = [chance.randint(8, 20) for _ in range(dimensions)]
        conflicts = [0] * count
        for a in range(count):
            for b in range(a):
                if chance.random() < density:
                    conflicts[a] |= 1 << b
                    conflicts[b] |= 1 << a
        items = [
            Candidate(
                chance.randint(-1, 9),
                chance.choice([1, chance.randint(1, 3)]),
                [chance.randint(0, 8) for _ in range(dimensions)],
                conflicts[item],
                item,
                [chance.randint(0, 6) for _ in range(turn % 3)],
            )
            for item in range(count)
        ]
        contents = [frozenset[tuple[int, int]](), *feasible(items, capacity)]
        missing = [chance.randint(0, 15) for _ in range(1 + turn % 3)]
        wanted = any(
            all(sum(items[i].weights()[kind] * n for i, n in content) >= lack for kind, lack in enumerate(missing))
            for content in contents
        )
        later = [
            sum(1 << other for other in range(it.item + 1, count) if not it.conflicts >> other & 1) for it in items
        ]
        weights = [list(kind) for kind in zip(*(it.weights() for it in items), strict=True)]
        sizes, copies = [it.size for it in items], [it.copies for it in items]
        fits = Fits(later, copies, sizes, weights, room=capacity, missing=missing, budget=Budget(10**9))
        assert fits.few(30)
        steps = chance.choice([3, 10**6])
        while True:  # what is through stays so
            try:
                found = fits.search(0, steps)
                break
            except TooLongError:
                steps *= 2
        assert (found is not None) == wanted
        if found is not None:
            assert frozenset(found) in contents
            for kind, lack in enumerate(missing):
                assert sum(items[item].weights()[kind] * taken for item, taken in found) >= lack
        reached += bool(found)
        unreached += not wanted
    assert reached > 200 and unreached > 200, (reached, unreached)


def test_what_fits_decides_where_many_resources_bind() -> None:
    """Three or four items fill a bin, by any of ten resources: tables alone take more work, and twice the time."""
    chance = random.Random(6)
    items = []
    for item in range(120):
        size = [chance.randint(100, 400) for _ in range(10)]
        items.append(Candidate(min(1000, sum(size) * 36 // 100), 1, size, 0, item))
    limit = 3_300
    while found := heavier(items, [1000] * 10, limit, Budget(1_700_000)):
        limit = sum(items[item].weight * taken for item, taken in found)
        assert all(sum(items[item].size[q] for item, _ in found) <= 1000 for q in range(10))
    assert limit == 3_436


def test_all_bins_that_exclusions_leave_against_enumeration() -> None:
    chance = random.Random(2)
    kept = decided = 0
    for turn in range(400):
        count, dimensions = chance.randint(2, 6), chance.randint(1, 3)
        unit = chance.choice([1, 1000, 2**40])
        capacity = [chance.randint(8 * unit, 20 * unit) for _ in range(dimensions)]
        conflicts = [0] * count
        for a in range(count):
            for b in range(a):
                if chance.random() < 0.3:
                    conflicts[a] |= 1 << b
                    conflicts[b] |= 1 << a
        items = [
            Candidate(
                chance.randint(0, 9),
                chance.randint(1, 3),
                [chance.randint(0, 8 * unit) for _ in range(dimensions)],
                conflicts[item],
                item,
                [chance.randint(0, 6) for _ in range(turn % 3)],
            )
            for item in range(count)
        ]
        floors = [chance.randint(1, 15) for _ in range(1 + turn % 3)]
        left = {
            content
            for content in feasible(items, capacity)
            if all(sum(items[i].weights()[k] * n for i, n in content) >= floor for k, floor in enumerate(floors))
        }
        found = pool(items, capacity, floors, Budget(10**7))
        assert found is not None and {frozenset(content.items()) for content in found} == left
        assert len(found) == len(left)
        kept += len(left)
        # a decision, as the tree of a certificate makes it
        a, b = chance.randrange(count), chance.randrange(count)
        enough = items[a].copies >= 2 if a == b else True
        row = conflicts[a] | conflicts[b]
        separate = apart(found, a, b)
        assert {frozenset(content.items()) for content in separate} == {
            content for content in left if not (dict(content).get(a, 0) >= (2 if a == b else 1) and b in dict(content))
        }
        if not enough or conflicts[a] >> b & 1:
            continue
        demand = [item.copies for item in items]
        demand[a] -= 1
        demand[b] -= 1
        after = [
            Candidate(
                item.weight,
                demand[item.item],
                item.size,
                item.conflicts | (row >> item.item & 1) << count,
                item.item,
                item.others,
            )
            for item in items
        ]
        size = [x + y for x, y in zip(items[a].size, items[b].size, strict=True)]
        others = [x + y for x, y in zip(items[a].others, items[b].others, strict=True)]
        after.append(Candidate(items[a].weight + items[b].weight, 1, size, row | 1 << count, count, others))
        wanted = {
            content
            for content in feasible(after, capacity)
            if all(sum(after[i].weights()[k] * n for i, n in content) >= floor for k, floor in enumerate(floors))
        }
        joined = {frozenset(content.items()) for content in together(found, a, b, count, [*demand, 1])}
        assert joined == wanted
        decided += len(wanted)
    assert kept > 2_000 and decided > 500, (kept, decided)


def test_weights_in_proportion_to_a_size_need_no_search() -> None:
    """No bin is too heavy, by the worth of one resource: seen before any table is made or any branch taken."""
    chance = random.Random(1)
    for binding in range(3):
        capacity = [100_003, 70_001, 50_021]
        items = []
        for item in range(60):
            size = [chance.randint(room // 50, room // 8) for room in capacity]
            others = sum(1 << other for other in range(60) if other != item and (item + other) % 5 == 0)
            items.append(Candidate(7 * size[binding], 2, size, others, item))
        assert heavier(items, capacity, 7 * capacity[binding], Budget(1_000)) is None


# --- a fleet -----------------------------------------------------------------------------------------------------

ACME: dict[str, Any] = {
    "schema": "tenantry/v1",
    "asOf": "2026-11-23",
    "policy": {
        "attributes": {
            "environment": {"production": ["prod", "live"], "non-production": ["dev", "test"]},
            "classification": ["public", "restricted"],
            "customer": "any",
        },
        "separate": [
            {"by": "environment"},
            {"by": "customer", "missing": {"class": "internal", "tenants": ["shop", "payments", "quality", "ci"]}},
        ],
        "distrust": [
            {
                "id": "pci-scope",
                "subject": {"classification": "restricted"},
                "neighbour": {"classification": {"not": "restricted"}},
            }
        ],
    },
    "tenants": [
        {"name": "shop", "trust": "trusted", "attributes": {"environment": "prod"}},
        {
            "name": "payments",
            "trust": "trusted",
            "attributes": {"environment": "live", "classification": "restricted"},
        },
        {"name": "quality", "trust": "trusted", "attributes": {"environment": "test"}},
        {"name": "customer-a", "trust": "untrusted", "attributes": {"customer": "a", "environment": "production"}},
        {"name": "ci", "trust": "hostile", "attributes": {"environment": "test"}},
        {"name": "platform", "trust": "trusted", "platform": True},
    ],
    "workloads": [
        {
            "name": "frontend",
            "tenant": "shop",
            "replicas": {"min": 2, "max": 6},
            "requests": {"cpu": "100m", "memory": "64Mi"},
        },
        {"name": "recommendation", "tenant": "shop", "replicas": 2, "requests": {"cpu": "100m", "memory": "220Mi"}},
        {
            "name": "ledger",
            "tenant": "payments",
            "requests": {"cpu": "1", "memory": "2Gi"},
            "fixedRequests": {"memory": "1Gi"},
        },
        {"name": "load", "tenant": "quality", "replicas": 4, "requests": {"cpu": "300m", "memory": "256Mi"}},
        {"name": "app", "tenant": "customer-a", "replicas": 2, "requests": {"cpu": "500m", "memory": "512Mi"}},
        {"name": "jobs", "tenant": "ci", "requests": {"cpu": 2, "memory": "4Gi"}},
        {"name": "jobs-too", "tenant": "ci", "requests": {"cpu": 2, "memory": "4Gi"}},
        {"name": "monitoring", "tenant": "platform", "perCluster": True, "requests": {"cpu": "500m", "memory": "1Gi"}},
    ],
    "clusterTemplates": [
        {
            "name": "standard",
            "nodePools": [
                {"name": "general", "allocatable": {"cpu": "3920m", "memory": "13Gi", "pods": 110}, "max": 8}
            ],
            "nodePacking": "sums",
            "headroom": "20%",
            "maxCount": 20,
            "cost": 1573,
        }
    ],
}

CLUSTERS = [["shop/frontend", "shop/recommendation"], ["payments/ledger"], ["quality/load"], ["customer-a/app"]]
CLUSTERS += [["ci/jobs"], ["ci/jobs-too"]]


def level(objective: str, value: float, bound: float | None, status: str = "optimal") -> dict[str, Any]:
    proof = "none" if bound is None else "claimed"
    return {"objective": objective, "status": status, "value": value, "bound": bound, "proof": proof}


def plan_of(fleet: dict[str, Any], clusters: list[list[str]]) -> dict[str, Any]:
    resolved = Fleet(fleet, None)
    placed, template = resolved.placed, resolved.templates[0]
    workloads = {workload.identity: workload for workload in placed}
    firsts = [min(workloads[name].index for name in names) for names in clusters]
    rows, listed = [], []
    for number, names in enumerate(clusters):
        inside = [workloads[name] for name in names]
        for one in inside:
            row = {"tenant": one.tenant, "workload": one.name, "namespace": one.namespace, "replicas": one.replicas}
            requests = {resource: shown(resource, total) for resource, total in one.total.items()}
            more = {"requests": requests, "change": "new", "labels": one.labels}
            rows.append({**row, "cluster": f"standard-{number}", **more})
        lists = {
            "tenants": sorted({one.tenant for one in inside}),
            "namespaces": sorted({one.namespace for one in inside}),
            "workloads": sorted(names),
            "platform": ["platform/monitoring"],
        }
        resources = {}
        for resource, most in template.usable[None].items():
            load = sum(one.total[resource] for one in inside)
            ratio = (Decimal(load) / most).quantize(Decimal("0.0001"), ROUND_HALF_UP)
            amounts = {"requested": shown(resource, load), "usable": shown(resource, most)}
            resources[resource] = {**amounts, "utilisation": float(ratio)}
        everything = [*inside, *resolved.platform]
        pods = sorted(one.replicas for one in everything)
        reach = {"tenants": len({one.tenant for one in everything}) - 1, "workloads": len(everything) - 1}
        figures = {"island": sorted(firsts).index(firsts[number]) + 1, "resources": resources, "cost": 1573}
        figures["blastRadius"] = {**reach, "pods": sum(pods[1:])}
        figures["pools"] = [{"name": "general", "dedicated": False, "max": 8}]
        listed.append({"name": f"standard-{number}", "template": "standard", **lists, **figures})
    return {
        "schema": "tenantry-plan/v1",
        **{"version": "0.1.0", "name": "acme", "fleetDigest": digest(fleet), "asOf": "2026-11-23", "seed": 0},
        "status": "optimal",
        "proof": "claimed",
        "summary": {
            **{"clusters": len(clusters), "lowerBound": len(clusters), "gap": 0, "lowerBoundReason": ""},
            **{"cost": 1573 * len(clusters), "islands": len(clusters), "trustClasses": 1},
            **{"tenants": len({one.tenant for one in placed}), "workloads": len(placed)},
            **{"pods": sum(one.replicas for one in placed), "treatedAsNotFitting": 0},
        },
        "leftOut": [{"figure": "isolationPremium", "because": "work"}],
        "levels": [level("clusters", len(clusters), len(clusters))],
        **{"clusters": listed, "assignments": rows},
        "separations": separations(resolved),
        **{"waivers": [], "warnings": [], "notCovered": []},
    }


def called_certified(plan: dict[str, Any]) -> dict[str, Any]:
    """The plan as one whose proof a checker has gone through."""
    plan["proof"] = plan["levels"][0]["proof"] = "certified"
    return plan


def separations(fleet: Fleet) -> list[dict[str, Any]]:
    """Every pair, one by one."""
    found: dict[str, list[tuple[list[str], bool]]] = {}
    for u, v in combinations(fleet.placed, 2):
        reasons = fleet.reasons(u, v)
        for rule in reasons:
            found.setdefault(rule, []).append(([u.identity, v.identity], len(reasons) == 1))
    return [
        {
            **{"rule": rule, "trust": True, "description": "", "samples": [pair for pair, _ in pairs[:3]]},
            **{"pairs": len(pairs), "only": sum(only for _, only in pairs)},
        }
        for rule, pairs in found.items()
    ]


def certificate_of(fleet: dict[str, Any], clusters: list[list[str]]) -> dict[str, Any]:
    """One workload of each cluster: they all refuse one another."""
    resolved = Fleet(fleet, None)
    encoded = encode(resolved, Budget(10**7))
    index = {workload.identity: workload.index for workload in resolved.placed}
    first = [encoded.items_of[encoded.unit_of[index[names[0]]]][0] for names in clusters]
    weights = [int(item in first) for item in range(len(encoded.problem.items))]
    patterns = []
    for names in clusters:
        held = sorted(encoded.items_of[unit][0] for unit in {encoded.unit_of[index[name]] for name in names})
        patterns.append({"bin": 0, "items": [[item, held.count(item)] for item in sorted(set(held))], "count": 1})
    problem = encoded.problem
    rows = [problem.conflicts[number] & ((2 << number) - 1) for number in range(len(problem.conflicts))]
    component = {
        "items": list(range(len(weights))),
        "bound": len(clusters),
        "nodes": [{"kind": "weights", "weights": weights, "capacity": 1}],
    }
    claim = {"level": "clusters", "clusters": None, "bound": len(clusters), "scale": 1, "shared": [0], "offset": 0}
    return {
        "schema": "tenantry-certificate/v1",
        "problem": {
            "dimensions": problem.dimensions,
            "bins": [{"capacity": one.capacity, "cost": one.cost, "maxCount": one.max_count} for one in problem.bins],
            "items": [
                {"size": one.size, "demand": one.demand, "class": one.klass, "eligible": one.eligible}
                for one in problem.items
            ],
            "conflicts": [format(row, "x") for row in rows],
        },
        "solution": patterns,
        "claims": [{**claim, "components": [component]}],
    }


def test_a_fleet_a_plan_and_its_certificate() -> None:
    plan, certificate = plan_of(ACME, CLUSTERS), certificate_of(ACME, CLUSTERS)
    assert check.check_plan(ACME, plan).word == "VERIFIED"
    verdict = check.check_plan(ACME, plan, certificate)
    assert (verdict.word, verdict.bounds) == ("VERIFIED", (6,)), verdict


def test_the_compact_problem() -> None:
    problem = encode(Fleet(ACME, None), Budget(10**7)).problem
    gib = 2**30
    usable = [31360 * 8 // 10 - 500, 104 * gib * 8 // 10 - gib, 880 * 8 // 10 - 1]
    assert problem.dimensions == 3 and problem.bins[0].capacity == usable and problem.bins[0].cost == 1_573_000
    # the two of the shop are of one class, and so are all that refuse everybody
    assert [(item.klass, item.demand) for item in problem.items] == [(0, 1), (0, 1), (0, 1), (0, 2), (1, 1), (1, 1)]
    assert problem.items[3].size == [2000, 4 * gib, 1] and problem.conflicts == [0b11, 0b01]


@pytest.mark.parametrize(
    ("clusters", "word"),
    [
        ([["shop/frontend", "shop/recommendation", "payments/ledger"], *CLUSTERS[2:]], "distrust:pci-scope"),
        ([["shop/frontend", "shop/recommendation", "quality/load"], *CLUSTERS[1:2], *CLUSTERS[3:]], "separate"),
        ([*CLUSTERS[:3], ["customer-a/app", "payments/ledger"], *CLUSTERS[4:]], "twice"),
        ([*CLUSTERS[:4], ["ci/jobs", "ci/jobs-too"]], "sharing"),
        (CLUSTERS[:5], "nowhere"),
    ],
)
def test_illegal_plans(clusters: list[list[str]], word: str) -> None:
    verdict = check.check_plan(ACME, plan_of(ACME, clusters))
    assert verdict.word == "REFUTED" and word in verdict.why, verdict


def test_what_a_certificate_is_held_against() -> None:
    plan, certificate = called_certified(plan_of(ACME, CLUSTERS)), certificate_of(ACME, CLUSTERS)
    assert check.check_plan(ACME, plan, certificate).word == "VERIFIED"
    for path, value in [
        (("problem", "items", 0, "size", 0), 601),
        (("problem", "bins", 0, "capacity", 0), 10**6),
        (("problem", "bins", 0, "maxCount"), None),
        (("problem", "conflicts", 1), "0"),
        (("solution", 0, "items", 0, 1), 2),
        (("claims", 0, "bound"), 5),  # true, but less than the plan says
        (("claims", 0, "bound"), 7),
    ]:
        wrong = copy.deepcopy(certificate)
        place: Any = wrong
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value
        assert check.check_plan(ACME, plan, wrong).word == "REFUTED", path


def test_a_plan_that_claims_more_than_its_certificate() -> None:
    plan, certificate = plan_of(ACME, CLUSTERS), certificate_of(ACME, CLUSTERS)
    less = certificate_of(ACME, CLUSTERS)
    less["claims"][0]["bound"] = 5
    undecided = check.check_plan(ACME, plan, less)
    assert (undecided.word, "the certificate proves 5" in undecided.note) == ("UNDECIDED", True), undecided
    undecided = check.check_certificate(certificate, work=1)
    assert (undecided.word, "came to its limit" in undecided.note) == ("UNDECIDED", True), undecided
    assert check.check_plan(ACME, plan, {**certificate, "claims": []}).word == "UNDECIDED"
    plan["summary"]["costLowerBound"] = 1573 * 6
    assert check.check_plan(ACME, plan, certificate).word == "UNDECIDED"
    assert check.check_plan(ACME, called_certified(plan), certificate).word == "REFUTED"


def test_an_optimal_plan_states_its_least_cost() -> None:
    fleet = {**ACME, "objective": ["clusters", "cost"]}
    plan = plan_of(fleet, CLUSTERS)
    assert check.check_plan(fleet, plan).word == "REFUTED"
    for least, word in [
        (1573 * 6, "VERIFIED"),
        (1573 * 6 - 1, "REFUTED"),
        (1573 * 6 + 1, "REFUTED"),
        (None, "REFUTED"),
    ]:
        plan["summary"]["costLowerBound"] = least
        status = "optimal" if least == 1573 * 6 else "feasible"
        plan["levels"][1:] = [level("cost", 1573 * 6, least, status)]
        assert check.check_plan(fleet, plan).word == word, least
    plan["status"], plan["summary"]["costLowerBound"] = "feasible", 1573 * 5
    plan["levels"][1:] = [level("cost", 1573 * 6, 1573 * 5, "feasible")]
    assert check.check_plan(fleet, plan).word == "VERIFIED"


def fleet_of(workloads: list[dict[str, Any]], tenants: list[dict[str, Any]], **policy: Any) -> Fleet:
    fleet = {"schema": "tenantry/v1", "asOf": "2026-11-23", "policy": policy, "tenants": tenants}
    few = {"cpu": "1m", "memory": "1"}
    fleet["workloads"] = [{"requests": few, **workload} for workload in workloads]
    fleet["clusterTemplates"] = [{"name": "any", "allocatable": {"cpu": 1, "memory": 10}}]
    return Fleet(json.loads(json.dumps(fleet)), None)


def test_rules_between_workloads() -> None:
    two = [{"name": "u", "tenant": "a"}, {"name": "v", "tenant": "b"}]
    plain = [{"name": "a", "trust": "trusted"}, {"name": "b", "trust": "trusted"}]

    def reasons(workloads: list[dict[str, Any]], tenants: list[dict[str, Any]], **policy: Any) -> set[str]:
        fleet = fleet_of(workloads, tenants, **policy)
        found = fleet.reasons(fleet.workloads[0], fleet.workloads[1])
        assert found == fleet.reasons(fleet.workloads[1], fleet.workloads[0])
        return found

    assert reasons(two, plain) == set()
    assert reasons(two, [{"name": "a", "trust": "untrusted"}, plain[1]]) == {"level", "sharing"}
    assert reasons(two, [{**plain[0], "distrusts": ["b"]}, plain[1]]) == {"distrusts"}
    assert reasons([{**two[0], "sharing": "workload"}, {"name": "w", "tenant": "a"}], plain) == {"sharing"}
    assert reasons([{**two[0], "sharing": "tenant"}, {"name": "w", "tenant": "a"}], plain) == set()
    other = [{"id": "alone", "subject": {"tenant": "a"}, "neighbour": {"tenant": "other"}}]
    assert reasons(two, plain, distrust=other) == {"distrust:alone"}
    assert reasons([two[0], {"name": "w", "tenant": "a"}], plain, distrust=other) == set()
    versions = {"attributes": {"version": "any"}, "apart": [{"by": "version", "missing": "any"}]}
    on = [{**two[0], "attributes": {"version": "1.30"}}, {**two[1], "attributes": {"version": "1.31"}}]
    assert reasons(on, plain, **versions) == {"apart:version"}
    assert reasons([on[0], two[1]], plain, **versions) == set()
    waiver = {"id": "w", "between": [{"tenant": "a"}, {"tenant": "b"}], "waives": ["distrust:alone"]}
    waiver |= {"approvedBy": "x", "expires": "2026-11-23", "reason": "x"}
    assert reasons(two, plain, distrust=other, waivers=[waiver]) == set()
    assert reasons(two, plain, distrust=other, waivers=[{**waiver, "expires": "2026-11-22"}]) == {"distrust:alone"}


def test_nothing_is_guessed() -> None:
    for change in (
        lambda fleet: fleet["tenants"][0].pop("trust"),
        lambda fleet: fleet["tenants"][0].update(trust="trsted"),
        lambda fleet: fleet["policy"].update(seperate=[]),
        lambda fleet: fleet["tenants"][0]["attributes"].update(environment="prd"),
        lambda fleet: fleet["workloads"][0].update(trust="trusted", sharing="wide"),
        lambda fleet: fleet["tenants"][4]["attributes"].pop("environment"),
        lambda fleet: fleet["workloads"][0]["requests"].pop("cpu"),
        lambda fleet: fleet["policy"]["distrust"][0]["subject"].clear(),
    ):
        fleet = copy.deepcopy(ACME)
        change(fleet)  # type: ignore[no-untyped-call]
        with pytest.raises(check.UnreadableError):
            check.check_plan(fleet, plan_of(ACME, CLUSTERS))


def test_the_command(tmp_path: Path) -> None:
    files = []
    for name, value in (
        ("fleet", ACME),
        ("plan", plan_of(ACME, CLUSTERS)),
        ("certificate", certificate_of(ACME, CLUSTERS)),
    ):
        files.append(tmp_path / f"{name}.json")
        files[-1].write_text(json.dumps(value))

    def run(*arguments: object) -> int:
        line = [sys.executable, "-m", "check", *map(str, arguments)]
        return subprocess.run(line, cwd=ROOT / "python" / "tenantry", capture_output=True, check=False).returncode

    assert run(*files) == 0
    assert run(*files[:2]) == 0
    assert run("--certificate-only", files[2]) == 0
    assert run("--certificate-only", ROOT / "tests/certificates/bad/bound-one-too-high.json") == 1
    assert run("--certificate-only", tmp_path / "none.json") == 2
    assert run(files[0]) == 2
    assert run("--work-limit", 3, *files) == 3
    (tmp_path / "null.json").write_text("null")
    assert run(*files[:2], tmp_path / "null.json") == 2
    for key, wrong in (("template", []), ("platform", 3), ("workloads", [None]), ("name", "\ud800")):
        plan = plan_of(ACME, CLUSTERS)
        plan["clusters"][0][key] = wrong
        (tmp_path / "wrong.json").write_text(json.dumps(plan))
        assert run(files[0], tmp_path / "wrong.json") == 2


def test_a_defect_is_no_refutation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("a defect")

    (tmp_path / "any.json").write_text("{}")
    monkeypatch.setattr("tenantry.check.__main__.check_parsed", fail)
    assert main([str(tmp_path / "any.json")] * 2) == 2
