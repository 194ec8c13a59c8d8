"""How far a fleet can grow, from Python."""

from __future__ import annotations

import json
from typing import Any

import pytest
import tenantry


def fleet(max_count: int | None = None) -> tenantry.Fleet:
    return (
        tenantry.Fleet.builder()
        .tenant("shop", trust="trusted")
        .tenant("bank", trust="trusted")
        .workload("web", tenant="shop", replicas=4, cpu=1, memory="1Gi")
        .workload("ledger", tenant="bank", replicas=4, cpu=1, memory="1Gi")
        .template("t", cpu=10, memory="64Gi", max_count=max_count)
        .build()
    )


def test_a_rise_has_a_plan_and_a_proof() -> None:
    growth = fleet().grow(up_to=2)
    (part,) = growth.parts
    rise = part.rises[0]
    assert (growth.start.clusters, rise.start, rise.lasts_to, rise.needed_from, rise.exact) == (1, 1, 1.25, 1.26, True)
    assert [(it.what, it.name) for it in rise.breaks] == [("resource", "cpu")]
    assert part.complete
    assert growth.stopped is None
    assert "1 cluster up to 1.25; from 1.26: 2 clusters (certified)" in str(growth)
    schema = json.loads(tenantry.schema("growth"))
    assert list(growth.to_dict()) == list(schema["properties"])


def test_parts_and_what_is_added() -> None:
    growth = fleet().grow(by="tenant", up_to="3")
    assert [(it.name, it.rises[0].lasts_to) for it in growth.parts] == [("bank", 1.5), ("shop", 1.5)]
    other = tenantry.Fleet.from_dict(
        {
            "schema": "tenantry/v1",
            "tenants": [{"name": "mart", "trust": "trusted"}],
            "workloads": [{"name": "store", "tenant": "mart", "replicas": 4, "requests": {"cpu": 1, "memory": "1Gi"}}],
            "clusterTemplates": [{"name": "t", "allocatable": {"cpu": 10, "memory": "64Gi"}}],
        }
    )
    growth = fleet().grow(add=other, up_to=1)
    assert growth.before is not None
    assert (growth.before.clusters, growth.start.clusters) == (1, 2)
    with pytest.raises(tenantry.FleetError, match="fleets-contradict"):
        fleet(max_count=3).grow(add=other)


def test_what_makes_no_sense() -> None:
    refused: tuple[dict[str, Any], ...] = (
        {"up_to": 0.5},
        {"up_to": True},
        {"up_to": "1.234"},
        {"by": "region"},
        {"by": "attribute:team"},
        {"of": "nodes"},
        {"rises": -1},
        {"time_limit": -1},
    )
    for wrong in refused:
        with pytest.raises(tenantry.UsageError):
            fleet().grow(**wrong)
    with pytest.raises(TypeError, match="`add` is a Fleet"):
        fleet().grow(add="other.yaml")  # type: ignore[arg-type]
