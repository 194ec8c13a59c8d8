"""Fleets: every way in and out, and what bad input says."""

from __future__ import annotations

import inspect
import math
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
import tenantry

TENANTS = [{"name": "shop", "trust": "trusted"}, {"name": "bank", "trust": "trusted"}]
TEMPLATES = [{"name": "t", "allocatable.cpu": "8", "allocatable.memory": "8Gi"}]


def test_every_way_in_gives_the_same_fleet(acme: tenantry.Fleet, tmp_path: Path) -> None:
    ways = [
        tenantry.Fleet.from_dict(acme.to_dict()),
        tenantry.Fleet.from_json(acme.to_json()),
        tenantry.Fleet.from_yaml(acme.to_yaml()),
    ]
    for suffix, text in ((".json", acme.to_json()), (".yaml", acme.to_yaml())):
        path = tmp_path / f"fleet{suffix}"
        path.write_text(text)
        ways.append(tenantry.Fleet.load(path))
    assert all(fleet == acme and fleet.to_dict() == acme.to_dict() for fleet in ways)
    assert len(acme) == 10
    assert acme.tenants[0] == "analytics"
    assert "acme-2026q4" in repr(acme)


def test_tables_round_trip(acme: tenantry.Fleet) -> None:
    tables = tenantry.to_tables(acme)
    document = acme.to_dict()
    rest = {key: document[key] for key in ("name", "asOf", "objective")}
    policy = document["policy"]
    assert tenantry.Fleet.from_tables(**tables, policy=policy, **rest) == acme
    frames = {key: pd.DataFrame(rows) for key, rows in tables.items()}
    assert tenantry.Fleet.from_tables(**frames, policy=policy, **rest) == acme
    polars = {key: pl.DataFrame(rows, strict=False) for key, rows in tables.items()}
    assert tenantry.Fleet.from_tables(**polars, policy=policy, **rest) == acme


def test_nan_is_missing_and_whole_floats_are_whole() -> None:
    frame = pd.DataFrame(
        {
            "name": ["x", "z"],
            "tenant": ["shop", "bank"],
            "replicas": [3, math.nan],
            "requests.cpu": [np.int64(1), np.int64(2)],
            "requests.memory": ["1Gi", "2Gi"],
            "namespace": [None, "vault"],
        }
    )
    fleet = tenantry.Fleet.from_tables(frame, TENANTS, templates=TEMPLATES)
    workloads = fleet.to_dict()["workloads"]
    assert workloads[0]["replicas"] == 3
    assert "replicas" not in workloads[1]
    assert "namespace" not in workloads[0]


@pytest.mark.parametrize(
    "rows",
    [
        "name,tenant",
        {"name": "x"},
        [1, 2],
        [{"name": "x", "requests": {"cpu": 1}, "requests.memory": object()}],
        [{1: "x"}],
    ],
)
def test_a_table_that_is_none(rows: Any) -> None:
    with pytest.raises((TypeError, tenantry.FleetError)):
        tenantry.Fleet.from_tables(rows, TENANTS)


def test_all_problems_at_once() -> None:
    document: dict[str, Any] = {
        "schema": "tenantry/v1",
        "tenants": [{"name": "shop", "trust": "trustd"}],
        "workloads": [{"name": "x", "tenant": "shpo", "requests": {"cpu": "100q", "memory": "1Gi"}}],
        "clusterTemplates": [{"name": "t", "alocatable": {"cpu": 1}}],
    }
    with pytest.raises(tenantry.FleetError) as caught:
        tenantry.Fleet.from_dict(document)
    paths = {problem.path for problem in caught.value.problems}
    assert {"tenants[0].trust", "workloads[0].tenant", "workloads[0].requests.cpu"} <= paths
    suggestions = {problem.suggestion for problem in caught.value.problems}
    assert {"trusted", "shop", "allocatable"} <= suggestions
    assert "tenants[0].trust" in str(caught.value)
    assert isinstance(caught.value, ValueError)
    again = pickle.loads(pickle.dumps(caught.value))
    assert again.problems == caught.value.problems


def test_problems_of_text_have_lines() -> None:
    with pytest.raises(tenantry.FleetError) as caught:
        tenantry.Fleet.from_yaml("schema: tenantry/v1\ntenants:\n  - {name: shop, trsut: trusted}\n")
    problem = caught.value.problems[0]
    assert problem.line == 3
    assert problem.suggestion == "trust"


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        tenantry.Fleet.load(tmp_path / "none.yaml")


@pytest.mark.parametrize("text", ["", "[]", "null", "\0", "a: &a [*a]", "{" * 10_000, "- " * 5_000])
def test_hostile_text_is_an_error(text: str) -> None:
    for read in (tenantry.Fleet.from_yaml, tenantry.Fleet.from_json):
        with pytest.raises(tenantry.FleetError):
            read(text)


def test_the_builder_says_everything(acme: tenantry.Fleet) -> None:
    fleet = (
        tenantry.Fleet.builder("bank")
        .as_of("2026-11-23")
        .attribute("environment", {"production": ["prod"], "non-production": ["dev"]})
        .attribute("version")
        .separate("environment")
        .apart("version", missing="any")
        .distrust("vault", subject={"tenant": "bank"}, neighbour={"tenant": "other"}, reason="keys")
        .together("pair", members=["shop/web", "shop/cache"], reason="shared memory")
        .waiver(
            "w",
            between=({"tenant": "bank"}, {"tenant": "ops"}),
            waives=["distrust:vault"],
            approved_by="ciso",
            expires="2027-01-01",
            reason="migration",
        )
        .tenant("shop", trust="trusted", environment="prod", labels={"owner": "team-shop"})
        .tenant("bank", trust="trusted", environment="prod", distrusts=["shop"])
        .tenant("ops", trust="trusted", platform=True, environment="prod")
        .workload("web", tenant="shop", replicas=(1, 3), cpu="100m", memory="64Mi")
        .workload("cache", tenant="shop", cpu="100m", memory="64Mi", version="7")
        .workload("ledger", tenant="bank", requests={"cpu": 1, "memory": "1Gi"}, fixed_requests={"memory": "1Gi"})
        .workload("monitor", tenant="ops", cpu="10m", memory="1Mi", per_cluster=True)
        .workload("console", tenant="ops", cpu="10m", memory="1Mi")
        .template("t", cpu=8, memory="32Gi", headroom="10%", max_count=4, cost=100, maximums={"pods": 100})
        .objective("clusters", "cost")
        .build()
    )
    assert tenantry.Fleet.from_dict(fleet.to_dict()) == fleet
    plan = tenantry.plan(fleet)
    assert len(plan.clusters) == 2
    assert plan.cost == 200
    assert plan.waivers[0].state == "expiring"
    assert fleet.explain("bank/ledger", "ops/console").may_share


def test_what_is_left_out_is_three_dots_in_a_signature() -> None:
    shown = str(inspect.signature(tenantry.FleetBuilder.workload))
    assert "LEFT_OUT" not in shown
    assert "= ..." in shown
