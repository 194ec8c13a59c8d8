"""Audits and places from Python, and the table of existing clusters."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any
from xml.etree import ElementTree

import pytest
import tenantry
from test_tables import FRAMES

HELD = {"for": "cluster", "until": "2026-12-24"}


def today() -> tenantry.FleetBuilder:
    return (
        tenantry.Fleet.builder("today")
        .as_of("2026-11-23")
        .tenant("bank", trust="trusted")
        .tenant("guest", trust="untrusted")
        .workload("ledger", tenant="bank", replicas=2, cpu=1, memory="1Gi", runs_in="east")
        .workload(
            "demo",
            tenant="guest",
            cpu="500m",
            memory="1Gi",
            runs_in="east",
            stay=HELD,
        )
        .workload("fresh", tenant="guest", cpu=1, memory="1Gi", runs_in=[])
        .template("t", cpu=8, memory="32Gi", max_count=3)
        .existing("east", template="t")
        .existing("west", cpu=4, memory="8Gi", occupied={"cpu": "500m", "pods": 4}, labels={"row": "b"})
        .existing("north", template="t", mode="drain", headroom=0.1)
    )


def test_an_audit_counts_against_its_baseline() -> None:
    fleet = today().build()
    audit = fleet.audit()
    assert {(it.rule, it.workload) for it in audit.violations} == {
        (rule, who) for rule in ("level", "sharing") for who in ("bank/ledger", "guest/demo")
    }
    assert audit.failures() == 4 == audit.numbers.new and not audit.mended
    assert [(it.name, it.days) for it in audit.ending] == [("guest/demo", 31)]
    assert audit.failures(within=30) == 4 and audit.failures(within=31) == 5
    assert [(it.cluster, it.workloads, it.pods) for it in audit.losses] == [("east", 2, 3)]
    again = fleet.audit(baseline=audit.baseline_json())
    assert again.failures() == 0 and again.numbers.known == 4
    moved = today().to_dict()
    moved["workloads"][1]["runsIn"] = "west"
    mended = tenantry.Fleet.from_dict(moved).audit(baseline=audit)
    assert mended.numbers.violations == 0 and {it.workload for it in mended.mended} == {"bank/ledger", "guest/demo"}


def test_an_audit_is_a_value() -> None:
    audit = today().build().audit()
    assert (
        audit == pickle.loads(pickle.dumps(audit)) == copy.deepcopy(audit) == tenantry.Audit.from_json(audit.to_json())
    )
    assert len({audit, tenantry.Audit.from_json(audit.to_json())}) == 1
    assert hash(audit.violations[0]) and "4 violations" in repr(audit) and "east: 2 [level]" in str(audit)
    assert audit.to_dict()["schema"] == "tenantry-audit/v1"
    sarif: Any = json.loads(audit.to_sarif())
    assert [it["level"] for it in sarif["runs"][0]["results"][:4]] == ["error"] * 4
    suites = ElementTree.fromstring(audit.to_junit())
    assert suites.get("failures") == "2"
    assert audit.to_github().startswith("::error title=east")
    with pytest.raises(tenantry.PlanError):
        tenantry.Audit("{}")
    with pytest.raises(tenantry.UsageError):
        audit.failures("never")  # type: ignore[arg-type]


def test_nothing_to_audit() -> None:
    fleet = tenantry.Fleet.builder().tenant("a", trust="trusted").existing("east", cpu=1, memory=1).build()
    with pytest.raises(tenantry.UsageError, match="nothing to audit"):
        fleet.audit()
    with pytest.raises(tenantry.PlanError, match="no baseline"):
        today().build().audit(baseline="{}")


def test_places() -> None:
    fleet = today().build()
    places = fleet.place("fresh")
    [fresh] = places.asked
    assert places.all_have_one and fresh.places == 2 and fresh.company == ()
    fits = {it.name: it.fits for it in fresh.candidates}
    assert fits == {"east": False, "north": False, "west": True, "t": True}
    west = next(it for it in fresh.candidates if it.name == "west")
    assert west.left["cpu"] == "2500m" and west.kind == "existing" and west.workloads == 0
    further = {"workloads": [{"name": "huge", "tenant": "guest", "requests": {"cpu": 9, "memory": "1Gi"}}]}
    none = fleet.place(further=further)
    assert not none.all_have_one and "no place" in str(none)
    assert fleet.place(further=json.dumps(further)).to_dict() == none.to_dict()
    both = fleet.place("ledger", "demo", together=True)
    assert len(both.asked) == 1 and both.asked[0].runs_in == ("east",)
    with pytest.raises(tenantry.UsageError):
        fleet.place("nobody")
    with pytest.raises(tenantry.FleetError) as error:
        fleet.place(further={"workloads": [{"name": "x", "tenant": "gest", "requests": {"cpu": 1, "memory": 1}}]})
    assert error.value.problems[0].path == "workloads[0].tenant"
    with pytest.raises(TypeError):
        fleet.place(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", FRAMES)
def test_existing_clusters_are_a_table(kind: str) -> None:
    fleet = today().build()
    assert fleet.existing == ("east", "north", "west")
    document = fleet.to_dict()
    rest = {key: document[key] for key in ("name", "asOf")}
    tables: dict[str, Any] = {key: FRAMES[kind](rows) for key, rows in tenantry.to_tables(fleet).items()}
    assert tenantry.Fleet.from_tables(**tables, **rest) == fleet


def test_a_slip_in_the_table_has_its_place() -> None:
    tables: dict[str, Any] = dict(tenantry.to_tables(today().build()))
    tables["existing"][1]["mode"] = "drian"
    with pytest.raises(tenantry.FleetError) as error:
        tenantry.Fleet.from_tables(**tables)
    [problem] = error.value.problems
    assert (problem.table, problem.row, problem.column_name) == ("existing", 1, "mode")


@pytest.mark.parametrize("key", ["runs_in", "pin", "stay", "stateful"])
def test_what_holds_somebody_is_never_none(key: str) -> None:
    builder = tenantry.Fleet.builder().tenant("a", trust="trusted").existing("east", cpu=1, memory=1).runs_nowhere_yet()
    with pytest.raises(tenantry.FleetError) as error:
        nothing: dict[str, Any] = {key: None}
        builder.workload("w", tenant="a", cpu=0, memory=0, **nothing).build()
    assert error.value.problems[0].code == "missing-value"
