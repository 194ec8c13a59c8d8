"""Plans and certificates of whole fleets through both checkers: the program's, and the one in Python."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tenantry
from tenantry._core import run_program
from tenantry.check import UnreadableError, check_plan, parse
from tenantry.check.fleet import Fleet as SecondReading

ROOT = Path(__file__).resolve().parents[2]


DAY = ("--as-of", "2026-11-23")


def fleets() -> list[Path]:
    cases = sorted((ROOT / "tests" / "cases").glob("*.yaml"))
    return [*(case for case in cases if "{error" not in case.read_text()), *sorted((ROOT / "examples").glob("*.yaml"))]


def program(*arguments: object) -> int:
    return run_program(["tenantry", *map(str, arguments)])


@pytest.mark.parametrize("path", fleets(), ids=lambda path: path.stem)
def test_both_checkers_agree(path: Path, tmp_path: Path) -> None:
    fleet, plan, certificate = (tmp_path / name for name in ("fleet.yaml", "plan.json", "certificate.json"))
    fleet.write_text(path.read_text().split("\n---\n")[-1])
    code = program("plan", fleet, "-o", plan, "--certificate", certificate, *DAY)
    assert code in {0, 1}
    document: dict[str, Any] = json.loads(plan.read_text())
    ours = program("check", fleet, plan, certificate, "-o", tmp_path / "verdict.txt", *DAY)
    loaded = tenantry.Fleet.load(fleet)
    documents = (loaded.to_json().encode(), plan.read_bytes(), certificate.read_bytes())
    theirs = check_plan(*map(parse, documents), as_of=DAY[1])
    expected = "VERIFIED" if document["proof"] == "certified" else "UNDECIDED"
    assert theirs.word == expected, theirs
    assert ours == {"VERIFIED": 0, "UNDECIDED": 3}[expected]


def test_a_bound_too_high_is_refuted_by_both(tmp_path: Path) -> None:
    fleet, plan, certificate = (tmp_path / name for name in ("fleet.json", "plan.json", "certificate.json"))
    fleet.write_text(tenantry.Fleet.load(ROOT / "examples" / "acme.yaml").to_json())
    assert program("plan", fleet, "-o", plan, "--certificate", certificate, "--require-proof") == 0
    document = json.loads(certificate.read_text())
    document["claims"][0]["bound"] += 1
    certificate.write_text(json.dumps(document))
    assert program("check", fleet, plan, certificate, "-o", tmp_path / "verdict.txt") == 1
    assert "REFUTED" in (tmp_path / "verdict.txt").read_text()
    assert (
        check_plan(parse(fleet.read_bytes()), parse(plan.read_bytes()), parse(certificate.read_bytes())).word
        == "REFUTED"
    )


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (("status",), ["optimal", "feasible", "infeasible", "unknown"]),
        (("proof",), ["certified", "claimed", "none"]),
        (("stopped",), ["time", "work", "cancelled", None]),
        (("levels", 0, "objective"), ["clusters", "cost"]),
        (("levels", 0, "status"), ["optimal", "feasible", "unknown"]),
        (("levels", 0, "proof"), ["certified", "claimed", "none"]),
        (("assignments", 0, "change"), ["new", "stay", "move"]),
        (("waivers", 0, "state"), ["in force", "expiring", "expired"]),
        (("leftOut", 0, "figure"), ["isolationPremium", "clustersWithoutWaivers"]),
        (("leftOut", 0, "because"), ["time", "work", "cancelled", "contradiction"]),
    ],
    ids=str,
)
def test_words_that_no_plan_has(path: tuple[str | int, ...], words: list[str | None]) -> None:
    fleet = tenantry.Fleet.load(ROOT / "examples" / "acme.yaml")
    plan: dict[str, Any] = tenantry.plan(fleet).to_dict()
    plan["leftOut"] = [{"figure": "isolationPremium", "because": "time"}]
    row = {"id": "once", "state": "expired", "expires": "2026-01-01", "waives": [], "pairs": 0}
    plan["waivers"] = [{**row, "approvedBy": "the board", "reason": "a move"}]
    for word in [*words, "Optimal", "", "in-force", 1, True, ["new"], {"new": None}, {"time": None}]:
        document = copy.deepcopy(plan)
        around: Any = document
        for key in path[:-1]:
            around = around[key]
        around[path[-1]] = word
        if word in words:
            tenantry.Plan.from_json(json.dumps(document))
            check_plan(fleet.to_dict(), document)
            continue
        with pytest.raises(tenantry.PlanError):
            tenantry.Plan.from_json(json.dumps(document))
        with pytest.raises(UnreadableError):
            check_plan(fleet.to_dict(), document)


def test_a_required_proof_that_is_not_there(tmp_path: Path) -> None:
    assert program("plan", ROOT / "examples" / "acme.yaml", "--work-limit", 0, "-o", tmp_path / "p.json") in {0, 3}
    code = program("plan", ROOT / "examples" / "acme.yaml", "--require-proof", "-o", tmp_path / "q.json")
    assert code == 0


WRONG: list[Any] = [None, True, -1, 1.5, "", [], {}, 10**30]


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(place for key, entry in inner for place in places(entry, (*path, key)))]


def changed(document: Any, path: tuple[Any, ...]) -> Iterator[Any]:
    """The document with the value at a path replaced, dropped or doubled."""
    for change in (*WRONG, "drop", "double"):
        result = copy.deepcopy(document)
        around = result
        for key in path[:-1]:
            around = around[key]
        if change == "drop":
            del around[path[-1]]
        elif change != "double":
            around[path[-1]] = change
        elif isinstance(around, list):
            around.insert(path[-1], around[path[-1]])
        elif isinstance(around[path[-1]], int | float | str | list):
            around[path[-1]] *= 2
        yield result


def code_of(*documents: bytes) -> int:
    """The exit code of the checker in Python."""
    try:
        verdict = check_plan(*map(parse, documents), as_of=DAY[1], work=10**7)
        return {"VERIFIED": 0, "REFUTED": 1, "UNDECIDED": 3}[verdict.word]
    except UnreadableError:
        return 2


@pytest.mark.parametrize("name", ["cost-second", "waiver-in-force", "overhead", "max-count-capacity"])
def test_plans_with_a_value_of_the_wrong_kind(name: str, tmp_path: Path) -> None:
    """No checker fails on them, and both say the same."""
    fleet, plan, certificate = (tmp_path / name for name in ("fleet.json", "plan.json", "certificate.json"))
    source = next(path for path in fleets() if path.stem == name)
    fleet.write_text(tenantry.Fleet.from_yaml(source.read_text().split("\n---\n")[-1]).to_json())
    assert program("plan", fleet, "-o", plan, "--certificate", certificate, *DAY) in {0, 1}
    document, rest = json.loads(plan.read_text()), certificate.read_bytes()
    tried = [(path, one) for path in places(document)[1:] for one in changed(document, path)]
    for path, one in random.Random(1).sample(tried, min(len(tried), 300)):
        plan.write_text(json.dumps(one))
        theirs = code_of(fleet.read_bytes(), plan.read_bytes(), rest)
        ours = program("check", fleet, plan, certificate, "-o", tmp_path / "verdict.txt", *DAY)
        assert theirs == ours, (path, json.dumps(one)[:200])


@pytest.mark.parametrize("path", [ROOT / "examples" / "acme.yaml", ROOT / "tests/cases/waiver-of-separation.yaml"])
def test_fleets_with_a_value_of_the_wrong_kind(path: Path, tmp_path: Path) -> None:
    """They are read or refused; nothing else happens."""
    fleet, plan = tmp_path / "fleet.json", tmp_path / "plan.json"
    fleet.write_text(tenantry.Fleet.from_yaml(path.read_text().split("\n---\n")[-1]).to_json())
    assert program("plan", fleet, "-o", plan, *DAY) == 0
    document = json.loads(fleet.read_text())
    assert code_of(fleet.read_bytes(), plan.read_bytes()) == 0
    tried = [one for path in places(document)[1:] for one in changed(document, path)]
    codes = {code_of(json.dumps(one).encode(), plan.read_bytes()) for one in tried}
    assert {1, 2, 3} <= codes <= {0, 1, 2, 3}, "other figures are those of another version"


@pytest.mark.parametrize(
    ("cost", "refused"),
    [
        ("0.001", False),
        ("333333333333.333", False),
        ("333333333333.334", True),
        ("9007199254740.993", True),
        ("1000000000000000.001", True),
        ("1.2345", True),
    ],
)
def test_costs_are_exact_or_refused(cost: str, refused: bool, tmp_path: Path) -> None:
    """Three workloads, a cluster each: together they may cost 10^12."""
    fleet, plan, certificate = (tmp_path / name for name in ("fleet.json", "plan.json", "certificate.json"))
    few = {"cpu": "600m", "memory": 1}
    template = {"name": "k", "allocatable": {"cpu": "1", "memory": 10}}
    document = {
        **{"schema": "tenantry/v1", "name": "x", "asOf": "2026-01-01", "objective": ["clusters", "cost"]},
        "tenants": [{"name": "a", "trust": "trusted"}],
        "workloads": [{"name": f"w{number}", "tenant": "a", "requests": few} for number in range(3)],
        "clusterTemplates": [{**template, "cost": "1"}],
    }
    fleet.write_text(json.dumps(document))
    assert program("plan", fleet, "-o", plan, "--certificate", certificate) == 0
    document["clusterTemplates"] = [{**template, "cost": cost}, {**template, "name": "l", "cost": cost, "maxCount": 1}]
    fleet.write_text(json.dumps(document))
    assert program("plan", fleet, "-o", plan, "--certificate", certificate) == (2 if refused else 0)
    ours = program("check", fleet, plan, certificate, "-o", tmp_path / "verdict.txt")
    assert ours == code_of(*(path.read_bytes() for path in (fleet, plan, certificate))) == (2 if refused else 0)


def test_a_plan_states_no_more_than_is_proved(tmp_path: Path) -> None:
    """Not by a part of a thousandth either; and its day is written in one way."""
    fleet, plan, certificate = (tmp_path / name for name in ("fleet.json", "plan.json", "certificate.json"))
    source = (ROOT / "tests" / "cases" / "cost-second.yaml").read_text()
    fleet.write_text(tenantry.Fleet.from_yaml(source.split("\n---\n")[-1]).to_json())
    assert program("plan", fleet, "-o", plan, "--certificate", certificate, *DAY) == 0
    document, proof = json.loads(plan.read_text()), json.loads(certificate.read_text())
    proof["claims"][1]["bound"] -= 1
    certificate.write_text(json.dumps(proof))
    proved = proof["claims"][1]["bound"]
    for status, least, day, code in [
        ("feasible", proved / 1000, "2026-11-23", 0),
        ("feasible", (proved + 0.4) / 1000, "2026-11-23", 1),
        ("optimal", proved / 1000, "2026-11-23", 1),
        ("feasible", proved / 1000, "20261123", 1),
        ("feasible", proved / 1000, "2026-13-23", 1),
    ]:
        document["summary"]["costLowerBound"] = least
        document["levels"][1] |= {"bound": least, "status": "feasible"}
        plan.write_text(json.dumps({**document, "status": status, "asOf": day}))
        assert program("check", fleet, plan, certificate, "-o", tmp_path / "verdict.txt") == code
        assert code_of(fleet.read_bytes(), plan.read_bytes(), certificate.read_bytes()) == code


@pytest.mark.parametrize(
    ("summary", "left_out", "code"),
    [
        ({"isolationPremium": None}, [], 1),
        ({"isolationPremium": None}, ["isolationPremium"], 0),
        ({}, ["isolationPremium"], 1),
        ({"isolationPremium": None}, ["isolationPremium", "isolationPremium"], 1),
        ({"clustersWithoutWaivers": None}, [], 1),
        ({"clustersWithoutWaivers": None}, ["clustersWithoutWaivers"], 0),
    ],
)
def test_what_is_compared_is_there_or_named(
    summary: dict[str, None], left_out: list[str], code: int, tmp_path: Path
) -> None:
    fleet, plan = tmp_path / "fleet.json", tmp_path / "plan.json"
    source = (ROOT / "tests" / "cases" / "waiver-of-separation.yaml").read_text().split("\n---\n")[-1]
    fleet.write_text(tenantry.Fleet.from_yaml(source).to_json())
    assert program("plan", fleet, "-o", plan, *DAY) == 0
    document = json.loads(plan.read_text())
    assert None not in (document["summary"]["isolationPremium"], document["summary"]["clustersWithoutWaivers"])
    document["summary"] |= summary
    document["leftOut"] = [{"figure": figure, "because": "work"} for figure in left_out]
    plan.write_text(json.dumps(document))
    assert program("check", fleet, plan, "-o", tmp_path / "verdict.txt", *DAY) == code
    assert code_of(fleet.read_bytes(), plan.read_bytes()) == code


def test_nothing_is_counted_without_waivers_where_there_are_none(tmp_path: Path) -> None:
    fleet, plan = tmp_path / "fleet.json", tmp_path / "plan.json"
    source = (ROOT / "tests" / "cases" / "apart.yaml").read_text().split("\n---\n")[-1]
    fleet.write_text(tenantry.Fleet.from_yaml(source).to_json())
    assert program("plan", fleet, "-o", plan, *DAY) == 0
    document = json.loads(plan.read_text())
    for count, code in [(None, 0), (document["summary"]["clusters"], 1)]:
        document["summary"]["clustersWithoutWaivers"] = count
        plan.write_text(json.dumps(document))
        assert program("check", fleet, plan, "-o", tmp_path / "verdict.txt", *DAY) == code
        assert code_of(fleet.read_bytes(), plan.read_bytes()) == code


def with_overhead(seed: int) -> dict[str, Any]:
    """A small fleet of tenants that take something once in every cluster where they are."""
    draw = random.Random(seed)
    tenants: list[dict[str, Any]] = [{"name": f"t{index}", "trust": "trusted"} for index in range(3)]
    for tenant in tenants:
        tenant["sharing"] = draw.choice(["level", "level", "tenant", "workload"])
        tenant["overhead"] = {"cpu": draw.choice([0, "500m", 1, 2]), "memory": "1Mi", "pods": draw.randrange(3)}
    if draw.random() < 0.3:
        tenants[0]["platform"] = True
    workloads: list[dict[str, Any]] = [
        {
            "name": f"w{index}",
            "tenant": f"t{draw.randrange(3)}",
            "replicas": draw.randrange(1, 4),
            "requests": {"cpu": draw.choice(["500m", 1, 2]), "memory": "1Mi"},
            "attributes": {"stage": draw.choice(["live", "trial"])},
        }
        for index in range(draw.randrange(2, 14))
    ]
    if tenants[0].get("platform"):
        everywhere = {"name": "agent", "tenant": "t0", "perCluster": True, "requests": {"cpu": "100m", "memory": "1Mi"}}
        workloads.append(everywhere)
    nodes = {"name": "n", "allocatable": {"cpu": 4, "memory": "1Gi"}, "max": 3}
    template: dict[str, Any] = {"name": "t", "maximums": {"pods": draw.choice([14, 20, 60])}}
    template |= {"nodePools": [nodes]} if draw.random() < 0.5 else {"allocatable": {"cpu": 12, "memory": "1Gi"}}
    policy = {"attributes": {"stage": ["live", "trial"]}} | (
        {"separate": [{"by": "stage", "missing": {"class": "none", "tenants": ["t0"]}}]} if draw.random() < 0.5 else {}
    )
    return {
        "schema": "tenantry/v1",
        "policy": policy,
        "tenants": tenants,
        "workloads": workloads,
        "clusterTemplates": [template],
    }


def test_what_tenants_take_once_is_read_alike() -> None:
    verdicts: list[str] = []
    for seed in range(150):
        document = with_overhead(seed)
        try:
            fleet = tenantry.Fleet.from_dict(document)
        except tenantry.FleetError as error:
            assert all(problem.code == "fits-no-template" for problem in error.problems), error
            with pytest.raises(UnreadableError):
                SecondReading(document, None)
            continue
        plan = tenantry.plan(fleet)
        verdict = check_plan(document, plan.to_dict(), plan.certificate)
        assert verdict.word == ("VERIFIED" if plan.proof == "certified" else "UNDECIDED"), (seed, verdict)
        verdicts.append(verdict.word)
        # a fleet that takes more is another one: no plan that was made without it passes for its own
        cluster = copy.deepcopy(plan.to_dict())
        overheads = [it for it in cluster["clusters"] if it.get("overhead")]
        if overheads:
            overheads[0]["overhead"] = {}
            assert check_plan(document, cluster).word == "REFUTED", seed
    assert verdicts.count("VERIFIED") > 80, verdicts


def test_the_default_of_regions_holds_for_templates_too() -> None:
    fleet = {
        "schema": "tenantry/v1",
        "regions": [{"name": "hill"}, {"name": "dale"}],
        "defaults": {"regions": "all"},
        "tenants": [{"name": "bee", "trust": "trusted"}],
        "workloads": [{"name": "hive", "tenant": "bee", "requests": {"cpu": 1, "memory": "1Gi"}}],
        "clusterTemplates": [{"name": "flat", "allocatable": {"cpu": 4, "memory": "8Gi"}}],
    }
    plan = tenantry.plan(tenantry.Fleet.from_dict(fleet))
    assert check_plan(fleet, plan.to_dict(), plan.certificate).word == "VERIFIED"


def in_front(seed: int) -> dict[str, Any]:
    """A fleet whose objective begins with exposure or balance."""
    draw = random.Random(seed)
    levels = draw.sample(["clusters", "cost"], draw.randrange(3))
    for level in draw.sample(["exposure", "balance"], draw.randrange(1, 3)):
        levels.insert(0, level)
    if draw.random() < 0.3:
        levels.append(levels.pop(0))
    document: dict[str, Any] = {
        "schema": "tenantry/v1",
        "asOf": DAY[1],
        "tenants": [{"name": f"t{index}", "trust": draw.choice(["trusted", "untrusted"])} for index in range(3)],
        "workloads": [
            {
                "name": f"w{index}",
                "tenant": f"t{draw.randrange(3)}",
                "requests": {"cpu": draw.randrange(1, 4), "memory": "1Gi"},
            }
            for index in range(draw.randrange(1, 7))
        ],
        "clusterTemplates": [{"name": "k", "allocatable": {"cpu": 8, "memory": "16Gi"}, "cost": 3}],
        "objective": levels,
    }
    if draw.random() < 0.4:
        document["limits"] = {"clusters": draw.randrange(2, 6)}
    if draw.random() < 0.3:
        document["clusterTemplates"][0]["maxCount"] = draw.randrange(2, 6)
    if draw.random() < 0.3:
        document["policy"] = {
            "waivers": [
                {
                    "id": "w",
                    "between": [{"all": True}, {"all": True}],
                    "waives": ["sharing", "level"],
                    "approvedBy": "a",
                    "expires": "2027-01-01",
                    "reason": "r",
                }
            ]
        }
    return document


def test_objectives_that_begin_with_exposure_or_balance_are_read_alike() -> None:
    verdicts: list[str] = []
    for seed in range(120):
        document = in_front(seed)
        try:
            plan = tenantry.plan(tenantry.Fleet.from_dict(document))
        except tenantry.FleetError:
            continue
        verdict = check_plan(document, plan.to_dict(), plan.certificate)
        assert verdict.word == ("VERIFIED" if plan.proof == "certified" else "UNDECIDED"), (seed, verdict, document)
        verdicts.append(verdict.word)
    assert verdicts.count("VERIFIED") > 100, verdicts
