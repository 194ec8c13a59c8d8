"""Migrations from Python."""

from __future__ import annotations

import copy
import json
import pickle

import pytest
import tenantry


def document() -> str:
    """A migration as the program writes it: one workload moves."""
    steps = [
        {"action": "start", "cluster": "west", "workloads": ["bank/ledger"]},
        {"action": "switch", "cluster": "west", "workloads": ["bank/ledger"], "from": "east"},
        {"action": "stop", "cluster": "east", "workloads": ["bank/ledger"]},
        {"action": "release", "cluster": "east"},
    ]
    options = {"maxInFlight": None, "first": None, "allowDowntime": False, "extraClusters": 0, "extraTemplate": None}
    names = "batches steps moved new pods stays stoppedFirst created released left brokenToday brokenAfter"
    summary = dict.fromkeys(names.split(), 0) | {"batches": 1, "steps": 3, "moved": 1, "pods": 2, "released": 1}
    return json.dumps(
        {
            "schema": "tenantry-migration/v1",
            "version": tenantry.__version__,
            "name": "today",
            "fleetDigest": "0" * 64,
            "asOf": "2026-11-23",
            "until": "2026-11-23",
            "status": "complete",
            "options": options,
            "summary": summary | {"states": None},
            "batches": [{"number": 1, "steps": steps}],
            "left": [],
            "circle": [],
            "broken": [],
            "notCovered": [],
        }
    )


def test_a_migration_is_read_and_said() -> None:
    migration = tenantry.Migration.from_json(document())
    assert migration.leads_there and migration.numbers.moved == 1 and migration.stopped is None
    start, switch, stop, release = migration.batches[0].steps
    assert (start.action, start.workloads, start.from_) == ("start", ("bank/ledger",), None)
    assert (switch.from_, stop.cluster, release.workloads) == ("east", "east", ())
    assert "move     bank/ledger from east to west" in str(migration)
    assert pickle.loads(pickle.dumps(migration)) == migration == copy.copy(migration)
    assert tenantry.Migration.from_json(migration.to_json()) == migration and hash(migration)
    assert json.loads(tenantry.schema("migration"))["title"] == "tenantry migration"
    with pytest.raises(tenantry.PlanError, match="not a migration document"):
        tenantry.Migration.from_json('{"schema": "tenantry-plan/v1"}')


def test_nothing_that_runs_is_nothing_to_migrate() -> None:
    fleet = tenantry.Fleet.load("examples/shop.yaml")
    plan = tenantry.plan(fleet)
    with pytest.raises(tenantry.UsageError, match="nothing to migrate"):
        fleet.migration(plan)
    with pytest.raises(TypeError, match="takes a Plan"):
        fleet.migration("plan")  # type: ignore[arg-type]
