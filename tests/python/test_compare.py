"""Plans side by side, held against the plans by themselves."""

import json
import pickle
import subprocess
import sys
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import tenantry

PROGRAM = Path(sys.executable).with_name("tenantry")
EXAMPLES = ["acme", "shop", "shop-and-neighbours", "copies", "two-regions-today", "two-regions", "today/fleet"]


def example(name: str) -> tenantry.Fleet:
    return tenantry.Fleet.load(f"examples/{name}.yaml")


def run(*arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROGRAM, *arguments], capture_output=True, text=True, check=False, input=stdin)


def exposure(document: dict[str, Any]) -> int:
    """Pairs of rows of different tenants in one cluster, one by one."""
    return sum(
        a["cluster"] == b["cluster"] and a["tenant"] != b["tenant"] for a, b in combinations(document["assignments"], 2)
    )


def test_every_figure_is_that_of_the_plan_alone() -> None:
    fleets = [example(name) for name in EXAMPLES]
    comparison = tenantry.compare(*fleets, names=EXAMPLES, premium=True)
    assert [plan.name for plan in comparison.plans] == EXAMPLES
    for fleet, row in zip(fleets, comparison.plans, strict=True):
        alone = tenantry.plan(fleet).to_dict()
        summary, levels = alone["summary"], {level["objective"]: level for level in alone["levels"]}
        assert row.planned
        assert (row.status, row.proof, row.fleet_digest) == (alone["status"], alone["proof"], fleet.digest)
        assert row.clusters.value == len(alone["clusters"])
        assert row.clusters.bound == summary["lowerBound"]
        assert (row.cost.value, row.isolation_premium) == (summary["cost"], summary["isolationPremium"])
        assert (row.tenants, row.workloads, row.pods) == tuple(summary[key] for key in ("tenants", "workloads", "pods"))
        assert row.exposure.value == exposure(alone)
        moves = alone.get("moves")
        assert (row.moves is None) == (moves is None)
        if moves is not None and row.moves is not None:
            assert row.moves.value == moves["forced"]["cost"] + moves["chosen"]["cost"]
        for figure in ("clusters", "cost", "moves", "exposure"):
            value = getattr(row, figure)
            if value is not None and figure in levels:
                level = levels[figure]
                assert (value.value, value.bound, value.proof) == (level["value"], level["bound"], level["proof"])
            elif value is not None:
                assert (value.bound, value.proof) == (None, "none")


def test_the_premium_is_asked_for() -> None:
    fleet = example("acme")
    plain = tenantry.compare(fleet, fleet)
    assert [(row.isolation_premium, row.premium_left_out) for row in plain.plans] == [(None, None)] * 2
    assert "premium" not in str(plain)
    asked = tenantry.compare(fleet, fleet.without("separate:environment"), premium=True)
    assert [row.isolation_premium for row in asked.plans] == [5, 4]


def test_a_plan_stands_beside_fleets_as_it_is() -> None:
    fleet = example("acme")
    plan = tenantry.plan(fleet)
    comparison = tenantry.compare(fleet, plan, names=["fleet", "plan"])
    ours, theirs = comparison.plans
    assert (ours.planned, theirs.planned) == (True, False)
    assert (ours.clusters, ours.exposure, ours.status) == (theirs.clusters, theirs.exposure, theirs.status)
    assert "plan *" in str(comparison)
    # what a document says is taken as it stands, and said to be so
    document = plan.to_dict()
    document["summary"]["clusters"] = 3
    wrong = tenantry.compare(fleet, tenantry.Plan.from_json(json.dumps(document)))
    assert wrong.plans[1].clusters.value == 3
    assert "nothing of it was planned or checked" in str(wrong)


def test_limits_are_those_of_the_whole_call() -> None:
    fleet = example("acme")
    comparison = tenantry.compare(*[fleet] * 3, time_limit=0)
    assert comparison.stopped == comparison.plans[0].stopped == "time"
    for row in comparison.plans:  # what is said is so, however little it is
        assert row.clusters.value is None or row.clusters.value >= 7
        assert row.clusters.bound is None or row.clusters.bound <= 7
    little = [tenantry.compare(fleet, fleet, work_limit=1) for _ in range(2)]
    assert little[0] == little[1]
    assert all(row.clusters.bound is None or row.clusters.bound <= 7 for row in little[0].plans)


def test_documents_are_read_back() -> None:
    fleet = example("today/fleet")
    comparison = tenantry.compare(fleet, example("acme"))
    again = tenantry.Comparison.from_json(comparison.to_json())
    assert again == comparison == pickle.loads(pickle.dumps(comparison))
    assert list(comparison.to_dict()) == list(json.loads(tenantry.schema("comparison"))["properties"])
    columns = comparison.to_columns()
    assert {len(column) for column in columns.values()} == {2}
    assert columns["moves_proof"] == ["certified", None]
    with pytest.raises(tenantry.PlanError):
        tenantry.Comparison.from_json("{}")
    hostile = tenantry.compare(fleet, fleet, names=["<b>\n::error::", "x"])
    assert "<b>" not in hostile._repr_html_()
    assert "\n::error" not in str(hostile)


def test_what_makes_no_sense_is_refused() -> None:
    fleet = example("acme")
    for these in ((), (fleet,)):
        with pytest.raises(tenantry.UsageError):
            tenantry.compare(*these)
    with pytest.raises(tenantry.UsageError):
        tenantry.compare(fleet, fleet, names=["one"])
    with pytest.raises(TypeError):
        tenantry.compare(fleet, "examples/acme.yaml")  # type: ignore[arg-type]
    rows = fleet.to_dict()
    rows["policy"]["together"] = [{"id": "odd", "members": ["shop/frontend", "payments/ledger"]}]
    with pytest.raises(tenantry.FleetError, match="in odd one"):
        tenantry.compare(fleet, tenantry.Fleet.from_dict(rows), names=["acme", "odd one"])


def test_the_program_says_the_same(tmp_path: Path) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text(tenantry.plan(example("shop")).to_json(), encoding="utf-8")
    said = run("compare", "examples/acme.yaml", plan, "--format", "json")
    assert said.returncode == 0
    rows = json.loads(said.stdout)["plans"]
    assert [(row["name"], row["planned"], row["clusters"]["value"]) for row in rows] == [
        ("examples/acme.yaml", True, 7),
        (str(plan), False, 1),
    ]
    # a plan is known by what it says, not by its name or the order of its keys
    document = json.loads(plan.read_text(encoding="utf-8"))
    turned = json.dumps(dict(reversed(document.items())))
    assert (
        json.loads(run("compare", "examples/acme.yaml", "-", "--format", "json", stdin=turned).stdout)["plans"][1][
            "planned"
        ]
        is False
    )
    assert run("compare", "examples/acme.yaml").returncode == 2
    assert run("compare", "-", "-").returncode == 2
    assert run("compare", "examples/acme.yaml", plan, "-o", plan).returncode == 2
    tight = Path("examples/acme.yaml").read_text(encoding="utf-8").replace("maxCount: 20", "maxCount: 2")
    none = run("compare", "examples/shop.yaml", "-", stdin=tight)
    assert none.returncode == 1
    assert "no plan exists (certified)" in none.stdout
    assert run("compare", "examples/acme.yaml", "examples/shop.yaml", "--time-limit", "0").returncode in (0, 3)


def test_limits_at_other_values() -> None:
    fleet = example("acme")
    document = fleet.to_dict()
    document["clusterTemplates"][0]["headroom"] = "45%"
    document["clusterTemplates"][0]["maximums"] = {"pods": 300}
    by_hand = tenantry.Fleet.from_dict(document)
    changed = fleet.with_({"headroom:standard": "45%", "maximum:standard=pods": 300})
    assert changed.digest == by_hand.digest != fleet.digest
    assert fleet.with_({"headroom:standard": 0.45}).with_({"headroom:standard": "20%"}) == fleet
    none = fleet.with_({"maxCount:standard": None})
    assert "maxCount" not in none.to_dict()["clusterTemplates"][0]
    comparison = tenantry.compare(fleet, fleet.with_({"maxCount:standard": 6}))
    assert [row.status for row in comparison.plans] == ["optimal", "infeasible"]
    for wrong in ({"maxCount:standrad": 3}, {"maxCount:standard": -1}, {"maxCount:standard": "x"}, ["x"], {1: 2}):
        with pytest.raises(tenantry.UsageError):
            fleet.with_(wrong)  # type: ignore[arg-type]
    with pytest.raises(tenantry.FleetError):
        fleet.with_({"headroom:standard": "200%"})
